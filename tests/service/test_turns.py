"""Whose turn it is: no account waits behind another's many tickets, and none is asked while its helpdesk is down."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from service.breaker import BreakerRules, BreakerState
from service.store.records import Visit
from service.store.store import Store

sys.path.insert(0, str(Path(__file__).parent))
from store_world import MINUTE, NOW, claim, delivery

ACME, OTHER = ("zendesk", "acme"), ("zendesk", "other")
RULES = BreakerRules(after=1, probe_s=60.0)


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    store = await Store.open(url)
    yield store
    await store.close()


async def fill(store: Store, account: str, number: int) -> None:
    """So many tickets of an account are due."""
    given = (delivery(each, str(each), account=account) for each in range(number))
    await asyncio.gather(*(store.accept(one, NOW) for one in given))


def accounts(visits: Sequence[Visit]) -> list[str]:
    return [visit.ticket.account for visit in visits]


async def test_one_accounts_many_tickets_do_not_delay_anothers_only_one(store: Store) -> None:
    await fill(store, "acme", 500)
    busy = await claim(store, limit=4)
    await store.accept(delivery(1, account="other"), NOW + MINUTE)

    (next_visit,) = await claim(store, NOW + MINUTE / 2, limit=1)
    assert next_visit.ticket.account == "acme"
    (next_visit,) = await claim(store, NOW + MINUTE, limit=1, owner="two")

    assert accounts(busy) == ["acme"] * 4
    assert next_visit.ticket.account == "other"


async def test_accounts_take_turns_and_unused_turns_go_to_whoever_has_work(store: Store) -> None:
    await fill(store, "acme", 20)
    await fill(store, "other", 3)

    first = await claim(store, limit=4)
    second = await claim(store, limit=4)

    assert sorted(accounts(first)) == ["acme", "acme", "other", "other"]
    assert sorted(accounts(second)) == ["acme", "acme", "acme", "other"]


async def test_the_longest_waiting_of_an_account_comes_first(store: Store) -> None:
    for number in range(3):
        await store.accept(delivery(number, str(number)), NOW + number * MINUTE)

    visits = await claim(store, NOW + 9 * MINUTE, limit=2)

    assert [visit.ticket.id for visit in visits] == ["0", "1"]


async def test_while_a_breaker_is_open_nothing_of_its_account_is_taken_and_no_try_is_spent(store: Store) -> None:
    await fill(store, "acme", 3)
    await fill(store, "other", 1)

    assert await store.open_breaker(ACME, NOW, RULES) is not None
    assert await store.open_breaker(ACME, NOW, RULES) is None

    assert accounts(await claim(store)) == ["other"]
    assert await store.next_due() == NOW + MINUTE
    assert (await store.counts(NOW)).breakers == {ACME: BreakerState.OPEN, OTHER: BreakerState.CLOSED}
    assert await store.close_breaker(ACME)
    assert not await store.close_breaker(ACME)
    assert [visit.tries for visit in await claim(store)] == [1, 1, 1]


async def test_what_waits_for_a_helpdesk_that_is_down_is_due_and_not_late(store: Store) -> None:
    await fill(store, "acme", 3)

    await store.open_breaker(ACME, NOW, RULES)
    while_down = await store.counts(NOW)
    await store.close_breaker(ACME)

    assert (while_down.due, while_down.oldest_due_at) == (3, None)
    assert (await store.counts(NOW)).oldest_due_at == NOW


async def test_a_half_open_breaker_lets_exactly_one_probe_pass_over_all_workers(store: Store, url: str) -> None:
    second = await Store.open(url)
    await fill(store, "acme", 20)
    await store.open_breaker(ACME, NOW, RULES)

    claims = (claim(each, NOW + MINUTE, owner=f"w{number}") for number, each in enumerate([store, second] * 4))
    taken = [visit for visits in await asyncio.gather(*claims) for visit in visits]

    assert [visit.is_probe for visit in taken] == [True]
    assert await claim(second, NOW + 1.9 * MINUTE) == ()
    await second.close()


async def test_a_probe_whose_worker_died_is_followed_by_another(store: Store) -> None:
    await fill(store, "acme", 2)
    await store.open_breaker(ACME, NOW, RULES)
    await claim(store, NOW + MINUTE, owner="dead")

    (another,) = await claim(store, NOW + 2 * MINUTE)

    assert another.is_probe


async def test_a_failed_probe_costs_no_try_and_the_next_one_is_another_ticket(store: Store) -> None:
    await fill(store, "acme", 2)
    await store.open_breaker(ACME, NOW, RULES)
    (probe,) = await claim(store, NOW + MINUTE)

    kept = await store.keep_open(ACME, NOW + MINUTE, RULES)
    await store.retry_later(probe, NOW + timedelta(days=1), spends_try=False)

    assert kept.probe_at == NOW + 3 * MINUTE
    assert await claim(store, NOW + 2.9 * MINUTE) == ()
    (next_probe,) = await claim(store, NOW + 3 * MINUTE)
    assert next_probe.ticket.id != probe.ticket.id
    await store.settle(next_probe, NOW + 3 * MINUTE, recheck_at=None)
    await store.close_breaker(ACME)
    (again,) = await claim(store, NOW + timedelta(days=1))
    assert (again.ticket.id, again.tries) == (probe.ticket.id, 1)


async def test_a_breaker_stays_open_over_a_restart(store: Store, url: str) -> None:
    await fill(store, "acme", 1)
    await store.open_breaker(ACME, NOW, RULES)
    await store.close()

    reopened = await Store.open(url)

    assert await claim(reopened, NOW + MINUTE / 2) == ()
    await reopened.close()


async def test_with_one_free_turn_at_a_time_no_account_is_passed_over_for_ever(store: Store) -> None:
    """One worker, or more accounts than workers: none of them has a visit under way when the turn is given."""
    for number in range(3):
        for account in ("a", "b", "c"):
            await store.accept(delivery(number, str(number), account=account), NOW + number * MINUTE)

    taken: list[str] = []
    for _ in range(9):
        (visit,) = await claim(store, NOW + 9 * MINUTE, limit=1)
        taken += accounts([visit])
        await store.settle(visit, NOW + 9 * MINUTE, recheck_at=None)

    assert [sorted(taken[start : start + 3]) for start in (0, 3, 6)] == [["a", "b", "c"]] * 3


async def test_an_accounts_deadlines_count_as_waiting_too(store: Store) -> None:
    await fill(store, "acme", 1)
    (visit,) = await claim(store)
    await store.settle(visit, NOW, recheck_at=NOW + MINUTE)
    for number in range(2):
        await store.accept(delivery(number, str(number), account="aaa"), NOW + 2 * MINUTE)

    assert accounts(await claim(store, NOW + 3 * MINUTE, limit=1)) == ["acme"]


async def test_a_clock_that_was_set_back_shortens_the_wait_for_a_probe_too(store: Store) -> None:
    await fill(store, "acme", 1)
    await store.open_breaker(ACME, NOW, RULES)
    await store.keep_time(NOW)
    earlier = NOW - timedelta(hours=1)

    await store.set_back(earlier)
    await store.keep_time(earlier)

    assert await claim(store, earlier + MINUTE / 2) == ()
    (probe,) = await claim(store, earlier + MINUTE)
    assert probe.is_probe


async def test_a_deadline_does_not_cut_short_a_wait_that_the_helpdesk_asked_for(store: Store) -> None:
    """Deadlines are by the clock on the wall, which was set an hour forward meanwhile; waits are not."""
    await fill(store, "acme", 1)
    (visit,) = await claim(store)
    await store.settle(visit, NOW, recheck_at=NOW + 50 * MINUTE)
    await store.accept(delivery(1, "0"), NOW)
    (visit,) = await claim(store)
    await store.retry_later(visit, NOW + 15 * MINUTE)

    async def claim_at(minutes: float) -> tuple[Visit, ...]:
        now = NOW + minutes * MINUTE
        return await store.claim("one", now, limit=1, lease_s=60, deadlines_at=now + 60 * MINUTE)

    assert await claim_at(14.9) == ()
    assert await store.next_deadline() is None
    assert await store.next_due() == NOW + 15 * MINUTE
    (again,) = await claim_at(15)
    assert again.recheck_at == NOW + 50 * MINUTE


async def test_of_tickets_whose_visits_end_without_a_word_one_at_a_time_is_taken_beside_others(store: Store) -> None:
    """A worker may die of one of them: those that were visited beside it must not be given up with it."""
    await fill(store, "acme", 4)
    for number in range(2):
        assert len(await claim(store, NOW + number * 2 * MINUTE)) == 4
    later = NOW + 4 * MINUTE
    await store.accept(delivery(9, "9"), later)

    first = await claim(store, later, limit=3)
    beside = await store.claim("one", later, limit=3, lease_s=60, most_suspects=0)
    second = await claim(store, later, limit=3)

    assert [(visit.ticket.id, visit.is_suspect) for visit in first] == [("0", True), ("9", False)]
    assert [visit.ticket.id for visit in (*beside, *second)] == ["1"]


async def test_an_account_of_which_nothing_may_be_taken_now_keeps_no_other_waiting(store: Store) -> None:
    """One ticket of whose visits workers die is visited, perhaps for long; another account has but such a one left."""
    await fill(store, "acme", 1)
    for number in range(2):
        await claim(store, NOW + number * 2 * MINUTE)
    later = NOW + 4 * MINUTE
    await store.accept(delivery(1, account="other"), later)

    visits = await store.claim("one", later, limit=1, lease_s=60, most_suspects=0)

    assert accounts(visits) == ["other"]


async def test_a_ticket_that_was_let_go_of_is_not_suspected_however_often_it_was_tried(store: Store) -> None:
    await fill(store, "acme", 2)
    for number in range(3):
        for visit in await claim(store, NOW + number * MINUTE):
            await store.retry_later(visit, NOW + (number + 1) * MINUTE)

    assert [visit.is_suspect for visit in await claim(store, NOW + 3 * MINUTE)] == [False, False]
