"""Faults of the clock: the service believes that it is an hour later, or an hour earlier, and then is put right."""

import asyncio
from pathlib import Path

from experiment import Size
from grounds import SkipError
from lab import Lab

LIBRARIES = ("/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/lib/faketime/libfaketimeMT.so.1")
CLOCK = "clock"
"""The file, in the run's folder, that says how wrong the service's clock is."""
AN_HOUR_S = 3_600


def surroundings(folder: Path) -> dict[str, str]:
    """The environment of a process whose wall clock follows the file. Raises SkipError without libfaketime."""
    found = [path for pattern in LIBRARIES for path in Path("/").glob(pattern.lstrip("/"))]
    if not found:
        raise SkipError("libfaketime is not installed: apt-get install faketime")
    (folder / CLOCK).write_text("+0\n")
    return {
        "LD_PRELOAD": str(found[0]),
        "FAKETIME_TIMESTAMP_FILE": str(folder / CLOCK),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


async def move_the_clock(lab: Lab, size: Size) -> None:
    """Under load the service's clock goes an hour on, back to right, an hour back, and back to right.

    Meanwhile its webhooks carry signatures that seem an hour off, and are refused; the helpdesk is in trouble at each
    move, so that visits are postponed by a clock that is wrong.
    """
    async with lab.sending(size.rate):
        for _ in range(size.repeats):
            for off_s in (AN_HOUR_S, 0, -AN_HOUR_S, 0):
                await lab.sent(size.sends // 4)
                await lab.desk.fault("GET", "/api/v2/tickets/{id}", status=500, times=30)
                (lab.plan.folder / CLOCK).write_text(f"{off_s:+d}\n")
                await asyncio.sleep(1)
                await lab.desk.clear_faults()
        await lab.sent(size.sends // 4)
    lab.figures["refused_with_401"] = lab.sender.statuses.get(401, 0)


async def kill_while_ahead(lab: Lab, size: Size) -> None:
    """A process dies in the middle of visits while its clock is an hour ahead; the next one's clock is right."""
    lab.to_desk.latency_s = 0.5
    async with lab.sending(size.rate):
        for _ in range(size.repeats):
            await lab.sent(size.sends // 2)
            (lab.plan.folder / CLOCK).write_text(f"+{AN_HOUR_S}\n")
            await asyncio.sleep(1)
            for name in list(lab.crew.running):
                lab.crew.kill(name)
            (lab.plan.folder / CLOCK).write_text("+0\n")
            await lab.crew.begin()
        await lab.sent(size.sends // 2)
    lab.to_desk.heal()
