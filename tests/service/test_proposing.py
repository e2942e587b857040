"""`ombuds exceptions propose`: what would let a candidate's new hits pass, and nothing else."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from commands import run

from connectors.helpdesk import Delivery
from policies.loader import load
from policies.policy import Rulebook
from policies.verdict import Mode, Outcome, Point, Result, Value, Verdict
from service.policy_files import load_folder
from service.replay import Kind, Replay, replay
from service.store.archive import decisions_since
from service.store.records import Record
from service.store.store import Store

POLICY = """\
  - id: {id}
    title: an agent solved the ticket
    why: To have something to find.
    severity: {severity}
    mode: note
    when: {{change.solves: true}}
    exceptable_by: [{fields}]
    exception_max_days: 60
    tests:
      - {{name: solves, given: {{change.solves: true}}, expect: violation}}
      - {{name: writes, given: {{change.solves: false}}, expect: pass}}
"""
POLICIES = {
    "by-ticket": ("low", "ticket.tag, ticket.id"),
    "by-agent": ("high", "ticket.tag, actor.email"),
    "by-tag": ("critical", "ticket.tag"),
    "by-group": ("low", "actor.group"),
    "by-nothing": ("low", ""),
}
PACK = "format: 1\npack: p\npolicies:\n" + "".join(
    POLICY.format(id=name, severity=severity, fields=fields) for name, (severity, fields) in POLICIES.items()
)
SOLVED: Mapping[str, Value] = {"change.solves": True}
TICKETS: Mapping[str, Mapping[str, Value]] = {
    "1": {**SOLVED, "actor.email": "Jonas@shop.example", "ticket.tags": ("Sale", "summer")},
    "2": {**SOLVED, "actor.email": "mia@shop.example", "ticket.tags": ("sale",)},
    "3": SOLVED,
    "4": {**SOLVED, "actor.email": "jonas@shop.example", "ticket.tags": ("summer",)},
    "5": {"change.solves": False, "actor.email": "mia@shop.example", "ticket.tags": ("sale",)},
}
"""By ticket, what was kept with its decision."""
FLAGGED = {("4", "by-tag")}
"""Found at the time; nothing else was."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "p.yaml").write_text(PACK, encoding="utf-8")
    return tmp_path / "p"


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    """A store with a decision on every ticket."""
    url = f"sqlite:///{tmp_path}/ombuds.db"
    asyncio.run(judge_all(url))
    return url


@pytest.fixture
def config(store_url: str, write_settings: Callable[..., Path]) -> Path:
    return write_settings(store_url)


async def judge_all(url: str) -> None:
    store = await Store.open(url)
    now = datetime.now(UTC)
    for number, facts in TICKETS.items():
        taken = Delivery(
            helpdesk="zendesk", account="acme", id=number, ticket_id=number, occurred_at=now, received_at=now
        )
        await store.accept(taken, now)
        (visit,) = await store.claim("one", now, limit=1, lease_s=60)
        await store.record(
            visit, Record(bookmark="1", watched_since=now, at=now, verdicts=(verdict(number, facts, now),))
        )
        await store.settle(visit, now, recheck_at=None)
    await store.close()


def verdict(number: str, facts: Mapping[str, Value], at: datetime) -> Verdict:
    outcomes = tuple(
        Outcome(
            policy=policy,
            result=Result.VIOLATION if (number, policy) in FLAGGED else Result.PASS,
            mode=Mode.NOTE,
            explanation="So.",
        )
        for policy in POLICIES
    )
    return Verdict(change_id="1", point=Point.EVENT, at=at, revision="r", outcomes=outcomes, facts=facts)


def proposed(config: Path, folder: Path, *options: str) -> int:
    return run("exceptions", "propose", "--from-replay", str(folder), "--config", str(config), *options)


async def replayed(url: str, candidate: Rulebook) -> Replay:
    store = await Store.open(url)
    done = await replay(decisions_since(store, datetime.now(UTC) - timedelta(days=1)), candidate)
    await store.close()
    return done


def test_each_names_the_narrowest_field_that_its_policy_allows_and_lasts_no_longer(
    config: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of ticket 3 neither the agent nor the tags were kept."""
    assert proposed(config, folder, "--ttl", "45d") == 0

    told = capsys.readouterr()
    entries = yaml.safe_load(told.out)["exceptions"]
    assert [(one["policy"], one["match"], (one["expires"] - one["approved"]).days) for one in entries] == [
        ("by-agent", {"actor.email": "jonas@shop.example"}, 30),
        ("by-agent", {"actor.email": "mia@shop.example"}, 30),
        ("by-tag", {"ticket.tag": "sale"}, 14),
        *(("by-ticket", {"ticket.id": number}, 45) for number in "1234"),
    ]
    assert told.err == (
        "5 decisions judged anew, 19 new hits. 7 exceptions proposed for 9 of them; 10 cannot be excepted.\n"
    )


def test_filled_in_it_loads_with_the_candidate_and_excepts_what_was_proposed_alone(
    config: Path, folder: Path, store_url: str
) -> None:
    before = asyncio.run(replayed(store_url, load_folder(folder)))
    file = folder / "proposed.yaml"

    assert proposed(config, folder, "--approver", "Amara", "--reason", "Known.", "--output", str(file)) == 0

    after = asyncio.run(replayed(store_url, load_folder(folder)))
    counts = {"by-ticket": 4, "by-agent": 4, "by-tag": 3, "by-group": 4, "by-nothing": 4}
    assert before.counts == {(policy, Kind.NEW): count for policy, count in counts.items()}
    left = {"by-agent": 1, "by-tag": 1, "by-group": 4, "by-nothing": 4}
    assert after.counts == {(policy, Kind.NEW): count for policy, count in left.items()}


def test_a_blank_is_refused_until_somebody_fills_it_in(
    config: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder / "proposed.yaml"
    proposed(config, folder, "--policy", "by-tag", "--output", str(file))

    assert run("policies", "check", str(folder)) == 1

    told = capsys.readouterr().out
    assert "error: `reason` is empty." in told
    assert "error: `approver` is empty." in told
    assert file.read_text("utf-8").count("FILL IN:") == 2
    filled = file.read_text("utf-8").replace('reason: ""', "reason: Known").replace('approver: ""', "approver: Amara")
    file.write_text(filled, encoding="utf-8")
    assert run("policies", "check", str(folder)) == 0


def test_it_tells_how_much_each_lets_pass_and_what_cannot_be_excepted(
    config: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    proposed(config, folder)

    comments = [line.strip() for line in capsys.readouterr().out.splitlines() if line.strip().startswith("#")]
    assert "# 2 new hits, such as zendesk/acme ticket 1, zendesk/acme ticket 4." in comments
    three = "zendesk/acme ticket 1, zendesk/acme ticket 2, zendesk/acme ticket 3"
    assert [line for line in comments if "cannot" in line] == [
        "# cannot be excepted: by-agent, 1 new hit, such as zendesk/acme ticket 3: "
        "actor.email and ticket.tag were not kept with the decision.",
        f"# cannot be excepted: by-group, 4 new hits, such as {three}: "
        "its author allows them by actor.group only, and agents' groups are not told yet.",
        f"# cannot be excepted: by-nothing, 4 new hits, such as {three}: its author allows no exceptions.",
        "# cannot be excepted: by-tag, 1 new hit, such as zendesk/acme ticket 3: "
        "ticket.tag was not kept with the decision.",
    ]


def test_without_a_new_hit_the_file_is_sound_and_empty(
    config: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    proposed(config, folder, "--since", "2099-01-01T00:00:00Z")

    told = capsys.readouterr().out
    assert load({"p.yaml": PACK.encode(), "x.yaml": told.encode()}).exceptions == ()
    assert "FILL IN" not in told


def test_a_file_that_is_there_is_not_overwritten(
    config: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("mine", encoding="utf-8")

    assert proposed(config, folder, "--output", str(file)) == 2
    assert file.read_text("utf-8") == "mine"
    assert "is there already" in capsys.readouterr().err


@pytest.mark.parametrize("ttl", ["12h", "soon"])
def test_a_span_that_is_no_whole_day_is_refused(
    ttl: str, config: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert proposed(config, folder, "--ttl", ttl) == 2
    assert capsys.readouterr().err.startswith(f"--ttl: '{ttl}' is")


def test_a_policy_that_the_candidate_does_not_have_is_told(
    config: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert proposed(config, folder, "--policy", "by-tags") == 2
    assert capsys.readouterr().err == "There is no policy by-tags. Did you mean `by-tag`?\n"
