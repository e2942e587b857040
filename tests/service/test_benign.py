"""Harmless messages: what a policy flags of them is told, and too much of it fails."""

import json
from pathlib import Path

import pytest

from policies.loader import load
from policies.policy import Rulebook
from service.benign import BENIGN, read_messages, tally
from service.cli import main
from service.policy_files import SHIPPED, proven, read_folder

EAGER = """\
format: 1
pack: eager
policies:
  - id: eager
    title: somebody wrote please
    why: To have something to find.
    mode: note
    applies_to: {actor.role: agent}
    when: {reply.text: {contains: please}}
    tests:
      - {name: says it, given: {actor.role: agent, reply.text: "Wait, please."}, expect: violation}
      - {name: does not, given: {actor.role: agent, reply.text: "Wait."}, expect: pass}
"""
MESSAGES = ("Please wait.", "It is on its way.", "Done.", "See you on Monday.")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "eager.yaml").write_text(EAGER, encoding="utf-8")
    rows = [json.dumps({"text": text, "role": "agent"}) for text in MESSAGES]
    (tmp_path / "messages.jsonl").write_text("\n".join(rows), encoding="utf-8")
    return tmp_path


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["policies", "test", *arguments])
    return int(ended.value.code or 0)


def benign(folder: Path, most: str) -> int:
    return run(str(folder), "--benign", "--benign-dir", str(folder), "--max-flagged", most)


@pytest.fixture(scope="module")
def shipped() -> Rulebook:
    return load(read_folder(SHIPPED), proven=proven())


def test_the_shipped_policies_flag_next_to_nothing_that_is_harmless(shipped: Rulebook) -> None:
    judged = tally(shipped, read_messages(BENIGN))

    assert judged.judged > 700
    assert len(judged.flagged) <= judged.judged / 100, judged.flagged
    assert not {one for one in judged.by_policy if one.startswith(("termination", "accusatory"))}


def test_what_is_flagged_is_shown_and_too_much_fails(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert benign(folder, "20") == 1

    told = capsys.readouterr().out
    assert "4 harmless messages" in told
    assert "too many  eager: 1 (25.0 %)" in told
    assert "Please wait." in told


def test_what_an_admin_allows_does_not_fail(folder: Path) -> None:
    assert benign(folder, "25") == 0


def test_a_message_that_is_none_is_told_with_its_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "messages.jsonl").write_text('{"text": "Hello.", "role": "agent"}\n{"text": 1}\n', encoding="utf-8")

    assert benign(folder, "2") == 2
    assert "messages.jsonl:2:" in capsys.readouterr().err


def test_a_folder_without_messages_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "messages.jsonl").unlink()

    assert benign(folder, "2") == 2
    assert "holds no messages" in capsys.readouterr().err
