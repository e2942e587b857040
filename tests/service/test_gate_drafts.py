"""A draft is held against the ticket as it is known: what a worker read comes first, what the app sees where newer."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace as replace_struct

from policies.bulletin_matching import build_bulletins
from policies.bulletins import Bulletin, BulletinKind
from policies.declared import declared_answer
from policies.policy import Rulebook
from policies.ticket import Change, Comment, Person, Role, Status, Ticket, Via, Visibility
from service.gate_bodies import Ask, DraftSeen, Kind, MacroSeen, MessageSeen, PersonSeen, TicketSeen
from service.gate_drafts import Drafted, drafted
from service.gate_plan import kinds_in
from service.store.drafts import Known
from service.store.records import TicketKey

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
KEY = TicketKey(helpdesk="zendesk", account="acme", id="42")
REPLY = DraftSeen(kind=Kind.PUBLIC_REPLY, text="They are on their way.")


def said(at: datetime, text: str = "Where are my books?", **parts: Any) -> MessageSeen:
    return MessageSeen(
        **{"sender": "customer", "at": at, "text": text, "author": PersonSeen(id=7, name="Maya"), **parts}
    )


@pytest.fixture
def stored(make_ticket: Callable[..., Ticket], make_change: Callable[..., Change]) -> Ticket:
    """Maya asked an hour ago, and a worker read it."""
    maya = Person(id="7", role=Role.CUSTOMER, name="Maya")
    asks = Comment(id="k", visibility=Visibility.PUBLIC, text="Where are my books?")
    change = make_change("1", minutes_ago=60, actor=maya, comment=asks)
    return make_ticket(
        status=Status.OPEN, requester=maya, updated_at=NOW - HOUR, sender="help@acme.example", changes=(change,)
    )


def on(stored: Ticket | None, ticket: TicketSeen, draft: DraftSeen = REPLY, now: datetime = NOW) -> Drafted:
    ask = Ask(ticket=ticket, draft=draft, agent=PersonSeen(id=3, name="Tom", email="Tom <TOM@acme.example>"))
    return drafted(ask, Known(ticket=stored), KEY, now)


def texts(ticket: Ticket) -> list[str]:
    return [change.comment.text for change in ticket.changes if change.comment]


def test_what_was_read_is_enough_where_the_app_sees_nothing_newer(stored: Ticket) -> None:
    told = on(stored, TicketSeen(id="42", subject="Forged", tags=("vip",), conversation=(said(NOW - HOUR),)))

    assert (told.ticket, told.basis) == (stored, "stored")


def test_what_was_said_and_changed_since_is_taken_from_the_app(stored: Ticket) -> None:
    seen = TicketSeen(
        id="42",
        subject="Books",
        status="pending",
        tags=("vip",),
        updated_at=NOW,
        conversation=(said(NOW, "Never mind!"),),
    )

    told = on(stored, seen)

    assert told.basis == "stored_and_app"
    assert (told.ticket.subject, told.ticket.status, told.ticket.tags) == ("Books", Status.PENDING, ("vip",))
    assert [change.comment.text for change in told.ticket.changes if change.comment] == [
        "Where are my books?",
        "Never mind!",
    ]


def test_of_a_conversation_without_end_the_newest_messages_are_judged(stored: Ticket) -> None:
    """Reading them all would take half a minute, and no other agent would be answered meanwhile."""
    late = [said(NOW + number * HOUR, "word " * 4_000) for number in range(200)]
    marked = [said(NOW + number * HOUR, text=None, html=f"<p title='{'a' * 63_000}'></p>") for number in range(200)]
    letter = replace(stored.changes[0], comment=replace(stored.changes[0].comment, text="word " * 30_000))

    read = [on(None, TicketSeen(id="42", conversation=tuple(seen))).ticket.changes for seen in (late, marked)]
    merged = on(stored, TicketSeen(id="42", conversation=tuple(late))).ticket.changes
    alone = on(replace(stored, changes=(letter,)), TicketSeen(id="42")).ticket.changes

    assert [[change.at for change in changes] for changes in read] == [
        [message.at for message in late[-5:]],
        [message.at for message in marked[-6:]],
    ]
    assert [change.at for change in merged] == [message.at for message in late[-5:]]
    assert alone == (letter,)


def test_what_mails_repeat_of_each_other_takes_little_of_what_is_judged(stored: Ticket) -> None:
    """Freshdesk's mails carry the whole conversation below them, each a longer one."""
    late = [said(NOW + number * HOUR, "No.\n" + "> word word word\n" * 1_000) for number in range(80)]

    some, all_ = (on(stored, TicketSeen(id="42", conversation=tuple(seen))).ticket for seen in (late[:30], late))

    assert (len(some.changes), some.is_whole) == (31, True)
    assert not all_.is_whole


@pytest.mark.parametrize(("seen", "basis"), [((said(NOW - HOUR),), "app"), ((), "none")])
def test_of_a_ticket_that_was_never_read_the_app_tells_what_it_can(seen: tuple[MessageSeen, ...], basis: str) -> None:
    told = on(None, TicketSeen(id="42", requester=PersonSeen(id=7), group="Team A", brand=90, conversation=seen))

    assert (told.basis, told.ticket.requester.id, len(told.ticket.changes)) == (basis, "7", len(seen))
    assert (told.ticket.group, told.ticket.group_id, told.ticket.brand, told.ticket.brand_id) == (
        "Team A",
        None,
        None,
        "90",
    )


def test_replies_leave_from_where_the_agent_chose_else_from_where_a_worker_read_else_from_where_they_came_to(
    stored: Ticket,
) -> None:
    """A customer may have written to an address that only receives: what was read of the desk knows better."""
    seen = TicketSeen(id="42", recipient="Shop <Old@acme.example>")
    chosen = replace_struct(REPLY, sender="Sales <sales@acme.example>")

    senders = [on(ticket, seen, draft) for ticket, draft in ((stored, chosen), (stored, REPLY), (None, REPLY))]

    assert [told.change.comment and told.change.comment.sender for told in senders] == [
        "sales@acme.example",
        "help@acme.example",
        "old@acme.example",
    ]


def test_a_message_without_a_time_has_no_place_and_the_others_stand_in_order() -> None:
    seen = (said(NOW, "second"), said(NOW - HOUR, "first"), MessageSeen(sender="agent", text="sometime"))

    assert texts(on(None, TicketSeen(id="42", conversation=seen)).ticket) == ["first", "second"]


def test_the_draft_is_what_the_agent_is_about_to_do(stored: Ticket) -> None:
    draft = DraftSeen(
        kind=Kind.PUBLIC_REPLY,
        html="<p>They are<br>on their way.</p>",
        status="solved",
        tags_added=("sent",),
        sender="Help <HELP@acme.example>",
        macro=MacroSeen(id=5, title="On its way"),
    )

    change = on(stored, TicketSeen(id="42"), draft).change

    assert change.comment is not None
    assert (change.comment.text, change.comment.sender) == ("They are\non their way.", "help@acme.example")
    assert (change.actor.id, change.actor.role, change.actor.email) == ("3", Role.AGENT, "tom@acme.example")
    assert change.status is not None
    assert (change.status.before, change.status.after, change.tags_added) == (Status.OPEN, Status.SOLVED, ("sent",))
    assert ([macro.title for macro in change.macros], change.via) == (["On its way"], Via.WEB)


def test_a_reply_leaves_from_the_tickets_address_and_a_note_from_none(stored: Ticket) -> None:
    note = DraftSeen(kind=Kind.INTERNAL_NOTE, text="She called.", sender="help@acme.example")

    senders = [on(stored, TicketSeen(id="42"), draft).change.comment for draft in (REPLY, note)]

    assert [comment and comment.sender for comment in senders] == ["help@acme.example", None]


@pytest.mark.parametrize(
    ("shown", "wanted", "moves"),
    [("open", "solved", ("open", "solved")), ("solved", "solved", ("open", "solved")), (2, 5, ("open", "closed"))],
)
def test_a_form_that_shows_the_new_status_already_hides_no_move(shown: Any, wanted: Any, moves: Any) -> None:
    """Zendesk tells an app what stands in the form, and Freshdesk its own numbers."""
    draft = DraftSeen(kind=Kind.NONE, status=wanted)

    move = on(None, TicketSeen(id="42", status=shown), draft).change.status

    assert move is not None
    assert (move.before, move.after) == moves


def test_a_helpdesk_whose_clock_is_ahead_hides_nothing_that_was_said(stored: Ticket) -> None:
    told = on(stored, TicketSeen(id="42", conversation=(said(NOW + HOUR, "Hurry!"),)))

    assert [change.id for change in told.ticket.up_to(told.change)][-2:] == ["seen:0", told.change.id]


@pytest.mark.parametrize(
    ("draft", "kinds"),
    [
        (REPLY, {"public_reply"}),
        (DraftSeen(kind=Kind.INTERNAL_NOTE, status="resolved"), {"internal_note", "solve"}),
        (DraftSeen(kind=Kind.NONE, tags_removed=("vip",)), {"tags"}),
        (DraftSeen(kind=Kind.NONE, status="pending"), {"properties"}),
        (DraftSeen(kind=Kind.NONE, seen=False), {"public_reply", "internal_note", "solve", "properties", "tags"}),
    ],
)
def test_a_draft_tells_its_kinds(draft: DraftSeen, kinds: set[str]) -> None:
    assert set(kinds_in(draft)) == kinds


GONE = Bulletin(
    id="discount-gone",
    title="The student discount has ended",
    changed="Students no longer get 20 percent off.",
    kind=BulletinKind.TOOK_AWAY,
    since=NOW - 24 * HOUR,
    answer="The student discount ended on 1 March.",
    aliases=("student discount",),
)


@pytest.mark.parametrize(
    ("asks", "replies", "is_offered"),
    [
        ("Is the student discount gone?", "I think so, perhaps.", True),
        ("Is the student discount gone?", "The student discount ended on 1 March.", False),
        ("Where are my books?", "On their way.", False),
    ],
)
def test_a_declared_answer_is_offered_while_the_customer_waits_for_it(
    asks: str, replies: str, is_offered: bool
) -> None:
    rulebook = Rulebook(policies=(), bulletins=build_bulletins([GONE]))
    told = on(
        None,
        TicketSeen(id="42", conversation=(said(NOW - HOUR, asks),)),
        DraftSeen(kind=Kind.PUBLIC_REPLY, text=replies),
    )

    assert declared_answer(rulebook, told.ticket, told.change, NOW) == (GONE if is_offered else None)
