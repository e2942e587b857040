"""The gate: what it needs, and how each of its requests is served. No helpdesk is called on this path."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from policies.calendar import Calendar
from policies.policy import Rulebook
from service.accounts import gated
from service.enforcement import Limits
from service.gate_bodies import Unasked
from service.gate_door import Door, Refused, read, unavailable
from service.gate_memory import Memory
from service.gate_plan import TIMEOUT_MS, plan_of
from service.metrics import Metrics
from service.operations import Draining
from service.paused import Paused
from service.pausing import Pauses
from service.pipeline import Pipeline
from service.rulebooks import Rulebooks
from service.seldom import Seldom
from service.settings import Settings
from service.store.errors import StoreError
from service.store.store import Store

VERSION = 1
JUDGE_S = 2.0
"""A draft that takes longer goes unchecked: an agent waits for the answer."""
MOST_UNWRITTEN = 1_000
JUDGES = 2
"""Threads. Judging computes and waits for nothing, so more would only take turns."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """All that the routes need. Accounts are (helpdesk, account)."""

    store: Store
    rulebooks: Rulebooks
    pauses: Pauses
    limits: Mapping[tuple[str, str], Limits]
    calendars: Mapping[tuple[str, str], Calendar]
    metrics: Metrics
    clock: Callable[[], datetime]
    draining: Draining
    judges: Executor
    """Threads that judge and do nothing else: neither webhooks nor workers wait for them, nor they for those."""
    body_read_s: float
    judge_s: float = JUDGE_S
    memory: Memory = field(default_factory=Memory)
    seldom: Seldom = field(default_factory=Seldom)
    writing: set[asyncio.Task[None]] = field(default_factory=set)
    """What is written down after its answer: an agent does not wait for a disk."""

    def limits_of(self, door: Door, rulebook: Rulebook, paused: Paused) -> Limits:
        """What holds the account's enforcement back."""
        return self.limits.get((door.kind, door.account), Limits()).under(rulebook, paused)

    async def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Lets the work be done, and waits for it only if very much is under way."""
        if len(self.writing) >= MOST_UNWRITTEN:
            await work
            return
        task = asyncio.get_running_loop().create_task(work)
        self.writing.add(task)
        task.add_done_callback(self.writing.discard)

    async def finish(self) -> None:
        """Waits until all of it is done. Whoever is told of a finding may answer to it at once."""
        if self.writing:
            await asyncio.wait(self.writing)


def open_gate(stack: AsyncExitStack, settings: Settings, pipeline: Pipeline, draining: Draining) -> Gate | None:
    """The gate, with what the pipeline has; None if no account has one. Its threads end with the stack."""
    if not gated(settings):
        return None
    judges = ThreadPoolExecutor(max_workers=JUDGES, thread_name_prefix="ombuds-gate")
    stack.callback(judges.shutdown, wait=False, cancel_futures=True)
    gate = Gate(
        store=pipeline.store,
        rulebooks=pipeline.rulebooks,
        pauses=pipeline.pauses,
        limits=pipeline.limits,
        calendars=pipeline.calendars,
        metrics=pipeline.metrics,
        clock=pipeline.clock,
        draining=draining,
        judges=judges,
        body_read_s=settings.server.body_read_s,
    )
    stack.push_async_callback(gate.finish)
    return gate


Handler = Callable[[Gate, Door, Request], Awaitable[Response]]


async def serve(gate: Gate, door: Door, request: Request, handle: Handler) -> Response:
    """The answer to one request; whatever became of it is counted."""
    code = "served"
    try:
        if gate.draining.is_set:
            raise unavailable()
        door.let_in(request, gate.clock())
        response = await handle(gate, door, request)
    except Refused as refused:
        code, response = refused.code, refused.response
    except StoreError as error:
        log.warning("the gate cannot reach the store; the app is asked to come again", error=str(error))
        code, response = "unavailable", unavailable().response
    gate.metrics.gate_requests.labels(helpdesk=door.kind, outcome=code).inc()
    if code != "served":
        gate.seldom.warn("request at the gate not served", helpdesk=door.kind, account=door.account, outcome=code)
    return response


async def plan(gate: Gate, door: Door, _: Request) -> Response:
    """When an app has to ask, what it does if no answer comes, and whether answers are declared that it could offer."""
    rulebook = gate.rulebooks.current
    limits = gate.limits_of(door, rulebook, await gate.pauses.current())
    asks = {kind: {"ask": one.ask, "unchecked": one.unchecked} for kind, one in plan_of(rulebook, limits).items()}
    told = {"version": VERSION, "timeout_ms": TIMEOUT_MS, "approvers": limits.approvers, "asks": asks}
    return JSONResponse({**told, "answers": bool(rulebook.bulletins.profiles)})


async def unchecked(gate: Gate, door: Door, request: Request) -> Response:
    """Nothing: an app had to decide alone, which is counted."""
    told = await read(request, Unasked, within_s=gate.body_read_s)
    gate.metrics.gate_unchecked.labels(helpdesk=door.kind, reason=told.reason, outcome=told.outcome).inc()
    log.warning(
        "an app decided without the gate",
        helpdesk=door.kind,
        account=door.account,
        reason=told.reason,
        outcome=told.outcome,
    )
    return Response(status_code=204)
