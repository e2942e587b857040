"""Comparing an account with its helpdesk, for tickets whose webhooks never came. Each function is one transaction's."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, func, select, update

from connectors.helpdesk import Delivery, Mover
from service.store.databases import insert_new
from service.store.intake import accept_all, hold, ticket_of
from service.store.records import Round
from service.store.schema import accounts, deliveries, tickets

EVENT = "reconciled"
"""The kind of a delivery that no webhook brought."""
_NEVER, _ANY_MOMENT = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
MOST_UNHEARD = 3
"""News in a row that no webhook told of: one may get lost, three say that none is sent, or none arrives."""


def take_round(connection: Connection, helpdesk: str, account: str, now: datetime, every: timedelta) -> Round | None:
    """The account's turn, if it has come; whoever asks next finds it taken. None if it has not come yet."""
    insert_new(connection, accounts, helpdesk=helpdesk, account=account, since=now)
    one = select(accounts).filter_by(helpdesk=helpdesk, account=account).with_for_update()
    row = connection.execute(one).one()
    # A turn further away than the interval was set before the clock was put back.
    if row.reconcile_at is not None and now < row.reconcile_at <= now + every:
        return None
    _set(connection, helpdesk, account, reconcile_at=now + every)
    return Round(cursor=row.cursor, since=row.since)


def take_in(
    connection: Connection, helpdesk: str, account: str, movers: Iterable[Mover], cursor: str, now: datetime
) -> int:
    """How many tickets had moved since they were last read; they are due now, and the next round begins at `cursor`.

    Helpdesks tell whole seconds, so one may have moved again in the very second in which it was read. While no webhook
    would tell of that, it is read once more.
    """
    newest: dict[str, Mover] = {}
    for mover in sorted(movers, key=lambda one: one.at):
        newest[mover.ticket_id] = mover
    read = {mover: _read(connection, helpdesk, account, mover) for mover in newest.values()}
    behind = [mover for mover, at in read.items() if at < mover.at]
    missed = [_missed(helpdesk, account, mover, now) for mover in behind]
    if _is_silent(connection, helpdesk, account):
        missed += [_missed(helpdesk, account, mover, now, "again") for mover, at in read.items() if at == mover.at]
    if missed:
        hold(connection, filter(None, map(ticket_of, missed)), ())
        accept_all(connection, [(delivery, now) for delivery in missed])
    _set(connection, helpdesk, account, cursor=cursor)
    return len(behind)


def note_unheard(connection: Connection, helpdesk: str, account: str) -> None:
    """Something had happened on a ticket that only comparing told of."""
    of_account = accounts.c.helpdesk == helpdesk, accounts.c.account == account
    connection.execute(update(accounts).where(*of_account).values(unheard=accounts.c.unheard + 1))


def end_round(connection: Connection, helpdesk: str, account: str) -> int:
    """How often that was so since the account's last webhook; 0 as soon as one has come again."""
    one = select(accounts.c.heard_seq, accounts.c.unheard).filter_by(helpdesk=helpdesk, account=account)
    row = connection.execute(one.with_for_update()).one()
    newest = connection.scalar(select(func.max(deliveries.c.seq))) or 0
    heard_seq = row.heard_seq if row.heard_seq <= newest else 0  # all were thrown away, and numbers began anew
    webhook = (
        select(deliveries.c.seq)
        .filter_by(helpdesk=helpdesk, account=account)
        .where(deliveries.c.seq > heard_seq, deliveries.c.event != EVENT)
        .order_by(deliveries.c.seq)
        .limit(1)
    )
    unheard = 0 if connection.execute(webhook).first() is not None else row.unheard
    _set(connection, helpdesk, account, heard_seq=newest, unheard=unheard)
    return unheard


def _missed(helpdesk: str, account: str, mover: Mover, now: datetime, *which: str) -> Delivery:
    return Delivery(
        helpdesk=helpdesk,
        account=account,
        id=":".join((EVENT, mover.ticket_id, mover.at.isoformat(), *which)),
        ticket_id=mover.ticket_id,
        occurred_at=mover.at,
        received_at=now,
        event=EVENT,
    )


def _read(connection: Connection, helpdesk: str, account: str, mover: Mover) -> datetime:
    """The helpdesk's time of the ticket as it was last read, or is about to be.

    A visit that is under way may have read it already: what that did not see would be lost if it counted as read.
    """
    known = select(tickets.c.read_as_of, tickets.c.due_at, tickets.c.owner).filter_by(
        helpdesk=helpdesk, account=account, ticket_id=mover.ticket_id
    )
    row = connection.execute(known).first()
    if row is not None and row.due_at is not None and row.owner is None:
        return _ANY_MOMENT
    return (row and row.read_as_of) or _NEVER


def _is_silent(connection: Connection, helpdesk: str, account: str) -> bool:
    """Whether webhooks are known to have stopped."""
    unheard = connection.scalar(select(accounts.c.unheard).filter_by(helpdesk=helpdesk, account=account))
    return (unheard or 0) >= MOST_UNHEARD


def _set(connection: Connection, helpdesk: str, account: str, **values: object) -> None:
    of_account = accounts.c.helpdesk == helpdesk, accounts.c.account == account
    connection.execute(update(accounts).where(*of_account).values(**values))
