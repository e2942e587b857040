"""Faults of disks: full, refusing to write through, and without power."""

import asyncio
import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from experiment import Size
from grounds import RuinedError, SkipError
from lab import Lab

LONGEST_S = 20.0


async def fill_the_disk(lab: Lab, size: Size) -> None:
    """The store's disk is full to the last byte for a while, and then it is not."""
    assert lab.plan.ground.disk
    ballast = lab.plan.ground.disk.folder / "ballast"
    async with lab.sending(size.rate):
        for _ in range(size.repeats):
            await lab.sent(size.sends // 3)
            _fill(ballast)
            await _some_refused(lab, 5)
            await lab.sent(size.sends // 3)
            ballast.unlink()
            await lab.sent(size.sends // 3)
    lab.figures["refused_with_503"] = lab.sender.statuses.get(503, 0)
    lab.extra["answered_with_500"] = lab.sender.statuses.get(500, 0)


async def _some_refused(lab: Lab, count: int) -> None:
    """Waits until so many more webhooks were answered with 503: the fault is felt. A saboteur never says so."""
    if lab.plan.sabotage:
        await asyncio.sleep(2)
        return
    enough = lab.sender.statuses.get(503, 0) + count
    await lab.until(lambda: lab.sender.statuses.get(503, 0) >= enough, within_s=LONGEST_S)


def _fill(ballast: Path) -> None:
    with ballast.open("ab", buffering=0) as file:
        for size in (1 << 20, 4_096, 1):
            try:
                while file.write(b"\0" * size) == size:
                    pass
            except OSError:
                continue


async def limit_file_sizes(lab: Lab, size: Size) -> None:
    """The process may write no file further than this for a while: what a quota does."""
    async with lab.sending(size.rate):
        for _ in range(size.repeats):
            await lab.sent(size.sends // 3)
            pid = lab.crew.running[lab.plan.front].pid
            _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (16_384, most))
            await _some_refused(lab, 5)
            await lab.sent(size.sends // 3)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, most))
            await lab.sent(size.sends // 3)
    lab.figures["refused_with_503"] = lab.sender.statuses.get(503, 0)
    lab.extra["answered_with_500"] = lab.sender.statuses.get(500, 0)


async def fail_to_sync(lab: Lab, size: Size) -> None:
    """The kernel answers every fsync with an error for a while."""
    if shutil.which("strace") is None:
        raise SkipError("strace is not installed, and nothing else makes a kernel lie about fsync")
    async with lab.sending(size.rate):
        for _ in range(size.repeats):
            await lab.sent(size.sends // 3)
            with _lying(lab.crew.running[lab.plan.front].pid):
                await _some_refused(lab, 1)
                await lab.sent(size.sends // 3)
            await lab.sent(size.sends // 3)
    lab.figures["refused_with_503"] = lab.sender.statuses.get(503, 0)


@contextmanager
def _lying(pid: int) -> Iterator[None]:
    command = ["strace", "-f", "-q", "-o", "/dev/null", "-e", "trace=fsync,fdatasync"]
    lie = ["-e", "inject=fsync,fdatasync:error=EIO", "-p", str(pid)]
    with subprocess.Popen([*command, *lie], stderr=subprocess.PIPE) as strace:
        try:
            yield
        finally:
            strace.send_signal(signal.SIGINT)
            strace.wait(10)


async def cut_the_power(lab: Lab, size: Size) -> None:
    """Everything stops at once, and only what was forced onto the disk is there when it comes back."""
    async with lab.sending(size.rate):
        for _ in range(size.repeats):
            await lab.sent(10)
            await asyncio.sleep(lab.dice.uniform(0.1, 1.0))
            await _cut(lab)
        await lab.sent(10)
    lab.figures["power_cuts"] = size.repeats


async def _cut(lab: Lab) -> None:
    disk, server = lab.plan.ground.disk, lab.plan.ground.server
    assert disk
    names = list(lab.crew.running)
    for name in names:
        lab.crew.freeze(name)
    pids = _server_pids(server.folder / "data") if server else []
    for pid in pids:
        _signal(pid, signal.SIGSTOP)
    await asyncio.to_thread(disk.cut_power)
    for name in names:
        lab.crew.kill(name)
    for pid in pids:
        _signal(pid, signal.SIGKILL)
    lab.stored.engine.dispose()
    await lab.until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))
    await asyncio.to_thread(disk.mount_again)
    try:
        if server:
            await asyncio.to_thread(server.start)
        await lab.crew.begin(*names)
    except AssertionError as error:
        raise RuinedError(str(error)) from error


def _server_pids(data: Path) -> list[int]:
    """The server's first process and its children; all of them are the lab's own."""
    first = int((data / "postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    return [first, *map(int, children)]


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
