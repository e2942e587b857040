"""Tickets are due, a worker takes some and gives them back. Each function runs inside one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, func, literal, or_, select, update

from service.store.errors import LeaseLostError
from service.store.many import Many
from service.store.past import pasts
from service.store.records import ActionState, Taken, TicketKey, Visit
from service.store.schema import Moment, actions, deliveries, microseconds, tickets
from service.store.turns import Times, Turn, begin_probe, next_turns

MAX_TAKEN = 500
"""Deliveries one visit takes; a ticket with more is due again."""
UNTRIED: Mapping[str, object] = {"tries": 0, "tried_since": None, "not_before": None}
"""A ticket with which nothing went wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A visit that has come to its end: when the ticket is to be looked at again, and as of when it was read."""

    visit: Visit
    now: datetime
    recheck_at: datetime | None
    read_as_of: datetime | None


def claim(
    connection: Connection, owner: str, times: Times, *, limit: int, lease_s: float, most_suspects: int = 1
) -> tuple[Visit, ...]:
    """Visits for tickets that are due and that nobody holds; see `turns` for whose come first."""
    turns = next_turns(connection, times, limit=limit, most_suspects=most_suspects)
    visits = _lease(connection, turns, owner, times, lease_s) if turns else ()
    for turn in turns:
        if turn.is_probe:
            begin_probe(connection, turn.row, times.now, lease_s)
    return visits


def _lease(
    connection: Connection, turns: Sequence[Turn], owner: str, times: Times, lease_s: float
) -> tuple[Visit, ...]:
    now, seqs = times.now, [turn.seq for turn in turns]
    taken, known = _pending(connection, seqs), pasts(connection, seqs)
    # The try counts from here on, so that a ticket that kills the process is not visited for ever.
    leased = update(tickets).values(
        owner=owner,
        token=tickets.c.token + 1,
        tries=tickets.c.tries + 1,
        tried_since=func.coalesce(tickets.c.tried_since, literal(now, Moment())),
        lease_until=now + timedelta(seconds=lease_s),
    )
    connection.execute(leased.where(tickets.c.seq.in_(seqs)))
    return tuple(replace(_visit(turn, owner, times, taken.get(turn.seq, ())), past=known[turn.seq]) for turn in turns)


def _visit(turn: Turn, owner: str, times: Times, taken: Sequence[Taken]) -> Visit:
    row: Any = turn.row
    return Visit(
        ticket_seq=row.seq,
        ticket=TicketKey(helpdesk=row.helpdesk, account=row.account, id=row.ticket_id),
        owner=owner,
        token=row.token + 1,
        tries=row.tries + 1,
        tried_since=row.tried_since or times.now,
        deliveries=tuple(taken),
        bookmark=row.bookmark,
        watched_since=row.watched_since,
        recheck_at=row.recheck_at if row.recheck_at is not None and row.recheck_at <= times.deadlines else None,
        account_since=turn.account_since,
        is_probe=turn.is_probe,
        is_suspect=turn.is_suspect,
    )


def _pending(connection: Connection, seqs: Iterable[int]) -> dict[int, list[Taken]]:
    """The oldest deliveries that wait for each ticket, by its number."""
    found: dict[int, list[Taken]] = {}
    for row in _PENDING.run(connection, [{"seq": seq} for seq in seqs]):
        taken = Taken(seq=row.seq, occurred_at=row.occurred_at, received_at=row.received_at, event=row.event)
        found.setdefault(row.ticket_seq, []).append(taken)
    return found


def _select_pending(given: Any, _: Any) -> Any:
    """The bound is looked up once a ticket, so that one with very many deliveries costs no more."""
    waiting = deliveries.alias("waiting")
    bound = select(waiting.c.seq).where(waiting.c.ticket_seq == given.c.seq, waiting.c.state == "pending")
    bound = bound.order_by(waiting.c.seq).offset(MAX_TAKEN - 1).limit(1)
    asked = select(given.c.seq, bound.scalar_subquery().label("last")).cte("asked").prefix_with("MATERIALIZED")
    of_ticket = and_(deliveries.c.ticket_seq == asked.c.seq, deliveries.c.state == "pending")
    return (
        select(
            deliveries.c.ticket_seq,
            deliveries.c.seq,
            deliveries.c.occurred_at,
            deliveries.c.received_at,
            deliveries.c.event,
        )
        .join(asked, of_ticket)
        .where(or_(asked.c.last.is_(None), deliveries.c.seq <= asked.c.last))
        .order_by(deliveries.c.seq)
    )


def fenced_update(connection: Connection, visit: Visit, **values: object) -> None:
    """Changes the visit's ticket, if the visit still holds it. Raises LeaseLostError."""
    holds = and_(tickets.c.seq == visit.ticket_seq, tickets.c.owner == visit.owner, tickets.c.token == visit.token)
    if connection.execute(update(tickets).where(holds).values(**values)).rowcount == 0:
        raise lost(visit)


def lost(visit: Visit) -> LeaseLostError:
    """What a visit is told that holds its ticket no more."""
    return LeaseLostError(f"another worker has ticket {visit.ticket.id} of {visit.ticket.account} now")


def hold(connection: Connection, visit: Visit) -> None:
    """Locks the ticket for the rest of the transaction. Raises LeaseLostError.

    A delivery that is just being accepted makes the ticket due; without the lock, ending a visit could undo that.
    """
    fenced_update(connection, visit, owner=visit.owner)


def renew(connection: Connection, visit: Visit, now: datetime, *, lease_s: float) -> None:
    """Holds the ticket for another while. Raises LeaseLostError."""
    fenced_update(connection, visit, lease_until=now + timedelta(seconds=lease_s))


def settle_all(connection: Connection, settled: Sequence[Settled]) -> list[LeaseLostError | None]:
    """Ends visits: what they took is done. What arrived meanwhile leaves the ticket due again.

    The tickets are held, as `hold` tells. For each, the refusal if the visit has lost its lease.
    """
    held = {(row.seq, row.token) for row in _HELD.run(connection, [_ended(one) for one in settled])}
    kept = [one for one in settled if (one.visit.ticket_seq, one.visit.token) in held]
    if kept:
        _finish(connection, [taken.seq for one in kept for taken in one.visit.deliveries], "done")
        _SETTLED.run(connection, [_ended(one) for one in kept])
    return [None if (one.visit.ticket_seq, one.visit.token) in held else lost(one.visit) for one in settled]


def _ended(one: Settled) -> dict[str, Any]:
    return {
        **fence_of(one.visit),
        "due_at": microseconds(one.now),
        "recheck_at": one.recheck_at and microseconds(one.recheck_at),
        "read_as_of": one.read_as_of and microseconds(one.read_as_of),
    }


def fence_of(visit: Visit) -> dict[str, Any]:
    """The columns that tell whether a visit still holds its ticket."""
    return {"seq": visit.ticket_seq, "owner": visit.owner, "token": visit.token}


def is_fenced(given: Any) -> ColumnElement[bool]:
    """Whether they do."""
    return and_(*(tickets.c[name] == given.c[name] for name in ("seq", "owner", "token")))


def _select_held(given: Any, _: Any) -> Any:
    return select(tickets.c.seq, tickets.c.token).join(given, is_fenced(given))


def _update_settled(given: Any, _: Any) -> Any:
    values = {"recheck_at": given.c.recheck_at, "read_as_of": given.c.read_as_of, **UNTRIED}
    # An action that nobody has carried out was replayed during the visit, which did not see it.
    due_at = case((or_(_waits(given.c.seq), _is_planned(given.c.seq)), given.c.due_at))
    return update(tickets).where(tickets.c.seq == given.c.seq).values(**_released(), **values, due_at=due_at)


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
    _finish(connection, [delivery.seq for delivery in visit.deliveries], state)


def _finish(connection: Connection, seqs: Iterable[int], state: str) -> None:
    _FINISHED.run(connection, [{"seq": seq} for seq in seqs], new_state=state)


def _update_finished(given: Any, _: Any) -> Any:
    return update(deliveries).where(deliveries.c.seq.in_(select(given.c.seq))).values(state=bindparam("new_state"))


def due_again(connection: Connection, visit: Visit, now: datetime) -> datetime | None:
    """`now` if deliveries wait for the ticket that the visit did not take; else None."""
    return now if connection.scalar(select(_waits(literal(visit.ticket_seq)))) else None


def _waits(ticket_seq: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether deliveries wait for the ticket. As EXISTS, PostgreSQL would gather all that wait for any ticket first."""
    waiting = select(deliveries.c.seq).where(deliveries.c.ticket_seq == ticket_seq, deliveries.c.state == "pending")
    return waiting.limit(1).scalar_subquery().is_not(None)


def _is_planned(ticket_seq: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether something is to be done on the ticket. Asked like `_waits`."""
    pending = select(actions.c.id).where(actions.c.ticket_seq == ticket_seq, actions.c.state == ActionState.PENDING)
    return pending.limit(1).scalar_subquery().is_not(None)


def _released() -> dict[str, object]:
    return {"owner": None, "lease_until": None}


_PENDING = Many((tickets.c.seq,), _select_pending)
_FINISHED = Many((deliveries.c.seq,), _update_finished)
_ENDED = [tickets.c[name] for name in ("seq", "owner", "token", "due_at", "recheck_at", "read_as_of")]
_HELD = Many(_ENDED, _select_held)
_SETTLED = Many(_ENDED, _update_settled)
