"""Decisions of the past, explained and judged anew: `ombuds explain` and `ombuds policies replay`."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from commands import run

from connectors.helpdesk import Delivery
from policies.engine import judge
from policies.loader import load
from policies.policy import Rulebook
from policies.ticket import Change, Comment, Person, Role, Status, StatusMove, Ticket, Via, Visibility
from policies.verdict import Mode, Outcome, Point, Result, Verdict
from service.policy_files import SHIPPED, load_folder
from service.replay import Kind, replay
from service.store.archive import in_use, remember_rulebook
from service.store.records import Record, StoredDecision, StoredFinding, TicketKey
from service.store.store import Store

CUSTOMER = Person(id="c", role=Role.CUSTOMER, name="Maria Lopez")
AGENT = Person(id="a", role=Role.AGENT, name="Jonas Keller")
QUESTION = "Hello Maria, could you tell me which of the two lamps is broken?\n\nJonas"
HOURS = (10, 30, 50, 90)
"""How long after the agent's question each ticket was solved."""


def comment(text: str) -> Comment:
    return Comment(id=text[:5], visibility=Visibility.PUBLIC, text=text)


def ticket(number: int, hours: float) -> Ticket:
    """The agent asks and, so long after, solves the ticket without a word."""
    begin = datetime.now(UTC) - timedelta(days=9)
    solved = begin + timedelta(hours=1 + hours)
    changes = (
        Change(id="1", at=begin, actor=CUSTOMER, via=Via.WEB, comment=comment("One of my two lamps is broken.")),
        Change(id="2", at=begin + timedelta(hours=1), actor=AGENT, via=Via.WEB, comment=comment(QUESTION)),
        Change(id="3", at=solved, actor=AGENT, via=Via.WEB, status=StatusMove(before=Status.OPEN, after=Status.SOLVED)),
    )
    return Ticket(
        helpdesk="zendesk",
        account="acme",
        id=str(number),
        subject="Lamp",
        status=Status.SOLVED,
        requester=CUSTOMER,
        created_at=begin,
        updated_at=solved,
        changes=changes,
    )


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return load_folder(SHIPPED)


@pytest.fixture
def config(tmp_path: Path, rulebook: Rulebook, write_settings: Callable[..., Path]) -> Path:
    """Settings with a store in which four tickets were judged."""
    url = f"sqlite:///{tmp_path}/ombuds.db"
    file = write_settings(url)
    asyncio.run(judge_all(url, rulebook))
    return file


async def judge_all(url: str, rulebook: Rulebook) -> None:
    store = await Store.open(url)
    now = datetime.now(UTC)
    await remember_rulebook(store, in_use(rulebook, now))
    for number, hours in enumerate(HOURS, start=1):
        told = ticket(number, hours)
        await store.accept(
            Delivery(
                helpdesk="zendesk",
                account="acme",
                id=f"d{number}",
                ticket_id=told.id,
                occurred_at=now,
                received_at=now,
            ),
            now,
        )
        (visit,) = await store.claim("one", now, limit=1, lease_s=60)
        verdict = judge(rulebook, told, told.changes[-1], told.updated_at)
        await store.record(visit, record(verdict, now))
        await store.settle(visit, now, recheck_at=None)
    await store.close()


def record(verdict: Verdict, now: datetime) -> Record:
    findings = tuple(
        StoredFinding(
            id=finding.id,
            policy=finding.policy,
            change_id=verdict.change_id,
            actor_id="a",
            mode=Mode.OBSERVE,
            action_id=None,
            recorded_at=now,
            held_by="note_window",
        )
        for finding in verdict.findings
    )
    return Record(bookmark="3", watched_since=now, at=now, verdicts=(verdict,), findings=findings)


@pytest.fixture
def candidate(tmp_path: Path) -> Callable[[str, str], Path]:
    """A copy of the shipped set in which one text stands for another."""

    def made(before: str, after: str) -> Path:
        folder = tmp_path / "candidate"
        shutil.copytree(SHIPPED, folder)
        pack = (folder / "closure.yaml").read_text("utf-8")
        assert pack.count(before) == 1
        (folder / "closure.yaml").write_text(pack.replace(before, after), encoding="utf-8")
        return folder

    return made


def replayed(config: Path, folder: Path, *options: str) -> int:
    return run("policies", "replay", "--candidate", str(folder), "--config", str(config), *options)


def test_the_same_policies_change_nothing(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert replayed(config, SHIPPED, "--max-new", "0") == 0

    assert capsys.readouterr().out == "4 decisions judged anew. Nothing would come out differently.\n"


def test_one_threshold_changes_exactly_the_tickets_between(
    config: Path, candidate: Callable[[str, str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """From three days to a day and a half: of the four, the ticket solved after 50 hours is no longer flagged."""
    folder = candidate("thread.hours_since_agent_question: {lt: 72h}", "thread.hours_since_agent_question: {lt: 36h}")

    assert replayed(config, folder, "--json") == 0

    told = json.loads(capsys.readouterr().out)
    assert list(told["policies"]) == ["closed-without-agreement"]
    lost = told["policies"]["closed-without-agreement"]["lost"]
    assert [sample["ticket"]["id"] for sample in lost["samples"]] == ["3"]


def test_new_hits_beyond_what_is_allowed_end_with_1(
    config: Path, candidate: Callable[[str, str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = candidate("thread.hours_since_agent_question: {lt: 72h}", "thread.hours_since_agent_question: {lt: 4d}")

    assert replayed(config, folder, "--max-new", "0") == 1
    assert "closed-without-agreement would be flagged, and was not" in capsys.readouterr().out
    assert replayed(config, folder, "--max-new", "1") == 0


def test_a_stricter_mode_is_told_for_every_violation(
    config: Path, candidate: Callable[[str, str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = candidate("at: {draft: block, event: note}", "at: {draft: block, event: block}")

    replayed(config, folder, "--json")

    told = json.loads(capsys.readouterr().out)["policies"]["closed-without-agreement"]
    assert {kind: found["count"] for kind, found in told.items()} == {"stricter": 3}


PACK = """\
format: 1
pack: p
policies:
  - id: p
    title: an agent hedged
    why: To have something to find.
    mode: note
    when: {reply.hedges: true}
    tests:
      - {name: hedges, given: {reply.hedges: true}, expect: violation}
      - {name: does not, given: {reply.hedges: false}, expect: pass}
"""


async def test_a_fact_that_nobody_asked_for_then_cannot_be_told() -> None:
    outcome = Outcome(policy="p", result=Result.PASS, mode=Mode.NOTE, explanation="So.")
    verdict = Verdict(
        change_id="1", point=Point.EVENT, at=datetime.now(UTC), revision="r", outcomes=(outcome,), facts={"x": 1}
    )
    key = TicketKey(helpdesk="zendesk", account="acme", id="1")

    async def decisions() -> AsyncIterator[StoredDecision]:
        yield StoredDecision(id=1, ticket=key, recorded_at=verdict.at, verdict=verdict)

    done = await replay(decisions(), load({"p.yaml": PACK.encode()}))

    assert done.counts == {("p", Kind.UNKNOWN): 1}


def test_only_the_span_that_is_asked_for_is_judged(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    replayed(config, SHIPPED, "--since", "2099-01-01T00:00:00Z")

    assert capsys.readouterr().out.startswith("0 decisions judged anew.")


def test_a_decision_is_explained_condition_by_condition(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("explain", "3", "--config", str(config), "--policy", "closed-without-agreement") == 0

    told = capsys.readouterr().out
    assert "Decision 3  zendesk/acme, ticket 3, change 3, after the event" in told
    assert "violation  closed-without-agreement (note)" in told
    assert "held back to observe: it was told shortly before" in told
    assert "yes       `thread.hours_since_agent_question` is less than 72 hours  was 50" in told
    assert "no  any of" in told
    assert "no    `change.via` is one of merge, spam  was web" in told


def test_a_note_leads_to_its_decision(config: Path, rulebook: Rulebook, capsys: pytest.CaptureFixture[str]) -> None:
    """By the finding's id, small letters or capitals, explained with the policies of the time."""
    told = ticket(2, HOURS[1])
    (finding,) = judge(rulebook, told, told.changes[-1], told.updated_at).findings

    assert run("explain", finding.id.lower(), "--config", str(config), "--json") == 0

    explained = json.loads(capsys.readouterr().out)
    assert (explained["ticket"]["id"], explained["revision"]) == ("2", rulebook.revision)
    held = {policy["id"]: (policy["in_force"], policy["held_by"]) for policy in explained["policies"]}
    assert held["closed-without-agreement"] == ("observe", "note_window")
    assert {how for policy, how in held.items() if policy != "closed-without-agreement"} == {(None, None)}
    conditions = {policy["id"]: policy["conditions"] for policy in explained["policies"]}
    assert len(conditions) == len(rulebook.policies)
    solves = [one for one in conditions["closed-without-agreement"] if one["fact"] == "change.solves"]
    assert [(one["actual"], one["holds"]) for one in solves] == [(True, True)]


@pytest.mark.parametrize("name", ["99", "F7K2QX"])
def test_a_decision_that_is_not_there_is_told(name: str, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("explain", name, "--config", str(config)) == 2
    assert f"There is no decision {name}." in capsys.readouterr().err
