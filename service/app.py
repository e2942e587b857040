"""Everything put together, once: settings in, an application out."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import structlog
from starlette.applications import Starlette
from starlette.routing import Route

from connectors.helpdesk import Connector
from policies.policy import Rulebook
from service.accounts import build_connectors, calendars_of, gated
from service.breakers import Breakers
from service.budgets import Budgets
from service.candidate import Candidate
from service.disk import Disk, disk_of
from service.enforcement import Limits
from service.exception_count import ExceptionCount
from service.gate import Gate, open_gate
from service.gate_asking import warm_up
from service.metrics import Metrics
from service.operations import Draining, Operations
from service.pausing import Pauses
from service.pipeline import Account, Clock, Pipeline
from service.policy_files import SHIPPED, load_folder
from service.reconcile import Reconciler
from service.retention import Retention
from service.routes import gate_routes, operations_routes, webhook_routes
from service.rulebooks import Rulebooks
from service.sentence_model import sentence_model
from service.settings import Settings, StoreSettings
from service.steady import SteadyClock
from service.store.archive import in_use, remember_rulebook
from service.store.store import Store
from service.telemetry import Telemetry
from service.tracing import tracing_for
from service.webhooks import Webhooks
from service.workers import Workers

Background = Callable[[], Coroutine[Any, Any, None]]
log = structlog.get_logger(__name__)


def utc_now() -> datetime:
    """The time."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What one process does. Several may share a store: some take webhooks, others visit tickets."""

    web: bool = True
    work: bool = True
    gate: bool = True
    """Where an account has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The running parts, as `app.state.service`."""

    store: Store
    rulebooks: Rulebooks
    metrics: Metrics
    webhooks: Webhooks
    gate: Gate | None
    operations: Operations
    draining: Draining


def create_app(
    settings: Settings,
    *,
    connectors: Mapping[Account, Connector] | None = None,
    clock: Clock = utc_now,
    parts: Parts = Parts(),
) -> Starlette:
    """The application; the store and the workers run while its lifespan does.

    Raises PolicyError, OSError or ValueError if the policy folder cannot be read, SentenceModelError or TracingError if
    the sentence model or tracing is asked for and not there. Starting raises StoreError.
    """
    likeness = sentence_model() if settings.bulletins.semantic else None
    rulebook = load_folder(settings.policies or SHIPPED, likeness=likeness)
    kinds = {helpdesk.kind for helpdesk in settings.helpdesks} | {kind for kind, _ in connectors or {}}
    metrics = Metrics(kinds, gated={kind for kind, _ in gated(settings)})
    rulebooks = Rulebooks(
        rulebook, folder=settings.policies or SHIPPED, metrics=metrics, clock=clock, likeness=likeness
    )
    telemetry, draining = Telemetry(metrics=metrics, tracing=tracing_for(settings.tracing)), Draining()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None, None]:
        built = connectors if connectors is not None else build_connectors(settings, telemetry.observe)
        async with _running(settings, rulebooks, built, telemetry, clock, draining, parts) as service:
            app.state.service = service
            log.info(
                "service started",
                policies=len(rulebook.policies),
                revision=rulebook.revision,
                accounts=len(built),
                takes_webhooks=parts.web,
                visits_tickets=parts.work,
                serves_gate=service.gate is not None,
            )
            yield

    app = Starlette(routes=_routes(settings, parts), lifespan=lifespan, max_body_size=settings.server.body_limit_bytes)
    app.router.redirect_slashes = False  # a webhook's sender does not follow a redirect
    app.state.draining = draining
    return app


@asynccontextmanager
async def _running(
    settings: Settings,
    rulebooks: Rulebooks,
    connectors: Mapping[Account, Connector],
    telemetry: Telemetry,
    clock: Clock,
    draining: Draining,
    parts: Parts,
) -> AsyncGenerator[Service, None]:
    """Opened one after the other, closed the other way round."""
    metrics = telemetry.metrics
    async with AsyncExitStack() as stack:
        stack.push_async_callback(asyncio.to_thread, telemetry.tracing.close)
        store = await _store(stack, settings, connectors, metrics)

        pauses = Pauses(store=store, file=settings.enforcement.pause_file)
        steady = SteadyClock(await store.time(clock()))
        disk = _disk(settings.store)
        pipeline = _pipeline(settings, pauses, rulebooks, connectors, telemetry, clock, steady)
        gate = open_gate(stack, settings, pipeline, draining) if parts.gate else None

        async def remember(rulebook: Rulebook) -> None:
            await remember_rulebook(store, in_use(rulebook, clock()))
            if gate is not None:
                await warm_up(gate, rulebook)

        await remember_rulebook(store, in_use(rulebooks.current, clock()))
        workers = Workers(store, pipeline, work=settings.work, metrics=metrics, clock=steady, wall=clock)
        reconciler = Reconciler(
            store=store,
            connectors=connectors,
            metrics=metrics,
            breakers=pipeline.breakers,
            clock=clock,
            steady=steady,
            every_s=settings.work.reconcile_s,
        )
        retention = Retention(store=store, settings=settings.store, clock=clock)
        counting = ExceptionCount(store=store, rulebooks=rulebooks, metrics=metrics, clock=clock)
        background: list[Background] = [retention.run, counting.run] if parts.work else []
        background += [reconciler.run] if parts.work and reconciler.every_s else []
        background += [pipeline.candidate.watch] if parts.work and pipeline.candidate else []
        background += [partial(rulebooks.watch, remember)] if settings.policies and (parts.work or gate) else []
        working = await _start(stack, workers if parts.work else None, background, draining, settings.server.drain_s)
        if working is not None:
            store.listen(workers.wake)
        if gate is not None:
            await warm_up(gate, rulebooks.current)  # tickets are visited meanwhile
        yield Service(
            store=store,
            rulebooks=rulebooks,
            metrics=metrics,
            webhooks=Webhooks(
                store=store,
                connectors=connectors,
                metrics=metrics,
                clock=clock,
                steady=steady,
                body_read_s=settings.server.body_read_s,
                accepted=workers.wake,
                tracing=telemetry.tracing,
                disk=disk,
            ),
            gate=gate,
            operations=Operations(
                store=store,
                pauses=pauses,
                budgets=Budgets(
                    store=store,
                    rulebooks=rulebooks,
                    notes_per_day=settings.enforcement.notes_per_policy_and_day,
                    clock=clock,
                ),
                metrics=metrics,
                clock=clock,
                steady=steady,
                workers=working,
                draining=draining,
                disk=disk,
            ),
            draining=draining,
        )


def _pipeline(
    settings: Settings,
    pauses: Pauses,
    rulebooks: Rulebooks,
    connectors: Mapping[Account, Connector],
    telemetry: Telemetry,
    clock: Clock,
    steady: Clock,
) -> Pipeline:
    metrics = telemetry.metrics
    return Pipeline(
        store=pauses.store,
        rulebooks=rulebooks,
        connectors=connectors,
        limits=_limits(settings, connectors),
        work=settings.work,
        breakers=Breakers(store=pauses.store, metrics=metrics, rules=settings.work.breaker),
        pauses=pauses,
        metrics=metrics,
        clock=clock,
        steady=steady,
        calendars=calendars_of(settings),
        gated=gated(settings),
        keeps_views=settings.store.keep_text_days > 0,
        candidate=_candidate(settings, pauses.store, rulebooks, metrics),
        tracing=telemetry.tracing,
    )


def _candidate(settings: Settings, store: Store, rulebooks: Rulebooks, metrics: Metrics) -> Candidate | None:
    if settings.candidate is None:
        return None
    return Candidate(folder=settings.candidate, store=store, metrics=metrics, likeness=rulebooks.likeness)


def _disk(store: StoreSettings) -> Disk | None:
    return disk_of(store.url, keep_free_mib=store.keep_free_mib, warn_free_mib=store.warn_free_mib)


async def _start(
    stack: AsyncExitStack,
    workers: Workers | None,
    background: Iterable[Background],
    draining: Draining,
    drain_s: float,
) -> asyncio.Task[None] | None:
    """The workers, running, and what goes on in the background; all are stopped with the stack."""
    group = await stack.enter_async_context(asyncio.TaskGroup())
    working = group.create_task(workers.run(), name="workers") if workers is not None else None

    async def stop() -> None:
        if workers is not None:
            await workers.stop(drain_s=min(drain_s, draining.left_s()), hurry=draining.hurry)

    stack.push_async_callback(stop)
    for run in background:
        stack.callback(group.create_task(run()).cancel)
    return working


async def _store(
    stack: AsyncExitStack, settings: Settings, connectors: Mapping[Account, Connector], metrics: Metrics
) -> Store:
    """The open store. It and the connectors are closed with the stack."""
    for connector in connectors.values():
        stack.push_async_callback(connector.helpdesk.aclose)
    store = await Store.open(settings.store.url, password=settings.store.password, observe=metrics.observe_commit)
    stack.push_async_callback(store.close)
    return store


def _limits(settings: Settings, accounts: Mapping[Account, Connector]) -> dict[Account, Limits]:
    """What holds each account back. An account that no setting names may leave notes and nothing more."""
    ceilings = {(helpdesk.kind, helpdesk.account): helpdesk.ceiling for helpdesk in settings.helpdesks}
    given = settings.enforcement
    common = Limits(
        note_window=timedelta(hours=given.note_window_hours),
        fuse_actions_per_hour=given.fuse_actions_per_hour,
        notes_per_policy_and_day=given.notes_per_policy_and_day,
        kill_switch=given.kill_switch,
    )
    return {account: replace(common, ceiling=ceilings.get(account, common.ceiling)) for account in accounts}


def _routes(settings: Settings, parts: Parts) -> list[Route]:
    webhooks = webhook_routes() if parts.web else []
    return [*webhooks, *(gate_routes(settings) if parts.gate else []), *operations_routes()]
