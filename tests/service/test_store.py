"""What the store promises, on a real file and on a real server."""

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from service.store.archive import count_since, decisions_since, find_decision, remember_rulebook, rulebook_of
from service.store.databases import locate, open_engine
from service.store.doubts import topics_since
from service.store.errors import LeaseLostError, ReplayError, StoreError
from service.store.records import ActionState, DeadFilter, Record, StoredRulebook, TicketKey, Visit
from service.store.store import Store
from service.store.topic_records import Mention, MentionKind

sys.path.insert(0, str(Path(__file__).parent))
from store_world import ACTION, MINUTE, NOW, claim, delivery, record_of


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    store = await Store.open(url)
    yield store
    await store.close()


async def test_a_delivery_that_comes_twice_is_taken_once(store: Store) -> None:
    assert await store.accept(delivery(1), NOW)
    assert not await store.accept(delivery(1), NOW)
    assert await store.accept(delivery(1, account="other"), NOW)

    visits = await claim(store)

    assert [len(visit.deliveries) for visit in visits] == [1, 1]


async def test_any_text_is_taken_whatever_the_database_can_carry(store: Store) -> None:
    odd = "\0 \ud800 ü" + 400 * "x"

    assert await store.accept(delivery(1, odd, id=odd, event=odd), NOW)
    assert not await store.accept(delivery(1, odd, id=odd, event=odd), NOW)

    (visit,) = await claim(store)
    assert visit.ticket.id == odd.replace("\0", "\ufffd").replace("\ud800", "\ufffd")
    await store.settle(visit, NOW, recheck_at=None)


async def test_several_deliveries_of_a_ticket_become_one_visit(store: Store) -> None:
    for number in range(5):
        await store.accept(delivery(number), NOW)

    (visit,) = await claim(store)

    assert len(visit.deliveries) == 5
    assert visit.ticket == TicketKey(helpdesk="zendesk", account="acme", id="42")
    assert visit.tries == 1
    assert await claim(store) == ()


async def test_writes_that_wait_together_share_a_commit_and_each_gets_its_own_answer(url: str) -> None:
    sizes: list[int] = []
    store = await Store.open(url, observe=lambda size, _: sizes.append(size))

    answers = await asyncio.gather(*(store.accept(delivery(number % 50), NOW) for number in range(100)))
    await store.close()

    assert sum(answers) == 50
    assert sum(sizes) == 100
    assert len(sizes) < 10


async def test_whoever_watches_hears_how_long_a_commit_took_also_of_one_that_failed(url: str) -> None:
    durations_s: list[float] = []
    store = await Store.open(url, observe=lambda _, duration_s: durations_s.append(duration_s))

    await store.accept(delivery(1), NOW)
    with pytest.raises(StoreError):
        await store.tell(lambda connection: connection.execute(text("SELECT nothing FROM nowhere")))
    await store.close()

    assert len(durations_s) == 2
    assert min(durations_s) > 0


async def test_writes_of_one_turn_of_the_loop_share_even_the_first_commit(url: str) -> None:
    sizes: list[int] = []
    store = await Store.open(url, observe=lambda size, _: sizes.append(size))

    await asyncio.gather(*(store.accept(delivery(number), NOW) for number in range(30)))
    await store.close()

    assert sizes == [30]


async def test_deliveries_that_come_together_are_numbered_in_the_order_in_which_they_came(store: Store) -> None:
    numbers = [7, 3, 9, 1, 5]

    await asyncio.gather(*(store.accept(delivery(number, event=f"e{number}"), NOW) for number in numbers))

    (visit,) = await claim(store)
    assert [taken.event for taken in visit.deliveries] == [f"e{number}" for number in numbers]


async def test_of_a_ticket_with_very_many_deliveries_a_visit_takes_the_oldest(store: Store) -> None:
    await asyncio.gather(*(store.accept(delivery(number, event=f"e{number}"), NOW) for number in range(501)))
    await store.accept(delivery(501, "43"), NOW)

    visits = {visit.ticket.id: visit for visit in await claim(store)}

    assert [taken.event for taken in visits["42"].deliveries] == [f"e{number}" for number in range(500)]
    assert len(visits["43"].deliveries) == 1
    await store.settle(visits["42"], NOW, recheck_at=None)
    (rest,) = await claim(store)
    assert [taken.event for taken in rest.deliveries] == ["e500"]


async def test_of_visits_that_end_together_only_the_one_without_its_lease_is_refused(store: Store) -> None:
    await store.accept(delivery(1, "41"), NOW)
    await store.accept(delivery(2, "42"), NOW)
    (lost, other) = await claim(store, owner="frozen", limit=2)
    (held, _) = await claim(store, NOW + MINUTE, owner="alive", limit=2)
    assert held.ticket == lost.ticket

    answers = await asyncio.gather(
        store.settle(lost, NOW, recheck_at=NOW),
        store.settle(held, NOW, recheck_at=NOW + 5 * MINUTE),
        return_exceptions=True,
    )

    assert isinstance(answers[0], LeaseLostError)
    assert answers[1] is None
    assert await store.next_due() == NOW + 2 * MINUTE
    assert (await store.counts(NOW)).rechecks == 1
    with pytest.raises(LeaseLostError):
        await store.settle(other, NOW, recheck_at=None)


async def test_of_visits_that_record_together_the_one_without_its_lease_leaves_nothing(store: Store) -> None:
    await store.accept(delivery(1, "41"), NOW)
    await store.accept(delivery(2, "42"), NOW)
    (lost, held) = await claim(store, owner="frozen", limit=2)
    stranger = replace(lost, token=lost.token + 1)

    answers = await asyncio.gather(
        store.record(stranger, record_of()), store.record(held, record_of(ACTION)), return_exceptions=True
    )

    assert isinstance(answers[0], LeaseLostError)
    assert answers[1] is None
    assert await store.decisions_of(lost.ticket) == ()
    assert (await store.past_of(lost.ticket)).findings == ()
    assert len(await store.decisions_of(held.ticket)) == 1
    (action,) = (await store.past_of(held.ticket)).actions
    assert action.state is ActionState.PENDING


async def test_a_caller_that_hangs_up_does_not_take_the_others_with_it(store: Store) -> None:
    waiting = [asyncio.create_task(store.accept(delivery(number), NOW)) for number in range(3)]
    await asyncio.sleep(0)

    waiting[1].cancel()

    assert await waiting[0]
    assert await waiting[2]
    with pytest.raises(asyncio.CancelledError):
        await waiting[1]
    assert not await store.accept(delivery(1), NOW)


async def test_a_failed_commit_fails_everybody_in_it_and_leaves_nothing(store: Store, url: str) -> None:
    change_behind_its_back(url, "ALTER TABLE dead_letters RENAME TO elsewhere")

    waiting = (store.accept(delivery(1), NOW), store.accept(delivery(2, ticket_id=None), NOW))
    errors = await asyncio.gather(*waiting, return_exceptions=True)

    assert isinstance(errors[1], StoreError)
    assert "INSERT" not in str(errors[1])
    assert await store.accept(delivery(2), NOW)


def change_behind_its_back(url: str, statement: str) -> None:
    engine = open_engine(locate(url), writes=True)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


async def test_a_refusal_does_not_fail_what_is_committed_with_it(store: Store) -> None:
    await store.accept(delivery(1), NOW)
    (visit,) = await claim(store)
    stranger = replace(visit, token=visit.token + 1)

    answers = await asyncio.gather(
        store.accept(delivery(2), NOW), store.renew(stranger, NOW, lease_s=60), return_exceptions=True
    )

    assert answers[0] is True
    assert isinstance(answers[1], LeaseLostError)


async def test_a_settled_visit_leaves_nothing_due(store: Store) -> None:
    await store.accept(delivery(1), NOW)
    (visit,) = await claim(store)

    await store.settle(visit, NOW, recheck_at=None)

    assert await claim(store, NOW + 60 * MINUTE) == ()
    assert await store.next_due() is None


async def test_what_arrives_during_a_visit_leaves_the_ticket_due_again(store: Store) -> None:
    await store.accept(delivery(1), NOW)
    (visit,) = await claim(store)
    await store.accept(delivery(2), NOW)

    assert await claim(store) == ()
    await store.settle(visit, NOW, recheck_at=None)

    (again,) = await claim(store)
    assert len(again.deliveries) == 1
    assert again.deliveries[0].seq > visit.deliveries[0].seq


async def test_a_worker_that_never_returns_loses_its_ticket_and_can_do_nothing_more(store: Store) -> None:
    await store.accept(delivery(1), NOW)
    (lost,) = await claim(store, owner="dead")

    (held,) = await claim(store, NOW + MINUTE, owner="alive")

    assert held.tries == 2
    assert held.deliveries == lost.deliveries
    for late in (
        store.renew(lost, NOW, lease_s=60),
        store.record(lost, record_of(ACTION)),
        store.mark_action(lost, "act1", ActionState.APPLIED, NOW),
        store.settle(lost, NOW, recheck_at=None),
        store.retry_later(lost, NOW),
        store.park(lost, NOW, reason="refused"),
        store.release(lost, NOW),
    ):
        with pytest.raises(LeaseLostError):
            await late
    assert (await store.past(held)).actions == ()
    assert await store.dead_letters() == ()
    await store.release(held, NOW + MINUTE)
    (again,) = await claim(store, NOW + MINUTE)
    assert again.deliveries == held.deliveries


async def test_a_renewed_lease_keeps_others_away(store: Store) -> None:
    await store.accept(delivery(1), NOW)
    (visit,) = await claim(store)

    await store.renew(visit, NOW + MINUTE, lease_s=60)

    assert await claim(store, NOW + 1.5 * MINUTE, owner="two") == ()
    assert len(await claim(store, NOW + 2 * MINUTE, owner="two")) == 1


async def test_a_retry_waits_its_time_even_if_more_arrives(store: Store) -> None:
    await store.accept(delivery(1), NOW)
    (visit,) = await claim(store)

    await store.retry_later(visit, NOW + MINUTE)
    await store.accept(delivery(2), NOW)

    assert await claim(store, NOW + 0.9 * MINUTE) == ()
    (again,) = await claim(store, NOW + MINUTE)
    assert again.tries == 2
    assert len(again.deliveries) == 2


async def test_a_retry_keeps_its_wait_its_tries_and_its_age_over_a_restart(store: Store, url: str) -> None:
    await store.accept(delivery(1), NOW)
    (visit,) = await claim(store)
    await store.retry_later(visit, NOW + MINUTE)
    await store.close()

    reopened = await Store.open(url)
    assert await claim(reopened, NOW + 0.9 * MINUTE) == ()
    (again,) = await claim(reopened, NOW + MINUTE)
    await reopened.close()

    assert (again.tries, again.tried_since) == (2, NOW)


async def test_the_age_of_a_failure_begins_anew_once_a_visit_ended_well(store: Store) -> None:
    await store.accept(delivery(1), NOW)
    (visit,) = await claim(store)
    await store.retry_later(visit, NOW + MINUTE)
    (visit,) = await claim(store, NOW + MINUTE)
    await store.settle(visit, NOW + MINUTE, recheck_at=None)
    await store.accept(delivery(2), NOW + 2 * MINUTE)

    (fresh,) = await claim(store, NOW + 2 * MINUTE)

    assert (fresh.tries, fresh.tried_since) == (1, NOW + 2 * MINUTE)


async def test_a_deadline_makes_a_ticket_due_with_nobody_touching_it(store: Store, url: str) -> None:
    await store.accept(delivery(1), NOW)
    (visit,) = await claim(store)
    await store.settle(visit, NOW, recheck_at=NOW + 60 * MINUTE)

    assert await store.next_deadline() == NOW + 60 * MINUTE
    assert await claim(store, NOW + 59 * MINUTE) == ()
    (by_clock,) = await claim(store, NOW + 61 * MINUTE)

    assert by_clock.recheck_at == NOW + 60 * MINUTE
    assert by_clock.deliveries == ()


@pytest.mark.parametrize("later", [None, NOW + 90 * MINUTE], ids=["none", "another"])
async def test_a_deadline_is_withdrawn_when_the_ticket_moves_on(store: Store, later: datetime | None) -> None:
    await store.accept(delivery(1), NOW)
    (visit,) = await claim(store)
    await store.settle(visit, NOW, recheck_at=NOW + 60 * MINUTE)
    await store.accept(delivery(2), NOW + MINUTE)
    (moved_on,) = await claim(store, NOW + MINUTE)

    await store.settle(moved_on, NOW + MINUTE, recheck_at=later)

    assert await claim(store, NOW + 89 * MINUTE) == ()
    assert await store.next_deadline() == later


async def test_deadlines_come_by_everybodys_time_and_leases_and_waits_by_ours(store: Store) -> None:
    await store.accept(delivery(1), NOW)
    (visit,) = await claim(store)
    await store.settle(visit, NOW, recheck_at=NOW + 60 * MINUTE)

    assert await store.claim("one", NOW + 60 * MINUTE, limit=9, lease_s=60, deadlines_at=NOW) == ()
    (by_clock,) = await store.claim("one", NOW, limit=9, lease_s=60, deadlines_at=NOW + 60 * MINUTE)

    assert by_clock.recheck_at == NOW + 60 * MINUTE


async def test_what_a_clock_ahead_of_ours_made_due_is_due_at_once(store: Store) -> None:
    """A web process may have started before the machine's clock was set back, and the workers after it."""
    await store.accept(delivery(1), NOW + 60 * MINUTE)
    await store.accept(delivery(2, "43"), NOW)
    (waits,) = await claim(store, NOW)
    await store.retry_later(waits, NOW + 30 * MINUTE)

    await store.keep_time(NOW)

    (visit,) = await claim(store, NOW)
    assert visit.ticket.id == "42"


async def test_after_the_clock_was_set_back_waits_and_leases_are_as_long_as_before(store: Store) -> None:
    await store.accept(delivery(1), NOW)
    await store.accept(delivery(2, "43"), NOW)
    await store.accept(delivery(3, "44"), NOW)
    waits, *_ = await claim(store, NOW, limit=2)
    await store.retry_later(waits, NOW + 10 * MINUTE)
    await store.keep_time(NOW)
    hour_before = NOW - 60 * MINUTE

    assert await store.set_back(hour_before) == timedelta(hours=1)
    await store.keep_time(hour_before)
    assert await store.set_back(hour_before) is None

    assert [visit.ticket.id for visit in await claim(store, hour_before)] == ["44"]
    assert [visit.ticket.id for visit in await claim(store, hour_before + MINUTE)] == ["43", "44"]
    assert waits.ticket.id in {visit.ticket.id for visit in await claim(store, hour_before + 10 * MINUTE)}


async def test_a_restart_after_a_pause_is_not_taken_for_a_clock_set_back(store: Store) -> None:
    await store.keep_time(NOW)

    assert await store.set_back(NOW + 60 * MINUTE) is None
    assert await store.set_back(NOW - timedelta(seconds=4)) is None


async def test_a_deadline_waits_as_long_as_the_helpdesk_asks(store: Store) -> None:
    await store.accept(delivery(1), NOW)
    (visit,) = await claim(store)
    await store.settle(visit, NOW, recheck_at=NOW + MINUTE)
    (by_clock,) = await claim(store, NOW + MINUTE)

    await store.retry_later(by_clock, NOW + 5 * MINUTE)

    assert await claim(store, NOW + 4 * MINUTE) == ()
    (again,) = await claim(store, NOW + 5 * MINUTE)
    assert again.recheck_at is not None


async def test_a_visit_given_back_does_not_count_as_a_try(store: Store) -> None:
    await store.accept(delivery(1), NOW)
    (visit,) = await claim(store)

    await store.release(visit, NOW)

    (again,) = await claim(store)
    assert again.tries == 1


async def test_everything_survives_a_restart(store: Store, url: str) -> None:
    await store.accept(delivery(1), NOW)
    (visit,) = await claim(store)
    await store.record(visit, record_of(ACTION))
    await store.close()

    reopened = await Store.open(url)
    (again,) = await claim(reopened, NOW + MINUTE)
    past = await reopened.past(again)
    (decision,) = await reopened.decisions_of(again.ticket)
    is_new = await reopened.accept(delivery(1), NOW)
    await reopened.close()

    assert (again.bookmark, again.watched_since) == ("b1", NOW)
    assert [(stored.action, stored.state) for stored in past.actions] == [(ACTION, ActionState.PENDING)]
    assert (past.findings, past.answers) == (record_of(ACTION).findings, record_of().answers)
    assert decision.verdict == record_of().verdicts[0]
    assert not is_new


async def test_recording_twice_changes_nothing(store: Store) -> None:
    await store.accept(delivery(1), NOW)
    (visit,) = await claim(store)
    await store.record(visit, record_of(ACTION))
    await store.mark_action(visit, ACTION.id, ActionState.APPLIED, NOW)

    await store.record(visit, record_of(ACTION))

    past = await store.past(visit)
    assert [stored.state for stored in past.actions] == [ActionState.APPLIED]
    assert len(past.findings) == 1


async def test_a_parked_visit_leaves_a_dead_letter_for_each_delivery_and_others_alone(store: Store) -> None:
    for number, ticket_id in ((1, "42"), (2, "42"), (3, "43")):
        await store.accept(delivery(number, ticket_id), NOW)
    visit, other = await claim(store)

    await store.park(visit, NOW, reason="refused", detail="said no")
    await store.settle(other, NOW, recheck_at=None)

    letters = await store.dead_letters()
    assert [(letter.delivery_id, letter.ticket_id, letter.reason) for letter in letters] == [
        ("d2", "42", "refused"),
        ("d1", "42", "refused"),
    ]
    assert await claim(store, NOW + MINUTE) == ()
    assert (await store.counts(NOW)).dead_letters == {"refused": 2}


async def test_a_replayed_dead_letter_makes_the_ticket_due_with_the_same_action(store: Store) -> None:
    await store.accept(delivery(1), NOW)
    (visit,) = await claim(store)
    await store.record(visit, record_of(ACTION))
    await store.park(visit, NOW, reason="refused", gives_up_actions=True)
    (letter,) = await store.dead_letters()
    assert [stored.state for stored in (await store.past(visit)).actions] == [ActionState.FAILED]

    replayed = await store.replay(letter.id, NOW)

    (again,) = await claim(store)
    assert replayed.replayed_at == NOW
    assert (again.tries, len(again.deliveries)) == (1, 1)
    assert [(stored.action.id, stored.state) for stored in (await store.past(again)).actions] == [
        ("act1", ActionState.PENDING)
    ]
    assert await store.dead_letters() == ()
    assert len(await store.dead_letters(DeadFilter(include_replayed=True))) == 1


async def test_a_dead_letter_cannot_be_replayed_twice_nor_without_a_ticket(store: Store) -> None:
    await store.accept(delivery(1, ticket_id=None, defect="no_ticket_id"), NOW)
    await store.accept(delivery(2), NOW)
    (visit,) = await claim(store)
    await store.park(visit, NOW, reason="refused")
    parked, unaddressed = await store.dead_letters()
    await store.replay(parked.id, NOW)

    with pytest.raises(ReplayError, match="was replayed already"):
        await store.replay(parked.id, NOW)
    with pytest.raises(ReplayError, match="names no ticket"):
        await store.replay(unaddressed.id, NOW)
    with pytest.raises(ReplayError, match="There is no dead letter 99"):
        await store.replay(99, NOW)


async def parked(store: Store, *dead: tuple[str, str, str]) -> None:
    """A dead letter for each account, ticket and reason, a minute apart."""
    for number, (account, ticket_id, reason) in enumerate(dead):
        await store.accept(delivery(number, ticket_id, account=account), NOW)
        (visit,) = await claim(store)
        await store.park(visit, NOW + number * MINUTE, reason=reason)


FILTERS = [
    (DeadFilter(), ["43", "42", "42"]),
    (DeadFilter(helpdesk="freshdesk"), []),
    (DeadFilter(helpdesk="zendesk", account="acme"), ["42", "42"]),
    (DeadFilter(account="other"), ["43"]),
    (DeadFilter(ticket_id="42", reason="refused"), ["42"]),
    (DeadFilter(since=NOW + MINUTE), ["43", "42"]),
]


@pytest.mark.parametrize(("wanted", "tickets"), FILTERS)
async def test_dead_letters_are_found_counted_and_replayed_by_the_same_filter(
    store: Store, wanted: DeadFilter, tickets: list[str]
) -> None:
    await parked(store, ("acme", "42", "refused"), ("acme", "42", "gave_up"), ("other", "43", "refused"))

    found = await store.dead_letters(wanted)
    counts = await store.count_dead(wanted)
    replayed = [letter async for letter in store.replay_all(wanted, NOW, up_to=3)]

    assert [letter.ticket_id for letter in found] == tickets
    assert sum(counts.values()) == len(tickets)
    assert sorted(letter.id for letter in replayed) == sorted(letter.id for letter in found)
    assert sorted(visit.ticket.id for visit in await claim(store)) == sorted(set(tickets))
    assert len(await store.dead_letters()) == 3 - len(tickets)


async def test_replaying_all_goes_on_to_the_end_and_never_replays_what_died_meanwhile(store: Store) -> None:
    many = 450
    for number in range(many):
        await store.accept(delivery(number, ticket_id="42" if number % 2 else "43"), NOW)
    while visits := await claim(store):
        for visit in visits:
            await store.park(visit, NOW, reason="refused")
    await store.accept(delivery(1, ticket_id=None, id="d999", defect="no_ticket_id"), NOW)

    async def replay() -> int:
        replayed = 0
        async for _ in store.replay_all(DeadFilter(), NOW, up_to=many):
            replayed += 1
            if replayed == 1:
                for visit in await claim(store):
                    await store.park(visit, NOW, reason="refused")
        return replayed

    assert await replay() == many
    assert await store.count_dead(DeadFilter(reason="no_ticket_id")) == {"no_ticket_id": 1}
    assert (await store.count_dead(DeadFilter()))["refused"] > 0


async def test_a_delivery_without_a_ticket_is_parked_at_once_and_only_once(store: Store) -> None:
    assert await store.accept(delivery(1, ticket_id=None, defect="no_ticket_id"), NOW)
    assert not await store.accept(delivery(1, ticket_id=None, defect="no_ticket_id"), NOW)

    (letter,) = await store.dead_letters()

    assert (letter.ticket_id, letter.delivery_id, letter.reason) == (None, "d1", "no_ticket_id")
    assert await store.dead_letter(letter.id) == letter
    assert await store.dead_letter(99) is None


async def test_what_is_old_and_done_is_thrown_away_and_the_rest_is_kept(store: Store) -> None:
    for number in range(3):
        await store.accept(delivery(number, "42" if number == 2 else "41"), NOW)
    done, waits = await claim(store)
    await store.record(done, record_of(ACTION))
    await store.settle(done, NOW, recheck_at=None)
    await store.park(waits, NOW, reason="refused")
    await store.accept(delivery(4), NOW)

    await store.prune(deliveries_before=NOW, decisions_before=NOW, doubts_before=NOW)
    assert not await store.accept(delivery(0), NOW)
    assert len(await store.decisions_of(done.ticket)) == 1

    await store.prune(deliveries_before=NOW + MINUTE, decisions_before=NOW + MINUTE, doubts_before=NOW + MINUTE)

    assert await store.decisions_of(done.ticket) == ()
    assert (await store.past(done)).findings == record_of(ACTION).findings
    assert [letter.delivery_id for letter in await store.dead_letters()] == ["d2"]
    assert [await store.accept(delivery(number), NOW) for number in (0, 1, 2, 4)] == [True, True, False, False]


async def test_however_much_is_old_all_of_it_goes(store: Store) -> None:
    await asyncio.gather(*(store.accept(delivery(number), NOW) for number in range(1_200)))
    while visits := await claim(store):
        for visit in visits:
            await store.settle(visit, NOW, recheck_at=None)

    await store.prune(deliveries_before=NOW + MINUTE, decisions_before=NOW, doubts_before=NOW)

    assert await store.accept(delivery(0), NOW)
    assert await store.accept(delivery(1_199), NOW)


async def test_counts_tell_what_waits(store: Store) -> None:
    for number in range(4):
        await store.accept(delivery(number, str(number)), NOW)
    (visit,) = await claim(store, limit=1)
    await store.settle(visit, NOW, recheck_at=NOW + MINUTE)
    (visit,) = await claim(store, limit=1)
    await store.retry_later(visit, NOW + MINUTE)
    await claim(store, limit=1)

    counts = await store.counts(NOW)

    assert (counts.due, counts.waiting, counts.leased, counts.rechecks) == (2, 1, 1, 1)
    assert counts.oldest_due_at == NOW


async def test_a_closed_store_refuses_writes(store: Store) -> None:
    await store.close()

    with pytest.raises(StoreError, match="closed"):
        await store.accept(delivery(1), NOW)


async def test_two_stores_on_one_file_share_the_work_without_taking_a_ticket_twice(store: Store, url: str) -> None:
    second = await Store.open(url)
    for number in range(20):
        await (store, second)[number % 2].accept(delivery(number, str(number)), NOW)

    taken = await asyncio.gather(claim(store, owner="one", limit=15), claim(second, owner="two", limit=15))
    await second.close()

    ids = [visit.ticket.id for visits in taken for visit in visits]
    assert len(ids) == len(set(ids)) == 20


def mentions(change_id: str, *kinds: MentionKind, topic: str = "tea") -> Record:
    found = tuple(Mention(change_id=change_id, topic=topic, kind=kind) for kind in kinds)
    return Record(bookmark=change_id, watched_since=NOW, at=NOW, mentions=found)


async def visits_of(store: Store, *ticket_ids: str) -> list[Visit]:
    for number, ticket_id in enumerate(ticket_ids):
        await store.accept(delivery(number, ticket_id), NOW)
    return sorted(await claim(store), key=lambda visit: visit.ticket.id)


async def test_tickets_with_a_wrong_or_doubtful_answer_are_counted_once_and_without_ones_own(store: Store) -> None:
    one, two, three = await visits_of(store, "1", "2", "3")
    await store.record(one, mentions("a", MentionKind.HEDGE, MentionKind.CONTRADICTION))
    await store.record(one, mentions("b", MentionKind.HEDGE))
    await store.record(two, mentions("a", MentionKind.ASK))
    await store.record(three, mentions("a", MentionKind.HEDGE))

    assert await store.astray(two, NOW) == {"tea": 2}
    assert await store.astray(one, NOW) == {"tea": 1}
    assert await store.astray(two, NOW + timedelta(seconds=1)) == {}


async def test_topics_tell_how_often_each_was_asked_about_and_answered_wrongly(store: Store) -> None:
    one, two = await visits_of(store, "1", "2")
    await store.record(one, mentions("a", MentionKind.ASK, MentionKind.HEDGE))
    await store.record(one, mentions("a", MentionKind.ASK))
    await store.record(two, mentions("a", MentionKind.ASK, MentionKind.CONTRADICTION))
    await store.record(two, mentions("b", MentionKind.ASK, topic="coffee"))

    tea, coffee = sorted(await store.ask(partial(topics_since, since=NOW)), key=lambda topic: topic.id, reverse=True)

    assert (tea.tickets, tea.asks, tea.hedges, tea.contradictions, tea.newest_at) == (2, 2, 1, 1, NOW)
    assert (coffee.tickets, coffee.asks, coffee.ops_notes) == (1, 1, {})


async def test_a_set_of_policies_is_kept_as_it_was_first_used(store: Store) -> None:
    first = StoredRulebook(revision="abc", version="1", first_used_at=NOW, sources={"a.yaml": "format: 1 ü"})
    await remember_rulebook(store, first)

    await remember_rulebook(store, replace(first, first_used_at=NOW + MINUTE))

    assert await rulebook_of(store, "abc") == first
    assert await rulebook_of(store, "unknown") is None


async def test_decisions_are_found_by_number_by_finding_and_by_time(store: Store) -> None:
    await store.accept(delivery(1), NOW)
    (visit,) = await claim(store)
    await store.record(visit, record_of())

    (stored,) = [decision async for decision in decisions_since(store, NOW, page=1)]

    assert stored.ticket == visit.ticket
    assert await find_decision(store, str(stored.id)) == stored
    assert await find_decision(store, "f00001") == stored
    assert await find_decision(store, "f00002") is None
    assert await count_since(store, NOW) == 1
    assert await count_since(store, NOW + MINUTE) == 0


async def test_a_write_that_fails_by_itself_fails_none_of_those_it_shares_a_commit_with(url: str) -> None:
    sizes: list[int] = []
    store = await Store.open(url, observe=lambda size, _: sizes.append(size))
    await store.accept(delivery(1, "1"), NOW)
    (visit,) = await claim(store)
    sizes.clear()
    unkeepable = replace(record_of(), verdicts=(replace(record_of().verdicts[0], change_id="\ud800"),))

    failed, accepted, _, told = await asyncio.gather(
        store.record(visit, unkeepable),
        store.accept(delivery(2, "2"), NOW),
        store.renew(visit, NOW, lease_s=60),
        store.tell(lambda connection: connection.scalar(text("SELECT 7"))),
        return_exceptions=True,
    )
    await store.close()

    assert isinstance(failed, StoreError)
    assert (accepted, told) == (True, 7)
    assert sizes == [4], "they shared one"


async def test_an_action_replayed_during_a_visit_that_did_not_see_it_makes_the_ticket_due_again(store: Store) -> None:
    """A deadline's dead letter has no delivery that would."""
    await store.accept(delivery(1), NOW)
    (visit,) = await claim(store)
    await store.settle(visit, NOW, recheck_at=NOW)
    (visit,) = await claim(store)
    await store.record(visit, record_of(ACTION))
    await store.park(visit, NOW, reason="refused", gives_up_actions=True)
    (letter,) = await store.dead_letters()
    await store.accept(delivery(2), NOW)
    (busy,) = await claim(store)

    await store.replay(letter.id, NOW)
    await store.settle(busy, NOW, recheck_at=None)

    (again,) = await claim(store)
    assert [stored.state for stored in again.past.actions] == [ActionState.PENDING]
    await store.mark_action(again, "act1", ActionState.APPLIED, NOW)
    await store.settle(again, NOW, recheck_at=None)
    assert await claim(store) == ()
