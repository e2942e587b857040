"""What waits in the store: when the next ticket is due, and how much there is. Read only."""

from datetime import datetime

from sqlalchemy import Column, ColumnElement, Connection, ScalarSelect, Table, and_, func, select

from service.store.breakers import all_breakers
from service.store.records import AccountState, Counts
from service.store.schema import accounts, dead_letters, tickets


def next_due(connection: Connection) -> datetime | None:
    """When the next ticket may be claimed, as far as is known now, deadlines aside; None if nothing waits."""
    leases = select(func.min(tickets.c.lease_until)).where(tickets.c.lease_until.is_not(None))
    moments = [connection.scalar(leases)]
    for probe_at, due_at in connection.execute(select(accounts.c.probe_at, _first(tickets.c.due_at))):
        moments.append(due_at and max(due_at, probe_at or due_at))
    return min((moment for moment in moments if moment is not None), default=None)


def is_made_due_ahead(connection: Connection, now: datetime) -> bool:
    """Whether a ticket that is due at once is so by a clock ahead of ours; see `timekeeping.keep_time`."""
    mine = and_(tickets.c.helpdesk == accounts.c.helpdesk, tickets.c.account == accounts.c.account)
    ahead = select(tickets.c.seq).where(mine, tickets.c.due_at > now, tickets.c.not_before.is_(None)).exists()
    return connection.execute(select(accounts.c.account).where(ahead).limit(1)).first() is not None


def next_deadline(connection: Connection) -> datetime | None:
    """When the next deadline comes; None if none is pending.

    Accounts whose breaker is open are left out, and tickets that are put off: they are due when that is over.
    """
    is_closed = accounts.c.opened_at.is_(None)
    found = connection.scalars(select(_first(tickets.c.recheck_at, tickets.c.not_before.is_(None))).where(is_closed))
    return min((moment for moment in found if moment is not None), default=None)


def _first(due: Column[datetime], *where: ColumnElement[bool]) -> ScalarSelect[datetime]:
    """The first of an account's: asked account by account, so that the index answers."""
    mine = and_(tickets.c.helpdesk == accounts.c.helpdesk, tickets.c.account == accounts.c.account)
    is_free = tickets.c.lease_until.is_(None)
    return select(func.min(due)).where(mine, due.is_not(None), is_free, *where).scalar_subquery()


def counts(connection: Connection, now: datetime) -> Counts:
    """How full the store is."""
    by_reason = (
        select(dead_letters.c.reason, func.count().label("number"))
        .where(dead_letters.c.replayed_at.is_(None))
        .group_by(dead_letters.c.reason)
    )
    return Counts(
        due=connection.scalar(select(func.count()).where(tickets.c.due_at <= now)) or 0,
        waiting=connection.scalar(select(func.count()).where(tickets.c.due_at > now)) or 0,
        leased=connection.scalar(select(func.count()).where(tickets.c.lease_until > now)) or 0,
        rechecks=connection.scalar(select(func.count()).where(tickets.c.recheck_at.is_not(None))) or 0,
        oldest_due_at=_oldest_due(connection, now),
        dead_letters={row.reason: row.number for row in connection.execute(by_reason)},
        breakers={account: breaker.state(now) for account, breaker in all_breakers(connection).items()},
        unheard=_unheard(connection),
    )


def _oldest_due(connection: Connection, now: datetime) -> datetime | None:
    """Since when the longest waiting is due, of accounts whose breaker is closed: the others' wait on purpose."""
    mine = and_(tickets.c.helpdesk == accounts.c.helpdesk, tickets.c.account == accounts.c.account)
    due = tickets.c.due_at <= now, accounts.c.opened_at.is_(None)
    oldest: datetime | None = connection.scalar(
        select(func.min(tickets.c.due_at)).join_from(tickets, accounts, mine).where(*due)
    )
    return oldest


def account_states(connection: Connection, now: datetime) -> tuple[AccountState, ...]:
    """Every account that anything ever came for, by name."""
    due = _numbers(connection, tickets, tickets.c.due_at <= now)
    waiting = _numbers(connection, tickets, tickets.c.due_at > now)
    deadlines = _numbers(connection, tickets, tickets.c.recheck_at.is_not(None))
    unheard = _unheard(connection)
    dead = _numbers(connection, dead_letters, dead_letters.c.replayed_at.is_(None))
    return tuple(
        AccountState(
            helpdesk=account[0],
            account=account[1],
            breaker=breaker.state(now),
            down_since=breaker.opened_at,
            probe_at=breaker.probe_at,
            due=due.get(account, 0),
            waiting=waiting.get(account, 0),
            deadlines=deadlines.get(account, 0),
            dead_letters=dead.get(account, 0),
            unheard=unheard[account],
        )
        for account, breaker in sorted(all_breakers(connection).items())
    )


def _numbers(connection: Connection, table: Table, condition: ColumnElement[bool]) -> dict[tuple[str, str], int]:
    names = table.c.helpdesk, table.c.account
    found = select(*names, func.count().label("number")).where(condition).group_by(*names)
    return {(row.helpdesk, row.account): row.number for row in connection.execute(found)}


def _unheard(connection: Connection) -> dict[tuple[str, str], int]:
    found = connection.execute(select(accounts.c.helpdesk, accounts.c.account, accounts.c.unheard))
    return {(row.helpdesk, row.account): row.unheard for row in found}
