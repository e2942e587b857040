"""Deliveries come in and their tickets become due, many in one go. Each function runs inside one transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, case, or_, select, true, update

from connectors.helpdesk import Delivery
from service.store.databases import POSTGRESQL, insert_new
from service.store.many import Many
from service.store.records import TicketKey
from service.store.schema import Moment, accounts, dead_letters, deliveries, keepable, microseconds, tickets

Received = tuple[Delivery, datetime]
"""A delivery, and our time when it is to be accepted."""
KEY = (tickets.c.helpdesk, tickets.c.account, tickets.c.ticket_id)
_WRITTEN = (
    deliveries.c.helpdesk,
    deliveries.c.account,
    deliveries.c.id,
    deliveries.c.event,
    deliveries.c.defect,
    deliveries.c.occurred_at,
    deliveries.c.received_at,
)


def hold(connection: Connection, keys: Iterable[TicketKey], seqs: Iterable[int]) -> None:
    """Makes the tickets that are new, and locks all of them, by name and by number, for this transaction.

    Always in the same order, so that no two processes wait for each other in a circle. In a file there is one writer.
    """
    named = [
        {"helpdesk": keepable(key.helpdesk), "account": keepable(key.account), "ticket_id": keepable(key.id)}
        for key in keys
    ]
    if named:
        _NEW_TICKETS.run(connection, named)
    numbered = [{"seq": seq} for seq in seqs]
    if connection.dialect.name == POSTGRESQL and (named or numbered):
        _LOCKED.run(connection, [*named, *numbered])


def ticket_of(delivery: Delivery) -> TicketKey | None:
    """The ticket it names."""
    if delivery.ticket_id is None:
        return None
    return TicketKey(helpdesk=delivery.helpdesk, account=delivery.account, id=delivery.ticket_id)


def accept_all(connection: Connection, received: Sequence[Received]) -> list[bool]:
    """Of each delivery, whether it is new. Its ticket is then due; one that names no ticket is parked at once.

    The tickets are there and held: a visit that ends meanwhile must see these deliveries.
    """
    rows = [_row(place, delivery) for place, (delivery, _) in enumerate(received)]
    now = min(now for _, now in received)
    of_accounts = {(row["helpdesk"], row["account"]) for row in rows}
    for helpdesk, account in sorted(of_accounts):
        insert_new(connection, accounts, helpdesk=helpdesk, account=account, since=now)
    written = _NEW_DELIVERIES.run(connection, rows).all()
    due = {one.ticket_seq for one in written if one.ticket_seq is not None}
    make_due(connection, due, now)
    unaddressed = [one for one in written if one.ticket_seq is None]
    if unaddressed:
        connection.execute(dead_letters.insert(), [_dead_letter(one, now) for one in unaddressed])
    new = {(one.helpdesk, one.account, one.id) for one in written}
    return [_is_taken_out(new, (row["helpdesk"], row["account"], row["id"])) for row in rows]


def make_due(connection: Connection, seqs: Iterable[int], now: datetime) -> None:
    """Makes the tickets, which are held, due now, or when a wait that their helpdesk asked for is over."""
    if due := [{"seq": seq} for seq in seqs]:
        _NOW_DUE.run(connection, due, now=now)


def _row(place: int, delivery: Delivery) -> dict[str, Any]:
    """The columns of a delivery, with the name of its ticket, and in `seq` its place among the others."""
    return {
        "seq": place,
        "helpdesk": keepable(delivery.helpdesk),
        "account": keepable(delivery.account),
        "id": keepable(delivery.id),
        "ticket_id": delivery.ticket_id and keepable(delivery.ticket_id),
        "event": keepable(delivery.event),
        "defect": delivery.defect and keepable(delivery.defect),
        "occurred_at": microseconds(delivery.occurred_at),
        "received_at": microseconds(delivery.received_at),
    }


def _is_taken_out(new: set[tuple[str, str, str]], identity: tuple[str, str, str]) -> bool:
    """Whether it is among them; the second time it is not any more."""
    is_new = identity in new
    new.discard(identity)
    return is_new


def _dead_letter(row: Row[Any], now: datetime) -> dict[str, object]:
    return {
        "helpdesk": row.helpdesk,
        "account": row.account,
        "delivery_seq": row.seq,
        "reason": row.defect or "no_ticket_id",
        "detail": "The webhook is authentic but names no ticket: look at the body its trigger or rule sends.",
        "parked_at": now,
    }


def _new_tickets(given: Any, insert: Any) -> Any:
    key = [given.c[column.name] for column in KEY]
    new = select(*key).distinct().where(true()).order_by(*key)
    return insert(tickets).from_select([column.name for column in KEY], new).on_conflict_do_nothing().inline()


def _locked(given: Any, _: Any) -> Any:
    by_name = select(tickets.c.seq).join(given, _is_named(given))
    wanted = select(given.c.seq).where(given.c.seq.is_not(None)).union_all(by_name)
    return select(tickets.c.seq).where(tickets.c.seq.in_(wanted)).order_by(tickets.c.seq).with_for_update()


def _new_deliveries(given: Any, insert: Any) -> Any:
    """In the order in which they came, so that numbers of a ticket rise as its deliveries do."""
    state = case((given.c.ticket_id.is_(None), "parked"), else_="pending")
    found = select(*(given.c[column.name] for column in _WRITTEN), tickets.c.seq, state)
    found = found.select_from(given.outerjoin(tickets, _is_named(given))).where(true()).order_by(given.c.seq)
    names = [*(column.name for column in _WRITTEN), "ticket_seq", "state"]
    written = insert(deliveries).from_select(names, found).on_conflict_do_nothing().inline()
    told = deliveries.c
    return written.returning(told.helpdesk, told.account, told.id, told.seq, told.ticket_seq, told.defect)


def _now_due(given: Any, _: Any) -> Any:
    """Due now, but not before a wait that the helpdesk asked for is over."""
    now = bindparam("now", type_=Moment())
    due_at = case((tickets.c.not_before > now, tickets.c.not_before), else_=now)
    is_later = or_(tickets.c.due_at.is_(None), tickets.c.due_at > due_at)
    return update(tickets).where(tickets.c.seq.in_(select(given.c.seq)), is_later).values(due_at=due_at)


def _is_named(given: Any) -> Any:
    return and_(*(column == given.c[column.name] for column in KEY))


_NEW_TICKETS = Many(KEY, _new_tickets)
_LOCKED = Many((*KEY, tickets.c.seq), _locked)
_NEW_DELIVERIES = Many((deliveries.c.seq, *_WRITTEN, tickets.c.ticket_id), _new_deliveries)
_NOW_DUE = Many((tickets.c.seq,), _now_due)
