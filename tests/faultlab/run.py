"""Runs the fault lab: `.venv/bin/python tests/faultlab/run.py --short`, or `--long` for the published figures."""

import argparse
import asyncio
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).parents[1]))
import postgresql
from experiment import POSTGRESQL, SQLITE, Control, Experiment, Outcome, Run, carry_out
from grounds import SkipError, ground
from table import EXPERIMENTS

LONGEST_S = 3_600.0


def main() -> int:
    """0 if everything ended as it must."""
    asked = _arguments()
    outcomes = []
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(postgresql.running()) if asked.backend != SQLITE else None
        for experiment, backend, control in _chosen(asked):
            outcome = _one(experiment, backend, control, asked, server)
            outcomes.append(outcome)
            print(line(outcome), flush=True)
            if asked.json:
                with asked.json.open("ab") as file:
                    file.write(msgspec.json.encode(outcome) + b"\n")
    return 0 if all(outcome.held for outcome in outcomes) else 1


def _one(
    experiment: Experiment,
    backend: str,
    control: Control | None,
    asked: argparse.Namespace,
    server: postgresql.Server | None,
) -> Outcome:
    """A run in a folder of its own, which stays if `--keep` says so."""
    with contextlib.ExitStack() as stack:
        made = tempfile.mkdtemp(prefix="faultlab-") if asked.keep else None
        folder = Path(made or stack.enter_context(tempfile.TemporaryDirectory(prefix="faultlab-")))
        size = "long" if asked.long else "short"
        run = Run(experiment=experiment, backend=backend, folder=folder, size=size, control=control, seed=asked.seed)
        try:
            place = stack.enter_context(ground(experiment.ground, backend, folder, server))
        except SkipError as reason:
            return run.outcome(time.time(), skipped=str(reason))
        return asyncio.run(asyncio.wait_for(carry_out(replace(run, ground=place)), LONGEST_S))


def line(outcome: Outcome) -> str:
    """An outcome for people, in one line."""
    verdict = "skipped: " + outcome.skipped if outcome.skipped else "as it must" if outcome.held else "NOT AS IT MUST"
    sabotaged = f" with {outcome.control}" if outcome.control else ""
    broken = f"; broken: {', '.join(f'{name} {outcome.findings[name]}' for name in outcome.broken)}"
    figures = ", ".join(f"{name} {value:g}" for name, value in outcome.figures.items())
    where = f"{outcome.experiment} on {outcome.backend}{sabotaged}"
    return f"{where}: {verdict} in {outcome.duration_s:g} s ({figures}){broken if outcome.broken else ''}"


def _chosen(asked: argparse.Namespace) -> Iterable[tuple[Experiment, str, Control | None]]:
    for experiment in EXPERIMENTS:
        if asked.only and experiment.name not in asked.only:
            continue
        for backend in experiment.backends:
            if asked.backend in (None, backend):
                controls = () if asked.no_controls else experiment.controls
                yield from ((experiment, backend, control) for control in (None, *controls))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--short", action="store_true", help="a few minutes in all; what is done without --long")
    size.add_argument("--long", action="store_true", help="as often as the published figures need")
    parser.add_argument("--only", action="append", metavar="NAME", help="this experiment; may be given again")
    parser.add_argument("--backend", choices=[SQLITE, POSTGRESQL])
    parser.add_argument("--json", type=Path, metavar="FILE", help="append a line for each run")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3)))
    parser.add_argument("--no-controls", action="store_true", help="leave out the runs that are sabotaged")
    parser.add_argument("--keep", action="store_true", help="keep each run's folder: logs, journal, store")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
