"""A transcript is written by hand, so what is left out is forgiven and what is misspelt is told."""

import contextlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.ticket import Role, Status, Via, Visibility
from service.transcript import TranscriptError, read_transcript, to_ticket

STORIES = Path(__file__).parents[1] / "cases" / "stories"
NINE = "2026-03-02T09:00:00Z"


def transcript(**overrides: Any) -> dict[str, Any]:
    """The least that is a transcript, with one change."""
    return {
        "ticket": {"id": "42", "requester": {"id": "c1"}},
        "changes": [{"id": "1", "at": NINE, "actor": {"id": "a1", "role": "agent"}, **overrides}],
    }


def encoded(content: object) -> bytes:
    return json.dumps(content).encode()


@pytest.mark.parametrize("path", sorted(STORIES.glob("*.json")), ids=lambda path: path.stem)
def test_every_story_can_be_read(path: Path) -> None:
    ticket = to_ticket(read_transcript(path.read_bytes()))

    assert ticket.requester.role is Role.CUSTOMER
    assert [change.at for change in ticket.changes] == sorted(change.at for change in ticket.changes)


def test_a_transcript_may_name_group_and_brand() -> None:
    """Modes may hang on them."""
    told = transcript()
    told["ticket"] |= {"group": "Billing", "brand": "Outlet"}

    ticket = to_ticket(read_transcript(encoded(told)))

    assert (ticket.group, ticket.brand) == ("Billing", "Outlet")


def test_what_is_left_out_is_forgiven() -> None:
    ticket = to_ticket(read_transcript(encoded(transcript())))

    assert ticket.created_at == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert ticket.status is Status.OPEN
    assert ticket.changes[0].comment is None
    assert ticket.changes[0].via is Via.OTHER


def test_null_is_the_same_as_left_out() -> None:
    nothing = dict.fromkeys(("via", "comment", "status", "tags", "macros", "rule"))

    assert read_transcript(encoded(transcript(**nothing))) == read_transcript(encoded(transcript()))


def test_a_whole_change_is_read() -> None:
    content = transcript(
        via="web",
        comment={"public": True, "text": "Hello", "html": "<p>Hello</p>", "sender": "Support@Shop.Example"},
        status={"from": "open", "to": "solved"},
        tags={"added": ["vip"], "removed": ["new"]},
        macros=[{"id": "7", "title": "Account::Terminate"}],
    )

    change = to_ticket(read_transcript(encoded(content))).changes[0]

    assert change.comment is not None
    assert change.comment.visibility is Visibility.PUBLIC
    assert change.comment.sender == "support@shop.example"
    assert change.status is not None
    assert (change.status.before, change.status.after) == (Status.OPEN, Status.SOLVED)
    assert (change.tags_added, change.tags_removed) == (("vip",), ("new",))
    assert change.macros[0].title == "Account::Terminate"


def test_changes_are_put_in_order_of_time() -> None:
    content = transcript()
    content["changes"].append({**content["changes"][0], "id": "0", "at": "2026-03-01T09:00:00Z"})

    assert [change.id for change in to_ticket(read_transcript(encoded(content))).changes] == ["0", "1"]


def test_the_requester_is_the_customer_of_his_own_ticket() -> None:
    content = transcript(actor={"id": "c1", "role": "agent"})

    assert to_ticket(read_transcript(encoded(content))).changes[0].actor.role is Role.CUSTOMER


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "This is no JSON"),
        (b"\xff\xfe", "This is no JSON"),
        (b"[]", "At $: keys and values are needed"),
        (encoded({"changes": []}), "At $: the key 'ticket' is missing."),
        (encoded({"ticket": {"id": 42, "requester": {"id": "c1"}}, "changes": []}), "At $.ticket.id: a text is needed"),
        (encoded(transcript(comments={})), "At $.changes[0]: there is no key 'comments'"),
        (encoded(transcript(comments={})), "Did you mean 'comment'?"),
        (encoded(transcript(at="2026-03-02T09:00:00")), "At $.changes[0].at: a time is needed, with its zone"),
        (encoded(transcript(at="yesterday")), "At $.changes[0].at: a time is needed"),
        (encoded(transcript(status={"to": "solvd"})), "At $.changes[0].status.to: 'solvd' is none of new, open"),
        (encoded(transcript(status={"to": "solvd"})), "Did you mean 'solved'?"),
        (encoded(transcript(actor={"id": "a1"})), "At $.changes[0].actor: the key 'role' is missing."),
        (encoded(transcript(macros=[{"titel": "x"}])), "Did you mean 'title'?"),
        (encoded(transcript(tags={"added": "vip"})), "At $.changes[0].tags.added: a list is needed"),
        (encoded(transcript(comment={"public": "yes"})), "true or false is needed"),
        (encoded({**transcript(), "changes": transcript()["changes"] * 2}), "Two changes have the id '1'"),
        (encoded({"ticket": {"id": "42", "requester": {"id": "c1"}}, "changes": []}), "needs $.ticket.created_at"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_to_write(content: bytes, told: str) -> None:
    with pytest.raises(TranscriptError) as caught:
        to_ticket(read_transcript(content))

    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=100)
@given(st.binary() | JSON.map(encoded) | st.builds(transcript, comment=JSON, status=JSON, tags=JSON).map(encoded))
def test_garbage_is_refused_with_the_one_error(content: bytes) -> None:
    with contextlib.suppress(TranscriptError):
        to_ticket(read_transcript(content))
