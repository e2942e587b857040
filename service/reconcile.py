"""Compares each account with its helpdesk from time to time: webhooks get lost, and some helpdesks switch them off.

A ticket that moved after it was last read becomes due through the same inbox as any other. Whoever runs beside us
takes turns with us, account by account. While an account's breaker is open its helpdesk is left in peace here too.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from connectors.errors import CredentialsError, HelpdeskError
from connectors.helpdesk import Connector, Helpdesk, Moved
from service.breaker import BreakerState
from service.breakers import Breakers
from service.metrics import Metrics
from service.pipeline import Account, Clock
from service.store.errors import StoreError
from service.store.rounds import MOST_UNHEARD
from service.store.store import Store

MOST_PAGES = 50
"""In one turn; what is left comes in the next."""
LONGEST_GRACE_S = 30.0
"""A webhook that is on its way has so long to arrive before its ticket is read for want of it."""
READ_LOG_EVERY = timedelta(hours=1)
ADVICE = (
    "at the helpdesk, look whether the webhook and its trigger or automation rule are active, and whether their "
    "address and secret are still ours; until then tickets are found by comparing, some minutes late"
)
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciler:
    """One task an account, until it is cancelled."""

    store: Store
    connectors: Mapping[Account, Connector]
    metrics: Metrics
    breakers: Breakers
    clock: Clock
    steady: Clock
    """For the breakers."""
    every_s: float
    silent: set[Account] = field(default_factory=set)
    """Accounts of which it is known that their webhooks have stopped."""
    log_read_at: dict[Account, datetime] = field(default_factory=dict)

    async def run(self) -> None:
        """Compares at start and then every `every_s`."""
        async with asyncio.TaskGroup() as group:
            for connector in self.connectors.values():
                self.metrics.begin_comparing(connector.helpdesk.kind, connector.helpdesk.account)
                group.create_task(self._run(connector.helpdesk))

    async def _run(self, helpdesk: Helpdesk) -> None:
        while True:
            try:
                await self._take_turn(helpdesk)
            except (HelpdeskError, StoreError) as error:
                self._tell_failure(helpdesk, error)
            await asyncio.sleep(self.every_s / 5)  # so that another process is soon relieved

    async def _read_log(self, helpdesk: Helpdesk) -> None:
        """Once an hour, by whoever has the turn: what the helpdesk itself says of its webhooks."""
        account, now = (helpdesk.kind, helpdesk.account), self.clock()
        if account in self.log_read_at and timedelta() <= now - self.log_read_at[account] < READ_LOG_EVERY:
            return
        self.log_read_at[account] = now
        labels = {"helpdesk": helpdesk.kind, "account": helpdesk.account}
        try:
            ended = await helpdesk.webhook_log()
        except HelpdeskError as error:
            log.warning("the helpdesk's log of webhooks could not be read", **labels, error=str(error))
            return
        for status, number in (ended or {}).items():
            self.metrics.invocations.labels(**labels, status=status).set(number)

    async def _take_turn(self, helpdesk: Helpdesk) -> None:
        if await self.breakers.state((helpdesk.kind, helpdesk.account), self.steady()) is BreakerState.OPEN:
            return  # the turn is kept, and comes soon after the helpdesk is back
        every = timedelta(seconds=self.every_s)
        turn = await self.store.take_round(helpdesk.kind, helpdesk.account, self.clock(), every=every)
        if turn is None:
            return
        cursor, behind = turn.cursor, 0
        for _ in range(MOST_PAGES):
            moved = await self._ask(helpdesk, cursor, turn.since)
            if moved is None:
                return
            await asyncio.sleep(self._grace_s(moved))
            behind += await self.store.take_in(
                helpdesk.kind, helpdesk.account, moved.tickets, cursor=moved.cursor, now=self.clock()
            )
            cursor = moved.cursor
            if moved.is_end:
                break
        self._tell(helpdesk, behind)
        await self._read_log(helpdesk)
        self._tell_silence(helpdesk, await self.store.end_round(helpdesk.kind, helpdesk.account))

    async def _ask(self, helpdesk: Helpdesk, cursor: str | None, since: datetime) -> Moved | None:
        """One page; the account's breaker hears how it went. None if the breaker is open: the helpdesk is down."""
        account = (helpdesk.kind, helpdesk.account)
        state = await self.breakers.lets_pass(account, self.steady())
        if state is BreakerState.OPEN:
            return None
        is_probe = state is BreakerState.HALF_OPEN
        try:
            moved = await helpdesk.moved(cursor, since)
        except HelpdeskError as error:
            await self.breakers.heard(account, error, self.steady(), is_probe=is_probe)
            raise
        await self.breakers.heard(account, None, self.steady(), is_probe=is_probe)
        return moved

    def _grace_s(self, moved: Moved) -> float:
        """Seconds until even the newest move is old enough to have been told by its webhook."""
        grace_s = min(LONGEST_GRACE_S, self.every_s / 10)
        newest = max((one.at for one in moved.tickets), default=None)
        age_s = grace_s if newest is None else (self.clock() - newest).total_seconds()
        return min(max(grace_s - age_s, 0.0), grace_s)

    def _tell(self, helpdesk: Helpdesk, behind: int) -> None:
        labels = {"helpdesk": helpdesk.kind, "account": helpdesk.account}
        self.metrics.reconciled.labels(**labels).set(self.clock().timestamp())
        self.metrics.behind.labels(**labels).inc(behind)
        if behind:
            log.info("tickets had moved since they were read", **labels, tickets=behind)

    def _tell_silence(self, helpdesk: Helpdesk, unheard: int) -> None:
        """Nothing said and nothing happening is in order; things happening with nothing said is not."""
        account = (helpdesk.kind, helpdesk.account)
        if (unheard >= MOST_UNHEARD) == (account in self.silent):
            return
        labels = {"helpdesk": helpdesk.kind, "account": helpdesk.account}
        if account in self.silent:
            self.silent.remove(account)
            log.info("webhooks come again", **labels)
        else:
            self.silent.add(account)
            log.error("the helpdesk has stopped sending webhooks", **labels, unheard=unheard, advice=ADVICE)

    def _tell_failure(self, helpdesk: Helpdesk, error: Exception) -> None:
        labels = {"helpdesk": helpdesk.kind, "account": helpdesk.account}
        self.metrics.reconcile_failures.labels(**labels).inc()
        advice = "let its user be an administrator, or set [work] reconcile_s = 0"
        hint = {"advice": advice} if isinstance(error, CredentialsError) else {}
        log.warning("account could not be compared with its helpdesk", **labels, error=str(error), **hint)
