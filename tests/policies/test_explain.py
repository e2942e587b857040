"""Reasons are sentences with the actual values, for an agent who knows nothing of the policy language."""

import pytest

from policies.evaluation import Answer, Reading, weigh
from policies.explain import explain
from policies.policy import All, Any, Condition, Not, Place, Test
from policies.reading import Fact, FactType
from policies.verdict import Result, Value

HERE = Place(source="test.yaml", line=1, column=1)


def fact(name: str, kind: FactType, means: str, *said: str) -> Fact:
    return Fact(
        name=name,
        type=kind,
        means=means,
        unknown="",
        example="",
        read=lambda _: Reading(value=None),
        said=(said[0], said[1]) if len(said) == 2 else ("", ""),
    )


FACTS = {
    one.name: one
    for one in (
        fact("agreed", FactType.BOOL, "Whether they agreed.", "the customer agreed", "the customer did not agree"),
        fact("plain", FactType.BOOL, "Whether it is plain. More words."),
        fact("waited", FactType.HOURS, "Hours since they asked.", "the customer has waited {}", ""),
        fact("hours", FactType.HOURS, "Hours since then."),
        fact("worked", FactType.BUSINESS_HOURS, "Business time since then.", "the customer has waited {}", ""),
        fact("tries", FactType.COUNT, "How often they asked."),
        fact("via", FactType.CHOICE, "The way it came.", "the change came by {}", ""),
        fact("sender", FactType.TEXT, "The address the reply left from.", "the reply left from {}", ""),
        fact("tags", FactType.TEXTS, "The tags.", "tags put on: {}", ""),
        fact("text", FactType.PROSE, "What was written.", "the reply says {}", ""),
    )
}


def asked(name: str, operator: str, wanted: Value, list_name: str | None = None) -> Test:
    return Test(fact=name, operator=operator, wanted=wanted, place=HERE, list_name=list_name)


def sentence(condition: Condition, result: Result = Result.VIOLATION, **values: Value) -> str:
    answer: Answer = weigh(condition, FACTS, lambda fact: Reading(value=values.get(fact.name)))
    return explain(result, answer)


CLAUSES: list[tuple[Test, Value, str]] = [
    (asked("agreed", "is", False), False, "The customer did not agree."),
    (asked("plain", "is", True), True, "Whether it is plain: yes."),
    (asked("waited", "gte", 24.0), 26.4, "The customer has waited 26.4 hours (24 hours or more)."),
    (asked("waited", "gte", 24.0), 23.999, "The customer has waited 23.9 hours (not 24 hours or more)."),
    (asked("waited", "lt", 72.0), 0.5, "The customer has waited 30 minutes (less than 3 days)."),
    (asked("waited", "lt", 72.0), 0.01, "The customer has waited less than a minute (less than 3 days)."),
    (asked("waited", "gt", 0.25), 1.0, "The customer has waited 1 hour (more than 15 minutes)."),
    (asked("waited", "lte", 1000.0), 84.0, "The customer has waited 3.5 days (41.6 days or less)."),
    (asked("hours", "gte", 1.0), 2.0, "Hours since then: 2 hours (1 hour or more)."),
    (asked("worked", "gte", 8.0), 90.0, "The customer has waited 90 business hours (8 business hours or more)."),
    (asked("worked", "gte", 1.0), 0.5, "The customer has waited 30 business minutes (not 1 business hour or more)."),
    (asked("worked", "lt", 1.0), 0.0, "The customer has waited no business time (less than 1 business hour)."),
    (asked("tries", "gte", 2), 3, "How often they asked: 3 (2 or more)."),
    (asked("tries", "is", 2), 3, "How often they asked: 3 (not exactly 2)."),
    (asked("via", "in", ("merge", "auto_reply")), "auto_reply", "The change came by auto reply."),
    (
        asked("via", "in", ("merge", "spam", "auto_reply")),
        "web",
        "The change came by web (not merge, spam or auto reply).",
    ),
    (asked("sender", "matches", "*reply@*"), "noreply@x.example", "The reply left from “noreply@x.example”."),
    (asked("sender", "matches", "*reply@*"), "a@x.example", "The reply left from “a@x.example” (not *reply@*)."),
    (
        asked("sender", "matches_list", ("noreply@*",), "no_reply_senders"),
        "a@x.example",
        "The reply left from “a@x.example” (not in the list no reply senders).",
    ),
    (asked("tags", "contains", "b*"), ("a", "bc", "b"), "Tags put on: “bc”, “b”."),
    (asked("sender", "is", ""), "", "The reply left from none."),
    (asked("sender", "is", ""), "x", "The reply left from “x” (not none)."),
    (asked("tags", "contains", "b"), (), "Tags put on: none (not b)."),
    (asked("tags", "contains", "*"), tuple("abcdefg"), "Tags put on: “a”, “b”, “c”, “d”, “e” and 2 more."),
    (asked("text", "contains", "refund"), "We REFUND, refund.", "The reply says “REFUND”, “refund”."),
    (asked("text", "contains", "refund"), "my secret", "What was written: nothing of what was looked for (refund)."),
]


@pytest.mark.parametrize(("test", "value", "expected"), CLAUSES, ids=lambda part: part if isinstance(part, str) else "")
def test_a_clause_tells_the_actual_value_and_what_was_asked_for(test: Test, value: Value, expected: str) -> None:
    assert sentence(test, **{test.fact: value}) == expected


AGREED, LATE = asked("agreed", "is", True), asked("waited", "gte", 24.0)
RESULTS = {
    Result.VIOLATION: "The customer agreed and the customer has waited 25 hours (24 hours or more).",
    Result.PASS: "Nothing to object to: the customer agreed and the customer has waited 25 hours (24 hours or more).",
    Result.EXEMPT: "This is excused: the customer agreed and the customer has waited 25 hours (24 hours or more).",
    Result.SKIPPED: "This does not apply: the customer agreed and the customer has waited 25 hours (24 hours or more).",
}


@pytest.mark.parametrize("result", RESULTS)
def test_the_result_opens_the_sentence(result: Result) -> None:
    condition = All(parts=(AGREED, LATE, AGREED), place=HERE)

    assert sentence(condition, result, agreed=True, waited=25.0) == RESULTS[result]


def test_only_what_decided_is_told() -> None:
    either = Any(parts=(AGREED, LATE), place=HERE)
    both = All(parts=(AGREED, LATE), place=HERE)

    assert sentence(either, agreed=False, waited=30.0) == "The customer has waited 30 hours (24 hours or more)."
    assert sentence(both, Result.PASS, agreed=False, waited=30.0) == "Nothing to object to: the customer did not agree."


def test_of_a_fact_that_is_one_thing_it_is_not_said_what_it_is_not() -> None:
    no_z = Not(part=asked("tags", "contains", "z"), place=HERE)
    condition = All(parts=(asked("tags", "contains", "a*"), no_z), place=HERE)

    assert sentence(condition, tags=("abc",)) == "Tags put on: “abc”."


def test_clauses_that_hold_a_colon_are_kept_apart_by_semicolons() -> None:
    condition = All(parts=(asked("tags", "contains", "a*"), AGREED, LATE), place=HERE)

    assert sentence(condition, tags=("abc",), agreed=True, waited=25.0) == (
        "Tags put on: “abc”; the customer agreed; the customer has waited 25 hours (24 hours or more)."
    )


def test_what_could_not_be_told_is_said_in_words() -> None:
    condition = All(parts=(AGREED, Not(part=LATE, place=HERE), asked("sender", "is", "x")), place=HERE)

    assert sentence(condition, Result.UNKNOWN) == (
        "It could not be told whether the customer agreed, hours since they asked and the address the reply left from."
    )


@pytest.mark.parametrize("result", RESULTS)
def test_a_policy_without_conditions_is_explained_too(result: Result) -> None:
    assert sentence(All(parts=(), place=HERE), result).endswith(".")
