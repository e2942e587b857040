"""How many notes a policy may leave on an account's tickets in a day, on either database."""

import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from structlog.testing import capture_logs

from connectors.errors import TransientError
from connectors.helpdesk import Delivery
from policies.ticket import Change, Status, StatusMove
from policies.verdict import Mode
from service.budgets import Budgets, spent, warning
from service.enforcement import Limits
from service.pipeline import Pipeline
from service.store import budgets as store_budgets
from service.store.databases import locate, open_engine, prepare_schema
from service.store.records import ActionState, Past, TicketKey
from service.store.store import Store

sys.path.insert(0, str(Path(__file__).parent))
from policy_world import BLOCK, OBSERVE, Ticket
from store_world import NOW, claim, delivery

DAY = timedelta(days=1)
KEY = TicketKey(helpdesk="zendesk", account="acme", id="42")
SOLVED = StatusMove(before=Status.OPEN, after=Status.SOLVED)
HELD = "a policy's notes are held: its budget of the day is spent"


@pytest.fixture
async def stores(url: str) -> AsyncIterator[tuple[Store, Store]]:
    """Two processes' doors to one database."""
    both = (await Store.open(url), await Store.open(url))
    yield both
    for store in both:
        await store.close()


async def test_what_agents_were_told_within_a_day_is_counted_whoever_told_them(stores: tuple[Store, Store]) -> None:
    first = await Ticket.opened(stores[0], 1)
    second = await Ticket.opened(stores[1], 2)
    await first.flagged("F1")
    await second.flagged("F2", wanted=BLOCK)

    two, three = [await spent(stores[1], ["p", "other"], most, NOW) for most in (2, 3)]

    assert two == {("zendesk", "acme", "p")}
    assert three == frozenset()


async def test_what_no_agent_got_to_see_or_is_a_day_old_spends_nothing(stores: tuple[Store, Store]) -> None:
    ticket = await Ticket.opened(stores[0], 1)
    await ticket.flagged("F1", ruled=OBSERVE)
    await ticket.flagged("F2", is_for_ops=True)
    await ticket.flagged("F3", state=ActionState.FAILED)
    await ticket.flagged("F4", state=ActionState.SUPERSEDED)
    await ticket.flagged("F5", at=NOW - DAY - timedelta(seconds=1))

    assert await spent(stores[0], ["p"], 1, NOW) == frozenset()
    await ticket.flagged("F6", state=ActionState.PENDING, at=NOW - DAY)
    assert await spent(stores[0], ["p"], 1, NOW) == {("zendesk", "acme", "p")}


async def test_each_account_has_a_budget_of_its_own(stores: tuple[Store, Store]) -> None:
    await (await Ticket.opened(stores[0], 1)).flagged("F1")
    await stores[0].accept(delivery(2, "2", account="other"), NOW)
    (visit,) = [visit for visit in await claim(stores[0]) if visit.ticket.account == "other"]
    await Ticket(stores[0], visit).flagged("F2")

    assert await spent(stores[0], ["p"], 2, NOW) == frozenset()
    assert {account for _, account, _ in await spent(stores[0], ["p"], 1, NOW)} == {"acme", "other"}


def test_counting_looks_at_no_more_than_what_agents_were_told(tmp_path: Path) -> None:
    """As SQLite plans it: by an index of what was told, and not through all findings."""
    engine = open_engine(locate(f"sqlite:///{tmp_path}/o.db"), writes=True)
    prepare_schema(engine)
    asked: list[tuple[str, Any]] = []
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append((given[2], given[3])))

    with engine.connect() as connection:
        store_budgets.spent(connection, ["p", "q"], NOW, 1)
        statement, values = asked[-1]
        steps = [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    engine.dispose()

    assert steps[0] == "SEARCH findings USING INDEX findings_told (policy=? AND recorded_at>?)"
    assert not [step for step in steps if step.startswith("SCAN")]


@pytest.fixture
def houses(stores: tuple[Store, Store], make_pipeline: Callable[..., Pipeline]) -> tuple[Pipeline, ...]:
    """Two processes' pipelines: any policy may leave two notes a day, and a ticket is told whenever there is news."""
    limits = Limits(ceiling=Mode.NOTE, note_window=timedelta(), notes_per_policy_and_day=2)
    return tuple(make_pipeline(store, limits={("zendesk", "acme"): limits}) for store in stores)


@pytest.fixture
def solves(desk: Any, clock: Any, make_change: Callable[..., Change]) -> Callable[[str], None]:
    """A minute later, Tom solves the ticket, of which the policy `closed` tells him."""

    def solve(change_id: str) -> None:
        clock.advance(minutes=1)
        desk.ticket = replace(desk.ticket, status=Status.SOLVED)
        desk.add(replace(make_change(change_id, status=SOLVED), at=clock()))

    return solve


async def visit(house: Pipeline, number: int) -> Past:
    """A webhook comes in and is worked off; what the ticket's past is then."""
    now = house.clock()
    given = Delivery(
        helpdesk="zendesk", account="acme", id=f"d{number}", ticket_id="42", occurred_at=now, received_at=now
    )
    await house.store.accept(given, now)
    (taken,) = await house.store.claim("w", now, limit=1, lease_s=60)
    await house.run(taken)
    return await house.store.past_of(KEY)


def held(house: Pipeline) -> float:
    return house.metrics.registry.get_sample_value("ombuds_findings_held_total", {"reason": "budget"}) or 0.0


async def test_a_policy_that_has_left_its_notes_observes_in_every_process_and_each_says_so_once(
    houses: tuple[Pipeline, Pipeline], desk: Any, solves: Callable[[str], None]
) -> None:
    with capture_logs() as lines:
        for number in range(6):
            solves(str(number))
            past = await visit(houses[number % 2], number)

    assert [action.change_id for action in desk.applied] == ["0", "1"]
    assert [finding.mode for finding in past.findings] == [Mode.NOTE] * 2 + [Mode.OBSERVE] * 4
    assert [held(house) for house in houses] == [2, 2]
    told = [line for line in lines if line["event"] == HELD]
    assert [(line["log_level"], line["account"], line["policy"]) for line in told] == [
        ("warning", "acme", "closed")
    ] * 2


async def test_a_day_after_its_notes_a_policy_may_speak_again(
    houses: tuple[Pipeline, Pipeline], solves: Callable[[str], None], clock: Any
) -> None:
    budgets = Budgets(store=houses[1].store, rulebooks=houses[1].rulebooks, notes_per_day=2, clock=clock)
    for number in range(3):
        solves(str(number))
        await visit(houses[0], number)
    during = await budgets.exhausted()
    clock.advance(days=1)

    after = await budgets.exhausted()
    solves("3")
    past = await visit(houses[0], 3)

    assert (during, after) == ({"closed"}, frozenset())
    assert warning(during) == "notes are held, the day's budget is spent: closed"
    modes = {finding.change_id: finding.mode for finding in past.findings if finding.policy == "closed"}
    assert modes == {"0": Mode.NOTE, "1": Mode.NOTE, "2": Mode.OBSERVE, "3": Mode.NOTE}


async def test_a_note_that_was_decided_is_left_although_it_was_the_last_one(
    houses: tuple[Pipeline, Pipeline], desk: Any, solves: Callable[[str], None], clock: Any
) -> None:
    """What is tried again was ruled already: it is carried out, once, and not ruled anew."""
    solves("0")
    await visit(houses[0], 0)
    solves("1")
    desk.apply_errors = [(TransientError("away"), False)]
    before = await visit(houses[0], 1)
    clock.advance(minutes=1)

    after = await visit(houses[1], 2)

    assert [action.state for action in before.actions] == [ActionState.APPLIED, ActionState.PENDING]
    assert [action.state for action in after.actions] == [ActionState.APPLIED] * 2
    assert after.findings == before.findings
    assert [action.change_id for action in desk.applied] == ["0", "1"]


async def test_what_another_account_was_told_holds_nothing_back_here(
    houses: tuple[Pipeline, Pipeline], desk: Any, solves: Callable[[str], None]
) -> None:
    await houses[0].store.accept(delivery(2, "2", account="other"), NOW)
    (theirs,) = await claim(houses[0].store)
    for finding in ("F1", "F2"):
        await Ticket(houses[0].store, theirs).flagged(finding, "closed", at=NOW)
    solves("0")

    await visit(houses[0], 0)

    assert len(desk.applied) == 1


async def test_without_a_budget_nothing_is_held_and_nothing_counted(
    houses: tuple[Pipeline, Pipeline], desk: Any, solves: Callable[[str], None]
) -> None:
    house = replace(houses[0], limits={("zendesk", "acme"): Limits(note_window=timedelta())})
    for number in range(4):
        solves(str(number))
        await visit(house, number)

    assert len(desk.applied) == 4
    assert await spent(house.store, ["closed"], 0, house.clock()) == frozenset()
