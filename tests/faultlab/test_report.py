"""The table of the README comes from the lines of the lab, and hides nothing."""

import sys
from pathlib import Path

import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from experiment import Outcome
from report import table

HELD = Outcome(
    experiment="random-kill",
    backend="sqlite",
    control="",
    size="long",
    seed=1,
    at=0.0,
    duration_s=1.0,
    figures={"acked": 1_200, "kills": 100, "first_work_s_max": 4.5},
    findings={"lost": 0, "notes_duplicated": 0, "order_violations": 0},
    broken=[],
    examples={},
    held=True,
)
SABOTAGED = msgspec.structs.replace(HELD, control="ack_before_commit", findings={"lost": 7}, broken=["lost"])


def row(*outcomes: Outcome) -> list[str]:
    (found,) = table(outcomes).splitlines()[2:]
    return [cell.strip() for cell in found.strip("|").split("|")][1:]


def test_runs_of_an_experiment_are_added_up_and_its_sabotage_stands_beside_them() -> None:
    assert row(HELD, HELD, SABOTAGED) == [
        "SQLite",
        "2,400",
        "0",
        "0",
        "0",
        "200 kills, first work after at most 4.5 s",
        "ack_before_commit: lost 7",
    ]


@pytest.mark.parametrize(
    ("changes", "cell"),
    [
        ({"findings": {"lost": 3}, "broken": ["lost"], "held": False}, "3"),
        ({"findings": {"corrupt": 1}, "broken": ["corrupt"], "held": False}, "**corrupt**"),
        ({"skipped": "no disk can be mounted"}, "not run: no disk can be mounted"),
    ],
)
def test_what_did_not_hold_or_did_not_run_is_told(changes: dict[str, object], cell: str) -> None:
    assert any(cell in each for each in row(msgspec.structs.replace(HELD, **changes)))


def test_a_sabotage_that_nobody_noticed_stands_out() -> None:
    unnoticed = msgspec.structs.replace(SABOTAGED, findings={}, broken=[], held=False)

    assert row(HELD, unnoticed)[-1] == "**ack_before_commit: nothing**"
