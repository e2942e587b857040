"""Faults of processes: killed, gone for good, frozen, told to stop."""

import asyncio
import time

from experiment import Size
from lab import LEASE_S, Lab


async def kill_at_random(lab: Lab, size: Size) -> None:
    """Again and again one process dies without warning and is started anew, while webhooks keep coming."""
    kills: list[float] = []
    async with lab.sending(size.rate):
        for _ in range(size.repeats):
            await asyncio.sleep(lab.dice.uniform(0.2, 1.5))
            name = lab.dice.choice(sorted(lab.crew.running))
            lab.crew.kill(name)
            kills.append(time.time())
            await lab.crew.begin(name)
        await lab.sent(10)
    lab.figures["kills"] = len(kills)
    await lab.quiet()
    _measure_recovery(lab, kills)


def _measure_recovery(lab: Lab, kills: list[float]) -> None:
    """Seconds from each kill to the first decision after it."""
    decided = lab.stored.decided_at()
    waits = [min((at - kill for at in decided if at > kill), default=0.0) for kill in kills]
    lab.figures["first_work_s_max"] = round(max(waits, default=0.0), 2)
    lab.figures["first_work_s_median"] = round(sorted(waits)[len(waits) // 2], 2) if waits else 0.0


async def lose_a_worker(lab: Lab, size: Size) -> None:
    """One of two workers dies and never comes back."""
    async with lab.sending(size.rate):
        await lab.sent(size.sends // 2)
        lab.crew.kill("work1")
        died = time.time()
        await lab.sent(size.sends // 2)
    await lab.quiet()
    held = lab.stored.decided_at()
    lab.figures["last_of_its_work_s"] = round(max(held) - died, 1) if held else 0.0


async def freeze_a_worker(lab: Lab, size: Size) -> None:
    """One of two workers stands still for three leases, in mid-step, and then goes on as if nothing had been."""
    for _ in range(size.repeats):
        async with lab.sending(size.rate):
            await lab.sent(size.sends // 2)
            lab.crew.freeze("work1")
            await asyncio.sleep(3 * LEASE_S)
            await lab.sent(size.sends // 2)
            lab.crew.thaw("work1")
            await lab.sent(10)
        await lab.quiet()


async def stop_in_good_order(lab: Lab, size: Size) -> None:
    """Each process is asked to stop under load, and started anew."""
    took: list[float] = []
    async with lab.sending(size.rate):
        for _ in range(size.repeats):
            for name in sorted(lab.crew.running):
                await lab.sent(size.sends // 4)
                took.append(await lab.crew.stop(name))
                await lab.crew.begin(name)
        await lab.sent(10)
    lab.figures["stop_s_max"] = round(max(took), 2)
    lab.extra["stopped_late"] = sum(one > 5 + LEASE_S for one in took)
