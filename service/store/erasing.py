"""Erases what is kept of one ticket. Each function runs inside one transaction.

What stays are numbers and ids that hold no words: the ticket's with its bookmark, its deliveries', findings' and
actions'. By them a webhook that comes again is known, and nothing is judged or told a second time.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, delete, func, or_, select, update

from service.store import words
from service.store.databases import insert_new
from service.store.records import ActionState, TicketKey
from service.store.schema import (
    actions,
    answers,
    dead_letters,
    decisions,
    deliveries,
    doubts,
    findings,
    mentions,
    meta,
    tickets,
    views,
)

PREFIX = "erased "
"""How the keys of `meta` begin that tell of an erasure; the time follows."""
_GONE: Mapping[str, Table] = {
    "decisions": decisions,
    "answers": answers,
    "topics": mentions,
    "words in doubt": doubts,
    "tickets as read": views,
    "dead letters": dead_letters,
}
_OPEN = (ActionState.PENDING, ActionState.FAILED)
_EVER = words.Until(words=datetime.max.replace(tzinfo=UTC) - timedelta(days=1), failed=datetime.min.replace(tzinfo=UTC))


def tickets_named(connection: Connection, helpdesk: str, account: str, ids: list[str]) -> dict[int, TicketKey]:
    """Those of these tickets that were ever seen, by number."""
    return _tickets(connection, helpdesk, account, tickets.c.ticket_id.in_(ids))


def tickets_of(
    connection: Connection, helpdesk: str, account: str, requester: str, fingerprint: str
) -> dict[int, TicketKey]:
    """The tickets on which a person is known to have asked or acted. Whoever only wrote is not kept by name."""
    known = or_(
        tickets.c.seq.in_(select(doubts.c.ticket_seq).where(doubts.c.customer == fingerprint)),
        tickets.c.seq.in_(select(views.c.ticket_seq).where(views.c.people.contains(fingerprint))),
        tickets.c.seq.in_(select(findings.c.ticket_seq).where(findings.c.actor_id == requester)),
        tickets.c.seq.in_(select(answers.c.ticket_seq).where(answers.c.actor_id == requester)),
    )
    return _tickets(connection, helpdesk, account, known)


def _tickets(connection: Connection, helpdesk: str, account: str, which: Any) -> dict[int, TicketKey]:
    found = select(tickets).where(tickets.c.helpdesk == helpdesk, tickets.c.account == account, which)
    return {
        row.seq: TicketKey(helpdesk=row.helpdesk, account=row.account, id=row.ticket_id)
        for row in connection.execute(found.order_by(tickets.c.seq))
    }


def helpdesks_of(connection: Connection, account: str) -> list[str]:
    """The helpdesks with tickets of an account of that name."""
    return sorted(connection.scalars(select(tickets.c.helpdesk).distinct().where(tickets.c.account == account)))


def counted(connection: Connection, ticket_seq: int) -> dict[str, int]:
    """What erasing it would take, by kind."""
    counts = {kind: _count(connection, table, ticket_seq) for kind, table in _GONE.items()}
    counts["notes"] = words.notes_with_words(connection, ticket_seq)
    counts["waiting deliveries"] = _count(connection, deliveries, ticket_seq, deliveries.c.state == "pending")
    due = or_(tickets.c.due_at.is_not(None), tickets.c.recheck_at.is_not(None))
    counts["timers"] = connection.scalar(select(func.count()).where(tickets.c.seq == ticket_seq, due)) or 0
    return counts


def _count(connection: Connection, table: Table, ticket_seq: int, *which: Any) -> int:
    asked = select(func.count()).select_from(table).where(table.c.ticket_seq == ticket_seq, *which)
    return connection.scalar(asked) or 0


def erase(connection: Connection, ticket_seq: int, now: datetime, person: str | None) -> dict[str, int] | None:
    """Erases it; what was taken, by kind. None if a worker is on the ticket at this moment.

    What was still to be done on the ticket is given up. `person`: whose id is taken out of findings as well.
    """
    counts = counted(connection, ticket_seq)
    is_free = or_(tickets.c.lease_until.is_(None), tickets.c.lease_until <= now)
    # A new token: a worker that was believed dead and comes back finds that the ticket is not his any more.
    untouched = {"owner": None, "lease_until": None, "token": tickets.c.token + 1, "tries": 0, "tried_since": None}
    no_timers = {"due_at": None, "recheck_at": None, "not_before": None}
    free = update(tickets).where(tickets.c.seq == ticket_seq, is_free)
    if not connection.execute(free.values(**untouched, **no_timers)).rowcount:
        return None
    for table in _GONE.values():
        connection.execute(delete(table).where(table.c.ticket_seq == ticket_seq))
    words.expect_numbers_again(connection)
    connection.execute(update(deliveries).where(deliveries.c.ticket_seq == ticket_seq).values(state="done"))
    of_ticket = actions.c.ticket_seq == ticket_seq
    connection.execute(
        update(actions).where(of_ticket, actions.c.state.in_(_OPEN)).values(state=ActionState.SUPERSEDED)
    )
    words.forget_notes(connection, [ticket_seq], _EVER)
    theirs = findings.c.ticket_seq == ticket_seq, findings.c.actor_id == person
    connection.execute(update(findings).where(*theirs).values(actor_id=""))
    return counts


def note_erasure(connection: Connection, at: datetime, number: int, counts: Mapping[str, int]) -> None:
    """Writes down that it was done: when, on how many tickets, how much; not whose."""
    told = msgspec.json.encode({"tickets": number, "rows": counts}).decode()
    insert_new(connection, meta, key=f"{PREFIX}{at.isoformat()}", value=told)


def erasures(connection: Connection) -> list[dict[str, Any]]:
    """All that were done, oldest first: `at`, `tickets`, `rows` by kind."""
    found = select(meta).where(meta.c.key.startswith(PREFIX)).order_by(meta.c.key)
    return [
        {"at": datetime.fromisoformat(row.key.removeprefix(PREFIX)), **msgspec.json.decode(row.value)}
        for row in connection.execute(found)
    ]
