"""Faults of processes: killed, gone for good, frozen, told to stop."""

import asyncio
import subprocess
import time
from statistics import median

from experiment import Size
from furnishing import LEASE_S
from lab import Lab

SLOW_S = 0.15
"""Visits take long enough for a fault to fall into the middle of one."""
STOPS_WITHIN_S = 15.0
"""Five seconds for visits to end (`drain_s`), as much for requests, and a slow machine."""


async def kill_at_random(lab: Lab, size: Size) -> None:
    """Again and again one process dies without warning and is started anew, while webhooks keep coming."""
    kills: list[float] = []
    async with lab.sending(size.rate):
        for _ in range(size.repeats):
            await asyncio.sleep(lab.dice.uniform(0.2, 3.0))
            name = lab.dice.choice(sorted(lab.crew.running))
            lab.crew.kill(name)
            kills.append(time.time())
            await lab.crew.begin(name)
        await lab.sent(10)
    lab.figures["kills"] = len(kills)
    await lab.quiet()
    _measure_recovery(lab, kills)


def _measure_recovery(lab: Lab, kills: list[float]) -> None:
    """Seconds from each kill to the first decision after it, where no other kill came in between."""
    decided = sorted(lab.stored.decided_at().values())
    waits = []
    for kill, next_kill in zip(kills, [*kills[1:], float("inf")], strict=True):
        first = next((at for at in decided if at > kill), None)
        if first is not None and first < next_kill:
            waits.append(first - kill)
    lab.figures["killed_before_any_work"] = len(kills) - len(waits)
    if waits:
        lab.figures["first_work_s_max"] = round(max(waits), 2)
        lab.figures["first_work_s_median"] = round(median(waits), 2)


async def kill_after_writing(lab: Lab, size: Size) -> None:
    """Workers die when a note has arrived and its answer has not: nobody has written down that it was done."""
    workers = [name for name in lab.crew.running if not name.startswith("web")]
    async with lab.sending(size.rate):
        for _ in range(size.repeats):
            await lab.sent(size.sends // 2)
            lab.to_desk.hold_reply_to = lab.plan.vendor.writes
            await lab.until(lambda: lab.to_desk.held > 0)
            for name in workers:
                lab.crew.kill(name)
            lab.to_desk.heal()
            lab.figures["kills"] = lab.figures.get("kills", 0) + 1
            await lab.crew.begin(*workers)
        await lab.sent(10)


async def lose_a_worker(lab: Lab, size: Size) -> None:
    """One of two workers dies in the middle of visits and never comes back."""
    lab.to_desk.latency_s = SLOW_S
    async with lab.sending(size.rate):
        await lab.sent(size.sends // 2)
        held = lab.stored.leased()
        lab.crew.kill("work1")
        died = time.time()
        await lab.sent(size.sends // 2)
    lab.to_desk.heal()
    await lab.quiet()
    lab.figures["leased_at_death"] = held
    lab.figures["all_done_s"] = round(max(lab.stored.decided_at().values()) - died, 1)


async def freeze_a_worker(lab: Lab, size: Size) -> None:
    """One of two workers stands still for four leases in the middle of visits, and then goes on unaware."""
    lab.to_desk.latency_s = SLOW_S
    for _ in range(size.repeats):
        async with lab.sending(size.rate):
            await lab.sent(size.sends // 2)
            lab.crew.freeze("work1")
            await asyncio.sleep(4 * LEASE_S)
            lab.crew.thaw("work1")
            await lab.sent(size.sends // 2)
        await lab.quiet()


async def stop_in_good_order(lab: Lab, size: Size) -> None:
    """Each process is asked to stop under load, and started anew."""
    took: list[float] = []
    lab.extra["stopped_late"] = 0
    async with lab.sending(size.rate):
        for name in sorted(lab.crew.running) * size.repeats:
            await lab.sent(size.sends // 4)
            try:
                took.append(await lab.crew.stop(name, within_s=STOPS_WITHIN_S))
            except subprocess.TimeoutExpired:
                lab.extra["stopped_late"] += 1
                lab.crew.kill(name)
            await lab.crew.begin(name)
        await lab.sent(10)
    lab.figures["stop_s_max"] = round(max(took, default=0.0), 2)
