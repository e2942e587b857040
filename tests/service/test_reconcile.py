"""Tickets that moved without a webhook are found by comparing, once, by whichever process has the turn."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from connectors.errors import CredentialsError, TransientError
from connectors.helpdesk import Delivery, Moved, Mover
from service.metrics import Metrics
from service.reconcile import Reconciler
from service.store.store import Store

EVERY = timedelta(minutes=5)
ACCOUNT = {"helpdesk": "zendesk", "account": "acme"}


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    store = await Store.open(url)
    yield store
    await store.close()


def found(*movers: tuple[str, datetime], cursor: str = "c1", is_end: bool = True) -> Moved:
    return Moved(tickets=tuple(Mover(ticket_id=name, at=at) for name, at in movers), cursor=cursor, is_end=is_end)


async def due(store: Store, now: datetime) -> list[str]:
    """The tickets that are due, which are then visited and as they were read at that time."""
    visits = await store.claim("w", now, limit=100, lease_s=60)
    for visit in visits:
        await store.settle(visit, now, recheck_at=None, read_as_of=now)
    return sorted(visit.ticket.id for visit in visits)


async def test_only_tickets_that_moved_since_they_were_read_are_due(store: Store, now: datetime) -> None:
    await store.accept(
        Delivery(**ACCOUNT, id="d1", ticket_id="1", occurred_at=now, received_at=now),
        now,
    )
    assert await due(store, now) == ["1"]

    movers = [Mover(ticket_id="1", at=now), Mover(ticket_id="2", at=now), Mover(ticket_id="2", at=now)]
    assert await store.take_in(**ACCOUNT, movers=movers, cursor="c1", now=now) == 1

    assert await due(store, now) == ["2"]
    later = [Mover(ticket_id="1", at=now + timedelta(seconds=1))]
    assert await store.take_in(**ACCOUNT, movers=later, cursor="c2", now=now) == 1
    assert await store.take_in(**ACCOUNT, movers=later, cursor="c2", now=now) == 0


async def test_a_turn_is_given_to_one_and_the_next_begins_where_it_ended(store: Store, now: datetime) -> None:
    first = await store.take_round(**ACCOUNT, now=now, every=EVERY)
    assert first is not None
    assert (first.cursor, first.since) == (None, now)
    assert await store.take_round(**ACCOUNT, now=now + EVERY / 2, every=EVERY) is None

    await store.take_in(**ACCOUNT, movers=[], cursor="c9", now=now)

    second = await store.take_round(**ACCOUNT, now=now + EVERY, every=EVERY)
    assert second is not None
    assert second.cursor == "c9"


async def test_a_clock_that_was_put_back_does_not_hold_the_next_turn_up(store: Store, now: datetime) -> None:
    await store.take_round(**ACCOUNT, now=now, every=EVERY)

    assert await store.take_round(**ACCOUNT, now=now - timedelta(hours=1), every=EVERY) is not None


@pytest.fixture
async def compare(store: Store, connectors: Any, clock: Any) -> AsyncIterator[Callable[[], Metrics]]:
    """Starts comparing, every tenth of a second."""
    tasks: list[asyncio.Task[None]] = []

    def begin() -> Metrics:
        metrics = Metrics(["zendesk"])
        reconciler = Reconciler(store=store, connectors=connectors, metrics=metrics, clock=clock, every_s=0.1)
        tasks.append(asyncio.create_task(reconciler.run()))
        return metrics

    yield begin
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - a counter rings no bell
            await asyncio.sleep(0.01)


def counted(metrics: Metrics, name: str) -> float:
    return metrics.registry.get_sample_value(name, ACCOUNT) or 0.0


async def test_every_page_is_taken_in_from_where_the_last_one_ended(
    store: Store, desk: Any, now: datetime, compare: Callable[[], Metrics]
) -> None:
    desk.moves = [found(("1", now), cursor="c1", is_end=False), found(("2", now), cursor="c2")]

    metrics = compare()
    await until(lambda: counted(metrics, "ombuds_reconcile_success_timestamp_seconds") > 0)

    assert await due(store, now) == ["1", "2"]
    assert desk.asked_from == [now.isoformat(), "c1"]
    assert counted(metrics, "ombuds_reconcile_behind_total") == 2


@pytest.mark.parametrize("error", [TransientError("no answer"), CredentialsError("403")], ids=["trouble", "no right"])
async def test_a_turn_that_fails_is_counted_and_the_next_goes_on(
    store: Store, desk: Any, clock: Any, now: datetime, compare: Callable[[], Metrics], error: Exception
) -> None:
    desk.moves = [error, found(("1", now))]

    metrics = compare()
    await until(lambda: counted(metrics, "ombuds_reconcile_failures_total") > 0)
    clock.advance(seconds=1)
    await until(lambda: counted(metrics, "ombuds_reconcile_success_timestamp_seconds") > 0)

    assert await due(store, clock()) == ["1"]
