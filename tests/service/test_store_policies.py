"""What is counted of policies over all tickets, on each database."""

import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from policies.correcting import Correction
from policies.verdict import Point, Result
from service.store import budgets
from service.store.archive import count_since, decisions_since, outcomes_since
from service.store.policy_figures import found_since, judged_since
from service.store.policy_records import Found, Judged, WrongFlag
from service.store.records import ActionState, CommandKind
from service.store.store import Store

sys.path.insert(0, str(Path(__file__).parent))
from policy_world import BLOCK, NOTE, OBSERVE, Ticket
from store_world import NOW

DAY = timedelta(days=1)


@pytest.fixture
async def each_store(url: str) -> AsyncIterator[Store]:
    store = await Store.open(url)
    yield store
    await store.close()


async def test_findings_are_counted_as_they_were_ruled(each_store: Store) -> None:
    ticket = await Ticket.opened(each_store, 1)
    await ticket.flagged("F1")
    await ticket.flagged("F2", wanted=BLOCK)
    await ticket.flagged("F3", wanted=BLOCK, ruled=NOTE)
    await ticket.flagged("F4", ruled=OBSERVE)
    await ticket.flagged("F5", is_for_ops=True)
    await ticket.flagged("F6", state=ActionState.FAILED)
    await ticket.flagged("G1", "other", wanted=OBSERVE)

    found = await found_since(each_store, NOW)

    assert found == {
        "p": Found(hits=6, notes=3, blocks=1, ops=1, told=3),
        "other": Found(hits=1),
    }
    judged, _ = await judged_since(each_store, NOW)
    assert {policy: one.held_back for policy, one in judged.items()} == {"p": 2, "other": 0}


async def test_what_was_found_in_drafts_is_told_apart(each_store: Store) -> None:
    """Nobody has received them; and what is sent after all is found once more."""
    ticket = await Ticket.opened(each_store, 1)
    await ticket.flagged("F1")
    await ticket.drafted("D1")
    await ticket.drafted("D2", mode=NOTE)
    await ticket.drafted("D3")
    await ticket.answered("D1", CommandKind.WRONG, "by phone")
    await ticket.answered("D2", CommandKind.OVERRIDE)
    await ticket.answered("D3", CommandKind.APPROVE)

    found = (await found_since(each_store, NOW))["p"]
    judged, _ = await judged_since(each_store, NOW)

    expected = Found(hits=1, notes=1, told=1, drafts=3, drafts_overridden=1, drafts_approved=1, drafts_wrong=1)
    assert replace(found, latest_wrong=()) == expected
    assert [flag.reason for flag in found.latest_wrong] == ["by phone"]
    assert (judged["p"].judged, await count_since(each_store, NOW)) == (1, 1)
    assert [one.verdict.point async for one in decisions_since(each_store, NOW)] == [Point.EVENT]
    assert len([one async for one in outcomes_since(each_store, NOW)]) == 1
    spent = await each_store.ask(partial(budgets.spent, policies=["p"], since=NOW, most=2))
    assert spent == frozenset()


async def test_a_finding_counts_once_however_often_it_is_answered(each_store: Store) -> None:
    ticket = await Ticket.opened(each_store, 1)
    for finding in ("F1", "F2", "F3"):
        await ticket.flagged(finding)
    await ticket.flagged("F4", ruled=OBSERVE)
    await ticket.answered("F1", CommandKind.WRONG)
    await ticket.answered("F1", CommandKind.WRONG)
    await ticket.answered("F1", CommandKind.OVERRIDE)
    await ticket.answered("F2", CommandKind.APPROVE)
    await ticket.answered("F3", CommandKind.WRONG, "", refusal="Please add why.")
    await ticket.answered("F4", CommandKind.WRONG)

    found = (await found_since(each_store, NOW))["p"]

    assert (found.hits, found.overrides, found.approvals, found.wrong, found.told_wrong) == (4, 1, 1, 2, 1)


async def test_what_was_made_good_counts_by_how_if_agents_were_told(each_store: Store) -> None:
    ticket = await Ticket.opened(each_store, 1)
    await ticket.flagged("F1")
    await ticket.flagged("F2")
    await ticket.flagged("F3", state=ActionState.FAILED)
    await ticket.made_good("F1", Correction.REOPENED, at=NOW + DAY)
    await ticket.made_good("F3", Correction.ANSWERED, at=NOW + DAY)

    found = (await found_since(each_store, NOW))["p"]

    assert (found.told, found.made_good, found.reopened, found.answered) == (2, 1, 1, 0)


async def test_the_same_finding_id_on_another_ticket_is_another_finding(each_store: Store) -> None:
    """Ids are six characters, and unique on one ticket only."""
    first = await Ticket.opened(each_store, 1)
    await first.flagged("F1")
    await first.answered("F1", CommandKind.WRONG)
    second = await Ticket.opened(each_store, 2)
    await second.flagged("F1", "other", wanted=OBSERVE)

    found = await found_since(each_store, NOW)

    assert (found["p"].wrong, found["other"].wrong) == (1, 0)


async def test_the_three_latest_reasons_of_a_policy_are_told_newest_first(each_store: Store) -> None:
    ticket = await Ticket.opened(each_store, 1)
    await ticket.flagged("F1")
    await ticket.flagged("G1", "other")
    for day in range(1, 5):
        await ticket.answered("F1", CommandKind.WRONG, f"reason {day}", at=NOW + day * DAY)
    await ticket.answered("F1", CommandKind.OVERRIDE, "no mistake", at=NOW + 5 * DAY)
    await ticket.answered("F1", CommandKind.WRONG, "", refusal="Please add why.", at=NOW + 6 * DAY)
    await ticket.answered("G1", CommandKind.WRONG, "theirs", policy="other", at=NOW)

    found = await found_since(each_store, NOW)

    assert found["p"].latest_wrong == tuple(
        WrongFlag(finding_id="F1", reason=f"reason {day}", given_at=NOW + day * DAY) for day in (4, 3, 2)
    )
    assert [flag.reason for flag in found["other"].latest_wrong] == ["theirs"]


async def test_what_is_older_or_of_another_policy_is_left_out(each_store: Store) -> None:
    ticket = await Ticket.opened(each_store, 1)
    await ticket.flagged("F1", at=NOW - DAY)
    await ticket.answered("F1", CommandKind.WRONG, at=NOW)
    await ticket.flagged("F2")
    await ticket.flagged("G1", "other")

    assert (await found_since(each_store, NOW, "p")) == {"p": Found(hits=1, notes=1, told=1)}
    judged, oldest_at = await judged_since(each_store, NOW, "p")
    assert judged == {"p": Judged(judged=1, mode=NOTE)}
    assert oldest_at == NOW


async def test_the_unknown_share_is_of_what_the_policy_applied_to(each_store: Store) -> None:
    ticket = await Ticket.opened(each_store, 1)
    for result in (*[Result.SKIPPED] * 3, Result.PASS, Result.EXEMPT, Result.EXCEPTED, Result.UNKNOWN):
        await ticket.judged("p", result)

    judged, _ = await judged_since(each_store, NOW)

    assert judged == {"p": Judged(judged=4, unknown=1, excepted=1, mode=NOTE)}
    assert judged["p"].unknown_share == 0.25


async def test_the_mode_is_the_newest_that_no_doubt_has_lowered(each_store: Store) -> None:
    ticket = await Ticket.opened(each_store, 1)
    await ticket.judged("p", Result.PASS, OBSERVE)
    await ticket.judged("p", Result.PASS, BLOCK)
    await ticket.judged("p", Result.UNKNOWN, NOTE)
    await ticket.flagged("F1", wanted=NOTE)

    judged, _ = await judged_since(each_store, NOW)

    assert judged["p"].mode is BLOCK


async def test_decisions_are_counted_page_by_page(store: Store) -> None:
    """More than a page holds, with the finding on the second."""
    ticket = await Ticket.opened(store, 1)
    verdicts = tuple(ticket.verdict(NOW, "p", Result.PASS, NOTE) for _ in range(1_100))
    await ticket.record(NOW, verdicts=verdicts)
    await ticket.flagged("F1", ruled=OBSERVE, at=NOW + DAY)
    pages: list[int] = []

    judged, _ = await judged_since(store, NOW, progress=pages.append)

    assert (judged["p"].judged, judged["p"].held_back) == (1_101, 1)
    assert pages == [1_000, 101]
