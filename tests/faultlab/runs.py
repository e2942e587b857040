"""Runs the fault lab; `--help` tells how to run a part of it."""

import argparse
import asyncio
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).parents[1]))
import postgresql
from all_experiments import EXPERIMENTS, Case, cases
from experiment import POSTGRESQL, SQLITE, Control, Experiment, Outcome, Run, carry_out
from grounds import SkipError, ground

LONGEST_S = 3_600.0
PARTS = """
Parts of the long mode, on a quiet machine with two cores (a part's lines add up with those of others):

  200 kills and 30 power cuts for each database, about 25 minutes:
    run.py --long --no-controls --jobs 2 --only random-kill --only power-cut --json lines.jsonl
  the same 200 kills at Freshdesk, about 20 minutes:
    run.py --long --no-controls --jobs 2 --only freshdesk-random-kill --json lines.jsonl
  everything sabotaged once, and each other experiment a few times, under ten minutes:
    run.py --short --jobs 3 --json lines.jsonl
  all that the long mode has, in four parts:
    run.py --long --jobs 2 --part 1/4 --json lines.jsonl
"""


def main() -> int:
    """0 if everything ended as it must."""
    asked = arguments()
    chosen, all_held = _chosen(asked), True
    if asked.list:
        print("\n".join(_announced(*case, asked) for case in chosen))
        return 0
    for outcome in run_all(chosen, asked):
        print(line(outcome), flush=True)
        all_held = all_held and outcome.held
        if asked.json:
            with asked.json.open("ab") as file:
                file.write(msgspec.json.encode(outcome) + b"\n")
    return 0 if all_held else 1


def run_all(chosen: Sequence[Case], asked: argparse.Namespace) -> Iterator[Outcome]:
    """The outcomes, as they come."""
    needs_server = any(backend == POSTGRESQL for _, backend, _ in chosen)
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(postgresql.running()) if needs_server else None
        pool = stack.enter_context(ThreadPoolExecutor(max_workers=asked.jobs))
        running = [pool.submit(_one, *case, asked, server) for case in chosen]
        yield from (one.result() for one in as_completed(running))


def _one(
    experiment: Experiment,
    backend: str,
    control: Control | None,
    asked: argparse.Namespace,
    server: postgresql.Server | None,
) -> Outcome:
    """A run in a folder of its own, which stays if `--keep` says so."""
    with contextlib.ExitStack() as stack:
        made = tempfile.mkdtemp(prefix=f"faultlab-{experiment.name}-") if asked.keep else None
        folder = Path(made or stack.enter_context(tempfile.TemporaryDirectory(prefix="faultlab-")))
        run = replace(_run(experiment, backend, control, asked), folder=folder)
        try:
            place = stack.enter_context(ground(experiment.ground, backend, folder, server))
        except SkipError as reason:
            return run.outcome(time.time(), skipped=str(reason))
        return asyncio.run(asyncio.wait_for(carry_out(replace(run, ground=place)), LONGEST_S))


def _run(experiment: Experiment, backend: str, control: Control | None, asked: argparse.Namespace) -> Run:
    """What is asked for, in no folder yet."""
    return Run(
        experiment=experiment,
        backend=backend,
        folder=Path(),
        size="long" if asked.long else "short",
        control=control,
        seed=asked.seed,
        repeats=asked.repeats,
    )


def _announced(experiment: Experiment, backend: str, control: Control | None, asked: argparse.Namespace) -> str:
    """What would be run, in one line."""
    amount = _run(experiment, backend, control, asked).amount
    sabotaged = f" with {control.name}" if control else ""
    return f"{experiment.name} on {backend}{sabotaged}: {amount.repeats} times, {amount.sends} webhooks each"


def line(outcome: Outcome) -> str:
    """An outcome for people, in one line."""
    verdict = "skipped: " + outcome.skipped if outcome.skipped else "as it must" if outcome.held else "NOT AS IT MUST"
    sabotaged = f" with {outcome.control}" if outcome.control else ""
    broken = f"; broken: {', '.join(f'{name} {outcome.findings[name]}' for name in outcome.broken)}"
    figures = ", ".join(f"{name} {value:g}" for name, value in outcome.figures.items())
    where = f"{outcome.experiment} on {outcome.backend}{sabotaged}"
    return f"{where}: {verdict} in {outcome.duration_s:g} s ({figures}){broken if outcome.broken else ''}"


def _chosen(asked: argparse.Namespace) -> list[Case]:
    every = cases(is_long=asked.long or bool(asked.backend), has_controls=not asked.no_controls)
    chosen = [
        (experiment, backend, control)
        for experiment, backend, control in every
        if (not asked.only or experiment.name in asked.only) and asked.backend in (None, backend)
    ]
    number, parts = asked.part
    return chosen[number - 1 :: parts]


def _part(given: str) -> tuple[int, int]:
    number, _, parts = given.partition("/")
    if not (number.isdecimal() and parts.isdecimal() and 1 <= int(number) <= int(parts)):
        raise argparse.ArgumentTypeError(f"{given!r} is no part: write 1/4 for the first of four")
    return int(number), int(parts)


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line, read."""
    parser = argparse.ArgumentParser(
        description="Runs the fault lab: breaks the service, and sabotages each promise.",
        epilog=PARTS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--short", action="store_true", help="a few minutes in all; what is done without --long")
    size.add_argument("--long", action="store_true", help="as often as the published figures need")
    names = [experiment.name for experiment in EXPERIMENTS]
    only = "this experiment, as --list names them; may be given again"
    parser.add_argument("--only", action="append", choices=names, metavar="NAME", help=only)
    parser.add_argument("--backend", choices=[SQLITE, POSTGRESQL])
    parser.add_argument("--part", type=_part, default=(1, 1), metavar="N/M", help="the Nth of M parts of all that")
    parser.add_argument("--repeats", type=int, metavar="N", help="each fault so often, whatever the mode says")
    parser.add_argument("--list", action="store_true", help="only say what would be run")
    parser.add_argument("--json", type=Path, metavar="FILE", help="append a line for each run")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3)))
    parser.add_argument("--no-controls", action="store_true", help="leave out the runs that are sabotaged")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="so many at once; 1 if left out")
    parser.add_argument("--keep", action="store_true", help="keep each run's folder: logs, journal, store")
    return parser.parse_args(given)
