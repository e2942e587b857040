"""Faults of the clock: the service believes that it is an hour later, or an hour earlier, and then is put right."""

import asyncio
from pathlib import Path
from typing import Any

from experiment import Size
from lab import Lab

CLOCK = "clock"
"""The file, in the run's folder, that says how many seconds the service's clock is wrong."""
AN_HOUR_S = 3_600
SLOW_S, SLOWER_S = 0.1, 0.5
"""So that visits are under way whenever the clock moves; or even a second later."""


def wrong_clock(folder: Path) -> dict[str, Any]:
    """What is set up: processes whose clock follows the file.

    Not libfaketime: under it the processes seemed to stand still for a minute; why was not found out.
    """
    set_wrong_by(folder, 0)
    return {"accident": "wrong_clock", "environ": {"FAULTLAB_CLOCK": str(folder / CLOCK)}}


def set_wrong_by(folder: Path, seconds: float) -> None:
    """From the next look on, the service's clock is that wrong."""
    written = folder / f"{CLOCK}.new"
    written.write_text(str(seconds))
    written.replace(folder / CLOCK)


async def move_the_clock(lab: Lab, size: Size) -> None:
    """Under load the service's clock goes an hour on, back to right, an hour back, and back to right.

    Meanwhile its webhooks carry signatures that seem an hour off, and are refused; the helpdesk is in trouble at each
    move, so that visits are postponed by a clock that is wrong.
    """
    lab.to_desk.latency_s = SLOW_S
    async with lab.sending(size.rate):
        for _ in range(size.repeats):
            for off_s in (AN_HOUR_S, 0, -AN_HOUR_S, 0):
                await lab.sent(size.sends // 4)
                await lab.desk.fault("GET", "/api/v2/tickets/{id}", status=500, times=1_000)
                await asyncio.sleep(2)
                set_wrong_by(lab.plan.folder, off_s)
                await asyncio.sleep(1)
                await lab.desk.clear_faults()
        await lab.sent(size.sends // 4)
    lab.to_desk.heal()
    lab.figures["refused_with_401"] = lab.sender.statuses.get(401, 0)


async def kill_while_ahead(lab: Lab, size: Size) -> None:
    """Everything dies in the middle of visits while its clock is an hour ahead, and starts with the right one."""
    lab.to_desk.latency_s = SLOWER_S
    async with lab.sending(size.rate):
        for _ in range(size.repeats):
            await lab.sent(size.sends // 2)
            set_wrong_by(lab.plan.folder, AN_HOUR_S)
            await asyncio.sleep(1)
            for name in list(lab.crew.running):
                lab.crew.kill(name)
            set_wrong_by(lab.plan.folder, 0)
            await lab.crew.begin()
        await lab.sent(size.sends // 2)
    lab.to_desk.heal()
