"""The notes that a policy may leave on an account's tickets in a day: who has spent them, and saying so."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import structlog

from service.rulebooks import Rulebooks
from service.store import budgets
from service.store.records import TicketKey
from service.store.store import Store
from service.topics import A_DAY

log = structlog.get_logger(__name__)


async def spent(
    store: Store, policies: Collection[str], notes_per_day: int, now: datetime
) -> frozenset[tuple[str, str, str]]:
    """Helpdesk, account and policy, for those of the policies that have no note left. Raises StoreError."""
    if not policies or not notes_per_day:
        return frozenset()
    return await store.ask(partial(budgets.spent, policies=policies, since=now - A_DAY, most=notes_per_day))


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgets:
    """The budgets of the policies in force, as all who share the store have spent them."""

    store: Store
    rulebooks: Rulebooks
    notes_per_day: int
    """0: there is no budget."""
    clock: Callable[[], datetime]

    async def exhausted(self) -> frozenset[str]:
        """The policies that have no note left on some account. Raises StoreError."""
        policies = [policy.id for policy in self.rulebooks.current.policies]
        found = await spent(self.store, policies, self.notes_per_day, self.clock())
        return frozenset(policy for _, _, policy in found)


def warning(exhausted: Collection[str]) -> str | None:
    """A sentence for operators, if any policy has no note left."""
    return f"notes are held, the day's budget is spent: {', '.join(sorted(exhausted))}" if exhausted else None


@dataclass(slots=True)
class Trips:
    """What this process has said of spent budgets.

    A note or two become free in between, as older ones fall out of the day: that is one trip, and it is said once.
    """

    _said: dict[tuple[str, str, str], datetime] = field(default_factory=dict)

    def tell(self, ticket: TicketKey, held: Iterable[str], notes_per_day: int, now: datetime) -> None:
        """Says of each policy in `held` that its notes are held back, unless that was said within the last day."""
        for policy in sorted(set(held)):
            key = (ticket.helpdesk, ticket.account, policy)
            said_at = self._said.get(key)
            if said_at is not None and now - said_at < A_DAY:
                continue
            self._said[key] = now
            log.warning(
                "a policy's notes are held: its budget of the day is spent",
                helpdesk=ticket.helpdesk,
                account=ticket.account,
                policy=policy,
                notes_per_policy_and_day=notes_per_day,
            )
