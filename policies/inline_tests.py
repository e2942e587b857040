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
    place: Place

    @property
    def passed(self) -> bool:
        """Whether it came out as its author expected."""
        return self.actual is self.expected


def run_tests(rulebook: Rulebook, *, facts: Mapping[str, Fact] = FACTS) -> tuple[TestRun, ...]:
    """Every inline test of every policy, disabled ones and drafts too, in the order they were written."""
    return tuple(_run(policy, test, facts) for policy in rulebook.policies for test in policy.tests)


def _run(policy: Policy, test: InlineTest, facts: Mapping[str, Fact]) -> TestRun:
    judgement = consider(policy, facts, lambda fact: Reading(value=test.given.get(fact.name)))
    return TestRun(
        policy=policy.id,
        name=test.name,
        expected=test.expect,
        actual=judgement.result,
        explanation=judgement.explanation,
        place=test.place,
    )


def problems_of(policy: Policy, facts: Mapping[str, Fact]) -> list[Problem]:
    """What the policy's tests find wrong, or lack."""
    missing = {Result.VIOLATION, Result.PASS} - {test.expect for test in policy.tests}
    problems = [
        Problem(
            place=policy.place,
            message=f"`{policy.id}` has no test that expects {result.value}.",
            hint="A policy needs at least one violation and one pass.",
        )
        for result in sorted(missing)
    ]
    runs = (_run(policy, test, facts) for test in policy.tests)
    return problems + [_failure(run) for run in runs if not run.passed]


def _failure(run: TestRun) -> Problem:
    message = f"`{run.policy}` fails its test `{run.name}`: expected {run.expected.value}, got {run.actual.value}."
    return Problem(place=run.place, message=message, hint=f"It said: {run.explanation}")
