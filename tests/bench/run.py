"""Measures what the store and its workers can do, side by side with what they are measured against.

    .venv/bin/python tests/bench/run.py [NAME...] [--json FILE] [--table] [--rounds N] [--scale S]

Without names everything runs, which takes some twenty minutes. A PostgreSQL server is started on loopback, and its
data, like the SQLite files, lie where TMPDIR says: that should be a disk, and not memory. The senders run on the same
machine and take their share of it, so ratios, taken in turn in one run, say more than rates. For the comparison with
a task queue, install it: uv sync --inexact --group bench.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import acks
import gate
import msgspec
import offered
import postgresql
import standing
import visits
from bench_world import Bench
from figures import Figure, line, table

BENCHMARKS: Mapping[str, Callable[[Bench], Iterator[Figure]]] = {
    "acks": acks.acks,
    "offered": offered.offered,
    "visits": visits.visits,
    "hot": visits.hot,
    "backlog": visits.backlog,
    "growth": acks.growth,
    "timers": standing.timers,
    "kills": standing.kills,
    "gate": gate.gate,
}


def measure(names: list[str], *, rounds: int, scale: float) -> Iterator[Figure]:
    """Figures as they come."""
    with tempfile.TemporaryDirectory(prefix="ombuds-bench-") as folder, postgresql.running() as server:
        bench = Bench(folder=Path(folder), server=server, rounds=rounds, scale=scale)
        for name in names:
            yield from BENCHMARKS[name](bench)


def main() -> None:
    """Reads the arguments, measures, prints."""
    means, _, more = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=means, epilog=more, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    parser.add_argument("--table", action="store_true", help="end with a table in Markdown")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of which the median is told (5)")
    parser.add_argument("--scale", type=float, default=1.0, help="less than 1 only tries the benchmarks out")
    asked = parser.parse_args()
    names = asked.names or list(BENCHMARKS)
    if unknown := sorted(set(names) - set(BENCHMARKS)):
        parser.error(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    found: list[Figure] = []
    for figure in measure(names, rounds=asked.rounds, scale=asked.scale):
        found.append(figure)
        sys.stdout.write(line(figure))
        sys.stdout.flush()
    if asked.table:
        sys.stdout.write("\n" + table(found))
    if asked.json:
        asked.json.write_bytes(msgspec.json.encode([figure.as_json() for figure in found]) + b"\n")


if __name__ == "__main__":
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # programs start as installed ones do, with their bytecode
    main()
