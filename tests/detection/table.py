"""What a run found, told: a table for people, JSON for programs and for the next run."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from service.measuring import SIGNALS

sys.path.insert(0, str(Path(__file__).parent))
from scoring import EVERY_LANGUAGE, Run, Score

_FIGURES = ("precision", "recall", "f1", "fires_per_1000")


class Earlier(msgspec.Struct, frozen=True, kw_only=True):
    """What an earlier run said, as `--json` printed it."""

    scores: tuple[dict[str, Any], ...]
    latency_ms: dict[str, float]


def as_json(found: Run) -> dict[str, Any]:
    """What `--json` prints, and `--against` reads."""
    latency = {"median": found.median_ms, "p99": found.p99_ms}
    return {"scores": [score.as_json() for score in found.scores], "latency_ms": latency}


def show(found: Run, screen: Console, earlier: Earlier | None) -> None:
    """The table, and what changed since an earlier run in brackets."""
    before = {_place(score): score for score in earlier.scores} if earlier else {}
    table = Table(box=None, pad_edge=False)
    table.add_column("signal", no_wrap=True)
    for heading in ("tier", "lang"):
        table.add_column(heading)
    for heading in ("rows", "true", "fires", "unknown", "precision", "recall", "F1", "fires/1,000"):
        table.add_column(heading, justify="right")
    for score in map(Score.as_json, found.scores):
        table.add_row(*_cells(score, before.get(_place(score))))
    screen.print(table)
    screen.print(f"\nAll facts of one message: median {found.median_ms:.2f} ms, p99 {found.p99_ms:.2f} ms", end="")
    screen.print(f" ({_change(earlier.latency_ms['median'], found.median_ms)} median)." if earlier else ".")
    for signal in sorted(found.left_out):
        screen.print(f"Signal {signal} is left out: there is no fact {SIGNALS[signal][0]} yet.")


def _place(score: Mapping[str, Any]) -> tuple[int, str, str]:
    return score["signal"], score["tier"], score["language"]


def _cells(score: Mapping[str, Any], before: Mapping[str, Any] | None) -> Iterator[str]:
    is_first = score["tier"] == "note" and score["language"] == EVERY_LANGUAGE
    yield f"{score['signal']:>2} {score['fact']}" if is_first else ""
    yield from (score["tier"], score["language"])
    yield from (str(score[count]) for count in ("rows", "true", "fires", "unknown"))
    for figure in _FIGURES:
        pieces = [_number(score[figure]), _interval(score.get(f"{figure}_interval"))]
        pieces.append(f"({_change(before[figure], score[figure])})" if before else "")
        yield " ".join(filter(None, pieces))


def _number(figure: float | None) -> str:
    return "-" if figure is None else f"{figure:.2f}"


def _interval(interval: tuple[float, float] | None) -> str:
    return f"{interval[0]:.2f}-{interval[1]:.2f}" if interval else ""


def _change(before: float | None, after: float | None) -> str:
    """`+0.02`; where one of the two could not be told, what it was."""
    if before is None or after is None:
        return "=" if before == after else f"was {_number(before)}"
    return f"{after - before:+.2f}"
