"""Notices that a helpdesk is down, lets its account's tickets wait, and notices that it is back."""

from dataclasses import dataclass, field
from datetime import datetime

import structlog

from connectors.errors import HelpdeskError, RateLimitError, UnaskedError
from service.breaker import Breaker, BreakerRules, BreakerState, Streak, is_down
from service.metrics import Metrics
from service.store.records import Visit
from service.store.store import Store

Account = tuple[str, str]
NO_TICKET = 0
"""What belongs to no ticket counts as one; tickets are numbered from 1."""
PROBE_S = 60.0
"""So long a probe that is no visit keeps others from sending one, if its process dies of it."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakers:
    """What this process saw of each account, and what all of them agreed on, which is in the store."""

    store: Store
    metrics: Metrics
    rules: BreakerRules
    streaks: dict[Account, Streak] = field(default_factory=dict)

    async def state(self, account: Account, now: datetime) -> BreakerState:
        """What the account's breaker lets pass now. Raises StoreError."""
        return (await self.store.breakers()).get(account, Breaker()).state(now)

    async def lets_pass(self, account: Account, now: datetime) -> BreakerState:
        """The same for who asks something that belongs to no ticket; half open, the probe is his. Raises StoreError."""
        state = await self.state(account, now)
        if state is BreakerState.HALF_OPEN:
            return await self.store.take_probe(account, now, lease_s=PROBE_S)
        return state

    async def heard_in(self, visit: Visit, error: HelpdeskError | None, now: datetime) -> None:
        """Takes in how the helpdesk behaved in a visit; None: well. Raises StoreError."""
        account = (visit.ticket.helpdesk, visit.ticket.account)
        await self.heard(account, error, now, is_probe=visit.is_probe, ticket_seq=visit.ticket_seq)

    async def heard(
        self,
        account: Account,
        error: HelpdeskError | None,
        now: datetime,
        *,
        is_probe: bool,
        ticket_seq: int = NO_TICKET,
    ) -> None:
        """Takes in how the helpdesk behaved when it was asked; None: well. Raises StoreError."""
        streak = self.streaks.setdefault(account, Streak())
        asked_s = (error.retry_after_s or 0.0) if isinstance(error, RateLimitError) else 0.0
        if isinstance(error, UnaskedError) or (error is not None and is_down(error)):
            if is_probe:
                kept = await self.store.keep_open(account, now, self.rules, asked_s=asked_s)
                _tell("helpdesk still does not answer", account, kept, error)
            elif not isinstance(error, UnaskedError) and streak.grows(ticket_seq, self.rules):
                await self._open(account, now, asked_s, error)
            return
        streak.ends()
        if is_probe and await self.store.close_breaker(account):
            log.info("helpdesk answers again: its tickets are taken", helpdesk=account[0], account=account[1])

    async def _open(self, account: Account, now: datetime, asked_s: float, error: HelpdeskError) -> None:
        opened = await self.store.open_breaker(account, now, self.rules, asked_s=asked_s)
        if opened is not None:
            self.metrics.breaker_opened.labels(helpdesk=account[0], account=account[1]).inc()
            _tell("helpdesk is down: its tickets wait, and no try is spent", account, opened, error)


def _tell(sentence: str, account: Account, breaker: Breaker, error: HelpdeskError) -> None:
    probe_at = breaker.probe_at.isoformat(timespec="seconds") if breaker.probe_at else None
    log.warning(sentence, helpdesk=account[0], account=account[1], error=str(error), probe_at=probe_at)
