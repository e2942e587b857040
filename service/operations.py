"""What operators ask: does it live, is it ready, what does it count."""

import asyncio
import math
import time
from dataclasses import dataclass, field, replace

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from service.budgets import Budgets
from service.budgets import warning as budget_warning
from service.disk import SENTENCES, Disk, Room
from service.metrics import Metrics
from service.paused import Paused
from service.pausing import Pauses, warning
from service.pipeline import Clock
from service.store.errors import StoreError
from service.store.store import Store

CLOSING_S = 1.0
WRITABLE_WITHIN_S = 2.0
"""A store that takes longer, because somebody holds it or its disk stalls, is not ready: probes and scrapes must be
answered before they give up, or a process that says so looks like one that is gone."""


@dataclass(slots=True)
class Draining:
    """Whether the service is about to stop, and how long that may take."""

    is_set: bool = False
    ends_s: float = math.inf
    """By a monotonic clock, when the process is to be gone."""
    hurry: asyncio.Event = field(default_factory=asyncio.Event)
    """Set: nothing is waited for any more."""

    def left_s(self) -> float:
        """Seconds in which visits may still end; closing the store takes the last one."""
        return max(self.ends_s - time.monotonic() - CLOSING_S, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """The routes. Ready means: a webhook that comes now is kept, and judged."""

    store: Store
    pauses: Pauses
    budgets: Budgets
    metrics: Metrics
    clock: Clock
    steady: Clock
    workers: asyncio.Task[None] | None
    """None where other processes visit the tickets."""
    draining: Draining = field(default_factory=Draining)
    disk: Disk | None = None

    async def livez(self, _: Request) -> Response:
        """200 as long as the event loop turns. It asks nobody else, or a slow disk would restart every process."""
        return PlainTextResponse("ok\n")

    async def readyz(self, request: Request) -> Response:
        """200, with warnings if there are any, or 503 with what is missing. `?verbose` lists every check."""
        room = self._room()
        checks = await self._checks(room)
        is_ready = all(checks.values())
        paused = await self._paused()
        warnings = [SENTENCES[room]] if room is Room.LOW else []
        warnings += [sentence] if (sentence := warning(paused)) else []
        if "verbose" in request.query_params:
            warnings += [sentence] if (sentence := budget_warning(await self._exhausted())) else []
            told = {"ready": is_ready, "checks": checks, "warnings": warnings, "paused": msgspec.to_builtins(paused)}
            return JSONResponse(told, status_code=200 if is_ready else 503)
        missing = ", ".join(name for name, holds in checks.items() if not holds)
        if is_ready:
            return PlainTextResponse("\n".join(["ok", *warnings, ""]))
        return PlainTextResponse(f"missing: {missing}\n", status_code=503)

    async def metrics_text(self, _: Request) -> Response:
        """Everything counted, for Prometheus."""
        try:
            counts, paused = await self.store.counts(self.steady()), await self.pauses.current()
            exhausted = await self.budgets.exhausted()
        except StoreError:
            return PlainTextResponse("the store cannot be read\n", status_code=503)
        if counts.oldest_due_at is not None:  # told by the clock of whoever reads it
            counts = replace(counts, oldest_due_at=counts.oldest_due_at + (self.clock() - self.steady()))
        rulebook = self.budgets.rulebooks.current
        self.metrics.show_counts(counts)
        self.metrics.show_budgets(exhausted, rulebook)
        self.metrics.show_exceptions(rulebook, self.clock().timestamp())
        self.metrics.ready.set(all((await self._checks(self._room())).values()))
        self.metrics.paused.set(paused.everything is not None)
        self.metrics.policies_paused.set(len(paused.policies))
        free = self.disk.free_bytes() if self.disk is not None else None
        self.metrics.free.set(float("nan") if free is None else free)
        return Response(self.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    def _room(self) -> Room:
        return self.disk.room() if self.disk is not None else Room.ENOUGH

    async def _checks(self, room: Room) -> dict[str, bool]:
        """What has to hold for being ready."""
        return {
            "store": await self._is_writable(),
            "room on disk": room is not Room.NONE,
            **({} if self.workers is None else {"workers": not self.workers.done()}),
            "not draining": not self.draining.is_set,
        }

    async def _paused(self) -> Paused | None:
        try:
            return await self.pauses.current()
        except StoreError:
            return None

    async def _exhausted(self) -> frozenset[str]:
        try:
            return await self.budgets.exhausted()
        except StoreError:
            return frozenset()

    async def _is_writable(self) -> bool:
        try:
            async with asyncio.timeout(WRITABLE_WITHIN_S):
                await self.store.check_writable()
        except (StoreError, TimeoutError):
            return False
        return True
