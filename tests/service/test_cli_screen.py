"""Whatever customers, vendors and admins wrote reaches the screen as mere text."""

import asyncio
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from commands import run

from connectors.helpdesk import Delivery
from service.store.store import Store

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOSTILE = "\x1b]0;owned\x07 [/b] Terminé [draft]"
SHOWN = "]0;owned� [/b] Terminé [draft]"
PACK = """
format: 1
pack: hours
owner: support
policies:
  - id: solved-by-agent
    title: an agent solved the ticket
    why: To have something to find.
    severity: low
    mode: note
    when: {change.solves: true}
    tests:
      - {name: "[/b] solves [draft]", given: {change.solves: true}, expect: violation}
      - {name: writes, given: {change.solves: false}, expect: pass}
"""


def transcript(folder: Path) -> Path:
    file = folder / "ticket.json"
    ada = {"id": "a1", "role": "agent", "name": HOSTILE}
    comment = {"public": True, "text": f"We have terminated your account. {HOSTILE}"}
    ticket = {"id": "42", "subject": HOSTILE, "requester": {"id": "c1"}}
    change = {"id": "1", "at": "2026-03-02T12:00:00Z", "actor": ada, "comment": comment}
    file.write_text(json.dumps({"ticket": ticket, "changes": [change]}))
    return file


def test_a_transcript_cannot_speak_to_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("judge", str(transcript(tmp_path))) == 0

    shown = capsys.readouterr().out
    assert SHOWN in shown
    assert "\x1b" not in shown


def test_a_time_at_the_end_of_the_calendar_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "ticket.json"
    asked = {"public": True, "text": "Please reconsider my account."}
    change = {"id": "1", "at": "9999-12-31T23:59:59Z", "actor": {"id": "c1", "role": "customer"}, "comment": asked}
    file.write_text(json.dumps({"ticket": {"id": "42", "requester": {"id": "c1"}}, "changes": [change]}))

    assert run("judge", str(file)) == 2

    assert "Mend its year" in capsys.readouterr().err


def test_the_name_of_a_test_may_hold_brackets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "hours.yaml").write_text(PACK)

    assert run("policies", "test", str(tmp_path)) == 0

    assert "[/b] solves [draft]: violation" in capsys.readouterr().out


async def park_one(url: str) -> None:
    store = await Store.open(url)
    delivery = Delivery(helpdesk="zendesk", account="acme", id="d1", ticket_id="42", occurred_at=NOON, received_at=NOON)
    await store.accept(delivery, NOON)
    (visit,) = await store.claim("worker", NOON, limit=1, lease_s=60)
    await store.park(visit, NOON, reason="refused", detail=HOSTILE)
    await store.close()


@pytest.mark.parametrize("command", [["list"], ["show", "1"]], ids=["list", "show"])
def test_a_vendors_words_in_a_dead_letter_are_text(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "ombuds.toml"
    config.write_text(
        f'[store]\nurl = "sqlite:///{tmp_path}/ombuds.db"\n[[helpdesks]]\nkind = "freshdesk"\naccount = "acme"\n'
        'base_url = "https://acme.freshdesk.com"\napi_key = "key"\nheader = {name = "X-Ombuds", value = "secret"}\n'
    )
    asyncio.run(park_one(f"sqlite:///{tmp_path}/ombuds.db"))

    assert run("dead-letters", *command, "--config", str(config)) == 0

    shown = capsys.readouterr().out
    assert SHOWN in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize("command", ["judge", "signals"])
def test_in_a_pipe_a_line_is_as_long_as_what_it_says(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever searches the output for a sentence must find it in one piece, and no blanks that fill up a table."""
    end = f"We have terminated your account {'and every single thing that belonged to it ' * 3}for good"
    ada = {"id": "a1", "role": "agent", "name": f"{'Ada ' * 30}Byron"}
    change = {"id": "1", "at": "2026-03-02T12:00:00Z", "actor": ada, "comment": {"public": True, "text": f"{end}."}}
    file = tmp_path / "ticket.json"
    file.write_text(json.dumps({"ticket": {"id": "42", "requester": {"id": "c1"}}, "changes": [change]}))

    assert run(command, str(file) if command == "judge" else f"{end}.") == 0

    lines = capsys.readouterr().out.splitlines()
    assert any((ada["name"] if command == "judge" else end) in line for line in lines)
    assert [line for line in lines if line != line.rstrip()] == []


def test_a_screen_without_unicode_gets_what_it_can_show(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "service.cli", "judge", str(transcript(tmp_path))]
    environ = {**os.environ, "PYTHONIOENCODING": "ascii"}

    done = subprocess.run(
        command, env=environ, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2]
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "Termin\\xe9" in done.stdout
