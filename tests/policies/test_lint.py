"""What is sound and was hardly meant, found by searching a policy's formula."""

import itertools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.lint import lint, lint_packs
from policies.loader import load
from policies.policy import All, Condition, Not, Place, Policy, Test, Unchecked
from policies.policy import Any as AnyOf
from policies.reading import UNKNOWN, Fact, FactType
from policies.verdict import Mode, Point, Severity
from service.policy_files import SHIPPED, proven, read_folder

HERE = Place(source="p.yaml", line=1, column=1)


def fact(name: str, kind: FactType, choices: tuple[str, ...] = ()) -> Fact:
    return Fact(name=name, type=kind, means="", unknown="", example="", read=lambda _: UNKNOWN, choices=choices)


FACTS: Mapping[str, Fact] = {
    one.name: one
    for one in (
        *(fact(name, FactType.BOOL) for name in "abcd"),
        fact("role", FactType.CHOICE, ("agent", "customer", "system")),
        fact("count", FactType.COUNT),
        fact("hours", FactType.HOURS),
        fact("text", FactType.PROSE),
    )
}


def is_(name: str, wanted: Any = True, operator: str = "is") -> Test:
    return Test(fact=name, operator=operator, wanted=wanted, place=HERE)


def both(*parts: Condition) -> All:
    return All(parts=parts, place=HERE)


def either(*parts: Condition) -> AnyOf:
    return AnyOf(parts=parts, place=HERE)


def no(part: Condition) -> Not:
    return Not(part=part, place=HERE)


def policy(when: Condition, *, applies_to: Condition | None = None, unless: Condition | None = None) -> Policy:
    return Policy(
        id="p",
        title="t",
        why="w",
        severity=Severity.LOW,
        modes=dict.fromkeys(Point, Mode.NOTE),
        applies_to=applies_to or both(),
        when=when,
        unless=unless,
        place=HERE,
    )


def told(judged: Policy) -> list[str]:
    return [problem.message.split(":")[0].rstrip(".") for problem in lint(judged, FACTS)]


NEVER, IDLE = "`p` can never be violated", "this condition never decides"

CASES: dict[str, tuple[Policy, list[str]]] = {
    "two roles at once": (policy(is_("role", "customer"), applies_to=is_("role", "agent")), [NEVER]),
    "an excuse that always holds": (policy(is_("a"), unless=either(is_("b"), is_("b", wanted=False))), [NEVER]),
    "an excuse for the whole of it": (policy(both(is_("a"), is_("b")), unless=is_("a")), [NEVER]),
    "limits that leave no room": (policy(both(is_("hours", 5.0, "gt"), is_("hours", 3.0, "lt"))), [NEVER]),
    "counts that leave no room": (policy(both(is_("count", 2, "gt"), is_("count", 3, "lt"))), [NEVER]),
    "limits that leave a little room": (policy(both(is_("hours", 2.0, "gt"), is_("hours", 3.0, "lt"))), []),
    "a limit that everything is above": (policy(is_("count", 0, "gte")), ["this condition always holds"]),
    "a limit that nothing is below": (
        policy(either(is_("a"), is_("count", 0, "lt"))),
        ["this condition never holds"],
    ),
    "a choice of all": (
        policy(both(is_("a"), is_("role", ("agent", "customer", "system"), "in"))),
        ["this condition always holds"],
    ),
    "a condition within a wider one": (policy(either(is_("a"), both(is_("a"), is_("b")))), [IDLE, IDLE]),
    "a limit within a wider one": (policy(both(is_("hours", 3.0, "gt"), is_("hours", 2.0, "gt"))), [IDLE]),
    "texts may hold anything": (
        policy(both(is_("text", "gone", "contains"), no(is_("text", "gone", "contains")))),
        [],
    ),
    "a draft that is blocked unchecked and never else": (
        replace(policy(is_("a")), unchecked=Unchecked.BLOCK),
        ["`p` never blocks a draft, so `unchecked"],
    ),
    "a draft that is blocked, checked or not": (
        replace(policy(is_("a")), unchecked=Unchecked.BLOCK, modes=dict.fromkeys(Point, Mode.BLOCK)),
        [],
    ),
    "a sound policy": (policy(both(is_("a"), either(is_("b"), is_("c"))), unless=is_("d")), []),
}


@pytest.mark.parametrize("case", CASES)
def test_what_was_hardly_meant_is_told(case: str) -> None:
    judged, expected = CASES[case]

    assert told(judged) == expected


def conditions() -> st.SearchStrategy[Condition]:
    leaves = st.builds(is_, st.sampled_from("abc"), st.booleans())
    parts = lambda inner: st.lists(inner, min_size=1, max_size=3)  # noqa: E731
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            parts(inner).map(lambda some: both(*some)), parts(inner).map(lambda some: either(*some)), inner.map(no)
        ),
        max_leaves=8,
    )


def holds(condition: Condition, values: Mapping[str, bool]) -> bool:
    match condition:
        case Test():
            return values[condition.fact] is condition.wanted
        case Not(part=part):
            return not holds(part, values)
        case All(parts=parts):
            return all(holds(part, values) for part in parts)
        case AnyOf(parts=parts):
            return any(holds(part, values) for part in parts)


@given(when=conditions(), unless=st.none() | conditions())
def test_a_policy_is_said_to_be_mute_exactly_when_no_values_violate_it(
    when: Condition, unless: Condition | None
) -> None:
    every = [dict(zip("abc", values, strict=True)) for values in itertools.product([True, False], repeat=3)]
    can = any(holds(when, values) and not (unless and holds(unless, values)) for values in every)

    assert (NEVER in told(policy(when, unless=unless))) is not can


def test_the_shipped_policies_give_no_cause_for_a_warning() -> None:
    rulebook = load(read_folder(SHIPPED), proven=proven())

    from policies.facts import FACTS as REAL

    assert [str(problem) for one in rulebook.policies for problem in lint(one, REAL)] == []


PACK = b"""\
format: 1
signal: hedge
language: en
entries:
  - {id: m, tier: note, phrase: maybe, yes: [Maybe.], no: [No.]}
"""


@pytest.mark.parametrize(
    ("written", "typo", "told"),
    [
        (b"hedge", b"hegde", "2:9: warning: nothing asks for the signal `hegde`"),
        (b"en", b"eng", "3:11: warning: no text is told to be in the language `eng`"),
    ],
)
def test_a_phrase_pack_for_no_signal_or_in_no_language_is_told(written: bytes, typo: bytes, told: str) -> None:
    """It loads in silence and never finds anything."""
    (problem,) = lint_packs({"a.yaml": PACK.replace(b": " + written, b": " + typo)}, {"hedge", "threat"})

    assert str(problem).startswith(f"a.yaml:{told}, so nothing is found by this pack. Did you mean `")
    assert lint_packs({"a.yaml": PACK, "p.yaml": b"format: 1\npack: p\n"}, {"hedge"}) == []
