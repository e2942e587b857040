"""Faults around an upgrade: two versions at once, and a migration that is cut short."""

import asyncio
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from crew import HERE
from experiment import POSTGRESQL, SQLITE, Size
from grounds import SkipError
from lab import Lab

NEWER, BREAKING = "newer", "breaking"
CREWS = {SQLITE: ("both", "both2"), POSTGRESQL: ("web", "work1", "web2", "work2")}
_FIRST_HALF, _SECOND_HALF = ("both", "web", "work1"), ("both2", "web2", "work2")


def other(version: str) -> tuple[str, ...]:
    """The program of another version, see `versions.py`."""
    return (sys.executable, str(HERE / "versions.py"), version)


def older(folder: Path) -> tuple[str, ...]:
    """The program as it was before the last step of the tables. Raises SkipError without the project's history."""
    schema = "service/store/schema.py"
    try:
        newest = _git("log", "-1", "-G^REVISION = ", "--format=%H", "--", schema)
        code = subprocess.run(
            ["git", "archive", f"{newest}~1", "service", "connectors", "policies"],
            cwd=HERE.parents[1],
            check=True,
            capture_output=True,
        ).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise SkipError("the version before the last step is not in this checkout's history") from error
    subprocess.run(["tar", "-x", "-C", str(folder)], input=code, check=True)
    start = f"import sys; sys.path.insert(0, {str(folder)!r}); from service.cli import main"
    if subprocess.run([sys.executable, "-c", start], capture_output=True, check=False).returncode:
        raise SkipError("the version before the last step cannot be started: its commit was one half of a change")
    return (sys.executable, "-c", f"{start}; main()")


def _git(*arguments: str) -> str:
    found = subprocess.run(["git", *arguments], cwd=HERE.parents[1], check=True, capture_output=True, text=True)
    return found.stdout.strip()


def rolling(version: str) -> dict[str, Any]:
    """What is set up: the first half serves, the second waits and is of another version."""
    return {"idle": frozenset(_SECOND_HALF), "programs": {name: other(version) for name in _SECOND_HALF}}


def from_older(folder: Path) -> dict[str, Any]:
    """What is set up: the first half serves and is of the version before, the second waits."""
    code = folder / "older"
    code.mkdir()
    program = older(code)
    return {"idle": frozenset(_SECOND_HALF), "programs": dict.fromkeys(_FIRST_HALF, program)}


async def roll(lab: Lab, size: Size) -> None:
    """The crew's first half serves; the second starts beside it and changes the tables; then the first one goes."""
    first = list(lab.crew.running)
    second = [name for name in lab.plan.crew if name not in first]
    async with lab.sending(size.rate):
        await lab.sent(size.sends // 3)
        await lab.crew.begin(*second)
        await lab.sent(size.sends // 3)
        front = next(name for name in second if not name.startswith("work"))
        lab.to_service.target = ("127.0.0.1", lab.crew.posts[front].port)
        for name in first:
            await lab.crew.stop(name)
        await lab.sent(size.sends // 3)
    lab.extra["refused"] = sum(number for status, number in lab.sender.statuses.items() if status >= 500)
    lab.figures["tables_now"] = float(lab.stored.revision())


async def kill_migrations(lab: Lab, size: Size) -> None:
    """Work was left behind; the next version's migration is killed at its first statement, its second, and so on."""
    async with lab.sending(size.rate):
        await lab.sent(size.sends)
        for name in list(lab.crew.running):
            lab.crew.kill(name)
    sabotage = f",{lab.plan.sabotage}" if lab.plan.sabotage else ""
    before, killed = lab.stored.revision(), 0
    while lab.stored.revision() == before and await _is_killed(lab, f"{NEWER},killed:{killed + 1}{sabotage}"):
        killed += 1
    lab.figures["killed_at_statements"] = killed
    for name in lab.plan.crew:
        lab.crew.posts[name] = replace(lab.crew.posts[name], program=other(NEWER))
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
