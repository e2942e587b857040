"""The examples inside the policies, run against them: no set of policies comes into force without."""

from collections.abc import Mapping
from dataclasses import dataclass

from policies.facts import FACTS
from policies.judgement import consider
from policies.policy import InlineTest, Place, Policy, Problem, Rulebook
from policies.reading import Fact, Reading
from policies.verdict import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRun:
    """What one inline test asked for, and what came out."""

    __test__ = False  # not a test of pytest's
    policy: str
    name: str
    expected: Result
    actual: Result
    explanation: str
    is_known_gap: bool = False
    place: Place

    @property
    def holds(self) -> bool:
        """Whether it came out as its author expected, or hoped."""
        return self.actual is self.expected

    @property
    def passed(self) -> bool:
        """Whether there is nothing to mend: it holds, or is known not to."""
        return self.holds or self.is_known_gap


def run_tests(rulebook: Rulebook, *, facts: Mapping[str, Fact] = FACTS) -> tuple[TestRun, ...]:
    """The tests of every policy whose facts are given, of disabled ones and drafts too, as they were written."""
    return tuple(run for policy in rulebook.policies for run in _runs(policy, facts))


def _runs(policy: Policy, facts: Mapping[str, Fact]) -> list[TestRun]:
    return [_run(policy, test, facts) for test in policy.tests if test.told is None]


def _run(policy: Policy, test: InlineTest, facts: Mapping[str, Fact]) -> TestRun:
    judgement = consider(policy, facts, lambda fact: Reading(value=test.given.get(fact.name)))
    return TestRun(
        policy=policy.id,
        name=test.name,
        expected=test.expect,
        actual=judgement.result,
        explanation=judgement.explanation,
        is_known_gap=test.is_known_gap,
        place=test.place,
    )


def problems_of(policy: Policy, facts: Mapping[str, Fact]) -> list[Problem]:
    """What the policy's tests find wrong, or lack."""
    shown = {test.expect for test in policy.tests if test.told is None and not test.is_known_gap}
    missing = {Result.VIOLATION, Result.PASS} - shown
    problems = [
        Problem(
            place=policy.place,
            message=f"`{policy.id}` has no test that expects {result.value}.",
            hint="A policy needs at least one violation and one pass.",
        )
        for result in sorted(missing)
    ]
    return problems + [_failure(run) for run in _runs(policy, facts) if not run.passed]


def _failure(run: TestRun) -> Problem:
    message = f"`{run.policy}` fails its test `{run.name}`: expected {run.expected.value}, got {run.actual.value}."
    return Problem(place=run.place, message=message, hint=f"It said: {run.explanation}")
