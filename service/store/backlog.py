"""What waits in the store: when the next ticket is due, and how much there is. Read only."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from service.store.records import Counts
from service.store.schema import dead_letters, tickets


def next_due(connection: Connection) -> datetime | None:
    """When the next ticket may be claimed, as far as is known now; None if nothing waits."""
    is_free = tickets.c.lease_until.is_(None)
    moments: Sequence[datetime | None] = [
        connection.scalar(select(func.min(tickets.c.due_at)).where(tickets.c.due_at.is_not(None), is_free)),
        connection.scalar(select(func.min(tickets.c.recheck_at)).where(tickets.c.recheck_at.is_not(None), is_free)),
        connection.scalar(select(func.min(tickets.c.lease_until)).where(tickets.c.lease_until.is_not(None))),
    ]
    return min((moment for moment in moments if moment is not None), default=None)


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
        oldest_due_at=connection.scalar(select(func.min(tickets.c.due_at)).where(tickets.c.due_at <= now)),
        dead_letters={row.reason: row.number for row in connection.execute(by_reason)},
    )
