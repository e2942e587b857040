"""One message is measured by its words alone, or in the place that a context gives it."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.loader import load
from policies.phrases import PhraseSet
from service.measuring import Row, RowError, Speaker, as_json, measure, measure_all, read_row
from service.policy_files import SHIPPED, read_folder

PHRASES = load(read_folder(SHIPPED)).phrases
ENDS, ASKS = "reply.terminates_account", "thread.asks_reconsideration"
AGREES, OBJECTS, REPEATS = "thread.customer_agreed", "thread.customer_objects", "reply.repeats_earlier"


def facts(text: str, role: str, phrases: Mapping[str, PhraseSet] = PHRASES, **more: Any) -> dict[str, Any]:
    return as_json(measure(phrases, Row(text=text, role=Speaker(role), **more)))


def test_a_fact_tells_its_tier_its_place_and_the_phrase_that_found_it() -> None:
    text = "Dear reader,\r\n\r\nwe\u200b have closed your account \U0001f600"

    told = facts(text, "agent")[ENDS]

    ((start, end),) = told["spans"]
    assert text[start:end] == "we\u200b have closed your account"
    assert (told["value"], told["tier"], told["pattern"]) == (True, "block", "we-ended")


def test_what_is_not_found_rests_on_nothing() -> None:
    assert facts("It still does not work.", "customer")[AGREES] == {
        "value": False,
        "tier": None,
        "spans": [],
        "pattern": None,
    }


def test_what_cannot_be_told_is_null() -> None:
    assert facts("We have closed your account.", "agent", {})[ENDS]["value"] is None


def test_who_signs_is_told_as_a_word_with_its_place() -> None:
    text = "The lamp was sent on Monday.\n\nKind regards\nCustomer Care Team"

    told = facts(text, "agent")["reply.signed_by"]

    assert told["value"] == "department"
    assert [text[start:end] for start, end in told["spans"]] == ["Customer Care Team"]
    assert facts(text, "customer")["reply.signed_by"]["value"] is None


def test_without_a_context_the_words_alone_count() -> None:
    broad = "Could you take another look?"

    assert facts(broad, "customer")[ASKS]["tier"] == "note"
    assert facts("That worked, thanks!", "customer")[AGREES]["value"] is True


def test_with_a_context_its_gates_count() -> None:
    broad = "Could you take another look?"

    assert facts(broad, "customer", context="The lamp is blue.")[ASKS]["value"] is False
    assert facts(broad, "customer", previous="The lamp is blue.")[ASKS]["value"] is False
    assert facts(broad, "customer", context=" ")[ASKS]["value"] is True


def test_for_repeats_the_context_is_the_earlier_text() -> None:
    text = "The garden gate is delivered in three parts, each with its own number."

    assert facts(f"Hello! {text}", "agent", context=text)[REPEATS]["spans"] == [[0, 77]]
    assert facts(text, "agent")[REPEATS]["value"] is False


@pytest.mark.parametrize(("role", "other"), [("agent", "thread."), ("customer", "reply.")])
def test_nothing_is_read_from_the_other_sides_words(role: str, other: str) -> None:
    text = "We have closed your account. Please reopen my account, it still does not work."

    told = facts(text, role, context="Please reopen my account.")

    assert not any(fact["value"] for name, fact in told.items() if name.startswith(other))
    assert not any(one.fact.name.startswith(other) for one in measure_all(PHRASES, Row(text=text, role=Speaker(role))))


def test_a_row_is_read_with_what_else_it_brings() -> None:
    line = {"text": "Hi", "role": "agent", "id": 7, "lang": "de", "label": 1, "context": None}

    row = read_row(json.dumps(line).encode())

    assert (row.id, row.lang, row.context) == (7, "de", None)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"text", "This is no JSON in UTF-8: "),
        (b'{"text": "\xff", "role": "agent"}', "This is no JSON in UTF-8: "),
        (b'{"role": "agent"}', "At $: the key 'text' is missing."),
        (b'{"text": 1, "role": "agent"}', "At $.text: a text is needed; put it in quotes."),
        (b'{"text": "Hi", "role": "custmer"}', "Did you mean 'customer'?"),
    ],
)
def test_a_bad_row_is_told_in_one_sentence(line: bytes, told: str) -> None:
    with pytest.raises(RowError) as refused:
        read_row(line)

    assert told in str(refused.value)


@settings(max_examples=100)
@given(text=st.text(max_size=200), context=st.none() | st.text(max_size=80), role=st.sampled_from(Speaker))
def test_any_text_is_measured_and_places_lie_within_it(text: str, context: str | None, role: Speaker) -> None:
    told = as_json(measure(PHRASES, Row(text=text, role=role, context=context)))

    for start, end in (span for fact in told.values() for span in fact["spans"]):
        assert 0 <= start < end <= len(text)
