"""`ombuds policies test`: given facts, stories in files, gaps that are known, and what no test shows."""

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from service.cli import main

STORIES = Path(__file__).parents[1] / "cases" / "stories"
PACK = """\
format: 1
pack: hours
policies:
  - id: reply
    title: an agent replied
    why: To have something to find.
    mode: note
    applies_to: {{actor.role: agent}}
    when: {{change.is_public_reply: true}}
    tests:
      - {{name: replies, given: {{actor.role: agent, change.is_public_reply: true}}, expect: violation}}
      - {{name: notes, given: {{actor.role: agent, change.is_public_reply: false}}, expect: pass}}
      - {test}
"""


def run(folder: Path, test: str, *options: str) -> int:
    (folder / "reply.yaml").write_text(PACK.format(test=test), encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["policies", "test", str(folder), *options])
    return int(ended.value.code or 0)


STORY = "wiped-account.json"
TESTS: Mapping[str, tuple[str, int, str]] = {
    "a story, any change": (f"{{name: it, transcript: {STORY}, expect: violation}}", 0, "holds  it: violation"),
    "a story, its first change": (
        f"{{name: it, transcript: {STORY}, change: CHANGE, expect: skipped}}",
        0,
        "holds  it",
    ),
    "a story that is told wrong": (f"{{name: it, transcript: {STORY}, expect: pass}}", 1, "fails  it: expected pass"),
    "a change that is not there": (
        f"{{name: it, transcript: {STORY}, change: m99, expect: pass}}",
        1,
        "it has no change `m99`.",
    ),
    "a story that is not there": ("{name: it, transcript: no.json, expect: pass}", 1, "no.json: it cannot be read"),
    "a known gap": (
        "{name: it, given: {actor.role: customer}, expect_later: violation}",
        0,
        "known gap  it: skipped, should be violation",
    ),
    "a gap that is closed": (
        "{name: it, given: {actor.role: customer}, expect_later: skipped}",
        0,
        "holds now  it: write `expect` instead",
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(STORIES / STORY, tmp_path)
    return tmp_path


@pytest.mark.parametrize("case", TESTS)
def test_each_kind_of_test_is_told_as_what_it_is(case: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    test, code, told = TESTS[case]

    assert run(folder, test.replace("CHANGE", first_change())) == code
    assert told in re.sub(r"\n +", " ", capsys.readouterr().out)


def first_change() -> str:
    return str(json.loads((STORIES / STORY).read_text("utf-8"))["changes"][0]["id"])


REFUSED: Mapping[str, tuple[str, str]] = {
    "neither": ("{name: it, expect: pass}", "a test has either `given` facts or a `transcript`."),
    "both": (
        f"{{name: it, given: {{actor.role: agent}}, transcript: {STORY}, expect: pass}}",
        "a test has either `given` facts or a `transcript`.",
    ),
    "now and later": (
        "{name: it, given: {actor.role: customer}, expect: skipped, expect_later: pass}",
        "a test expects something now or later, and not both.",
    ),
    "a change of given facts": (
        "{name: it, given: {actor.role: customer}, change: m1, expect: skipped}",
        "`change` goes with a `transcript`.",
    ),
    "a time without a zone": (
        f"{{name: it, transcript: {STORY}, now: 2026-05-01, expect: pass}}",
        "`now` is no time with its zone.",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_meant_is_refused(case: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    test, told = REFUSED[case]

    assert run(folder, test) == 1
    assert told in capsys.readouterr().out


def test_what_no_test_shows_is_listed_by_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gap = "{name: it, given: {actor.role: agent, change.is_public_reply: true}, expect: violation}"

    assert run(folder, gap, "--coverage") == 0

    told = capsys.readouterr().out
    assert "reply.yaml:8:18: `actor.role` failing\n" in told
    assert "3 of 4 are shown (75 %)." in told


def test_every_condition_shown_leaves_nothing_to_list(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    customer = "{name: it, given: {actor.role: customer, change.is_public_reply: true}, expect: skipped}"

    run(folder, customer, "--coverage")

    assert "4 of 4 are shown (100 %)." in capsys.readouterr().out


def test_ci_systems_read_junit(folder: Path) -> None:
    gap = "{name: later, given: {actor.role: customer}, expect_later: violation}"
    file = folder / "junit.xml"

    assert run(folder, gap, "--junit", str(file)) == 0

    suite = ET.parse(file).getroot()  # noqa: S314 - our own
    assert dict(suite.attrib) == {"name": "policies", "tests": "3", "failures": "0", "skipped": "1"}
    assert [case.get("name") for case in suite] == ["replies", "notes", "later"]
    assert suite[2].find("skipped") is not None


def test_a_failure_stands_in_junit_with_its_reason(folder: Path) -> None:
    file = folder / "junit.xml"

    assert run(folder, f"{{name: it, transcript: {STORY}, expect: pass}}", "--junit", str(file)) == 1

    failure = ET.parse(file).getroot()[2].find("failure")  # noqa: S314 - our own
    assert failure is not None
    assert failure.get("message") == "expected pass, got violation"


def test_a_set_that_is_refused_leaves_its_problems_in_junit_too(folder: Path) -> None:
    """Failing examples refuse the set before any test runs; a CI system that finds no file would show no reason."""
    file = folder / "junit.xml"

    assert run(folder, "{name: it, given: {actor.role: agent}, expect: exempt}", "--junit", str(file)) == 1

    suite = ET.parse(file).getroot()  # noqa: S314 - we wrote it ourselves
    assert suite.get("failures") == suite.get("tests") == "1"
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert "fails its test `it`: expected exempt" in failure.get("message", "")
