"""A candidate is judged beside the policies in force, and never acts."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from connectors.helpdesk import Delivery
from policies.ticket import Change, Status, StatusMove
from service.candidate import Candidate
from service.metrics import Metrics
from service.pipeline import Pipeline
from service.store.records import TicketKey
from service.store.store import Store

KEY = TicketKey(helpdesk="zendesk", account="acme", id="42")
PACK = """\
format: 1
pack: tried
policies:
  - id: {name}
    title: an agent solved the ticket
    why: To have something to find.
    mode: {mode}
    when: {{change.solves: {solves}}}
    do: {{block: {{reopen: true}}}}
    tests:
      - {{name: yes, given: {{change.solves: {solves}}}, expect: violation}}
      - {{name: no, given: {{change.solves: {otherwise}}}, expect: pass}}
"""
COUNTED = "ombuds_candidate_differences_total"


def write(folder: Path, name: str, *, mode: str = "block", solves: bool = True) -> None:
    text = PACK.format(name=name, mode=mode, solves=str(solves).lower(), otherwise=str(not solves).lower())
    (folder / "tried.yaml").write_text(text.replace("name: yes", "name: does").replace("name: no", "name: does not"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "candidate").mkdir()
    return tmp_path / "candidate"


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(["zendesk"])


@pytest.fixture
def candidate(folder: Path, store: Store, metrics: Metrics) -> Candidate:
    return Candidate(folder=folder, store=store, metrics=metrics)


@pytest.fixture
def pipeline(candidate: Candidate, store: Store, metrics: Metrics, make_pipeline: Callable[..., Pipeline]) -> Pipeline:
    return make_pipeline(store, metrics=metrics, candidate=candidate)


@pytest.fixture
def visit_solved(
    pipeline: Pipeline, desk: Any, make_change: Callable[..., Change], clock: Callable[[], datetime]
) -> Any:
    """An agent solves the ticket, which the policies in force call a violation of `closed`, and the visit ends."""

    async def run() -> None:
        desk.ticket = replace(desk.ticket, status=Status.SOLVED)
        desk.add(make_change("1", minutes_ago=1, status=StatusMove(before=Status.OPEN, after=Status.SOLVED)))
        heard = Delivery(
            helpdesk="zendesk", account="acme", id="d", ticket_id="42", occurred_at=clock(), received_at=clock()
        )
        await pipeline.store.accept(heard, clock())
        (taken,) = await pipeline.store.claim("w", clock(), limit=1, lease_s=60)
        await pipeline.run(taken)

    return run


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


async def test_what_a_candidate_would_add_and_take_away_is_counted_and_only_the_policies_in_force_act(
    candidate: Candidate, folder: Path, visit_solved: Any, metrics: Metrics, store: Store, desk: Any
) -> None:
    write(folder, "tried")
    await candidate.refresh()

    with capture_logs() as logs:
        await visit_solved()

    assert value(metrics, COUNTED, policy="tried", kind="new") == 1
    assert value(metrics, COUNTED, policy="closed", kind="lost") == 1
    assert value(metrics, "ombuds_candidate_compared_total") == 1
    assert [(one["policy"], one["kind"]) for one in logs if one["event"] == "candidate differs"] == [
        ("closed", "lost"),
        ("tried", "new"),
    ]
    (decision,) = await store.decisions_of(KEY)
    assert {outcome.policy for outcome in decision.verdict.outcomes} == {"closed", "waits"}
    assert [finding.policy for finding in (await store.past_of(KEY)).findings] == ["closed"]
    assert len(desk.applied) == 1


@pytest.mark.parametrize(
    ("written", "kind"),
    [({"mode": "note"}, "mode"), ({"solves": False}, "lost"), ({}, None)],
    ids=["another mode", "judged otherwise", "the same"],
)
async def test_a_policy_of_the_same_name_is_compared_with_itself(
    candidate: Candidate, folder: Path, visit_solved: Any, metrics: Metrics, written: Any, kind: str | None
) -> None:
    write(folder, "closed", **written)
    await candidate.refresh()

    await visit_solved()

    counted = {each: value(metrics, COUNTED, policy="closed", kind=each) for each in ("new", "lost", "unknown", "mode")}
    assert {each for each, count in counted.items() if count} == ({kind} if kind else set())


async def test_a_candidate_with_a_mistake_is_told_and_the_last_good_one_is_compared(
    candidate: Candidate, folder: Path, visit_solved: Any, metrics: Metrics
) -> None:
    write(folder, "tried")
    await candidate.refresh()
    (folder / "tried.yaml").write_text("format: 1\npack: tried\npolicies: [{id: tried}]\n")

    with capture_logs() as logs:
        await candidate.refresh()
        await candidate.refresh()
        await visit_solved()

    assert [one["log_level"] for one in logs if one["event"].startswith("candidate policies not loaded")] == ["error"]
    assert value(metrics, "ombuds_candidate_load_success") == 0
    assert value(metrics, COUNTED, policy="tried", kind="new") == 1


async def test_a_candidate_that_is_not_there_stops_nothing_and_one_that_is_back_is_well(
    candidate: Candidate, folder: Path, visit_solved: Any, metrics: Metrics, desk: Any
) -> None:
    write(folder, "tried")
    await candidate.refresh()
    kept = folder.with_name("kept")
    shutil.move(folder, kept)
    await candidate.refresh()
    assert value(metrics, "ombuds_candidate_load_success") == 0

    shutil.move(kept, folder)
    await candidate.refresh()

    assert value(metrics, "ombuds_candidate_load_success") == 1
    await visit_solved()
    assert len(desk.applied) == 1
