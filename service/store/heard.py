"""When an account's helpdesk was last heard of. Read only."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from service.store.rounds import EVENT
from service.store.schema import accounts, deliveries


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the store knows of one account's webhooks and of comparing it with its helpdesk."""

    webhook_at: datetime | None = None
    """When the last one came; None: none that is still kept."""
    unheard: int = 0
    """How often comparing alone told of something since then."""
    next_round_at: datetime | None = None
    """When it is to be compared again; None: it never was."""


def heard_of(connection: Connection, helpdesk: str, account: str) -> Heard:
    """That, for one account; all empty for one that nothing ever came for."""
    newest = (
        select(deliveries.c.received_at)
        .filter_by(helpdesk=helpdesk, account=account)
        .where(deliveries.c.event != EVENT)
        .order_by(deliveries.c.seq.desc())
        .limit(1)
    )
    told = select(accounts.c.unheard, accounts.c.reconcile_at).filter_by(helpdesk=helpdesk, account=account)
    row = connection.execute(told).first()
    return Heard(
        webhook_at=connection.scalar(newest),
        unheard=row.unheard if row else 0,
        next_round_at=row.reconcile_at if row else None,
    )
