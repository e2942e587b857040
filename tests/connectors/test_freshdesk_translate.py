"""Freshdesk's JSON as Changes, without a network: recorded answers, templates, and garbage."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.fields import moment
from connectors.freshdesk.canned import canned_texts
from connectors.freshdesk.changes import Desk
from connectors.freshdesk.conversations import Conversation, read_conversations
from connectors.freshdesk.differences import new_moves
from connectors.freshdesk.fields import address
from connectors.freshdesk.state import MOST_MOVES, Memory, Move, State, remembered, state_of
from connectors.freshdesk.translate import to_ticket
from policies.ticket import Comment, Role, Standing, Status, Ticket, Visibility

RECORDED = Path(__file__).parents[3] / "shared" / "recorded" / "freshdesk" / "rest-python-freshdesk"
OURS = "7"
DESK = Desk(account="acme")
LETTER = "<div>Dear {{requester.name}},<br>your account is closed for good{% if x %} after our review{% endif %}</div>"


def said(text: str) -> Comment:
    return Comment(id="1", visibility=Visibility.PUBLIC, text=text)


def recorded(name: str) -> Any:
    return json.loads((RECORDED / f"{name}.json").read_text())


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recordings are not part of the repository")
def test_a_recorded_ticket_is_read_whole() -> None:
    conversations = read_conversations([*recorded("conversations"), recorded("note_1"), recorded("reply_1")], OURS)

    ticket = to_ticket(recorded("ticket_1"), conversations, (), DESK)

    assert [change.id for change in ticket.changes] == ["description", "c1", "c2"]
    assert (ticket.tags, ticket.status, ticket.requester.id) == (("foo", "bar"), Status.OPEN, "6012691534")
    note, reply = (change.comment for change in ticket.changes[1:])
    assert note is not None
    assert reply is not None
    assert (note.visibility, note.sender) == (Visibility.INTERNAL, None)
    assert (reply.visibility, reply.sender) == (Visibility.PUBLIC, "rachel@freshdesk.com")


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recordings are not part of the repository")
def test_recorded_tickets_in_other_shapes_are_read_too() -> None:
    raws = [recorded("outbound_email_1"), *recorded("search_tickets")["results"]]

    tickets = [to_ticket(raw, (), new_moves(None, raw, ()), DESK) for raw in raws]

    assert [ticket.id for ticket in tickets] == ["1", "1", "1"]
    assert {ticket.created_at.tzinfo for ticket in tickets} == {UTC}


def test_a_ticket_an_agent_opened_by_mail_begins_with_the_agents_words() -> None:
    raw = {"id": 1, "source": 10, "responder_id": 8, "requester_id": 5, "support_email": "help@shop.example"}

    (opening,) = to_ticket(raw, (), (), DESK).changes

    assert (opening.actor.id, opening.actor.role) == ("8", Role.AGENT)
    assert opening.comment is not None
    assert opening.comment.sender == "help@shop.example"


@pytest.mark.parametrize(("is_private", "quoted"), [(False, "\n\n> Why was my account closed?"), (True, "")])
def test_a_reply_keeps_its_lines_and_marks_the_quoted_mails_and_a_note_loses_them(
    is_private: bool, quoted: str
) -> None:
    """Freshdesk's own plain text runs into one line, and nobody could say where the signature begins.

    What a reply only seems to quote is judged; a note that quotes one of ours must not be taken for ours.
    """
    body = '<div>No.<br>Regards,<br>Safety Team</div><div class="freshdesk_quote">Why was my account closed?</div>'
    raw = {"id": 1, "private": is_private, "body": body, "body_text": "No. Regards, Safety Team Why was"}

    (conversation,) = read_conversations([raw], OURS)

    assert conversation.text == f"No.\nRegards,\nSafety Team{quoted}"


def test_a_forwarded_mail_is_nothing_the_requester_sees() -> None:
    (conversation,) = read_conversations([{"id": 1, "source": 8, "private": False}], OURS)

    assert conversation.is_private


@pytest.mark.parametrize(("automation_id", "is_automatic"), [(12, True), ("12", True), (None, False), (0, False)])
def test_a_reply_that_names_no_rule_was_typed(automation_id: object, is_automatic: bool) -> None:
    """What the field holds for a typed reply was only ever seen as null; zero and empty mean no more."""
    (one,) = read_conversations([{"id": 1, "automation_id": automation_id}], OURS)

    assert one.is_automatic is is_automatic


def test_conversations_come_in_the_order_they_were_made() -> None:
    raws = [
        {"id": number, "created_at": at} for number, at in [(3, "2026-03-02T12:00:05Z"), (2, "2026-03-02T12:00:00Z")]
    ]

    assert [one.number for one in read_conversations([*raws, raws[0]], OURS)] == [2, 3]


@pytest.mark.parametrize(
    ("told", "is_merge"),
    [
        ({"body": "This ticket is closed and merged into ticket <a href='/9'>9</a>"}, True),
        ({"body": "Merged from ticket 9<br>Subject: The scanner", "private": False}, True),
        ({"body": "I wrote that it was closed and merged into ticket 9", "source": 0, "private": False}, False),
        ({"body": "It was closed and merged into ticket 9", "incoming": True}, False),
        ({"body": "Can this be merged from ticket 9?"}, False),
    ],
)
def test_a_merge_is_told_by_the_note_it_leaves(told: dict[str, Any], is_merge: bool) -> None:
    note = {"id": 5, "user_id": 7, "source": 2, "private": True, "incoming": False, **told}

    [one] = read_conversations([note], "1")

    assert one.is_merge is is_merge


def test_a_merged_ticket_that_was_opened_again_is_live() -> None:
    note = {"id": 5, "source": 2, "private": True, "body": "This ticket is closed and merged into ticket 9"}
    conversations = read_conversations([note], "1")

    standings = [to_ticket({"status": code}, conversations, (), Desk(account="acme")).standing for code in (5, 2)]

    assert standings == [Standing.MERGED, Standing.LIVE]


def test_spam_is_told_apart() -> None:
    assert to_ticket({"id": 1, "spam": True}, (), (), DESK).standing is Standing.SUSPENDED


@pytest.mark.parametrize(
    ("text", "is_match"),
    [
        ("Hi there.\nDear Rea, your account is closed for good after our review.\nKim", True),
        ("Dear, dear! " * 9 + "x" * 400 + " Dear Rea, your account is closed for good after our review", True),
        ("DEAR REA,\n  your account is   closed for good, after our review", True),
        ("Dear Rea, your account is closed for good.", False),
        ("Your account is closed for good after our review. Dear Rea", False),
        ("Dear Rea, " + "x" * 400 + " your account is closed for good after our review", False),
        ("", False),
    ],
)
def test_a_template_matches_if_its_words_stand_in_their_order(text: str, is_match: bool) -> None:
    canned = canned_texts([{"id": 1, "title": "Terminate", "content_html": LETTER}], [])

    assert bool(canned.used_in(said(text))) is is_match


def test_a_template_of_a_few_common_words_matches_nothing() -> None:
    canned = canned_texts([{"id": 1, "title": "Bye", "content": "Kind regards"}], [])

    assert canned.used_in(said("Thanks. Kind regards")) == ()


def test_matching_takes_no_more_than_linear_time() -> None:
    """A backtracking pattern would still be at it tomorrow."""
    template = " ".join(f"a{{{{x{number}}}}}" for number in range(300)) + " end of a long template"
    canned = canned_texts([{"id": 1, "title": "Slow", "content": template}], [])

    assert canned.used_in(said("a " * 30_000)) == ()


def test_a_state_change_of_the_same_second_gets_an_id_of_its_own() -> None:
    """Two visits within a second would otherwise give two changes one name."""
    before = Memory(
        conversations=0, state=State(status=2), moves=(Move(change_id="s:2026-03-02T12:00:00Z", at=moment_of(0)),)
    )
    raw = {"id": 1, "status": 2, "tags": ["late"], "updated_at": "2026-03-02T12:00:00Z"}

    (move,) = new_moves(before, raw, ())

    assert (move.change_id, move.added) == ("s:2026-03-02T12:00:00Z#2", ("late",))


def test_nothing_new_is_no_move() -> None:
    raw = {"id": 1, "status": 4, "tags": ["a"], "group_id": 3, "stats": {"status_updated_at": "2026-03-02T12:00:00Z"}}

    assert new_moves(Memory(conversations=0, state=state_of(raw)), raw, ()) == ()


def test_a_lost_put_after_our_note_lays_nothing_to_anybody() -> None:
    """The note says "reopened", but the reopening never arrived: nobody closed the ticket a second time."""
    raw = {"id": 1, "status": 4, "stats": {"status_updated_at": "2026-03-02T12:00:00Z"}}
    note = {"id": 9, "private": True, "user_id": 7, "body_text": "Ombuds action k7 · reopened"}

    assert new_moves(Memory(conversations=0, state=state_of(raw)), raw, read_conversations([note], OURS)) == ()


def test_a_bookmark_stays_within_some_kilobytes() -> None:
    moves = tuple(Move(change_id=f"s:{number}", at=moment_of(number), status=(2, 4)) for number in range(MOST_MOVES))

    memory = Memory(conversations=10**12, state=State(status=4, tags=("a",) * 50), moves=moves)

    assert len(memory.bookmark) < 8_000
    assert remembered(memory.bookmark) == memory


@pytest.mark.parametrize("value", ["", "yesterday", None, 5, "0001-01-01T00:00:00+14:00", "2026-13-01T00:00:00Z"])
def test_what_is_no_time_is_none(value: object) -> None:
    assert moment(value) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Shop <Help@Shop.example>", "help@shop.example"),
        ("help@shop.example", "help@shop.example"),
        ("nobody", None),
        (None, None),
    ],
)
def test_an_address_is_told_without_its_name(value: object, expected: str | None) -> None:
    assert address(value) == expected


def moment_of(minutes: int) -> datetime:
    return datetime(2026, 3, 2, 12, tzinfo=UTC) + timedelta(minutes=minutes)


TIMES = st.sampled_from(["2026-03-02T12:00:00Z", "2026-03-02T12:00:30Z", "2026-03-02T13:00:00+02:00", "soon", None, 5])
ANYTHING = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=20), st.lists, max_leaves=4)
NUMBERS = st.integers(0, 12) | ANYTHING
CONVERSATIONS = st.fixed_dictionaries(
    {},
    optional={
        "id": NUMBERS,
        "user_id": NUMBERS,
        "body": ANYTHING,
        "body_text": st.sampled_from(["Thanks", "Ombuds action k7 · reopened · tagged a"]) | ANYTHING,
        "private": st.booleans() | ANYTHING,
        "incoming": st.booleans() | ANYTHING,
        "source": NUMBERS,
        "created_at": TIMES,
        "from_email": ANYTHING,
        "automation_id": ANYTHING,
    },
)
STATS = st.dictionaries(st.sampled_from(["status_updated_at", "resolved_at", "closed_at"]), TIMES)
TICKETS = st.fixed_dictionaries(
    {},
    optional={
        "id": NUMBERS,
        "status": NUMBERS,
        "tags": st.lists(st.sampled_from("abc")) | ANYTHING,
        "group_id": NUMBERS,
        "responder_id": NUMBERS,
        "requester": ANYTHING,
        "requester_id": NUMBERS,
        "stats": STATS | ANYTHING,
        "created_at": TIMES,
        "updated_at": TIMES,
        "description": ANYTHING,
        "source": NUMBERS,
    },
)


@given(before=TICKETS, after=TICKETS, conversations=st.lists(CONVERSATIONS, max_size=5))
@settings(max_examples=200)
def test_nothing_that_freshdesk_might_send_breaks_the_translation(
    before: dict[str, Any], after: dict[str, Any], conversations: list[dict[str, Any]]
) -> None:
    """Every change once, oldest first; and what we remember survives as JSON."""
    said_so_far = read_conversations(conversations, OURS)
    memory = Memory(conversations=0, state=state_of(before))

    ticket = _told(after, said_so_far, memory)

    ids = [change.id for change in ticket.changes]
    assert len(ids) == len(set(ids))
    assert [change.at for change in ticket.changes] == sorted(change.at for change in ticket.changes)
    assert remembered(memory.bookmark) == memory


def _told(raw: dict[str, Any], conversations: tuple[Conversation, ...], memory: Memory) -> Ticket:
    moves = new_moves(memory, raw, conversations)
    assert new_moves(Memory(conversations=99, state=state_of(raw), moves=moves), raw, ()) == ()
    return to_ticket(raw, conversations, moves, DESK)
