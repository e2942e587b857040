"""The sender's memory: a line for each step, on disk before the step counts as done."""

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

OPENED, MADE, ATTEMPT, ACK = "opened", "made", "attempt", "ack"


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing the sender did; `at` is the wall clock, in seconds.

    `opened`, `made`: a change at the helpdesk, by a new ticket or a reply; `attempt`: before a webhook leaves; `ack`:
    after a 2xx came back.
    """

    kind: str
    at: float
    ticket: str = ""
    change: str = ""
    delivery: str = ""
    status: int = 0


class Journal:
    """Appends steps to a file that a power cut of the service cannot touch."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("ab")

    def write(self, step: Step) -> None:
        """On disk before this returns."""
        self._file.write(msgspec.json.encode(step) + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Lets go of the file."""
        self._file.close()


def read_steps(path: Path) -> Iterator[Step]:
    """All steps, oldest first."""
    with path.open("rb") as lines:
        yield from (msgspec.json.decode(line, type=Step) for line in lines if line.endswith(b"\n"))
