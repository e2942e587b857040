"""Killed at the first system call that matters, at the second, and so on: no moment is left out by luck."""

import asyncio
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from experiment import Size
from grounds import SkipError
from lab import Lab

GROUPS = {"store": "pwrite64,fdatasync,fsync,sendto", "wires": "write,writev,sendmsg"}
"""What a process tells its disk or database, and what it tells everybody else."""
MET_WITHIN_S = 10.0
"""A point that is not met for so long is never met: at the rate of the long mode twenty webhooks have passed."""


async def sweep(lab: Lab, size: Size) -> None:
    """Under load each process in turn dies at its first call of a group, is started anew, and dies at its second.

    strace counts the calls of each thread for itself, so a point is the first thread to come so far.
    """
    if shutil.which("strace") is None:
        raise SkipError("strace is not installed, and nothing else kills a process at a given system call")
    async with lab.sending(size.rate):
        for name in sorted(lab.crew.running):
            for group, calls in GROUPS.items():
                lab.figures[f"{name}_{group}"] = await _met(lab, name, calls, size.repeats)
        await lab.sent(10)
    lab.figures["crash_points"] = sum(lab.figures.values())


async def _met(lab: Lab, name: str, calls: str, most: int) -> int:
    """At how many points it died."""
    for number in range(1, most + 1):
        process = lab.crew.running[name]
        with _killing(process.pid, calls, number):
            is_dead = await _ends(process)
        if not is_dead:
            return number - 1
        lab.crew.running.pop(name)
        await lab.crew.begin(name)
        if not lab.plan.sabotage:  # or a ticket that is cut short time and again is parked, as it should be
            await lab.until(lambda: lab.stored.waiting() == 0)
    return most


async def _ends(process: subprocess.Popen[bytes]) -> bool:
    try:
        await asyncio.to_thread(process.wait, MET_WITHIN_S)
    except subprocess.TimeoutExpired:
        return False
    return process.returncode == -signal.SIGKILL


@contextmanager
def _killing(pid: int, calls: str, number: int) -> Iterator[None]:
    """Whichever thread is the first to make so many of these calls takes the process with it."""
    command = ["strace", "-f", "-q", "-o", "/dev/null", "-e", f"trace={calls}"]
    kill = ["-e", f"inject={calls}:signal=SIGKILL:when={number}", "-p", str(pid)]
    with subprocess.Popen([*command, *kill], stderr=subprocess.DEVNULL) as strace:
        try:
            yield
        finally:
            strace.send_signal(signal.SIGINT)
            strace.wait(10)
