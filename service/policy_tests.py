"""Every test of a set of policies, those that tell a ticket's story in a file of its own too."""

from collections.abc import Iterator
from pathlib import Path

from policies.inline_tests import TestRun, run_tests
from policies.policy import InlineTest, Policy, Rulebook, Told
from policies.verdict import Outcome, Result
from service.judging import judge_ticket
from service.transcript import TranscriptError, read_transcript, to_ticket

_MOST_FIRST = (
    Result.VIOLATION, Result.ERROR, Result.UNKNOWN, Result.EXCEPTED, Result.EXEMPT, Result.PASS, Result.SKIPPED,
)  # fmt: skip


def run_all(rulebook: Rulebook, folder: Path) -> tuple[TestRun, ...]:
    """Every test in the order of the policies. Stories are read from beside the policy files in `folder`."""
    given = run_tests(rulebook)
    told = [run for policy in rulebook.policies for run in _stories(rulebook, policy, folder)]
    order = {policy.id: number for number, policy in enumerate(rulebook.policies)}
    return tuple(sorted((*given, *told), key=lambda run: (order[run.policy], run.place.line)))


def _stories(rulebook: Rulebook, policy: Policy, folder: Path) -> Iterator[TestRun]:
    for test in policy.tests:
        if test.told is None:
            continue
        try:
            outcome = _outcome(rulebook, policy, test.told, (folder / test.place.source).parent)
            yield _run(policy, test, outcome.result, outcome.explanation)
        except (OSError, TranscriptError, LookupError) as error:
            yield _run(policy, test, Result.ERROR, f"{test.told.transcript}: {_reason(error)}")


def _outcome(rulebook: Rulebook, policy: Policy, told: Told, beside: Path) -> Outcome:
    """What the policy said of the change; of any change, the one that says most."""
    transcript = read_transcript((beside / told.transcript).read_bytes())
    ticket = to_ticket(transcript)
    judgement = judge_ticket(rulebook, ticket, told.now or transcript.now or ticket.updated_at)
    judged = [one for one in judgement.changes if told.change in ("", one.change.id)]
    said = [outcome for one in judged for outcome in one.verdict.outcomes if outcome.policy == policy.id]
    if not judged:
        raise LookupError(f"it has no change `{told.change}`.")
    if not said:
        raise LookupError("the policy is a draft or disabled, and judges no stories.")
    return min(said, key=lambda outcome: _MOST_FIRST.index(outcome.result))


def _reason(error: Exception) -> str:
    return f"it cannot be read: {error.strerror}." if isinstance(error, OSError) else str(error.args[0])


def _run(policy: Policy, test: InlineTest, actual: Result, explanation: str) -> TestRun:
    return TestRun(
        policy=policy.id,
        name=test.name,
        expected=test.expect,
        actual=actual,
        explanation=explanation,
        is_known_gap=test.is_known_gap,
        place=test.place,
    )
