"""Puts right what was written by a clock that was ahead of ours. Each function runs inside one transaction."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select, update

from service.store.databases import upsert
from service.store.schema import accounts, meta, tickets

BEAT = "clock"
MOST_AHEAD = timedelta(seconds=5)
"""Clocks of machines that work together never agree entirely."""


def keep_time(connection: Connection, now: datetime) -> bool:
    """Notes the time, and makes due what is due at once; whether there was such a thing.

    Whatever has to wait says so in `not_before`: a ticket that does not, and is due later than now, was made due by a
    clock ahead of ours.
    """
    at_once = tickets.c.due_at > now, tickets.c.not_before.is_(None)
    found = connection.execute(update(tickets).where(*at_once).values(due_at=now)).rowcount > 0
    upsert(connection, meta, "key", key=BEAT, value=now.isoformat())
    return found


def set_back(connection: Connection, now: datetime) -> timedelta | None:
    """How far the clock was set back since the time was last noted: all waits and leases are shortened by as much."""
    noted = connection.scalar(select(meta.c.value).where(meta.c.key == BEAT))
    ahead = datetime.fromisoformat(noted).astimezone(UTC) - now if noted else timedelta()
    if ahead <= MOST_AHEAD:
        return None
    waiting = select(tickets.c.seq, tickets.c.due_at, tickets.c.not_before).where(tickets.c.not_before > now)
    for row in connection.execute(waiting).all():
        values = {"due_at": row.due_at and row.due_at - ahead, "not_before": row.not_before - ahead}
        connection.execute(update(tickets).where(tickets.c.seq == row.seq).values(**values))
    leased = select(tickets.c.seq, tickets.c.lease_until).where(tickets.c.lease_until > now)
    for seq, lease_until in connection.execute(leased).all():
        connection.execute(update(tickets).where(tickets.c.seq == seq).values(lease_until=lease_until - ahead))
    probed = select(accounts.c.helpdesk, accounts.c.account, accounts.c.probe_at).where(accounts.c.probe_at > now)
    for helpdesk, account, probe_at in connection.execute(probed).all():
        of_account = accounts.c.helpdesk == helpdesk, accounts.c.account == account
        connection.execute(update(accounts).where(*of_account).values(probe_at=probe_at - ahead))
    return ahead
