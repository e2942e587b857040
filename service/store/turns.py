"""Whose turn it is: which tickets are taken next, so that no account waits behind another. Inside one transaction."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, and_, or_, select, update

from service.breaker import Breaker, BreakerState
from service.store.schema import accounts, tickets

DUE = (tickets.c.due_at, tickets.c.recheck_at)
SUSPECT_AFTER = 2
"""Visits in a row that ended without a word."""


Waiting = tuple[datetime, Row[Any]]
"""Since when, and the ticket's row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """What time it is: for leases and waits, and for deadlines."""

    now: datetime
    deadlines: datetime

    def of(self, due: Column[datetime]) -> datetime:
        """By which it has come."""
        return self.deadlines if due is tickets.c.recheck_at else self.now


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A ticket to take. `is_probe`: the only one of its account, to see whether its helpdesk answers again."""

    row: Row[tuple[object, ...]]
    account_since: datetime | None
    is_probe: bool

    @property
    def is_suspect(self) -> bool:
        """Whether it may be the one of which its workers die, and all that they do beside it with them."""
        return _is_suspect(self.row)

    @property
    def seq(self) -> int:
        """The ticket's number."""
        number: int = self.row.seq
        return number


def next_turns(connection: Connection, times: Times, *, limit: int, most_suspects: int) -> list[Turn]:
    """Tickets that are due and that nobody holds, of the accounts with the fewest visits under way first.

    Within an account, and between accounts with as many, the longest waiting comes first. The rows are locked.
    """
    suspects_left = most_suspects
    now = times.now
    ready = _accounts(connection, times)
    under_way = _under_way(connection, now) if len(ready) > 1 else Counter[tuple[str, str]]()
    ready.sort(key=lambda account: (under_way[account.helpdesk, account.account], _waits_since(account)))
    ranked: list[tuple[int, datetime, Turn]] = []
    given = 0
    for account in ready:
        if given == limit:
            break
        is_probe = breaker_of(account).state(now) is BreakerState.HALF_OPEN
        if is_probe and not _takes_the_probe(connection, account, now):
            continue
        ahead = under_way[account.helpdesk, account.account]
        found = _due_of(connection, account, times, 1 if is_probe else limit, suspects_left)
        given += bool(found)
        for place, (waits_since, row) in enumerate(found):
            turn = Turn(row=row, account_since=account.since, is_probe=is_probe)
            ranked.append((ahead + place, waits_since, turn))
            suspects_left -= turn.is_suspect
    ranked.sort(key=lambda each: each[:2])
    return [turn for *_, turn in ranked[:limit]]


def breaker_of(row: Any) -> Breaker:
    """The breaker of an account's row."""
    return Breaker(opened_at=row.opened_at, probe_at=row.probe_at, failed_probes=row.failed_probes)


def begin_probe(connection: Connection, row: Any, now: datetime, lease_s: float) -> None:
    """Nobody else sends a probe while this one is under way."""
    of_account = and_(accounts.c.helpdesk == row.helpdesk, accounts.c.account == row.account)
    current = connection.execute(select(accounts).where(of_account)).one()
    probed = breaker_of(current).probed(now, lease_s)
    connection.execute(update(accounts).where(of_account).values(probe_at=probed.probe_at))


def _accounts(connection: Connection, times: Times) -> list[Row[tuple[object, ...]]]:
    """Accounts with something due, except those whose breaker is open; and since when the first of it waits."""
    mine = and_(tickets.c.helpdesk == accounts.c.helpdesk, tickets.c.account == accounts.c.account)
    firsts = [
        select(due).where(mine, due <= times.of(due), _is_free(times.now)).order_by(due).limit(1).scalar_subquery()
        for due in DUE
    ]
    lets_pass = or_(accounts.c.opened_at.is_(None), accounts.c.probe_at <= times.now)
    asked = select(accounts, *(first.label(due.name) for first, due in zip(firsts, DUE, strict=True)))
    return [row for row in connection.execute(asked.where(lets_pass)) if row.due_at or row.recheck_at]


def _waits_since(account: Any) -> datetime:
    moments: list[datetime] = [moment for moment in (account.due_at, account.recheck_at) if moment is not None]
    return min(moments)


def _under_way(connection: Connection, now: datetime) -> Counter[tuple[str, str]]:
    """How many visits each account has under way, over all workers."""
    # Counted here: to group them, SQLite would read every ticket there is.
    held = select(tickets.c.helpdesk, tickets.c.account).where(tickets.c.lease_until > now)
    return Counter((row.helpdesk, row.account) for row in connection.execute(held))


def _takes_the_probe(connection: Connection, account: Any, now: datetime) -> bool:
    """Whether no other worker is about to send it: two may have seen that it is time."""
    mine = and_(accounts.c.helpdesk == account.helpdesk, accounts.c.account == account.account)
    found = select(accounts.c.account).where(mine, accounts.c.probe_at <= now).with_for_update(skip_locked=True)
    return connection.execute(found).first() is not None


def _is_suspect(row: Any) -> bool:
    # Whoever ends a visit, in whatever way, lets go of the ticket.
    return row.owner is not None and row.tries >= SUSPECT_AFTER


def _due_of(connection: Connection, account: Any, times: Times, limit: int, most_suspects: int) -> list[Waiting]:
    """The longest waiting first, with so many suspects at most."""
    found = _all_due_of(connection, account, times, limit)
    suspects = [each for each in found if _is_suspect(each[1])]
    if len(suspects) <= most_suspects:
        return found
    is_beyond_doubt = or_(tickets.c.owner.is_(None), tickets.c.tries < SUSPECT_AFTER)
    others = _all_due_of(connection, account, times, limit, is_beyond_doubt)
    return sorted([*suspects[:most_suspects], *others], key=_waits)[:limit]


def _all_due_of(
    connection: Connection, account: Any, times: Times, limit: int, *only: ColumnElement[bool]
) -> list[Waiting]:
    """Each ticket once, with the time since when it waits."""
    rows: dict[int, Waiting] = {}
    for due in (due for due in DUE if getattr(account, due.name) is not None):
        found = (
            select(tickets)
            .where(tickets.c.helpdesk == account.helpdesk, tickets.c.account == account.account)
            .where(due <= times.of(due), _is_free(times.now), *only)
            .order_by(due, tickets.c.seq)
            .limit(limit)
        )
        # PostgreSQL: what another worker is taking at this moment is passed over. SQLite has one writer and no locks.
        for row in connection.execute(found.with_for_update(skip_locked=True)):
            rows.setdefault(row.seq, (getattr(row, due.name), row))
    return sorted(rows.values(), key=_waits)[:limit]


def _waits(waiting: Waiting) -> datetime:
    return waiting[0]


def _is_free(now: datetime) -> ColumnElement[bool]:
    """Nobody holds it, and no wait is under way: a deadline, by another clock, must not cut that short."""
    return and_(*(or_(column.is_(None), column <= now) for column in (tickets.c.lease_until, tickets.c.not_before)))
