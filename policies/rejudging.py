"""Judging a decision anew from the facts it was made on, and saying of each condition how it stood. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from policies.evaluation import FAULTS, in_hours
from policies.facts import FACTS
from policies.judgement import Judgement, consider
from policies.matching import compare
from policies.policy import All, Any, Condition, Not, Policy, Test
from policies.reading import Fact, Reading
from policies.reference import asked_of
from policies.verdict import Result, Value

Facts = Mapping[str, Value]
"""By name, the facts that were read at the time, without what somebody wrote."""
_USUAL = Reading(value=None)
"""A business day as long as usual: how long it was is not kept."""


def rejudged(policy: Policy, known: Facts, facts: Mapping[str, Fact] = FACTS) -> Judgement:
    """What the policy says of these facts; a fact that was not read at the time is unknown now."""
    return consider(policy, facts, lambda fact: Reading(value=known.get(fact.name)))


def result_of(policy: Policy, known: Facts, facts: Mapping[str, Fact] = FACTS) -> Result:
    """The result alone, without a reason and the quicker for it."""
    try:
        applies = truth_of(policy.applies_to, known, facts)
        if applies is not True:
            return Result.SKIPPED if applies is False else Result.UNKNOWN
        violated = truth_of(policy.when, known, facts)
        if violated is not True:
            return Result.PASS if violated is False else Result.UNKNOWN
        is_excused = policy.unless is not None and truth_of(policy.unless, known, facts) is True
    except FAULTS:
        return Result.ERROR
    return Result.EXEMPT if is_excused else Result.VIOLATION


def truth_of(condition: Condition, known: Facts, facts: Mapping[str, Fact]) -> bool | None:
    """Whether it holds; None if that cannot be told. Raises what comparing may raise."""
    match condition:
        case Test(fact=name):
            value = known.get(name)
            return None if value is None else compare(in_hours(condition, _USUAL), facts[name].type, value).holds
        case Not(part=part):
            holds = truth_of(part, known, facts)
            return None if holds is None else not holds
        case All(parts=parts) | Any(parts=parts):
            decisive = isinstance(condition, Any)
            told: bool | None = not decisive
            for part in parts:
                holds = truth_of(part, known, facts)
                if holds is decisive:
                    return decisive
                told = None if holds is None else told
            return told


class Part(StrEnum):
    """Where a condition stands in its policy."""

    APPLIES_TO = "applies_to"
    WHEN = "when"
    UNLESS = "unless"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One condition, or `all of`, `any of`, `not`, and how it stood."""

    part: Part
    depth: int
    asked: str
    holds: bool | None
    """None: it could not be told."""
    fact: str | None = None
    """None for what joins others."""
    actual: Value = None
    was_read: bool = True
    """False: nothing hung on it at the time, or it is somebody's words, which are not kept."""


def breakdown(policy: Policy, known: Facts, facts: Mapping[str, Fact] = FACTS) -> Iterator[Line]:
    """Every condition of the policy in the order it was written, the actual value beside the required one."""
    parts = ((Part.APPLIES_TO, policy.applies_to), (Part.WHEN, policy.when), (Part.UNLESS, policy.unless))
    for part, condition in parts:
        if condition is not None and condition != All(parts=(), place=policy.place):
            yield from _lines(part, condition, 0, known, facts)


def _lines(part: Part, condition: Condition, depth: int, known: Facts, facts: Mapping[str, Fact]) -> Iterator[Line]:
    holds = _holds(condition, known, facts)
    match condition:
        case Test(fact=name):
            yield Line(
                part=part,
                depth=depth,
                asked=asked_of(condition),
                holds=holds,
                fact=name,
                actual=known.get(name),
                was_read=name in known,
            )
            return
        case Not(part=inner):
            word, inside = "not", (inner,)
        case All(parts=inside):
            word = "all of"
        case Any(parts=inside):
            word = "any of"
    yield Line(part=part, depth=depth, asked=word, holds=holds)
    for one in inside:
        yield from _lines(part, one, depth + 1, known, facts)


def _holds(condition: Condition, known: Facts, facts: Mapping[str, Fact]) -> bool | None:
    try:
        return truth_of(condition, known, facts)
    except FAULTS:
        return None
