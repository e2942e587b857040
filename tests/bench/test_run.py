"""That the benchmarks run; what they measure is no business of CI."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec

sys.path.insert(0, str(Path(__file__).parent))
from figures import Figure, line, table


def test_the_benchmarks_run_and_write_what_they_found(tmp_path: Path, postgresql_server: Any) -> None:
    found = tmp_path / "found.json"
    command = [sys.executable, Path(__file__).parent / "run.py", "offered", "visits", "--json", found]
    how = ["--table", "--rounds", "1", "--scale", "0.001"]

    ended = subprocess.run([*command, *how], check=False, capture_output=True, text=True)

    assert ended.returncode == 0, ended.stderr
    figures = msgspec.json.decode(found.read_bytes())
    assert {figure["unit"] for figure in figures} >= {"ms", "visits/s"}
    assert "| what | measured | aim |" in ended.stdout


def test_a_figure_tells_its_median_its_span_and_whether_the_aim_was_reached() -> None:
    reached = Figure(what="acks", value=0.56, at_least=0.5, rounds=[0.51, 0.56, 0.6])
    missed = Figure(what="p99", value=1234.5, unit="ms", at_most=100)

    assert line(reached) == "acks: 0.56 (0.51-0.60)   [at least 0.50: met]\n"
    assert table([reached, missed]).splitlines()[2:] == [
        "| acks | 0.56 (0.51-0.60) | at least 0.50 |",
        "| p99 | 1,234 ms | at most 100 ms: missed |",
    ]
