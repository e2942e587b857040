"""Deliveries come in, tickets become due, a worker takes one at a time. Each function runs inside one transaction."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, case, literal, select, update

from connectors.helpdesk import Delivery
from service.store.databases import insert_new
from service.store.errors import LeaseLostError
from service.store.records import Taken, TicketKey, Visit
from service.store.schema import Moment, accounts, dead_letters, deliveries, tickets
from service.store.turns import Turn, begin_probe, next_turns

MAX_TAKEN = 500
"""Deliveries one visit takes; a ticket with more is due again."""
UNTRIED: Mapping[str, object] = {"tries": 0, "tried_since": None, "not_before": None}
"""A ticket with which nothing went wrong."""


def accept(connection: Connection, delivery: Delivery, now: datetime) -> bool:
    """Whether the delivery is new. Its ticket is then due; one that names no ticket is parked at once."""
    ticket = None if delivery.ticket_id is None else _locked(connection, delivery)
    insert_new(connection, accounts, helpdesk=delivery.helpdesk, account=delivery.account, since=now)
    is_new = insert_new(
        connection,
        deliveries,
        helpdesk=delivery.helpdesk,
        account=delivery.account,
        id=delivery.id,
        ticket_seq=ticket.seq if ticket else None,
        event=delivery.event,
        defect=delivery.defect,
        occurred_at=delivery.occurred_at,
        received_at=delivery.received_at,
        state="pending" if ticket else "parked",
    )
    if is_new and ticket is not None:
        _make_due(connection, ticket, now)
    elif is_new:
        _park_unaddressed(connection, delivery, now)
    return is_new


def _locked(connection: Connection, delivery: Delivery) -> Any:
    """The ticket, made if it is new, and locked: a visit that ends meanwhile must see this delivery."""
    key = {"helpdesk": delivery.helpdesk, "account": delivery.account, "ticket_id": delivery.ticket_id}
    insert_new(connection, tickets, **key)
    found = select(tickets.c.seq, tickets.c.due_at, tickets.c.not_before).filter_by(**key)
    return connection.execute(found.with_for_update()).one()


def _make_due(connection: Connection, ticket: Any, now: datetime) -> None:
    """Due now, but not before a wait that the helpdesk asked for is over."""
    due_at = max(now, ticket.not_before) if ticket.not_before else now
    if ticket.due_at is None or ticket.due_at > due_at:
        connection.execute(update(tickets).where(tickets.c.seq == ticket.seq).values(due_at=due_at))


def _park_unaddressed(connection: Connection, delivery: Delivery, now: datetime) -> None:
    found = select(deliveries.c.seq).filter_by(helpdesk=delivery.helpdesk, account=delivery.account, id=delivery.id)
    connection.execute(
        dead_letters.insert().values(
            helpdesk=delivery.helpdesk,
            account=delivery.account,
            delivery_seq=connection.execute(found).scalar_one(),
            reason=delivery.defect or "no_ticket_id",
            detail="The webhook is authentic but names no ticket: look at the body its trigger or rule sends.",
            parked_at=now,
        )
    )


def claim(connection: Connection, owner: str, now: datetime, *, limit: int, lease_s: float) -> tuple[Visit, ...]:
    """Visits for tickets that are due and that nobody holds; see `turns` for whose come first."""
    visits = []
    for turn in next_turns(connection, now, limit=limit, lease_s=lease_s):
        visits.append(_lease(connection, turn, owner, now, lease_s))
        if turn.is_probe:
            begin_probe(connection, turn.row, now, lease_s)
    return tuple(visits)


def _lease(connection: Connection, turn: Turn, owner: str, now: datetime, lease_s: float) -> Visit:
    row: Any = turn.row
    # The try counts from here on, so that a ticket that kills the process is not visited for ever.
    connection.execute(
        update(tickets)
        .where(tickets.c.seq == row.seq)
        .values(
            owner=owner,
            token=tickets.c.token + 1,
            tries=tickets.c.tries + 1,
            tried_since=row.tried_since or now,
            lease_until=now + timedelta(seconds=lease_s),
        )
    )
    pending = (
        select(deliveries.c.seq, deliveries.c.occurred_at, deliveries.c.received_at, deliveries.c.event)
        .where(deliveries.c.ticket_seq == row.seq, deliveries.c.state == "pending")
        .order_by(deliveries.c.seq)
        .limit(MAX_TAKEN)
    )
    since = select(accounts.c.since).where(accounts.c.helpdesk == row.helpdesk, accounts.c.account == row.account)
    return Visit(
        ticket_seq=row.seq,
        ticket=TicketKey(helpdesk=row.helpdesk, account=row.account, id=row.ticket_id),
        owner=owner,
        token=row.token + 1,
        tries=row.tries + 1,
        tried_since=row.tried_since or now,
        deliveries=tuple(
            Taken(seq=taken.seq, occurred_at=taken.occurred_at, received_at=taken.received_at, event=taken.event)
            for taken in connection.execute(pending)
        ),
        bookmark=row.bookmark,
        watched_since=row.watched_since,
        recheck_at=row.recheck_at if row.recheck_at is not None and row.recheck_at <= now else None,
        account_since=connection.scalar(since),
        is_probe=turn.is_probe,
    )


def fenced_update(connection: Connection, visit: Visit, **values: object) -> None:
    """Changes the visit's ticket, if the visit still holds it. Raises LeaseLostError."""
    holds = and_(tickets.c.seq == visit.ticket_seq, tickets.c.owner == visit.owner, tickets.c.token == visit.token)
    if connection.execute(update(tickets).where(holds).values(**values)).rowcount == 0:
        raise LeaseLostError(f"another worker has ticket {visit.ticket.id} of {visit.ticket.account} now")


def hold(connection: Connection, visit: Visit) -> None:
    """Locks the ticket for the rest of the transaction. Raises LeaseLostError.

    A delivery that is just being accepted makes the ticket due; without the lock, ending a visit could undo that.
    """
    fenced_update(connection, visit, owner=visit.owner)


def renew(connection: Connection, visit: Visit, now: datetime, *, lease_s: float) -> None:
    """Holds the ticket for another while. Raises LeaseLostError."""
    fenced_update(connection, visit, lease_until=now + timedelta(seconds=lease_s))


def settle(
    connection: Connection, visit: Visit, now: datetime, *, recheck_at: datetime | None, read_as_of: datetime | None
) -> None:
    """Ends the visit: what it took is done. What arrived meanwhile leaves the ticket due again."""
    hold(connection, visit)
    finish_deliveries(connection, visit, "done")
    fenced_update(
        connection,
        visit,
        **_released(),
        recheck_at=recheck_at,
        due_at=due_again(connection, visit, now),
        **UNTRIED,
        read_as_of=read_as_of,
    )


def retry_later(connection: Connection, visit: Visit, at: datetime, *, spends_try: bool = True) -> None:
    """Ends the visit unfinished: the ticket is due again at `at`, and not earlier even if more arrives."""
    tries = visit.tries if spends_try else visit.tries - 1
    recheck_at = case((tickets.c.recheck_at < at, literal(at, Moment())), else_=tickets.c.recheck_at)
    fenced_update(connection, visit, **_released(), due_at=at, not_before=at, recheck_at=recheck_at, tries=tries)


def release(connection: Connection, visit: Visit, now: datetime) -> None:
    """Gives the ticket back as if it had not been taken, for another worker to take at once."""
    untried = UNTRIED if visit.tries == 1 else {"tries": visit.tries - 1}
    fenced_update(connection, visit, **_released(), due_at=now, **untried)


def finish_deliveries(connection: Connection, visit: Visit, state: str) -> None:
    """Moves what the visit took, and nothing else, to `state`."""
    taken = [delivery.seq for delivery in visit.deliveries]
    connection.execute(update(deliveries).where(deliveries.c.seq.in_(taken)).values(state=state))


def due_again(connection: Connection, visit: Visit, now: datetime) -> datetime | None:
    """`now` if deliveries wait for the ticket that the visit did not take; else None."""
    waiting = select(deliveries.c.seq).where(
        deliveries.c.ticket_seq == visit.ticket_seq, deliveries.c.state == "pending"
    )
    return now if connection.execute(waiting.limit(1)).first() else None


def _released() -> dict[str, object]:
    return {"owner": None, "lease_until": None}
