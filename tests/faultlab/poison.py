"""Tickets that go wrong at every visit, among others that do not: parked with a reason, and finished once mended."""

import asyncio
import os
import subprocess
from pathlib import Path
from typing import Any

from crew import HERE, OMBUDS
from experiment import Size
from kills import SLOW_S
from lab import Lab

BAD = (
    ({"status": 500}, "helpdesk_unreachable"),
    ({"status": 200, "body": "<html>Please log in</html>"}, "helpdesk_unreachable"),
    ({"status": 403}, "credentials"),
    ({"status": 404}, "ticket_gone"),
)
"""What is answered whenever a ticket is read, and the reason it is parked for."""
FEW_RETRIES = {"retry_s": [0.2, 0.3, 0.5], "concurrency": 8}
LONG_RETRIES = {"retry_s": [0.2, 0.5, 1, 2, 4, 8], "concurrency": 2}
"""They take longer than the others' webhooks, and two that never let go would take all the room there is."""
DEADLY = "deadly"
"""The file, in the run's folder, that names the ticket of which a worker dies."""
MOST_DEATHS = 6
"""After four it is given up."""


async def spoil_some(lab: Lab, size: Size) -> None:
    """A few tickets can never be read. The others are done before those are given up; then the helpdesk is mended."""
    expected = {}
    async with lab.sending(size.rate):
        await lab.sent(10)
        for answer, reason in BAD:
            ticket = await lab.sender.open("Never to be read")
            expected[ticket] = reason
            await lab.desk.fault("GET", f"/api/v2/tickets/{ticket}", times=1_000_000, **answer)
            await lab.sender.flood(ticket, 1)
        await lab.sent(size.sends)
    await lab.quiet()
    parked = lab.stored.parked()
    lab.extra["wrong_reason"] = sum(parked.get(ticket, ("", 0.0))[0] != reason for ticket, reason in expected.items())
    lab.extra["others_parked"] = len(parked.keys() - expected.keys())
    given_up_at = max((at for _, at in parked.values()), default=0.0)
    waits = [(ticket, change) for ticket, change in lab.stored.decisions() if ticket not in expected]
    decided = lab.stored.decided_at()
    lab.extra["held_up"] = sum(decided[change] > given_up_at for _, change in waits)
    await lab.desk.clear_faults()
    await replay(lab)


def deadly(folder: Path) -> dict[str, Any]:
    """What is set up: a worker dies of the ticket that a file names."""
    (folder / DEADLY).write_text("none yet")
    return {"accident": "dies_of_deadly", "environ": {"FAULTLAB_DEADLY": str(folder / DEADLY)}}


async def kill_by_visit(lab: Lab, size: Size) -> None:
    """Whoever visits one ticket dies, again and again, with all else it was doing; whoever dies is started anew."""
    lab.to_desk.latency_s = SLOW_S
    async with lab.sending(size.rate):
        await lab.sent(10)
        ticket = await lab.sender.open("Whoever reads this dies")
        (lab.plan.folder / DEADLY).write_text(ticket)
        await lab.sender.flood(ticket, 1)
        lab.figures["deaths"] = await _deaths(lab, ticket)
        await lab.sent(size.sends)
    lab.to_desk.heal()
    await lab.quiet()
    parked = lab.stored.parked()
    lab.extra["wrong_reason"] = int(parked.get(ticket, ("", 0.0))[0] != "gave_up")
    lab.extra["others_parked"] = len(parked.keys() - {ticket})
    await replay(lab)


async def _deaths(lab: Lab, ticket: str) -> int:
    """How many died of it until it was given up, or until nobody believes any more that it will be."""
    deaths = 0
    while deaths < MOST_DEATHS and ticket not in lab.stored.parked():
        dead = [name for name, process in lab.crew.running.items() if process.poll() is not None]
        for name in dead:
            lab.crew.start(name)
        deaths += len(dead)
        await asyncio.sleep(0.1)
    (lab.plan.folder / DEADLY).write_text("none any more")
    for name in [name for name, process in lab.crew.running.items() if process.poll() is not None]:
        lab.crew.start(name)
    await lab.crew.ready()
    return deaths


async def replay_under_fire(lab: Lab, size: Size) -> None:
    """Notes arrive, their answers do not, and the tickets are given up at once. All are replayed twice, under kills."""
    lab.to_desk.lose_reply_to = lab.plan.vendor.writes
    async with lab.sending(size.rate):
        await lab.sent(size.sends)
    await lab.quiet()
    lab.figures["dead_letters"] = sum(state == "parked" for _, state in lab.stored.deliveries())
    lab.extra["nothing_parked"] = int(not lab.figures["dead_letters"])
    lab.to_desk.heal()
    lab.to_desk.latency_s = SLOW_S
    for _ in range(2):
        await replay(lab)
        for name in sorted(lab.crew.running):
            lab.crew.kill(name)
            await lab.crew.begin(name)
    lab.to_desk.heal()


async def replay(lab: Lab) -> None:
    """All dead letters, by the command an operator would type."""
    environ = {**os.environ, "OMBUDS_CONFIG": str(lab.plan.folder / "ombuds.toml")}
    command = [*OMBUDS, "dead-letters", "replay", "--all", "--yes"]
    await asyncio.to_thread(
        subprocess.run, command, env=environ, cwd=HERE.parents[1], check=True, capture_output=True, timeout=120
    )
