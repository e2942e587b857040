"""Takes tickets that are due, several at a time, each alone; and stops in good order."""

import asyncio
import socket
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from service.metrics import Metrics
from service.pipeline import Pipeline
from service.reasons import Reason
from service.settings import WorkSettings
from service.store.errors import LeaseLostError, StoreError
from service.store.records import Visit
from service.store.store import Store

LONGEST_SLEEP_S = 1.0
"""So a clock that was set, and a ticket another process made due, are noticed."""
SHORTEST_SLEEP_S = 0.02
NOTE_TIME_S = 60.0
LOOK_AHEAD_S = 2.0
"""What another process makes due after the machine's clock was set forward waits no longer than about that."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    visit: Visit
    task: asyncio.Task[None]


class Workers:
    """Runs visits until told to stop. Every visit is a task of its own; what goes wrong in one stays in it."""

    def __init__(
        self,
        store: Store,
        pipeline: Pipeline,
        *,
        work: WorkSettings,
        metrics: Metrics,
        clock: Callable[[], datetime],
        wall: Callable[[], datetime] | None = None,
    ) -> None:
        """`clock` is for leases and waits, and nobody sets it; `wall` is everybody's time, for deadlines."""
        self._store = store
        self._pipeline = pipeline
        self._work = work
        self._metrics = metrics
        self._clock = clock
        self._wall = wall or clock
        self._owner = f"{socket.gethostname()[:40]}:{uuid.uuid4().hex[:12]}"
        self._turns: dict[tuple[int, int], _Turn] = {}
        self._wake = asyncio.Event()
        self._is_stopping = False

    def wake(self) -> None:
        """Something may be due: look now."""
        self._wake.set()

    async def run(self) -> None:
        """Works until `stop` is called, then returns once every visit has ended."""
        async with asyncio.TaskGroup() as group:
            beating = [group.create_task(self._renew_leases()), group.create_task(self._keep_time())]
            while not self._is_stopping:
                self._wake.clear()
                store_works = await self._take(group)
                await self._sleep(store_works=store_works)
            for task in beating:
                task.cancel()

    async def stop(self, *, drain_s: float, hurry: asyncio.Event | None = None) -> None:
        """Takes nothing more and gives visits `drain_s` to end, or until `hurry` is set.

        What is left goes back for others to take.
        """
        self._is_stopping = True
        self.wake()
        turns = list(self._turns.values())
        if not turns:
            return
        await _ended([turn.task for turn in turns], drain_s, hurry or asyncio.Event())
        late = [turn for turn in turns if not turn.task.done()]
        for turn in late:
            turn.task.cancel()
        for turn in late:
            await asyncio.wait([turn.task])
            await self._give_back(turn.visit)
        log.info("workers stopped", finished=len(turns) - len(late), given_back=len(late))

    async def _take(self, group: asyncio.TaskGroup) -> bool:
        """Begins as many visits as there is room for. False: the store does not work."""
        free = self._work.concurrency - len(self._turns)
        if free <= 0:
            return True
        try:
            now, wall = self._clock(), self._wall()
            visits = await self._store.claim(
                self._owner,
                now,
                limit=free,
                lease_s=self._work.lease_s,
                deadlines_at=wall,
                most_suspects=0 if self._has_suspect() else 1,
            )
        except StoreError as error:
            _store_failed("no ticket is taken until the store works again", error)
            return False
        for visit in visits:
            if self._is_stopping:  # it came while the store was asked: nobody waits for what would begin now
                await self._give_back(visit)
                continue
            task = group.create_task(self._visit(visit), name=f"visit {visit.ticket_seq}")
            self._turns[visit.token, visit.ticket_seq] = _Turn(visit=visit, task=task)
        return True

    def _has_suspect(self) -> bool:
        """Two at once, and the one would be blamed for the other's deeds: it would be given up with it."""
        return any(turn.visit.is_suspect for turn in self._turns.values())

    async def _visit(self, visit: Visit) -> None:
        try:
            with self._metrics.visit_s.time(), self._pipeline.tracing.visit(visit):
                await self._pipeline.run(visit)
        except LeaseLostError:
            self._metrics.visits.labels(outcome="lease_lost").inc()
            log.warning("lease lost, visit stopped", ticket_id=visit.ticket.id, account=visit.ticket.account)
        except StoreError as error:
            _store_failed("visit is taken up again after its lease", error)
        except Exception as error:  # noqa: BLE001 - the one place: a visit that breaks must not stop the others
            await self._park(visit, error)
        finally:
            self._turns.pop((visit.token, visit.ticket_seq), None)
            self.wake()

    async def _park(self, visit: Visit, error: Exception) -> None:
        """Without the error's message: it may hold a customer's words."""
        log.error("visit failed by a fault of ours", ticket_id=visit.ticket.id, error=error)
        detail = f"{type(error).__name__}: a fault of Ombuds. The log has the place; replay once it is mended."
        try:
            await self._store.park(
                visit, self._clock(), reason=Reason.INTERNAL_ERROR, detail=detail, gives_up_actions=True
            )
            self._metrics.visits.labels(outcome="parked").inc()
        except StoreError as failure:
            _store_failed("a failed visit could not be parked and comes again", failure)

    async def _give_back(self, visit: Visit) -> None:
        try:
            await self._store.release(visit, self._clock())
            self._metrics.visits.labels(outcome="released").inc()
        except StoreError as error:
            _store_failed("visit is not given back: its lease has to run out", error)

    async def _sleep(self, *, store_works: bool) -> None:
        """Until something is accepted or ended, the next ticket is due, or a second has passed."""
        if self._wake.is_set():
            return
        wait_s = LONGEST_SLEEP_S
        if store_works and len(self._turns) < self._work.concurrency and not self._has_suspect():
            wait_s = await self._due_in_s()
        try:
            async with asyncio.timeout(wait_s):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _due_in_s(self) -> float:
        try:
            due_at, deadline = await self._store.next_due(), await self._store.next_deadline()
        except StoreError:
            return LONGEST_SLEEP_S
        waits_s = [LONGEST_SLEEP_S]
        for moment, now in ((due_at, self._clock()), (deadline, self._wall())):
            waits_s += [] if moment is None else [(moment - now).total_seconds()]
        return max(min(waits_s), SHORTEST_SLEEP_S)

    async def _keep_time(self) -> None:
        """At start, waits are put right if the clock was set back while nobody worked; then the time is noted.

        It is noted once a minute, and as soon as a ticket is due by a clock ahead of ours. To look for one reads an
        index and writes nothing.
        """
        is_start, note_at_s = True, 0.0
        while True:
            try:
                back = await self._store.set_back(self._clock()) if is_start else None
                is_news = await self._keep_time_if_needed(is_overdue=time.monotonic() >= note_at_s)
            except StoreError:  # whoever claims next tells of it
                await asyncio.sleep(LONGEST_SLEEP_S)
                continue
            is_start = False
            if back is not None:
                log.warning("the clock was set back: waits are shortened by as much", seconds=back.total_seconds())
            if is_news is not None:
                note_at_s = time.monotonic() + NOTE_TIME_S
            if back is not None or is_news:
                self.wake()
            await asyncio.sleep(LOOK_AHEAD_S)

    async def _keep_time_if_needed(self, *, is_overdue: bool) -> bool | None:
        """Whether something became due by it; None if the time was not noted."""
        beyond_next_look = self._clock() + timedelta(seconds=LONGEST_SLEEP_S)
        if is_overdue or await self._store.is_made_due_ahead(beyond_next_look):
            return await self._store.keep_time(self._clock())
        return None

    async def _renew_leases(self) -> None:
        """Holds on to what is under way. A lease that is lost shows when the visit next writes."""
        while True:
            await asyncio.sleep(self._work.lease_s / 3)
            renewals = [
                self._store.renew(turn.visit, self._clock(), lease_s=self._work.lease_s)
                for turn in self._turns.values()
            ]
            await asyncio.gather(*renewals, return_exceptions=True)


async def _ended(tasks: Sequence[asyncio.Task[None]], limit_s: float, hurry: asyncio.Event) -> None:
    """Returns once all have ended, the time is over, or there is no more time."""
    all_ended = asyncio.create_task(asyncio.wait(tasks))
    hurried = asyncio.create_task(hurry.wait())
    try:
        await asyncio.wait([all_ended, hurried], timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        all_ended.cancel()
        hurried.cancel()


def _store_failed(consequence: str, error: StoreError) -> None:
    log.error("store failed", consequence=consequence, error=str(error))
