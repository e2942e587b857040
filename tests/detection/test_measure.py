"""The harness counts right, and tells a reader what it counted."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from scoring import Score, Seen, Tally, wilson

COMMAND = [sys.executable, str(Path(__file__).with_name("measure.py"))]
ROWS = [
    {"text": "We have closed your account.", "role": "agent", "signal": 1, "label": 1, "lang": "en"},
    {"text": "Wir haben Ihr Konto geschlossen.", "role": "agent", "signal": 1, "label": 1, "lang": "de"},
    {"text": "Your parcel is on its way.", "role": "agent", "signal": 1, "label": 0, "lang": "en"},
    {"text": "Farewell from all of us here.", "role": "agent", "signal": 1, "label": 1, "lang": "en"},
]


def tallied(*seen: tuple[bool, bool | None, str | None]) -> Mapping[str, Score]:
    """The scores at each tier for rows of (label, value, tier)."""
    tally = Tally()
    for label, value, tier in seen:
        tally.add(Seen(signal=1, label=label, value=value, tier=tier, language=None))
    return {score.tier: score for score in tally.scores()}


def measured(path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, str(path), *arguments], capture_output=True, text=True, check=False)


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    file = tmp_path / "rows.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in ROWS), encoding="utf-8")
    return file


def test_the_interval_is_wilsons() -> None:
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson(0, 5) == pytest.approx((0.0, 0.4345), abs=1e-4)
    assert wilson(0, 0) is None


def test_at_note_every_fire_counts_and_at_block_only_the_narrow_ones() -> None:
    scores = tallied((True, True, "block"), (True, True, "note"), (False, True, "note"), (False, False, None))

    assert scores["note"].precision == pytest.approx(2 / 3)
    assert scores["note"].recall == 1
    assert (scores["block"].precision, scores["block"].recall) == (1, 0.5)
    assert scores["note"].f1 == pytest.approx(0.8)
    assert scores["block"].fires_per_1000 == 250


def test_what_cannot_be_told_is_no_fire_and_is_counted() -> None:
    score = tallied((True, None, None), (False, None, None))["note"]

    assert (score.unknown, score.precision, score.recall, score.f1) == (2, None, 0, None)


def test_a_run_tells_each_language_apart(rows: Path) -> None:
    told = json.loads(measured(rows, "--json").stdout)

    recalls = {score["language"]: score["recall"] for score in told["scores"] if score["tier"] == "note"}
    assert recalls == {"all": pytest.approx(2 / 3), "de": 1, "en": 0.5}
    assert told["latency_ms"]["p99"] >= told["latency_ms"]["median"] > 0


def test_in_a_pipe_the_table_is_plain_and_shows_what_changed(rows: Path, tmp_path: Path) -> None:
    earlier: dict[str, Any] = json.loads(measured(rows, "--json").stdout)
    for score in earlier["scores"]:
        score["recall"] = 0.25
    (tmp_path / "earlier.json").write_text(json.dumps(earlier))

    done = measured(rows, "--against", str(tmp_path / "earlier.json"))

    assert " 1 reply.terminates_account" in done.stdout
    assert "(+0.42)" in done.stdout
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"text": "Hi"}', "rows.jsonl:1: At $: the key 'role' is missing."),
        ('{"text": "Hi", "role": "agent"}', "rows.jsonl:1: "),
        ('{"text": "Hi", "role": "agent", "signal": 13, "label": 1}', "there is no signal 13"),
    ],
)
def test_a_row_that_cannot_be_measured_is_told_with_its_line(line: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text(line)

    done = measured(tmp_path / "rows.jsonl")

    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
