"""The machine's clock is set an hour forward or back while tickets wait, are held, and have deadlines."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest

from connectors.errors import RateLimitError, TransientError
from connectors.helpdesk import Delivery
from service.metrics import Metrics
from service.pipeline import Pipeline
from service.settings import WorkSettings
from service.steady import SteadyClock
from service.store.store import Store
from service.workers import Workers


@pytest.fixture
async def at_work(
    store: Store, make_pipeline: Callable[..., Pipeline], clock: Any
) -> AsyncIterator[Callable[[], asyncio.Task[None]]]:
    """Ticket 42 is due; the workers begin when called. `clock` is the machine's, and can be set."""
    work, metrics = WorkSettings(lease_s=5.0, retry_s=(0.5, 0.5)), Metrics(["zendesk"])
    steady = SteadyClock(clock())
    pipeline = make_pipeline(store, limits={}, work=work, metrics=metrics, steady=steady)
    workers = Workers(store, pipeline, work=work, metrics=metrics, clock=steady, wall=clock)
    delivery = Delivery(
        helpdesk="zendesk", account="acme", id="d1", ticket_id="42", occurred_at=clock(), received_at=clock()
    )
    await store.accept(delivery, steady())
    tasks: list[asyncio.Task[None]] = []

    def begin() -> asyncio.Task[None]:
        tasks.append(asyncio.create_task(workers.run()))
        return tasks[0]

    yield begin
    await workers.stop(drain_s=0.0)
    await asyncio.gather(*tasks)


async def read(desk: Any, times: int, *, within_s: float = 5) -> None:
    """Returns once the ticket was read so often."""
    async with asyncio.timeout(within_s):
        while desk.reads < times:  # noqa: ASYNC110 - a counter rings no bell
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("hours", [-1, 1])
async def test_what_waits_is_tried_again_neither_later_nor_earlier(
    at_work: Callable[[], asyncio.Task[None]], desk: Any, clock: Any, hours: int
) -> None:
    desk.fetch_errors = [TransientError("away"), RateLimitError("429", retry_after_s=900.0)]
    at_work()
    await read(desk, 1)

    clock.advance(hours=hours)
    await read(desk, 2)
    await asyncio.sleep(1.5)

    assert desk.reads == 2


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_ticket_that_is_held_is_taken_by_nobody_else(
    at_work: Callable[[], asyncio.Task[None]], desk: Any, clock: Any, hours: int
) -> None:
    desk.hangs = asyncio.Event()
    at_work()
    await read(desk, 1)

    clock.advance(hours=hours)
    await asyncio.sleep(1.5)

    assert desk.reads == 1
    desk.hangs.set()


async def test_a_deadline_comes_within_a_moment_of_its_time_by_the_clock_on_the_wall(
    at_work: Callable[[], asyncio.Task[None]], desk: Any, clock: Any, store: Store
) -> None:
    """The ticket was opened an hour ago, and after 24 hours somebody is told."""
    at_work()
    await read(desk, 1)
    async with asyncio.timeout(5):
        while await store.next_deadline() is None:  # noqa: ASYNC110 - a row rings no bell
            await asyncio.sleep(0.01)

    clock.advance(hours=22)
    await asyncio.sleep(1.2)
    assert desk.reads == 1
    clock.advance(hours=1, seconds=1)

    await read(desk, 2)


async def test_what_another_process_makes_due_by_a_clock_that_was_set_forward_is_taken_at_once(
    at_work: Callable[[], asyncio.Task[None]], desk: Any, clock: Any, store: Store
) -> None:
    """`ombuds dead-letters replay` knows the machine's clock alone, and the time is noted but once a minute."""
    at_work()
    await read(desk, 1)
    clock.advance(hours=1)

    later = Delivery(
        helpdesk="zendesk", account="acme", id="d2", ticket_id="42", occurred_at=clock(), received_at=clock()
    )
    await store.accept(later, clock())

    await read(desk, 2, within_s=30)


def test_a_steady_clock_goes_on_from_where_it_began(now: Any) -> None:
    elapsed = iter([10.0, 10.0, 12.5])

    steady = SteadyClock(now, elapsed_s=lambda: next(elapsed))

    assert steady() == now
    assert steady() == now + timedelta(seconds=2.5)
