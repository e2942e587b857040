"""Measures the signals on labelled messages: precision, recall, F1, fires in 1,000, and how long it takes.

    .venv/bin/python tests/detection/measure.py ROWS.jsonl [--json] [--against EARLIER.json] [--policies DIR]

A row is a line of JSON: `text`, `role` (agent or customer), `signal` (1 to 12, see service/measuring.py), `label`
(1 if the signal is there), optionally `context` and `lang`. Signals without a fact are left out and named. Keep a run
with `--json > before.json`, change a phrase, and hold the next one against it with `--against before.json`.
"""

import argparse
import sys
import time
from array import array
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec
from rich.console import Console

from policies.loader import load
from policies.phrases import PhraseSet
from policies.policy import PolicyError
from service import measuring
from service.measuring import SIGNALS, Row, RowError, measure, read_row
from service.policy_files import SHIPPED, read_folder

sys.path.insert(0, str(Path(__file__).parent))
from scoring import Run, Seen, Tally
from table import Earlier, as_json, show


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody says of a row: whether the signal is there."""

    signal: int
    label: bool | int


def labelled_rows(path: Path) -> Iterator[tuple[Row, int, bool]]:
    """The rows of a file. Raises RowError with the line's number."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield _labelled(line, f"{path}:{number}")


def _labelled(line: bytes, place: str) -> tuple[Row, int, bool]:
    try:
        row, said = read_row(line), msgspec.json.decode(line, type=Label)
    except (RowError, msgspec.ValidationError) as error:
        raise RowError(f"{place}: {error}") from error
    if said.signal not in SIGNALS:
        raise RowError(f"{place}: there is no signal {said.signal}; they are 1 to {max(SIGNALS)}.")
    return row, said.signal, bool(said.label)


def run(rows: Iterable[tuple[Row, int, bool]], phrases: Mapping[str, PhraseSet]) -> Run:
    """Every row measured once, as it stands, by the facts of its signal."""
    tally, latencies, left_out = Tally(), array("d"), set[int]()
    for row, signal, label in rows:
        begun = time.perf_counter()
        facts = measuring.as_json(measure(phrases, row))
        latencies.append(1000 * (time.perf_counter() - begun))
        said = facts.get(SIGNALS[signal][0])
        if said is None:
            left_out.add(signal)
            continue
        tally.add(Seen(signal=signal, label=label, value=said["value"], tier=said["tier"], language=row.lang))
    return Run(scores=tuple(tally.scores()), latencies_ms=latencies, left_out=frozenset(left_out))


def main() -> None:
    """Reads the arguments, measures, prints."""
    means, _, more = (__doc__ or "").partition("\n\n")
    arguments = argparse.ArgumentParser(
        description=means, epilog=more, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("rows", type=Path, metavar="ROWS.jsonl")
    arguments.add_argument("--json", action="store_true", help="print JSON for programs")
    arguments.add_argument("--against", type=Path, metavar="EARLIER.json", help="what --json printed earlier")
    arguments.add_argument("--policies", type=Path, metavar="DIR", default=SHIPPED, help="the phrases to measure")
    asked = arguments.parse_args()
    try:
        found = run(labelled_rows(asked.rows), load(read_folder(asked.policies)).phrases)
        earlier = msgspec.json.decode(asked.against.read_bytes(), type=Earlier) if asked.against else None
    except (RowError, PolicyError, OSError, msgspec.DecodeError) as error:
        arguments.exit(2, f"{error}\n")
    if asked.json:
        print(msgspec.json.format(msgspec.json.encode(as_json(found)), indent=2).decode())
    else:
        show(found, Console(highlight=False, width=None if sys.stdout.isatty() else 160), earlier)


if __name__ == "__main__":
    main()
