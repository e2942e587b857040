"""Workers at the edges: a stop that comes while a ticket is being taken, and a disk that is full."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from connectors.helpdesk import Delivery
from service.metrics import Metrics
from service.pipeline import Pipeline
from service.settings import WorkSettings
from service.store.store import Store
from service.workers import Workers


@pytest.fixture
async def workers(store: Store, make_pipeline: Callable[..., Pipeline], clock: Any) -> Workers:
    """They are not at work yet; ticket 42 is due."""
    work, metrics = WorkSettings(), Metrics(["zendesk"])
    pipeline = make_pipeline(store, limits={}, work=work, metrics=metrics)
    delivery = Delivery(
        helpdesk="zendesk", account="acme", id="d1", ticket_id="42", occurred_at=clock(), received_at=clock()
    )
    await store.accept(delivery, clock())
    return Workers(store, pipeline, work=work, metrics=metrics, clock=clock)


def change_behind_its_back(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "ombuds.db", isolation_level=None)) as connection:
        connection.execute(statement)


async def test_a_ticket_taken_while_the_stop_comes_is_given_back_and_not_begun(
    workers: Workers, store: Store, tmp_path: Path, desk: Any, clock: Callable[[], Any]
) -> None:
    desk.hangs = asyncio.Event()
    with closing(sqlite3.connect(tmp_path / "ombuds.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        running = asyncio.create_task(workers.run())
        await asyncio.sleep(0.1)  # by now the claim waits for the other's lock
        await workers.stop(drain_s=0.0)
        other.execute("ROLLBACK")

    try:
        async with asyncio.timeout(5):
            await running
    finally:
        desk.hangs.set()

    assert desk.reads == 0
    (visit,) = await store.claim("another", clock(), limit=1, lease_s=60)
    assert visit.tries == 1


async def test_a_store_that_cannot_be_written_is_not_asked_in_a_frenzy(workers: Workers, tmp_path: Path) -> None:
    """A log that runs full is no help on a disk that is full."""
    change_behind_its_back(
        tmp_path, "CREATE TRIGGER full BEFORE UPDATE ON tickets BEGIN SELECT RAISE(FAIL, 'disk is full'); END"
    )

    with capture_logs() as lines:
        running = asyncio.create_task(workers.run())
        await asyncio.sleep(0.5)
        await workers.stop(drain_s=0.0)
        await running

    assert [line["event"] for line in lines] == ["store failed"]


async def test_a_ticket_that_breaks_every_visit_is_parked_and_all_others_are_visited(
    workers: Workers, store: Store, desk: Any, clock: Any
) -> None:
    desk.fetch_errors = [RuntimeError("a fault of ours")]
    for number in range(2, 12):
        delivery = Delivery(
            helpdesk="zendesk",
            account="acme",
            id=f"d{number}",
            ticket_id=str(number),
            occurred_at=clock(),
            received_at=clock(),
        )
        await store.accept(delivery, clock())

    running = asyncio.create_task(workers.run())
    async with asyncio.timeout(5):
        while await store.next_due() is not None:  # noqa: ASYNC110 - a row rings no bell
            await asyncio.sleep(0.01)
    await workers.stop(drain_s=0.0)
    await running

    letters = await store.dead_letters()
    assert sorted(letter.reason for letter in letters) == ["internal_error"] + 10 * ["ticket_gone"]
