"""What the store promises of questions left in doubt, on each database."""

import sys
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from policies.topic_words import Usage
from service.store import doubts, topics
from service.store.doubts import topics_since
from service.store.records import Record, Visit
from service.store.store import Store
from service.store.topic_records import Doubt, Mention, MentionKind, Spans
from service.topics import KEEP_DOUBTS, fingerprint, spans

sys.path.insert(0, str(Path(__file__).parent))
from store_world import NOW, claim, delivery

DAY = timedelta(days=1)
FOUR_WEEKS = spans(NOW, NOW - 60 * DAY)


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    store = await Store.open(url)
    yield store
    await store.close()


async def visits(store: Store, number: int) -> list[Visit]:
    for ticket in range(number):
        await store.accept(delivery(ticket, f"{ticket:03}"), NOW)
    return sorted(await claim(store, limit=number), key=lambda visit: visit.ticket.id)


async def doubt(
    store: Store, visit: Visit, *words: str, at: datetime = NOW, customer: str = "", change: str = "1", told: str = ""
) -> None:
    """An answer on the visit's ticket leaves these words in doubt; written with a capital they have a name."""
    by = customer or f"of {visit.ticket.id}"
    new = [
        Doubt(
            change_id=change, word=fingerprint(word.lower()), customer=by, name=word.lower() if word.istitle() else None
        )
        for word in words
    ]
    notes = (
        [Mention(change_id=change, topic=f"undeclared: {told}", kind=MentionKind.OPS_NOTE, policy="p")] if told else []
    )
    bookmark = f"{change} {at}"
    await store.record(
        visit, Record(bookmark=bookmark, watched_since=NOW, at=at, doubts=tuple(new), mentions=tuple(notes))
    )


async def used(store: Store, word: str, customer: str = "nobody", within: Spans = FOUR_WEEKS) -> Usage:
    return (await store.ask(partial(doubts.usage, words=[fingerprint(word)], customer=customer, spans=within)))[
        fingerprint(word)
    ]


async def test_a_word_is_counted_by_customers_today_and_by_tickets_a_day_before(store: Store) -> None:
    one, two, three, four = await visits(store, 4)
    await doubt(store, one, "promotion", "code", customer="maria")
    await doubt(store, one, "promotion", customer="maria", change="2")
    await doubt(store, two, "promotion", customer="maria")
    await doubt(store, three, "promotion", customer="jo")
    await doubt(store, four, "promotion", customer="ada", at=NOW - 2 * DAY)
    await doubt(store, four, "promotion", customer="ada", at=NOW - 28 * DAY, change="0")
    await doubt(store, three, "promotion", customer="jo", at=NOW - 30 * DAY, change="0")

    assert await used(store, "promotion") == Usage(customers=2, known_by=3, usual=1 / 28)
    assert await used(store, "promotion", customer="maria") == Usage(customers=1, known_by=2, usual=1 / 28)
    assert await used(store, "kettle") == Usage(customers=0, known_by=0, usual=0.0)


async def test_what_is_usual_is_not_told_in_the_first_week(store: Store) -> None:
    (one,) = await visits(store, 1)
    await doubt(store, one, "promotion")

    for watched, usual in ((None, None), (6 * DAY, None), (8 * DAY, 0.0)):
        within = spans(NOW, None if watched is None else NOW - watched)

        assert await used(store, "promotion", within=within) == Usage(customers=1, known_by=1, usual=usual)


async def test_a_week_that_was_watched_is_not_divided_by_four(store: Store) -> None:
    one, two = await visits(store, 2)
    await doubt(store, one, "promotion", at=NOW - 3 * DAY)
    await doubt(store, two, "promotion", at=NOW - 3 * DAY)

    assert (await used(store, "promotion", within=spans(NOW, NOW - 9 * DAY))).usual == 2 / 8


async def test_words_of_a_ticket_that_ops_heard_of_belong_to_its_topic_for_a_day(store: Store) -> None:
    one, two = await visits(store, 2)
    await doubt(store, one, "Promotion", "Code", "kettle", told="promotion", at=NOW - 0.5 * DAY)
    await doubt(store, two, "Voucher")

    assert [(await used(store, word)).told_as for word in ("promotion", "code")] == ["promotion", "promotion"]
    assert [(await used(store, word)).told_as for word in ("kettle", "voucher")] == [None, None]
    assert (await used(store, "code", within=spans(NOW + DAY, NOW - 60 * DAY))).told_as is None


async def test_what_ops_heard_is_known_with_its_topic(store: Store) -> None:
    one, two = await visits(store, 2)
    await doubt(store, one, "Promotion", told="promotion")
    await doubt(store, two, "Code", told="code", at=NOW - DAY)

    assert await store.ask(partial(topics.told, since=NOW)) == {("p", "undeclared: promotion")}


async def test_undeclared_topics_are_those_of_several_customers_told_first_and_words_that_go_together_once(
    store: Store,
) -> None:
    every = await visits(store, 12)
    for visit in every[:4]:
        await doubt(store, visit, "Promotion", "Spring")
    await doubt(store, every[3], "Promotion", change="2")
    for visit in every[4:7]:
        await doubt(store, visit, "Kettle", told="kettle" if visit is every[6] else "")
    for visit in every[7:10]:
        await doubt(store, visit, "Voucher", customer="maria")
        await doubt(store, visit, "fabisch", change="3")

    found = await store.ask(partial(topics_since, since=NOW))

    shown = [(topic.id, topic.is_declared, topic.tickets, topic.hedges, topic.ops_notes) for topic in found]
    assert shown == [("kettle", False, 3, 3, {"p": 1}), ("promotion", False, 4, 5, {})]
    assert await store.ask(partial(topics_since, since=NOW + timedelta(seconds=1))) == ()


async def test_no_more_than_ten_undeclared_topics_are_shown(store: Store) -> None:
    every = await visits(store, 36)
    for number, visit in enumerate(every):
        await doubt(store, visit, "Word" + "abcdefghijkl"[number // 3])

    assert len(await store.ask(partial(topics_since, since=NOW))) == 10


async def test_doubts_are_thrown_away_after_five_weeks(store: Store) -> None:
    one, two = await visits(store, 2)
    await doubt(store, one, "promotion", at=NOW - KEEP_DOUBTS)
    await doubt(store, two, "promotion", at=NOW - KEEP_DOUBTS + DAY)
    ever = Spans(new_since=NOW - 99 * DAY, usual_since=NOW - 99 * DAY, days=None)

    await store.prune(deliveries_before=NOW, decisions_before=NOW, doubts_before=NOW - KEEP_DOUBTS + DAY / 2)

    assert (await used(store, "promotion", within=ever)).known_by == 1
