"""The README's table of reliability from the lines of the fault lab: `report.py FILE... > table.md`."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
from all_experiments import EXPERIMENTS
from experiment import Outcome

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
FIGURES = {
    "kills": "{} kills",
    "crash_points": "{} points",
    "power_cuts": "{} power cuts",
    "answers_lost": "{} answers lost",
    "refused_with_503": "{} times 503",
    "first_work_s_max": "first work after at most {} s",
    "stop_s_max": "stopped in at most {} s",
    "others_wait_s_p95": "others waited {} s (p95)",
    "hot_visits": "{} visits to the hot ticket",
    "killed_at_statements": "killed at {} statements",
    "refused_with_401": "{} refused with 401",
    "an_hour_late": "{} tickets an hour late",
    "never_told": "{} never told",
    "all_done_s": "all done after {} s",
}


def main(files: Sequence[str]) -> None:
    """Prints the table."""
    lines = (line for file in files for line in Path(file).read_bytes().splitlines())
    print(table([msgspec.json.decode(line, type=Outcome) for line in lines]))


def table(outcomes: Sequence[Outcome]) -> str:
    """Markdown, one row for each experiment and backend, in the table's order; several runs are added up."""
    rows = [
        "| what is broken | store | acked | lost | notes twice | order | figures | sabotaged on purpose |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for experiment in EXPERIMENTS:
        known = {"", *(control.name for control in experiment.controls)}
        for backend in experiment.backends:
            its = [one for one in outcomes if (one.experiment, one.backend) == (experiment.name, backend)]
            runs = [one for one in its if one.control in known]
            if runs:
                rows.append(_row(experiment.breaks, backend, runs))
    return "\n".join(rows)


def _row(breaks: str, backend: str, runs: Iterable[Outcome]) -> str:
    plain = [one for one in runs if not one.control and not one.skipped]
    if not plain:
        reasons = {one.skipped for one in runs if one.skipped}
        return f"| {breaks} | {NAMES[backend]} | not run: {'; '.join(sorted(reasons))} | | | | | |"
    counts = [str(sum(one.findings.get(name, 0) for one in plain)) for name in _COUNTED]
    acked = sum(int(one.figures.get("acked", 0)) for one in plain)
    others = sorted({f"**{name}**" for one in plain for name in one.broken if name not in _COUNTED})
    figures = ", ".join([*others, *_figures(plain)])
    return f"| {breaks} | {NAMES[backend]} | {acked:,} | {' | '.join(counts)} | {figures} | {_controls(runs)} |"


_COUNTED = ("lost", "notes_duplicated", "order_violations")


def _figures(runs: Iterable[Outcome]) -> Iterable[str]:
    for name, words in FIGURES.items():
        values = [one.figures[name] for one in runs if name in one.figures]
        if values:
            value = max(values) if "_s_" in name or name.endswith("_s") else sum(values)
            yield words.format(f"{value:g}")


def _controls(runs: Iterable[Outcome]) -> str:
    """What was sabotaged, and what the checker found then."""
    told = {}
    for one in runs:
        if one.control and not one.skipped:
            found = ", ".join(f"{name} {one.findings[name]}" for name in one.broken) or "nothing"
            told[one.control] = f"{one.control}: {found}" if one.held else f"**{one.control}: {found}**"
    return "; ".join(told.values())


if __name__ == "__main__":
    main(sys.argv[1:])
