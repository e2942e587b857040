"""Judging offline goes through a ticket as the service would have: change by change, and by the clock in between."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from policies.loader import load
from policies.policy import Rulebook
from policies.ticket import Change, Person, Role, Status, StatusMove, Ticket, Via
from service.judging import as_it_was, as_json, judge_ticket

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
PACK = b"""
format: 1
pack: offline
owner: tests
policies:
  - id: solved-by-agent
    title: an agent solved it
    why: To see that each change is judged by itself.
    severity: low
    mode: note
    applies_to: {actor.role: agent}
    when: {change.solves: true}
    tests:
      - {name: solves, given: {actor.role: agent, change.solves: true}, expect: violation}
      - {name: writes, given: {actor.role: agent, change.solves: false}, expect: pass}
  - id: open-too-long
    title: the ticket has been open for two days
    why: To see that the clock is asked.
    severity: low
    mode: note
    applies_to: {actor.role: clock}
    when: {ticket.hours_open: {gte: 48}, ticket.status: open}
    tests:
      - {name: long, given: {actor.role: clock, ticket.hours_open: 49, ticket.status: open}, expect: violation}
      - {name: short, given: {actor.role: clock, ticket.hours_open: 1, ticket.status: open}, expect: pass}
"""


@pytest.fixture
def rulebook() -> Rulebook:
    return load({"offline.yaml": PACK})


def change(number: int, *, hours: float, role: Role = Role.AGENT, **parts: Any) -> Change:
    actor = Person(id=role.value, role=role)
    return Change(id=str(number), at=MONDAY + timedelta(hours=hours), actor=actor, via=Via.WEB, **parts)


def ticket(*changes: Change, status: Status = Status.OPEN, tags: tuple[str, ...] = ()) -> Ticket:
    return Ticket(
        helpdesk="zendesk",
        account="acme",
        id="42",
        subject="Kettle",
        status=status,
        requester=Person(id="customer", role=Role.CUSTOMER),
        created_at=MONDAY,
        updated_at=changes[-1].at if changes else MONDAY,
        tags=tags,
        changes=changes,
    )


SOLVES = StatusMove(before=Status.OPEN, after=Status.SOLVED)
REOPENS = StatusMove(before=Status.SOLVED, after=Status.OPEN)


def found(judgement: Any) -> list[tuple[str, list[str]]]:
    return [(judged.change.id, [finding.policy for finding in judged.verdict.findings]) for judged in judgement.changes]


def test_each_change_is_judged_by_itself(rulebook: Rulebook) -> None:
    told = ticket(change(1, hours=0, role=Role.CUSTOMER), change(2, hours=1, status=SOLVES), change(3, hours=2))

    judgement = judge_ticket(rulebook, told, MONDAY + timedelta(hours=3))

    assert found(judgement) == [("1", []), ("2", ["solved-by-agent"]), ("3", [])]


def test_the_clock_speaks_between_two_changes_in_order_of_time(rulebook: Rulebook) -> None:
    told = ticket(change(1, hours=0, role=Role.CUSTOMER), change(2, hours=100, status=SOLVES))

    judgement = judge_ticket(rulebook, told, MONDAY + timedelta(hours=101))

    first, by_clock, last = judgement.changes
    assert [first.change.id, last.change.id] == ["1", "2"]
    assert by_clock.change.id == f"clock:{by_clock.change.at.isoformat()}"
    assert timedelta(hours=48) <= by_clock.change.at - MONDAY < timedelta(hours=48, minutes=1)
    assert [finding.policy for finding in by_clock.verdict.findings] == ["open-too-long"]


def test_the_clock_tells_each_finding_once(rulebook: Rulebook) -> None:
    told = ticket(change(1, hours=0, role=Role.CUSTOMER))

    judgement = judge_ticket(rulebook, told, MONDAY + timedelta(days=30))

    assert [policies for _, policies in found(judgement)] == [[], ["open-too-long"]]
    assert judgement.recheck_at is None


def test_a_deadline_that_has_not_come_is_announced(rulebook: Rulebook) -> None:
    told = ticket(change(1, hours=0, role=Role.CUSTOMER))

    judgement = judge_ticket(rulebook, told, MONDAY + timedelta(hours=1))

    assert found(judgement) == [("1", [])]
    assert judgement.recheck_at is not None
    assert judgement.recheck_at - MONDAY >= timedelta(hours=48)


def test_a_ticket_without_changes_has_nothing_to_judge(rulebook: Rulebook) -> None:
    judgement = judge_ticket(rulebook, ticket(), MONDAY)

    assert judgement.changes == ()


def test_every_stage_has_the_status_it_had_then() -> None:
    told = ticket(
        change(1, hours=0), change(2, hours=1, status=SOLVES), change(3, hours=2, status=REOPENS), status=Status.CLOSED
    )

    assert [stage.status for stage in as_it_was(told)] == [Status.OPEN, Status.SOLVED, Status.OPEN]
    assert [len(stage.changes) for stage in as_it_was(told)] == [1, 2, 3]


@pytest.mark.parametrize("given", [("vip", "new"), ("vip", "late"), ("vip",)], ids=["at first", "at last", "neither"])
def test_every_stage_has_the_tags_it_had_then(given: tuple[str, ...]) -> None:
    told = ticket(
        change(1, hours=0),
        change(2, hours=1, tags_removed=("new",)),
        change(3, hours=2, tags_added=("late",)),
        tags=given,
    )

    assert [set(stage.tags) for stage in as_it_was(told)] == [{"vip", "new"}, {"vip"}, {"vip", "late"}]


def test_as_json_it_says_results_findings_and_the_next_look(rulebook: Rulebook) -> None:
    told = ticket(change(2, hours=1, status=SOLVES))

    content = as_json(judge_ticket(rulebook, told, MONDAY + timedelta(hours=2)))

    assert content["recheck_at"] is None
    (judged,) = content["changes"]
    assert judged["id"] == "2"
    assert judged["results"] == {"solved-by-agent": "violation", "open-too-long": "skipped"}
    (finding,) = judged["findings"]
    assert set(finding) == {"policy", "mode", "tell", "evidence", "explanation"}
    assert (finding["policy"], finding["mode"]) == ("solved-by-agent", "note")
