"""Faults of a PostgreSQL server, and of the way to it."""

import asyncio

from experiment import Size
from lab import Lab


async def restart_it(lab: Lab, size: Size) -> None:
    """The server falls over and comes back, again and again."""
    server = lab.plan.ground.server
    assert server
    async with lab.sending(size.rate):
        for _ in range(size.repeats):
            await lab.sent(size.sends // 2)
            await asyncio.to_thread(server.stop, "immediate")
            await asyncio.to_thread(server.start)
            await lab.sent(size.sends // 2)
    _tell(lab)


async def take_it_away(lab: Lab, size: Size) -> None:
    """The server is gone for a while: `repeats` seconds."""
    server = lab.plan.ground.server
    assert server
    async with lab.sending(size.rate):
        await lab.sent(size.sends // 2)
        await asyncio.to_thread(server.stop, "immediate")
        await asyncio.sleep(size.repeats)
        await asyncio.to_thread(server.start)
        await lab.sent(size.sends // 2)
    lab.figures["gone_s"] = size.repeats
    _tell(lab)


async def lose_commits_answers(lab: Lab, size: Size) -> None:
    """COMMIT goes out, and the connection breaks before its answer: nobody knows whether it counted."""
    assert lab.to_database
    lab.to_database.lose_reply_to, lab.to_database.share = b"COMMIT", 0.05
    async with lab.sending(size.rate):
        await lab.sent(size.sends)
        lab.to_database.heal()
        await lab.sent(10)
    lab.figures["answers_lost"] = lab.to_database.lost
    _tell(lab)


async def hang_it(lab: Lab, size: Size) -> None:
    """Connections stand, and nothing gets through for a while; then they break."""
    assert lab.to_database
    async with lab.sending(size.rate):
        for _ in range(size.repeats):
            await lab.sent(size.sends // 2)
            lab.to_database.is_blackhole = True
            await lab.sent(size.sends // 2)
            lab.to_database.heal()
            lab.to_database.cut()
        await lab.sent(10)
    _tell(lab)


def _tell(lab: Lab) -> None:
    lab.figures["refused_with_503"] = lab.sender.statuses.get(503, 0)
    lab.extra["answered_with_500"] = lab.sender.statuses.get(500, 0)
