"""What the store promises the gate: what is known of a ticket, and what is written on one that a worker may hold."""

import hashlib
import sys
import zlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, update

from policies.text import said
from policies.ticket import Change, Comment, Ticket, Visibility
from policies.verdict import Mode, Point
from service.paused import Halt
from service.store.drafts import DraftRecord, Known, grounds, keep_answer, known, plan_second_look, record_draft
from service.store.pauses import pause
from service.store.records import ActionState, StoredFinding, TicketKey
from service.store.schema import views
from service.store.store import Store
from service.store.views import MOST_BYTES, pack

sys.path.insert(0, str(Path(__file__).parent))
from store_world import ACTION, MINUTE, NOW, claim, delivery, record_of

KEY = TicketKey(helpdesk="zendesk", account="acme", id="42")
DRAFT = "draft:0123456789abcdef"
[VERDICT] = record_of().verdicts
FINDING = StoredFinding(
    id="F7K2QX", policy="p", change_id=DRAFT, actor_id="a1", mode=Mode.BLOCK, action_id=None, recorded_at=NOW
)
RECORD = DraftRecord(verdict=replace(VERDICT, change_id=DRAFT, point=Point.DRAFT), findings=(FINDING,), at=NOW)
ASKING = replace(ACTION, id="look1", change_id=DRAFT)


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    store = await Store.open(url)
    yield store
    await store.close()


async def test_a_draft_on_a_ticket_never_seen_is_kept_and_makes_nothing_due(store: Store) -> None:
    assert await known(store, KEY) == Known()

    await record_draft(store, KEY, RECORD)

    assert (await known(store, KEY)).past.findings == (FINDING,)
    assert [(one.verdict.change_id, one.verdict.point) for one in await store.decisions_of(KEY)] == [
        (DRAFT, Point.DRAFT)
    ]
    assert await claim(store, NOW + timedelta(days=1)) == ()


async def keep(store: Store, ticket: Ticket, number: int = 1) -> Known:
    """A worker has read the ticket; what the gate then knows."""
    await store.accept(delivery(number), NOW)
    (visit,) = await claim(store)
    await store.record(visit, replace(record_of(), view=pack(ticket, NOW)))
    await store.settle(visit, NOW, recheck_at=None)
    return await known(store, KEY)


async def test_a_ticket_is_known_as_it_was_last_read_without_what_was_worked_out_of_it(
    store: Store, make_ticket: Callable[..., Ticket], make_change: Callable[..., Change]
) -> None:
    comment = Comment(id="k", visibility=Visibility.PUBLIC, text="I object.", html="<p>I object.</p>")
    said(comment)
    ticket = make_ticket(changes=(make_change("1", comment=comment),), tags=("vip",))
    await keep(store, make_ticket())

    found = await keep(store, ticket, 2)

    plain = make_change("1", comment=replace(comment, html=None))
    assert (found.ticket, found.read_at) == (replace(ticket, changes=(plain,)), NOW)
    assert found.ticket.changes[0].comment.memo == {}


@pytest.mark.parametrize(
    "subject", [hashlib.shake_256().hexdigest(MOST_BYTES), "half a letter: \ud800"], ids=["too large", "unwritable"]
)
async def test_of_a_ticket_that_cannot_be_kept_nothing_older_is_kept_either(
    store: Store, make_ticket: Callable[..., Ticket], subject: str
) -> None:
    await keep(store, make_ticket())

    found = await keep(store, make_ticket(subject=subject), 2)

    assert (found.ticket, found.read_at) == (None, None)
    assert len(found.past.findings) == 1


@pytest.mark.parametrize("packed", [b"?", zlib.compress(b'{"id": "42"}')])
async def test_a_ticket_that_another_version_kept_is_as_good_as_none(
    store: Store, make_ticket: Callable[..., Ticket], packed: bytes
) -> None:
    await keep(store, make_ticket())
    await store.tell(lambda connection: connection.execute(update(views).values(ticket=packed)).rowcount)

    assert (await known(store, KEY)).ticket is None


async def test_a_draft_asked_about_twice_is_decided_twice_and_found_once(store: Store) -> None:
    await record_draft(store, KEY, RECORD)
    await record_draft(store, KEY, replace(RECORD, at=NOW + MINUTE, findings=(replace(FINDING, actor_id="a2"),)))

    assert (await known(store, KEY)).past.findings == (FINDING,)
    assert len(await store.decisions_of(KEY)) == 2


async def test_what_was_only_noted_in_a_draft_and_is_refused_now_is_known_as_refused(store: Store) -> None:
    """Else nobody could be asked for a second look, and nobody would see that it was sent all the same."""
    await record_draft(store, KEY, replace(RECORD, findings=(replace(FINDING, mode=Mode.NOTE),)))
    await record_draft(store, KEY, replace(RECORD, at=NOW + MINUTE))

    assert (await known(store, KEY)).past.findings == (FINDING,)


async def test_an_answer_at_the_gate_is_kept_while_a_worker_holds_the_ticket(store: Store) -> None:
    await store.accept(delivery(1), NOW)
    (visit,) = await claim(store)
    [answer] = record_of().answers

    await keep_answer(store, KEY, answer)
    await keep_answer(store, KEY, replace(answer, reason="another"))

    assert (await store.past(visit)).answers == (answer,)


async def test_asking_for_a_second_look_makes_the_ticket_due_even_where_no_webhook_ever_came(store: Store) -> None:
    assert await plan_second_look(store, KEY, ASKING, NOW)

    (visit,) = await claim(store)

    assert visit.ticket == KEY
    assert [(one.action, one.state) for one in visit.past.actions] == [(ASKING, ActionState.PENDING)]


async def test_all_that_a_draft_is_judged_from_comes_in_one_answer(store: Store) -> None:
    await record_draft(store, KEY, RECORD)
    paused = await pause(store, ["p"], Halt(since=NOW))

    told = await grounds(store, KEY, astray_since=NOW)
    of_a_new_one = await grounds(store, replace(KEY, id="43"), astray_since=None)

    assert (told.known, told.paused, told.astray) == (await known(store, KEY), paused, {})
    assert (of_a_new_one.known, of_a_new_one.paused) == (Known(), paused)


async def test_a_draft_on_a_ticket_without_a_past_is_one_statement(
    store: Store, make_ticket: Callable[..., Ticket]
) -> None:
    """Each is a journey to the server on which an agent waits; twelve of them were a queue at 50 drafts a second."""
    await store.accept(delivery(1), NOW)
    (visit,) = await claim(store)
    await store.record(visit, replace(record_of(), findings=(), answers=(), action=None, view=pack(make_ticket(), NOW)))
    statements: list[str] = []

    def note(*given: object) -> None:
        statements.append(str(given[2]))

    event.listen(Engine, "before_cursor_execute", note)
    told = await grounds(store, KEY, astray_since=None)
    event.remove(Engine, "before_cursor_execute", note)

    assert told.known.ticket is not None
    assert len([one for one in statements if one not in ("BEGIN", "COMMIT")]) == 1


async def test_what_is_asked_during_a_visit_is_carried_out_by_the_next(store: Store) -> None:
    await store.accept(delivery(1), NOW)
    (visit,) = await claim(store)

    await plan_second_look(store, KEY, ASKING, NOW)
    await store.settle(visit, NOW, recheck_at=None)

    (again,) = await claim(store)
    assert [one.action.id for one in again.past.actions] == ["look1"]
    await store.mark_action(again, "look1", ActionState.APPLIED, NOW)
    await store.settle(again, NOW, recheck_at=None)
    assert not await plan_second_look(store, KEY, ASKING, NOW)
    assert await claim(store) == ()


async def test_asking_does_not_cut_short_a_wait_that_the_helpdesk_asked_for(store: Store) -> None:
    await store.accept(delivery(1), NOW)
    (visit,) = await claim(store)
    await store.retry_later(visit, NOW + 5 * MINUTE)

    await plan_second_look(store, KEY, ASKING, NOW)

    assert await claim(store, NOW + 4 * MINUTE) == ()
    assert len(await claim(store, NOW + 5 * MINUTE)) == 1
