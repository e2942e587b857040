"""Faults around an upgrade: two versions at once, and a migration that is cut short."""

import asyncio
import signal
import sys
from dataclasses import replace
from typing import Any

from crew import HERE, OMBUDS
from experiment import POSTGRESQL, SQLITE, Size
from lab import Lab


def other(version: str) -> tuple[str, ...]:
    """The program of another version, see `versions.py`."""
    return (sys.executable, str(HERE / "versions.py"), version)


OLDER, NEWER, BREAKING = "older", "newer", "breaking"
CREWS = {SQLITE: ("both", "both2"), POSTGRESQL: ("web", "work1", "web2", "work2")}
_SECOND_HALF = ("both2", "web2", "work2")
OLD_CREW = {name: other(OLDER) for name in ("both", "web", "work1", "work2")}


def rolling(version: str) -> dict[str, Any]:
    """What is set up: the first half serves, the second waits; one of them is of another version."""
    first_half = ("both", "web", "work1")
    who = first_half if version == OLDER else _SECOND_HALF
    return {"idle": frozenset(_SECOND_HALF), "programs": {name: other(version) for name in who}}


async def roll(lab: Lab, size: Size) -> None:
    """The older version serves; the newer one starts beside it and changes the tables; then the older one goes.

    The crew's second half is of the newer version, and idle at first.
    """
    older = list(lab.crew.running)
    newer = [name for name in lab.plan.crew if name not in older]
    async with lab.sending(size.rate):
        await lab.sent(size.sends // 3)
        await lab.crew.begin(*newer)
        await lab.sent(size.sends // 3)
        front = next(name for name in newer if not name.startswith("work"))
        lab.to_service.target = ("127.0.0.1", lab.crew.posts[front].port)
        for name in older:
            await lab.crew.stop(name)
        await lab.sent(size.sends // 3)
    lab.extra["refused"] = sum(number for status, number in lab.sender.statuses.items() if status >= 500)
    lab.figures["tables_now"] = float(lab.stored.revision())


async def kill_migrations(lab: Lab, size: Size) -> None:
    """The older version has left work behind; the migration is killed at its first statement, its second, and so on."""
    async with lab.sending(size.rate):
        await lab.sent(size.sends)
        for name in list(lab.crew.running):
            lab.crew.kill(name)
    sabotage = f":{lab.plan.sabotage}" if lab.plan.sabotage else ""
    before, killed = lab.stored.revision(), 0
    while lab.stored.revision() == before and await _is_killed(lab, f"killed:{killed + 1}{sabotage}"):
        killed += 1
    lab.figures["killed_at_statements"] = killed
    for name in lab.plan.crew:
        lab.crew.posts[name] = replace(lab.crew.posts[name], program=OMBUDS)
    try:
        await lab.crew.begin()
        lab.extra["does_not_start"] = 0
    except AssertionError:
        lab.extra["does_not_start"] = 1


async def _is_killed(lab: Lab, version: str) -> bool:
    """Whether a start was killed in its migration; if it came through, or could not begin, it is ended here."""
    front = lab.plan.front
    lab.crew.posts[front] = replace(lab.crew.posts[front], program=other(version))
    lab.crew.start(front)
    process, before = lab.crew.running[front], lab.stored.revision()
    while process.poll() is None and lab.stored.revision() == before:
        await asyncio.sleep(0.05)
    is_killed = process.returncode == -signal.SIGKILL
    lab.crew.kill(front)
    return is_killed
