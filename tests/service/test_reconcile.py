"""Tickets that moved without a webhook are found by comparing, once, by whichever process has the turn."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from connectors.errors import CredentialsError, HelpdeskError, NotFoundError, TransientError
from connectors.helpdesk import Connector, Delivery, Moved, Mover
from service.breaker import BreakerRules
from service.breakers import Breakers
from service.metrics import Metrics
from service.reconcile import Reconciler
from service.store.rounds import MOST_UNHEARD
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


async def test_where_webhooks_have_stopped_what_moved_in_the_second_it_was_read_in_is_read_once_more(
    store: Store, now: datetime
) -> None:
    """Helpdesks tell whole seconds, so a reply may bear the time of what was read before it."""
    movers = [Mover(ticket_id="1", at=now)]
    await store.take_in(**ACCOUNT, movers=movers, cursor="c1", now=now)
    await due(store, now)
    await store.take_in(**ACCOUNT, movers=movers, cursor="c1", now=now)
    assert await due(store, now) == []

    for _ in range(MOST_UNHEARD):
        await store.note_unheard(**ACCOUNT)

    assert await store.take_in(**ACCOUNT, movers=movers, cursor="c1", now=now) == 0
    assert await due(store, now) == ["1"]
    await store.take_in(**ACCOUNT, movers=movers, cursor="c1", now=now)
    assert await due(store, now) == []


async def test_what_moves_while_its_ticket_is_visited_is_due_once_the_visit_has_ended(
    store: Store, now: datetime
) -> None:
    """The visit may have read the ticket before, and the webhook may have been lost."""
    await store.take_in(**ACCOUNT, movers=[Mover(ticket_id="1", at=now)], cursor="c1", now=now)
    (visit,) = await store.claim("w", now, limit=1, lease_s=60)
    later = [Mover(ticket_id="1", at=now + timedelta(seconds=1))]

    assert await store.take_in(**ACCOUNT, movers=later, cursor="c2", now=now) == 1
    await store.settle(visit, now, recheck_at=None, read_as_of=now)

    assert await due(store, now) == ["1"]


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
    """Starts comparing, every tenth of a second; a breaker opens at the first failure."""
    tasks: list[asyncio.Task[None]] = []

    def begin() -> Metrics:
        metrics = Metrics(["zendesk"])
        breakers = Breakers(store=store, metrics=metrics, rules=BreakerRules(after=1, probe_s=60.0))
        reconciler = Reconciler(
            store=store,
            connectors=connectors,
            metrics=metrics,
            breakers=breakers,
            clock=clock,
            steady=clock,
            every_s=0.1,
        )
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
    assert metrics.registry.get_sample_value("ombuds_reconcile_success_timestamp_seconds", ACCOUNT) == 0, "it never did"
    clock.advance(seconds=60)
    await until(lambda: counted(metrics, "ombuds_reconcile_success_timestamp_seconds") > 0)

    assert await due(store, clock()) == ["1"]


async def test_a_helpdesk_that_is_down_is_asked_again_when_a_probe_is_due_and_that_closes_its_breaker(
    store: Store,
    connectors: Any,
    desk: Any,
    make_ticket: Any,
    clock: Any,
    now: datetime,
    compare: Callable[[], Metrics],
) -> None:
    """Where no webhook comes, nobody but comparing would notice either that it is down or that it is back."""
    desk.moves = [TransientError("no answer")]
    other = type(desk)(make_ticket())
    other.account = "other"
    connectors["zendesk", "other"] = Connector(webhook=connectors["zendesk", "acme"].webhook, helpdesk=other)

    metrics = compare()
    await until(lambda: counted(metrics, "ombuds_reconcile_failures_total") > 0)
    for number in range(1, 4):
        await until(lambda number=number: len(other.asked_from) == number)  # type: ignore[misc]
        clock.advance(seconds=1)
    assert len(desk.asked_from) == 1
    assert (await store.breakers())["zendesk", "acme"].opened_at == now
    clock.advance(seconds=57)

    await until(lambda: counted(metrics, "ombuds_reconcile_success_timestamp_seconds") > 0)
    assert (await store.breakers())["zendesk", "acme"].opened_at is None


async def unheard(store: Store, times: int) -> int:
    """What the round after so many pieces of news that no webhook told of finds."""
    for _ in range(times):
        await store.note_unheard(**ACCOUNT)
    return await store.end_round(**ACCOUNT)


def webhook(number: int, now: datetime, **changes: str) -> Delivery:
    given = {**ACCOUNT, "id": f"d{number}", "ticket_id": "1", "event": "created", **changes}
    return Delivery(**given, occurred_at=now, received_at=now)


async def test_news_that_no_webhook_told_of_is_counted_until_one_comes(store: Store, now: datetime) -> None:
    await store.take_round(**ACCOUNT, now=now, every=EVERY)

    assert await unheard(store, 2) == 2
    await store.accept(webhook(1, now, account="other"), now)
    await store.accept(webhook(2, now, event="reconciled"), now)
    assert await unheard(store, 1) == 3
    assert (await store.counts(now)).unheard["zendesk", "acme"] == 3

    await store.accept(webhook(3, now), now)
    assert await unheard(store, 1) == 0
    assert await unheard(store, 0) == 0


async def test_where_nothing_happens_silence_is_no_news(store: Store, now: datetime) -> None:
    await store.take_round(**ACCOUNT, now=now, every=EVERY)

    assert [await unheard(store, 0) for _ in range(9)] == [0] * 9


async def test_numbers_that_begin_anew_are_heard_again(store: Store, now: datetime) -> None:
    """SQLite gives the numbers of deliveries anew once all of them were thrown away."""
    await store.take_round(**ACCOUNT, now=now, every=EVERY)
    for number in range(5):
        await store.accept(webhook(number, now), now)
    await due(store, now)
    assert await unheard(store, 0) == 0
    await store.prune(deliveries_before=now + EVERY, decisions_before=now, doubts_before=now)

    await store.accept(webhook(9, now), now)

    assert await unheard(store, 1) == 0


async def test_a_sender_that_stopped_is_told_once_with_what_to_do_and_so_is_its_return(
    store: Store, desk: Any, clock: Any, now: datetime, compare: Callable[[], Metrics]
) -> None:
    await store.take_round(**ACCOUNT, now=now - EVERY, every=timedelta(0))
    for _ in range(3):
        await store.note_unheard(**ACCOUNT)

    with capture_logs() as lines:
        metrics = compare()
        for number in range(4):
            if number == 2:
                await store.accept(webhook(1, now), now)
            before = counted(metrics, "ombuds_reconcile_success_timestamp_seconds")
            clock.advance(seconds=1)
            await until(
                lambda before=before: counted(metrics, "ombuds_reconcile_success_timestamp_seconds") > before  # type: ignore[misc]
            )
        await until(lambda: any(line["event"] == "webhooks come again" for line in lines))

    told = [line for line in lines if "webhooks" in line["event"]]
    assert [line["event"] for line in told] == ["the helpdesk has stopped sending webhooks", "webhooks come again"]
    assert "look whether the webhook" in told[0]["advice"]


@pytest.mark.parametrize("error", [None, NotFoundError("GET was answered with 404", status=404)], ids=["read", "gone"])
async def test_the_helpdesks_own_log_of_webhooks_is_counted_once_an_hour_and_stops_nothing(
    desk: Any, clock: Any, compare: Callable[[], Metrics], error: HelpdeskError | None
) -> None:
    desk.log_errors = [error] if error else []
    metrics = compare()
    for _ in range(4):
        before = counted(metrics, "ombuds_reconcile_success_timestamp_seconds")
        clock.advance(minutes=25)
        await until(
            lambda before=before: counted(metrics, "ombuds_reconcile_success_timestamp_seconds") > before  # type: ignore[misc]
        )

    await until(lambda: desk.log_reads == 2)
    labels = {**ACCOUNT, "status": "terminated"}
    assert metrics.registry.get_sample_value("ombuds_webhook_invocations", labels) == 2
