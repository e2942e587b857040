"""Which exceptions nobody needed within 30 days, and which cover more than an exception should."""

import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from policies.policy import ExceptionField, Place, PolicyException, Rulebook
from policies.verdict import Mode, Outcome, Point, Result, Verdict
from service.exception_count import ExceptionCount
from service.exception_use import use_of
from service.metrics import Metrics
from service.rulebooks import Rulebooks
from service.store.records import Record
from service.store.store import Store

sys.path.insert(0, str(Path(__file__).parent))
from store_world import claim, delivery

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
TODAY = NOW.date()
SALE = PolicyException(
    id="sale",
    policy="p",
    match={ExceptionField.TICKET_TAG: ("sale",)},
    reason="Known.",
    approver="Amara",
    approved=date(2026, 4, 1),
    expires=date(2026, 6, 1),
    place=Place(source="x.yaml", line=1, column=1),
)
Decided = tuple[int, Result]
"""So many days ago a change was excepted, or not."""
EXCEPTED, VIOLATION, PASS = Result.EXCEPTED, Result.VIOLATION, Result.PASS


async def remarks(folder: Path, decided: Iterable[Decided], today: date = TODAY) -> list[str]:
    store = await store_of(folder, decided)
    use = await use_of(store, NOW)
    await store.close()
    return list(use.remarks(SALE, today))


async def store_of(folder: Path, decided: Iterable[Decided]) -> Store:
    store = await Store.open(f"sqlite:///{folder}/ombuds.db")
    await store.accept(delivery(1, "1"), NOW)
    (visit,) = await claim(store, NOW)
    for number, (days, result) in enumerate(decided):
        at = NOW - timedelta(days=days)
        verdict = verdict_of(f"{number}", result, at)
        await store.record(visit, Record(bookmark="1", watched_since=at, at=at, verdicts=(verdict,)))
    return store


def verdict_of(change: str, result: Result, at: datetime) -> Verdict:
    exception = SALE.id if result is EXCEPTED else None
    outcome = Outcome(policy="p", result=result, mode=Mode.NOTE, explanation="So.", exception=exception)
    return Verdict(change_id=change, point=Point.EVENT, at=at, revision="r", outcomes=(outcome,))


@pytest.mark.parametrize(
    ("decided", "told"),
    [
        ([(31, EXCEPTED), (1, VIOLATION)], ["unused for 30 days"]),
        ([(31, PASS), (29, EXCEPTED)], []),
        ([(29, VIOLATION)], []),
        ([], []),
    ],
    ids=["used before", "used since", "served for less long", "nothing was judged"],
)
async def test_one_that_served_nobody_for_30_days_is_told_where_the_store_reaches_back_so_far(
    decided: list[Decided], told: list[str], tmp_path: Path
) -> None:
    assert await remarks(tmp_path, decided) == told


@pytest.mark.parametrize(
    ("today", "told"),
    [
        (date(2026, 4, 30), []),
        (date(2026, 5, 1), ["unused for 30 days"]),
        (date(2026, 6, 1), ["unused for 30 days"]),
        (date(2026, 6, 2), []),
    ],
    ids=str,
)
async def test_a_young_one_and_one_that_has_expired_are_not_told_as_unused(
    today: date, told: list[str], tmp_path: Path
) -> None:
    assert await remarks(tmp_path, [(31, PASS)], today) == told


@pytest.mark.parametrize(
    ("excepted", "others", "told"),
    [
        (10, 9, ["matches too much: 10 of the 19 that its policy found"]),
        (10, 10, []),
        (9, 0, []),
    ],
)
async def test_one_that_covers_most_of_what_its_policy_finds_matches_too_much(
    excepted: int, others: int, told: list[str], tmp_path: Path
) -> None:
    decided = [(1, EXCEPTED)] * excepted + [(1, VIOLATION)] * others + [(1, PASS)]

    assert await remarks(tmp_path, decided) == told


@pytest.mark.parametrize(
    ("decided", "exceptions", "unused", "over_wide"),
    [
        ([(31, PASS)], (SALE, replace(SALE, id="other")), 2, 0),
        ([(31, PASS), *[(1, EXCEPTED)] * 10], (SALE, replace(SALE, id="other")), 1, 1),
        ([(31, PASS)], (), 0, 0),
    ],
    ids=["two unused", "one that covers all", "no exceptions"],
)
async def test_metrics_tell_how_many_nobody_needs_and_how_many_match_too_much(
    decided: list[Decided], exceptions: tuple[PolicyException, ...], unused: int, over_wide: int, tmp_path: Path
) -> None:
    store, metrics = await store_of(tmp_path, decided), Metrics([])
    rulebook = Rulebook(policies=(), exceptions=exceptions)
    rulebooks = Rulebooks(rulebook, folder=tmp_path, metrics=metrics, clock=lambda: NOW)
    counting = ExceptionCount(store=store, rulebooks=rulebooks, metrics=metrics, clock=lambda: NOW)

    await counting.count()

    await store.close()
    told = [metrics.registry.get_sample_value(f"ombuds_exceptions_{name}") for name in ("unused", "over_wide")]
    assert told == [unused, over_wide]
