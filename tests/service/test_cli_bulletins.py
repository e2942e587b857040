"""`ombuds bulletins match`: which declared change a message would match, why, and what may be answered."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from service.cli import main
from service.policy_files import SHIPPED

DECLARED = """\
format: 1
owner: news
bulletins:
  - id: tea
    title: The tea voucher has ended
    kind: took_away
    changed: Guests no longer get a voucher for tea.
    since: 2026-03-01T00:00:00+01:00
    aliases: [tea voucher]
    asked_like: [Where is my tea voucher?]
    said_like: [You still get a tea voucher.]
    answer: The tea voucher [sic] ended on 28 February.
    tests: {asks: [Is the tea voucher gone?], not: [The soup is cold.], contradicts: [The tea voucher still applies.]}
  - id: sauna
    title: The sauna is closed for repairs
    kind: broken
    changed: Nobody can use the sauna until the stove is mended.
    since: 2026-03-10T00:00:00+01:00
    until: 2026-04-01T00:00:00+02:00
    aliases: [sauna]
    asked_like: [Why is the sauna shut?]
    answer: The sauna opens again on 1 April.
    tests: {asks: [Why is the sauna shut now?], not: [The soup is cold.]}
"""
PACKS = ("unchanged", "agreement", "objection", "pleasantry", "doubt", "reservation", "hedge", "certainty", "all_well")
BOTH = "2026-03-15"
"""A day on which both are in force."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bulletins, and of what is shipped only what hearing them takes."""
    made = tmp_path_factory.mktemp("policies")
    (made / "phrases").mkdir()
    for pack in PACKS:
        shutil.copy(SHIPPED / "phrases" / f"{pack}.en.yaml", made / "phrases")
    (made / "declared.yaml").write_text(DECLARED, encoding="utf-8")
    return made


def run(*arguments: str) -> int:
    """The exit code."""
    with pytest.raises(SystemExit) as ended:
        main(["bulletins", "match", *arguments])
    return int(ended.value.code or 0)


@pytest.fixture
def tell(folder: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """What it tells of a message, as JSON gives it."""

    def told(text: str, at: str = BOTH, *more: str) -> Any:
        assert run(text, "--policies", str(folder), "--at", at, "--json", *more) == 0
        return json.loads(capsys.readouterr().out)

    return told


def test_a_match_is_shown_with_its_reasons_and_the_definite_answer(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("Hello. Is the tea voucher gone?", "--policies", str(folder), "--at", BOTH) == 0

    shown = capsys.readouterr().out
    assert shown.startswith("tea  matches\n")
    assert "“Is the tea voucher gone?”" in shown
    assert "it is called “tea voucher”" in shown
    assert "is like the example “Where is my tea voucher?”" in shown
    assert "Answer: The tea voucher [sic] ended on 28 February." in shown
    assert "2 bulletins declared, 2 in force at 2026-03-15 12:00:00 UTC." in shown


def test_the_points_of_the_reasons_add_up_to_the_score(tell: Any) -> None:
    told = tell("Do guests get no voucher with their tea any more?")

    (tea,) = told["bulletins"]
    reasons = {reason["kind"]: reason for reason in tea["reasons"]}
    assert told["matches"] == "tea"
    assert tea["score"] == pytest.approx(sum(reason["points"] for reason in reasons.values()), abs=0.003)
    assert tea["score"] >= told["threshold"]
    assert reasons["words"]["found"] == ["guests"]


OUTCOMES = [
    ("Is the tea voucher gone?", "2026-02-28", {"tea": "not_yet"}),
    ("Is the tea voucher gone?", "2026-03-01T00:00:00+01:00", {"tea": "matches"}),
    ("Why is the sauna shut?", "2026-03-31", {"sauna": "matches"}),
    ("Why is the sauna shut?", "2026-04-01", {"sauna": "no_longer"}),
    ("Why is the sauna shut? And is the tea voucher gone?", BOTH, {"sauna": "matches", "tea": "outweighed"}),
    ("Why is the sauna shut? And is the tea voucher gone?", "2026-03-05", {"tea": "matches", "sauna": "not_yet"}),
    ("Thank you, the tea voucher matter is solved.", BOTH, {"tea": "content"}),
    ("Does the voucher count for soup?", BOTH, {"tea": "nearly"}),
    ("Does the voucher count for soup?", "2026-02-28", {}),
    ("The soup is cold.", BOTH, {}),
    (" ", BOTH, {}),
]


@pytest.mark.parametrize(("text", "at", "outcomes"), OUTCOMES)
def test_what_becomes_of_each_bulletin_is_told(text: str, at: str, outcomes: dict[str, str], tell: Any) -> None:
    told = tell(text, at)

    assert {one["id"]: one["outcome"] for one in told["bulletins"]} == outcomes
    assert told["matches"] == next((name for name, outcome in outcomes.items() if outcome == "matches"), None)


def test_of_an_agents_reply_it_is_told_what_it_says_of_the_bulletin(tell: Any) -> None:
    """A customer who says the same contradicts nothing."""
    reply = "You still get a tea voucher."

    assert tell(reply, BOTH, "--role", "agent")["says"] == ["reply.contradicts_bulletin"]
    assert tell("The tea voucher ended in February.", BOTH, "--role", "agent")["says"] == ["reply.tells_bulletin"]
    assert tell(reply)["says"] == []


def test_without_a_match_it_ends_well_and_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("The soup is cold.", "--policies", str(folder)) == 0

    assert capsys.readouterr().out.startswith("No bulletin matches.\n2 bulletins declared, 1 in force at ")


def test_where_nothing_is_declared_it_says_how_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(SHIPPED / "phrases" / "hedge.en.yaml", tmp_path)
    shutil.copy(SHIPPED / "phrases" / "certainty.en.yaml", tmp_path)

    assert run("Is the tea voucher gone?", "--policies", str(tmp_path)) == 0

    assert "declared-changes.yaml shows how" in capsys.readouterr().out


@pytest.mark.parametrize("at", ["soon", "2026-03-15T12:00:00", "0001-01-01T00:00:00+14:00", ""])
def test_a_time_that_is_none_is_refused(at: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("Hello", "--policies", str(folder), "--at", at) == 2

    assert "Write it like 2026-05-01" in capsys.readouterr().err


def test_a_message_cannot_speak_to_the_terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "Is the \x1b]0;owned\x07 tea voucher [/b] gone?"

    assert run(text, "--policies", str(folder), "--at", BOTH) == 0

    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "tea voucher [/b] gone?" in shown
