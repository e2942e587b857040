"""A pause in the store, on either database, as running workers on several machines see it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, update
from structlog.testing import capture_logs

from connectors.errors import TransientError
from connectors.helpdesk import Delivery
from policies.ticket import Change, Status, StatusMove
from policies.verdict import Mode
from service.paused import Halt, Paused
from service.pausing import Pauses, halted_by
from service.pipeline import Pipeline
from service.store.errors import StoreError
from service.store.pauses import PAUSED, pause, paused_in, resume
from service.store.records import ActionState, Past, TicketKey
from service.store.schema import meta
from service.store.store import Store

KEY = TicketKey(helpdesk="zendesk", account="acme", id="42")
SOLVED = StatusMove(before=Status.OPEN, after=Status.SOLVED)


@pytest.fixture
async def stores(url: str) -> AsyncIterator[tuple[Store, Store]]:
    """Two processes' doors to one database: the first one's workers, and the command line."""
    both = (await Store.open(url), await Store.open(url))
    yield both
    for store in both:
        await store.close()


@pytest.fixture
def pipeline(stores: tuple[Store, Store], make_pipeline: Callable[..., Pipeline]) -> Pipeline:
    return make_pipeline(stores[0])


@pytest.fixture
def solves(desk: Any, make_change: Callable[..., Change]) -> Callable[[str], None]:
    """Tom solves the ticket, which the policy `closed` blocks."""

    def solve(change_id: str) -> None:
        desk.ticket = replace(desk.ticket, status=Status.SOLVED)
        desk.add(make_change(change_id, minutes_ago=1, status=SOLVED))

    return solve


async def visit(pipeline: Pipeline, number: int = 1) -> Past:
    """A webhook comes in and is worked off; what the ticket's past is then."""
    now = pipeline.clock()
    delivery = Delivery(
        helpdesk="zendesk", account="acme", id=f"d{number}", ticket_id="42", occurred_at=now, received_at=now
    )
    await pipeline.store.accept(delivery, now)
    (taken,) = await pipeline.store.claim("w", now, limit=1, lease_s=60)
    await pipeline.run(taken)
    return await pipeline.store.past_of(KEY)


@pytest.mark.parametrize("policies", [(), ("closed",)], ids=["everything", "one policy"])
async def test_what_is_paused_elsewhere_is_judged_and_recorded_and_not_done(
    stores: tuple[Store, Store],
    pipeline: Pipeline,
    desk: Any,
    solves: Callable[[str], None],
    now: datetime,
    policies: tuple[str, ...],
) -> None:
    solves("1")
    await pause(stores[1], policies, Halt(since=now, reason="a storm"))

    past = await visit(pipeline)

    assert [(finding.policy, finding.mode) for finding in past.findings] == [("closed", Mode.OBSERVE)]
    assert (past.actions, desk.attempts) == ((), 0)
    assert pipeline.metrics.registry.get_sample_value("ombuds_findings_held_total", {"reason": "paused"}) == 1


async def test_workers_act_on_what_comes_after_it_was_resumed_without_a_restart(
    stores: tuple[Store, Store], pipeline: Pipeline, desk: Any, solves: Callable[[str], None], now: datetime
) -> None:
    await pause(stores[1], (), Halt(since=now))
    solves("1")
    await visit(pipeline)
    await resume(stores[1], ())
    solves("2")

    await visit(pipeline, 2)

    assert [action.change_id for action in desk.applied] == ["2"]


@pytest.mark.parametrize("policies", [(), ("closed",)], ids=["everything", "one policy"])
async def test_what_was_decided_before_the_pause_is_not_done_after_nor_ever(
    stores: tuple[Store, Store],
    pipeline: Pipeline,
    desk: Any,
    clock: Any,
    solves: Callable[[str], None],
    policies: tuple[str, ...],
) -> None:
    """As with the kill switch: a note that comes days late is about another ticket."""
    solves("1")
    desk.apply_errors = [(TransientError("away"), False)]
    before = await visit(pipeline)
    await pause(stores[1], policies, Halt(since=clock()))
    clock.advance(seconds=15)

    after = await visit(pipeline, 2)
    await resume(stores[1], ())
    await visit(pipeline, 3)

    assert [stored.state for stored in before.actions] == [ActionState.PENDING]
    assert [stored.state for stored in after.actions] == [ActionState.SUPERSEDED]
    assert (desk.attempts, desk.applied) == (1, [])


async def test_a_pause_that_comes_between_judging_and_acting_still_counts(
    stores: tuple[Store, Store], pipeline: Pipeline, desk: Any, solves: Callable[[str], None], clock: Any
) -> None:
    """The ticket moved on under our hands, and somebody said stop before it was tried again."""
    solves("1")
    loop = asyncio.get_running_loop()

    def agent_writes_and_admin_pauses() -> None:
        solves("2")
        pausing.append(loop.create_task(pause(stores[1], (), Halt(since=clock()))))

    pausing: list[asyncio.Task[Paused]] = []
    desk.meanwhile = [agent_writes_and_admin_pauses]
    fetch, desk.fetch_ticket = desk.fetch_ticket, None

    async def fetch_after_the_pause(ticket_id: str, bookmark: str | None) -> Any:
        await asyncio.gather(*pausing)
        return await fetch(ticket_id, bookmark)

    desk.fetch_ticket = fetch_after_the_pause

    past = await visit(pipeline)

    assert desk.applied == []
    assert [stored.state for stored in past.actions] == [ActionState.SUPERSEDED]


async def test_of_two_who_pause_at_once_none_undoes_what_the_other_did(
    stores: tuple[Store, Store], now: datetime
) -> None:
    halt = Halt(since=now)
    await pause(stores[0], ["first"], halt)

    for turn in range(20):
        await asyncio.gather(*(pause(store, [f"{at}-{turn}"], halt) for at, store in enumerate(stores)))

    assert len((await paused_in(stores[0])).policies) == 41


async def test_a_pause_outlives_the_process(url: str, now: datetime) -> None:
    first = await Store.open(url)
    said = await pause(first, ["closed"], Halt(since=now, reason="too many [notes]\x00"))
    await first.close()

    second = await Store.open(url)

    assert await paused_in(second) == said
    await second.close()


async def test_nothing_is_done_while_nobody_can_tell_whether_all_is_paused(
    stores: tuple[Store, Store], pipeline: Pipeline, desk: Any, solves: Callable[[str], None], now: datetime
) -> None:
    solves("1")
    await pause(stores[1], (), Halt(since=now))

    def spoil(connection: Connection) -> None:
        connection.execute(update(meta).where(meta.c.key == PAUSED).values(value="{"))

    await stores[1].tell(spoil)

    with pytest.raises(StoreError, match="cannot be read"):
        await visit(pipeline)
    assert desk.attempts == 0


async def test_each_change_is_told_in_the_log_once(stores: tuple[Store, Store], now: datetime) -> None:
    pauses = Pauses(store=stores[0])

    with capture_logs() as lines:
        for policies in ((), ("closed",)):
            await pause(stores[1], policies, Halt(since=now, reason="a storm"))
            await pauses.current()
            await pauses.current()
            await resume(stores[1], ())
            await pauses.current()

    assert [(line["log_level"], line["event"].split(":")[0]) for line in lines] == [
        ("warning", "everything is paused"),
        ("info", "nothing is paused any more"),
        ("warning", "policies are paused"),
        ("info", "nothing is paused any more"),
    ]


async def test_everything_is_paused_while_the_file_exists(
    pipeline: Pipeline, desk: Any, solves: Callable[[str], None], tmp_path: Path
) -> None:
    file = tmp_path / "pause"
    watching = replace(pipeline, pauses=Pauses(store=pipeline.store, file=file))
    file.touch()
    solves("1")
    await visit(watching)
    file.unlink()
    solves("2")

    await visit(watching, 2)

    assert [action.change_id for action in desk.applied] == ["2"]


async def test_the_file_keeps_everything_paused_that_was_resumed_in_the_store(
    stores: tuple[Store, Store], tmp_path: Path, now: datetime
) -> None:
    (tmp_path / "pause").touch()
    await pause(stores[1], ["closed"], Halt(since=now))

    paused = await Pauses(store=stores[0], file=tmp_path / "pause").current()

    assert paused.everything == Halt(since=None, reason=f"{tmp_path}/pause exists")
    assert list(paused.policies) == ["closed"]


def test_a_file_that_cannot_be_looked_at_pauses_and_one_that_cannot_be_there_does_not(tmp_path: Path) -> None:
    """Doing nothing can be made up for by hand; what was done to a ticket has been read."""
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    (tmp_path / "file").touch()

    halt = halted_by(tmp_path / "circle")

    assert halt is not None
    assert "cannot be looked at" in halt.reason
    assert halted_by(tmp_path / "no folder" / "pause") is None
    assert halted_by(tmp_path / "file" / "pause") is None
