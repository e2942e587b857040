"""What could not be finished: parked with a reason, shown, and made due again. Each function runs in a transaction."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select, update

from service.store.errors import ReplayError
from service.store.inbox import UNTRIED, due_again, fenced_update, finish_deliveries, hold
from service.store.records import ActionState, DeadFilter, DeadLetter, Visit
from service.store.schema import actions, dead_letters, deliveries, tickets

CHUNK = 200
"""Dead letters that one commit makes due again, so that no webhook waits long behind it."""


def park(
    connection: Connection, visit: Visit, now: datetime, *, reason: str, detail: str, gives_up_actions: bool
) -> None:
    """Ends the visit for good: a dead letter for each delivery it took, or one for the deadline. Raises LeaseLostError.

    `gives_up_actions`: what was to be done on the ticket is set aside, so that it does not stop what comes later.
    """
    hold(connection, visit)
    finish_deliveries(connection, visit, "parked")
    if gives_up_actions:
        _move_actions(connection, visit.ticket_seq, ActionState.PENDING, ActionState.FAILED)
    taken: list[int | None] = [delivery.seq for delivery in visit.deliveries]
    for delivery_seq in taken or [None]:
        connection.execute(
            dead_letters.insert().values(
                helpdesk=visit.ticket.helpdesk,
                account=visit.ticket.account,
                ticket_seq=visit.ticket_seq,
                delivery_seq=delivery_seq,
                reason=reason,
                detail=detail,
                parked_at=now,
            )
        )
    deadline = {} if visit.recheck_at is None else {"recheck_at": None}
    due_at = due_again(connection, visit, now)
    fenced_update(connection, visit, owner=None, lease_until=None, due_at=due_at, **UNTRIED, **deadline)


def _move_actions(connection: Connection, ticket_seq: int, before: ActionState, after: ActionState) -> None:
    connection.execute(
        update(actions).where(actions.c.ticket_seq == ticket_seq, actions.c.state == before).values(state=after)
    )


def list_dead(connection: Connection, wanted: DeadFilter, *, limit: int) -> tuple[DeadLetter, ...]:
    """Newest first."""
    found = _select().where(*_where(wanted)).order_by(dead_letters.c.seq.desc()).limit(limit)
    return tuple(_dead_letter(row) for row in connection.execute(found))


def count_dead(connection: Connection, wanted: DeadFilter) -> dict[str, int]:
    """How many there are, by reason."""
    found = (
        select(dead_letters.c.reason, func.count().label("number"))
        .outerjoin(tickets, tickets.c.seq == dead_letters.c.ticket_seq)
        .where(*_where(wanted))
        .group_by(dead_letters.c.reason)
        .order_by(dead_letters.c.reason)
    )
    return {row.reason: row.number for row in connection.execute(found)}


def show_dead(connection: Connection, dead_id: int) -> DeadLetter | None:
    """One dead letter; None if there is none of that number."""
    row = connection.execute(_select().where(dead_letters.c.seq == dead_id)).first()
    return None if row is None else _dead_letter(row)


def replay(connection: Connection, dead_id: int, now: datetime) -> DeadLetter:
    """Makes the ticket due again with its tries reset. Actions keep their ids, so nothing is done twice."""
    row = connection.execute(select(dead_letters).where(dead_letters.c.seq == dead_id).with_for_update()).first()
    if row is None:
        raise ReplayError(f"There is no dead letter {dead_id}.")
    if row.ticket_seq is None:
        raise ReplayError(f"Dead letter {dead_id} names no ticket, so there is nothing to look at again.")
    if row.replayed_at is not None:
        raise ReplayError(f"Dead letter {dead_id} was replayed already; if that failed, there is a newer one.")
    _make_due_again(connection, row, now)
    return _dead_letter(connection.execute(_select().where(dead_letters.c.seq == dead_id)).one())


def replay_next(connection: Connection, wanted: DeadFilter, now: datetime, *, up_to: int) -> tuple[DeadLetter, ...]:
    """Replays the oldest CHUNK that match and name a ticket, of those numbered up to `up_to`; empty: none is left.

    The ceiling keeps out what dies again meanwhile: nothing is replayed twice in one go.
    """
    addressed = dead_letters.c.ticket_seq.is_not(None), dead_letters.c.seq <= up_to
    found = _select().where(*_where(wanted), *addressed).order_by(dead_letters.c.seq).limit(CHUNK)
    rows = connection.execute(found.with_for_update(of=dead_letters, skip_locked=True)).all()
    for row in sorted(rows, key=lambda each: (each.ticket_seq, each.seq)):
        _make_due_again(connection, row, now)
    return tuple(_dead_letter(row) for row in rows)


def _make_due_again(connection: Connection, row: Row[tuple[object, ...]], now: datetime) -> None:
    connection.execute(update(tickets).where(tickets.c.seq == row.ticket_seq).values(due_at=now, **UNTRIED))
    connection.execute(update(dead_letters).where(dead_letters.c.seq == row.seq).values(replayed_at=now))
    connection.execute(update(deliveries).where(deliveries.c.seq == row.delivery_seq).values(state="pending"))
    _move_actions(connection, row.ticket_seq, ActionState.FAILED, ActionState.PENDING)


def _where(wanted: DeadFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for column, value in (
        (dead_letters.c.helpdesk, wanted.helpdesk),
        (dead_letters.c.account, wanted.account),
        (dead_letters.c.reason, wanted.reason),
        (tickets.c.ticket_id, wanted.ticket_id),
    ):
        if value is not None:
            conditions.append(column == value)
    if wanted.since is not None:
        conditions.append(dead_letters.c.parked_at >= wanted.since)
    if not wanted.include_replayed:
        conditions.append(dead_letters.c.replayed_at.is_(None))
    return conditions


def _select() -> Select[tuple[object, ...]]:
    return (
        select(dead_letters, tickets.c.ticket_id, deliveries.c.id.label("delivery_id"), deliveries.c.event)
        .outerjoin(tickets, tickets.c.seq == dead_letters.c.ticket_seq)
        .outerjoin(deliveries, deliveries.c.seq == dead_letters.c.delivery_seq)
    )


def _dead_letter(row: Row[tuple[object, ...]]) -> DeadLetter:
    return DeadLetter(
        id=row.seq,
        helpdesk=row.helpdesk,
        account=row.account,
        ticket_id=row.ticket_id,
        delivery_id=row.delivery_id,
        event=row.event,
        reason=row.reason,
        detail=row.detail,
        parked_at=row.parked_at,
        replayed_at=row.replayed_at,
    )
