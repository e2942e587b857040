"""After `keep_text_days` what people wrote is gone from the store; what was decided stays."""

import sys
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text

from policies.ticket import Ticket
from policies.verdict import Evidence, Finding, Mode, Outcome, Point, Result
from service.forgetting import GONE, unquoted, without_words
from service.retention import Retention
from service.settings import StoreSettings
from service.store.drafts import DraftRecord, keep_answer, plan_second_look, record_draft
from service.store.records import ActionState, Record, TicketKey, Visit
from service.store.store import Store
from service.store.views import pack

sys.path.insert(0, str(Path(__file__).parent))
from store_world import ACTION, NOW, claim, delivery, record_of

CANARY = "zanzibar quince"
SAID = f"The reply says “{CANARY}” and “no, ”{CANARY}“” after 3 days."
NOTED = replace(ACTION, note_html=f"<p>{CANARY}</p>")
DAY = timedelta(days=1)
TABLES = ("meta", "tickets", "deliveries", "decisions", "findings", "actions", "answers", "dead_letters", "views")


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    store = await Store.open(url)
    yield store
    await store.close()


@pytest.fixture
def worded(make_finding: Callable[..., Finding], make_ticket: Callable[..., Ticket]) -> Record:
    """What leaves words in every place that holds some."""
    record = record_of(NOTED)
    [verdict], [answer] = record.verdicts, record.answers
    finding = make_finding(
        explanation=SAID,
        advice=f"Tell them how it is with {CANARY}.",
        evidence=(Evidence(text=CANARY, change_id="7", start=3, end=18, pattern="p1"),),
    )
    verdict = replace(
        verdict,
        outcomes=(Outcome(policy="p", result=Result.VIOLATION, mode=Mode.NOTE, explanation=SAID),),
        findings=(finding,),
        facts={**verdict.facts, "actor.role": "customer", "actor.name": CANARY, "reply.topic": CANARY},
    )
    view = pack(make_ticket(subject=CANARY), NOW)
    return replace(record, verdicts=(verdict,), answers=(replace(answer, reason=CANARY),), view=view)


@pytest.fixture
async def visit(store: Store, worded: Record) -> Visit:
    """A visit that has left them."""
    await store.accept(delivery(1), NOW)
    (visit,) = await claim(store)
    await store.record(visit, worded)
    return visit


async def holds_words(store: Store) -> list[str]:
    """The tables in which the canary stands."""

    def look(connection: object) -> list[str]:
        found = []
        for table in TABLES:
            rows = connection.execute(text(f"SELECT * FROM {table}")).all()  # type: ignore[attr-defined]  # noqa: S608
            found += [table] if any(CANARY.encode() in msgspec.json.encode(_plain(row)) for row in rows) else []
        return found

    return await store.ask(look)


def _plain(row: tuple[object, ...]) -> list[str]:
    return [_told(bytes(cell)) if isinstance(cell, bytes | memoryview) else str(cell) for cell in row]


def _told(cell: bytes) -> str:
    """Compressed or not."""
    try:
        return zlib.decompress(cell).decode()
    except zlib.error:
        return cell.decode()


def retention(store: Store, days: float) -> Retention:
    return Retention(store=store, settings=StoreSettings(keep_text_days=days), clock=lambda: NOW)


async def test_words_go_after_their_days_and_the_decision_stays(store: Store, visit: Visit) -> None:
    await store.mark_action(visit, ACTION.id, ActionState.APPLIED, NOW)
    await retention(store, 7).look(NOW + 7 * DAY)
    assert await holds_words(store) == ["decisions", "actions", "answers", "views"]

    await retention(store, 7).look(NOW + 7.1 * DAY)

    assert await holds_words(store) == []
    [decision], past = await store.decisions_of(visit.ticket), await store.past(visit)
    assert decision.verdict.outcomes[0].explanation == f"The reply says {GONE} after 3 days."
    assert decision.verdict.facts == record_of().verdicts[0].facts | {"actor.role": "customer"}
    assert decision.verdict.findings[0].evidence == (Evidence(text=GONE, change_id="7", start=3, end=18, pattern="p1"),)
    assert past.answers[0].reason == GONE
    assert (past.actions[0].state, past.actions[0].action.add_tags) == (ActionState.APPLIED, ACTION.add_tags)


async def test_with_no_days_words_go_at_the_next_round_and_not_while_commits_are_under_way(
    store: Store, visit: Visit
) -> None:
    await store.mark_action(visit, ACTION.id, ActionState.APPLIED, NOW)
    await retention(store, 0).look(NOW + timedelta(minutes=59))
    assert await holds_words(store) != []

    await retention(store, 0).look(NOW + timedelta(minutes=61))

    assert await holds_words(store) == []


async def test_a_note_that_is_still_to_be_written_keeps_its_text_until_it_is(store: Store, visit: Visit) -> None:
    await retention(store, 7).look(NOW + 8 * DAY)
    assert (await store.past(visit)).actions[0].action == NOTED

    await store.mark_action(visit, ACTION.id, ActionState.APPLIED, NOW)
    await retention(store, 7).look(NOW + 9 * DAY)

    assert await holds_words(store) == []


async def test_a_note_that_the_helpdesk_refused_waits_for_a_replay_as_long_as_deliveries_are_kept(
    store: Store, visit: Visit
) -> None:
    await store.park(visit, NOW, reason="refused", gives_up_actions=True)
    await retention(store, 7).look(NOW + 29 * DAY)
    assert (await store.past(visit)).actions[0].action == NOTED

    await retention(store, 7).look(NOW + 31 * DAY)

    assert await holds_words(store) == []
    assert (await store.past(visit)).actions[0].state is ActionState.SUPERSEDED


async def test_however_many_decisions_are_old_all_of_them_lose_their_words(store: Store, visit: Visit) -> None:
    [verdict] = ((await store.decisions_of(visit.ticket))[0].verdict,)
    record = replace(record_of(), findings=(), answers=(), verdicts=(verdict,) * 450)
    await store.record(visit, record)

    await retention(store, 7).look(NOW + 8 * DAY)

    assert "decisions" not in await holds_words(store)


async def test_what_is_answered_and_asked_long_after_a_draft_was_judged_goes_too(store: Store, worded: Record) -> None:
    """Neither has a decision of its own, whose turn would come when it is old."""
    key = TicketKey(helpdesk="zendesk", account="acme", id="42")
    [verdict], [answer], asked_at = worded.verdicts, worded.answers, NOW + timedelta(hours=3)
    draft = replace(verdict, change_id="draft:1", point=Point.DRAFT)
    await record_draft(store, key, DraftRecord(verdict=draft, at=NOW))
    await keep_answer(store, key, replace(answer, given_at=asked_at))
    await plan_second_look(store, key, NOTED, asked_at)
    (visit,) = await claim(store, asked_at)
    await store.mark_action(visit, ACTION.id, ActionState.APPLIED, asked_at)
    for hours in (1, 2):
        await retention(store, 7).look(NOW + 7 * DAY + timedelta(hours=hours))
    assert await holds_words(store) == ["actions", "answers"]

    await retention(store, 7).look(NOW + 8 * DAY)

    assert await holds_words(store) == []


async def erase(store: Store, visit: Visit) -> None:
    assert await store.erase(visit.ticket_seq, NOW + 8 * DAY)


async def prune(store: Store, visit: Visit) -> None:
    del visit
    await store.prune(deliveries_before=NOW, decisions_before=NOW + DAY, doubts_before=NOW)


@pytest.mark.parametrize("delete", [erase, prune])
async def test_decisions_made_after_the_last_ones_were_deleted_lose_their_words_too(
    store: Store, visit: Visit, worded: Record, delete: Callable[[Store, Visit], Awaitable[None]]
) -> None:
    """SQLite gives a new row the number of the last one that is gone."""
    await store.mark_action(visit, ACTION.id, ActionState.APPLIED, NOW)
    await retention(store, 7).look(NOW + 8 * DAY)
    await delete(store, visit)
    await store.accept(delivery(2), NOW + 8 * DAY)
    (again,) = await claim(store, NOW + 8 * DAY)
    await store.record(again, replace(worded, at=NOW + 8 * DAY, answers=(), action=None))
    assert "decisions" in await holds_words(store)

    await retention(store, 7).look(NOW + 16 * DAY)

    assert await holds_words(store) == []


@pytest.mark.parametrize(
    ("sentence", "left"),
    [
        ("Nothing is quoted here.", "Nothing is quoted here."),
        ("Said “a” and “b”, which is broad.", f"Said {GONE}, which is broad."),
        ("Said “it was ” a trap “ for me”.", f"Said {GONE}."),
        ("Said “two\nlines”.", f"Said {GONE}."),
    ],
)
def test_a_sentence_loses_all_it_quotes_whatever_that_holds(sentence: str, left: str) -> None:
    assert unquoted(sentence) == left


def test_agents_stay_known_for_exceptions_are_made_for_them() -> None:
    verdict = replace(record_of().verdicts[0], facts={"actor.role": "agent", "actor.email": "ada@acme.example"})

    assert without_words(verdict) == verdict
