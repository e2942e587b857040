"""A policy as one formula over its tests, numbered as they stand in the file, to ask what could come out of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from policies.evaluation import in_hours
from policies.policy import All, Any, Condition, Not, Policy, Test
from policies.reading import Reading
from policies.verdict import Result

Truths = Mapping[int, bool]
"""By a test's number, whether it holds; one that is missing cannot be told."""

_USUAL = Reading(value=None)
"""A business day as long as usual."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """Where a policy applies, what violates it and what excuses it; spans of business days in hours."""

    applies_to: Condition
    when: Condition
    unless: Condition | None
    tests: tuple[Test, ...]

    @staticmethod
    def of(policy: Policy) -> "Formula":
        """The policy's formula."""
        parts = (policy.applies_to, policy.when, *([policy.unless] if policy.unless else ()))
        tests = tuple(in_hours(test, _USUAL) for part in parts for test in _tests(part))
        return Formula(applies_to=policy.applies_to, when=policy.when, unless=policy.unless, tests=tests)

    def result(self, truths: Truths) -> Result:
        """What the policy says."""
        numbers = iter(range(len(self.tests)))
        applies, when = _truth(self.applies_to, truths, numbers), _truth(self.when, truths, numbers)
        excused = _truth(self.unless, truths, numbers) if self.unless else False
        if applies is not True:
            return Result.SKIPPED if applies is False else Result.UNKNOWN
        if when is not True:
            return Result.PASS if when is False else Result.UNKNOWN
        return Result.EXEMPT if excused is True else Result.VIOLATION

    def is_violated(self, truths: Truths) -> bool | None:
        """Whether it is a violation that nothing excuses; None while that hangs on what is not known."""
        numbers = iter(range(len(self.tests)))
        parts = [_truth(self.applies_to, truths, numbers), _truth(self.when, truths, numbers)]
        excused = _truth(self.unless, truths, numbers) if self.unless else False
        parts.append(None if excused is None else not excused)
        return False if False in parts else None if None in parts else True


def _tests(condition: Condition) -> Iterator[Test]:
    match condition:
        case Test():
            yield condition
        case Not(part=part):
            yield from _tests(part)
        case All(parts=parts) | Any(parts=parts):
            for part in parts:
                yield from _tests(part)


def _truth(condition: Condition, truths: Truths, numbers: Iterator[int]) -> bool | None:
    """Every test takes its number, so no part is passed over."""
    match condition:
        case Test():
            return truths.get(next(numbers))
        case Not(part=part):
            truth = _truth(part, truths, numbers)
            return None if truth is None else not truth
        case All(parts=parts) | Any(parts=parts):
            found = [_truth(part, truths, numbers) for part in parts]
            decisive = isinstance(condition, Any)
            if decisive in found:
                return decisive
            return None if None in found else not decisive
