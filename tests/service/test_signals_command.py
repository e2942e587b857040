"""`ombuds signals` shows what is heard in a message, and streams what is heard in many."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from service.cli import main


def run(*arguments: str) -> int:
    """The exit code."""
    with pytest.raises(SystemExit) as ended:
        main(["signals", *arguments])
    return int(ended.value.code or 0)


def row(text: str, **more: object) -> str:
    return json.dumps({"text": text, "role": "agent", **more})


def test_it_shows_each_fact_with_value_tier_phrase_and_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("We have closed your account. [sic]") == 0

    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line.strip()}
    assert lines["reply.terminates_account"].split()[1:4] == ["yes", "block", "we-ended"]
    assert "“We have closed your account” 0-27" in lines["reply.terminates_account"]
    assert lines["reply.signed_by"].split()[1] == "nobody"


def test_what_only_seems_to_be_quoted_is_heard(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    letter = "We have closed your account."
    (tmp_path / "mail.txt").write_text(letter)

    assert run("--json", f"> {letter}") == 0
    assert run("--json", f"> {letter}", "--context", str(tmp_path / "mail.txt")) == 0

    alone, quoting = (json.loads(line)["facts"] for line in capsys.readouterr().out.splitlines())
    assert (alone["reply.terminates_account"]["value"], quoting["reply.terminates_account"]["value"]) == (True, False)


def test_a_context_comes_from_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "reply.txt").write_text("The lamp is blue.")
    asked = ["--role", "customer", "--json", "Could you take another look?"]

    assert run(*asked) == 0
    assert run(*asked, "--context", str(tmp_path / "reply.txt")) == 0

    alone, answering = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert alone["facts"]["thread.asks_reconsideration"]["value"] is True
    assert answering["facts"]["thread.asks_reconsideration"]["value"] is False


def test_each_row_of_a_file_yields_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(f"{row('Hi', id='a')}\n\n{row('We have closed your account.')}\n")

    assert run("--jsonl", str(file), "--json") == 0

    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (first["id"], second["id"]) == ("a", 3)
    assert second["facts"]["reply.terminates_account"]["spans"] == [[0, 27]]


def test_rows_come_from_standard_input_as_well() -> None:
    command = [sys.executable, "-m", "service.cli", "signals", "--jsonl", "-"]

    done = subprocess.run(command, input=row("Grüße \U0001f600", id="ü").encode(), capture_output=True, check=True)

    assert json.loads(done.stdout)["id"] == "ü"


def test_bad_rows_are_told_with_their_lines_and_good_ones_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(f'{{\n{row("Hi")}\n{{"text": "Hi"}}\n')

    assert run("--jsonl", str(file)) == 2

    told = capsys.readouterr()
    assert told.out.count("\n") == 1
    assert f"{file}:1: This is no JSON" in told.err
    assert f"{file}:3: At $: the key 'role' is missing." in told.err


def test_a_file_of_something_else_is_given_up_soon(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "rows.csv").write_text("text,role\n" * 500)

    assert run("--jsonl", str(tmp_path / "rows.csv")) == 2

    *_, last = capsys.readouterr().err.splitlines()
    assert last == 'Stopped after 20 bad rows. A row is like {"text": "...", "role": "agent"}.'


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "Give either a message"),
        (["Hi", "--jsonl", "rows.jsonl"], "Give either a message"),
        (["--jsonl", "rows.jsonl", "--context", "reply.txt"], "Give either a message"),
        (["--jsonl", "nowhere.jsonl"], "nowhere.jsonl cannot be read: No such file"),
        (["Hi", "--context", "nowhere.txt"], "nowhere.txt cannot be read"),
        (["Hi", "--policies", "nowhere"], "does not exist"),
    ],
)
def test_what_cannot_be_asked_is_told(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*arguments) == 2

    assert told in capsys.readouterr().err
