"""What a policy's own tests leave open: conditions that none of them ever hangs on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from policies.formula import Formula, Truths
from policies.matching import compare
from policies.policy import InlineTest, Place, Policy
from policies.reading import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A condition, and what no test shows of it."""

    place: Place
    fact: str
    never_true: bool
    """No test comes out as it does because this holds."""
    never_false: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How many decisions a policy's conditions can take, two for each, how many its tests show, and the others."""

    policy: str
    possible: int
    shown: int
    gaps: tuple[Gap, ...]


def coverage(policy: Policy, facts: Mapping[str, Fact]) -> Coverage:
    """What the inline tests of one policy show of its conditions."""
    formula = Formula.of(policy)
    shown = {one for test in policy.tests for one in _decisive(formula, _truths(formula, test, facts))}
    gaps = tuple(
        Gap(
            place=test.place,
            fact=test.fact,
            never_true=(number, True) not in shown,
            never_false=(number, False) not in shown,
        )
        for number, test in enumerate(formula.tests)
        if not {(number, True), (number, False)} <= shown
    )
    return Coverage(policy=policy.id, possible=2 * len(formula.tests), shown=len(shown), gaps=gaps)


def _truths(formula: Formula, given: InlineTest, facts: Mapping[str, Fact]) -> Truths:
    known = {number: given.given[test.fact] for number, test in enumerate(formula.tests) if test.fact in given.given}
    return {
        number: compare(formula.tests[number], facts[formula.tests[number].fact].type, value).holds
        for number, value in known.items()
    }


def _decisive(formula: Formula, truths: Truths) -> Iterator[tuple[int, bool]]:
    """The conditions without which something else would have come out, each with its truth."""
    result = formula.result(truths)
    for number, truth in truths.items():
        if formula.result({**truths, number: not truth}) is not result:
            yield number, truth
