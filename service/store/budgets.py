"""How often agents were told of each policy, over all tickets. Runs inside one transaction."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, func, select

from service.store.records import ARRIVES
from service.store.schema import actions, findings, tickets


def spent(
    connection: Connection, policies: Collection[str], since: datetime, most: int
) -> frozenset[tuple[str, str, str]]:
    """Helpdesk, account and policy, for those of the policies that agents were told of `most` times since then.

    What never arrived does not count.
    """
    by = (tickets.c.helpdesk, tickets.c.account, findings.c.policy)
    told = (
        select(*by)
        .join(tickets, tickets.c.seq == findings.c.ticket_seq)
        .join(actions, actions.c.id == findings.c.action_id)
        .where(findings.c.action_id.is_not(None), findings.c.policy.in_(policies), findings.c.recorded_at >= since)
        .where(actions.c.state.in_(ARRIVES))
    )
    found = connection.execute(told.group_by(*by).having(func.count() >= most))
    return frozenset((row.helpdesk, row.account, row.policy) for row in found)
