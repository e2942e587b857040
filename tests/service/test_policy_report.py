"""`ombuds policies report`, over a store in which policies found something and agents answered."""

import asyncio
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from commands import run

from policies.correcting import Correction
from policies.verdict import Result
from service.policy_files import SHIPPED, load_folder
from service.store.records import CommandKind
from service.store.store import Store

sys.path.insert(0, str(Path(__file__).parent))
from policy_world import OBSERVE, Ticket

DAY = timedelta(days=1)


@pytest.fixture
def config(tmp_path: Path, write_settings: Callable[..., Path]) -> Path:
    """Settings with a store in which one note, a day old, was called wrong."""
    url = f"sqlite:///{tmp_path}/ombuds.db"
    file = write_settings(url)
    asyncio.run(flag(url, datetime.now(UTC) - DAY))
    return file


async def flag(url: str, at: datetime, policy: str = "closed") -> None:
    store = await Store.open(url)
    ticket = await Ticket.opened(store, len(policy), at)
    await ticket.flagged(f"F{len(policy)}", policy, at=at)
    await ticket.judged(policy, Result.UNKNOWN, at=at)
    await ticket.answered(f"F{len(policy)}", CommandKind.WRONG, "she\x1b[31m agreed [b]by phone", policy=policy, at=at)
    await ticket.made_good(f"F{len(policy)}", Correction.APOLOGISED, policy, at=at)
    await ticket.judged("waits", Result.PASS, OBSERVE, at=at)
    await ticket.drafted("D1", policy, at=at)
    await store.close()


def test_the_report_shows_counts_advice_and_reasons(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("policies", "report", "--config", str(config)) == 0

    shown = capsys.readouterr()
    rows = [line.split() for line in shown.out.splitlines()]
    assert ["closed", "1", "1", "0", "0", "0", "0", "0", "1", "50.0", "%", "0"] in rows
    assert ["waits", *"00000000", "0.0", "%", "0"] in rows
    assert "closed: too few to tell (1 of 30 told)" in shown.out
    assert "\n  made good: 1 of 1 told (1 apologised, 0 reopened, 0 answered)\n" in shown.out
    assert "\n  in drafts, not counted above: 1 (0 overridden, 0 approved, 0 wrong)\n" in shown.out
    assert "waits: too few to tell (0 of 30)" in shown.out
    assert "UTC, F6: she\ufffd[31m agreed [b]by phone" in shown.out
    assert "\x1b" not in shown.out
    assert shown.err == ""


def test_the_report_as_json(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("policies", "report", "--config", str(config), "--policy", "closed", "--json") == 0

    (policy,) = json.loads(capsys.readouterr().out)["policies"]
    (flagged,) = policy.pop("latest_wrong")
    assert flagged["finding_id"] == "F6"
    assert policy == {
        "policy": "closed",
        "mode": "note",
        "hits": 1,
        "notes": 1,
        "blocks": 0,
        "ops": 0,
        "told": 1,
        "overrides": 0,
        "approvals": 0,
        "wrong": 1,
        "told_wrong": 1,
        "apologised": 1,
        "reopened": 0,
        "answered": 0,
        "made_good": 1,
        "drafts": 1,
        "drafts_overridden": 0,
        "drafts_approved": 0,
        "drafts_wrong": 0,
        "judged": 2,
        "unknown": 1,
        "unknown_share": 0.5,
        "excepted": 0,
        "held_back": 0,
        "advice": "too few to tell (1 of 30 told)",
    }


def test_the_longest_shipped_id_leaves_every_heading_whole(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    longest = max((policy.id for policy in load_folder(SHIPPED).policies), key=len)
    asyncio.run(flag(f"sqlite:///{config.parent}/ombuds.db", datetime.now(UTC), longest))

    assert run("policies", "report", "--config", str(config)) == 0

    shown = capsys.readouterr().out
    assert "hits notes blocks ops held overrides approves wrong unknown excepted" in shown
    assert f"{longest}    1     1      0" in shown


def test_a_report_of_nothing_says_so(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("policies", "report", "--config", str(config), "--since", "12h") == 0
    assert capsys.readouterr().out.startswith("Nothing was judged by any policy since 2")

    assert run("policies", "report", "--config", str(config), "--policy", "typo") == 0
    assert capsys.readouterr().out.startswith("Nothing was judged by typo since 2")


def test_the_report_explains_itself_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("policies", "report", "--help") == 0

    assert "Example: ombuds policies report --since 90d" in capsys.readouterr().out
