"""Plays the story: every scene is a real request to the desk, and what follows is read from desk and store."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from service.demo.outcome import Seen, Standing, what_came
from service.demo.screen import Screen
from service.demo.stage import Stage
from service.demo.story import (
    ACCOUNT,
    LETTER,
    MAILBOX,
    PREPARED_TAG,
    PREPARED_TITLE,
    SUBJECT,
    Scene,
    Who,
)
from service.store.records import TicketKey

NO_TICKET: dict[str, Any] = {"comments": [], "status": "", "tags": [], "group": None}
PATIENCE_S = 20.0
POLL_S = 0.02


class StuckError(Exception):
    """Something that had to happen did not, in time. The message is a sentence for whoever watches."""


class Play:
    """One performance on one stage."""

    def __init__(self, stage: Stage, screen: Screen) -> None:
        self._stage, self._screen = stage, screen
        self._people: dict[Who, str] = {}
        self._macro_id = ""
        self._ticket = TicketKey(helpdesk=stage.helpdesk, account=ACCOUNT, id="")

    @property
    def ticket_id(self) -> str:
        """The ticket at the desk; empty before the first scene."""
        return self._ticket.id

    @property
    def agent_id(self) -> str:
        """An agent at the desk."""
        return self._people[Who.SASHA]

    async def run(self, scenes: Sequence[Scene]) -> tuple[Seen, ...]:
        """All scenes, told on the screen as they happen. Raises StuckError."""
        await self._cast()
        return tuple([await self._scene(scene) for scene in scenes])

    async def _cast(self) -> None:
        desk = self._stage.desk
        self._people[Who.READER] = await desk.person(Who.READER, "ines.calder@mail.example")
        for agent in (Who.ROWAN, Who.SASHA):
            address = f"{agent.split()[0].lower()}@pageturner.example"
            self._people[agent] = await desk.person(agent, address, role="agent", groups=("support",))
        await desk.person("Noor Haddad", "noor@pageturner.example", role="agent", groups=("review",))
        self._macro_id = await desk.macro(PREPARED_TITLE, LETTER, add_tags=(PREPARED_TAG,))

    async def _scene(self, scene: Scene) -> Seen:
        self._stage.clock.advance(scene.after)
        before = await self._standing()
        self._screen.scene(scene, self._stage.clock())
        change_id = "clock:" if scene.who is Who.CLOCK else await self._act(scene)
        with self._screen.waiting():
            after = await self._judged(change_id, before)
        seen = what_came(scene, change_id, before, after)
        self._screen.seen(seen)
        return seen

    async def _act(self, scene: Scene) -> str:
        """The id of the change that the scene makes at the desk."""
        said: dict[str, Any] = {
            "actor_id": self._people[scene.who],
            "comment": {"public": True, "text": scene.text, "sender": scene.sender},
            "via": "email" if scene.who is Who.READER else "web",
        }
        said |= {"status": scene.status} if scene.status else {}
        said |= {"macro_id": self._macro_id} if scene.is_prepared else {}
        if self._ticket.id:
            return await self._stage.desk.submit(self._ticket.id, **said)
        opening = {"channel": "email", "recipient": MAILBOX, **said}
        ticket_id, change_id = await self._stage.desk.ticket(self._people[Who.READER], SUBJECT, **opening)
        self._ticket = replace(self._ticket, id=ticket_id)
        return change_id

    async def _judged(self, change_id: str, before: Standing) -> Standing:
        """How things stand once the change is judged, all is done, and nothing is on its way any more."""
        give_up_at = time.monotonic() + PATIENCE_S
        while time.monotonic() < give_up_at:
            await self._stage.desk.settled()
            counts = await self._stage.store.counts(self._stage.clock())
            standing = await self._standing()
            is_judged = any(it.change_id.startswith(change_id) for it in standing.verdicts[len(before.verdicts) :])
            if is_judged and not (counts.due or counts.leased or standing.is_acting):
                return standing
            await asyncio.sleep(POLL_S)
        raise StuckError(await self._why_stuck())

    async def _why_stuck(self) -> str:
        letters = await self._stage.store.dead_letters()
        reasons = ", ".join(f"{letter.reason} {letter.detail}".strip() for letter in letters)
        parked = f" Dead letters: {reasons}." if reasons else " There is no dead letter."
        return f"Ombuds did not judge this within {PATIENCE_S:.0f} seconds.{parked}"

    async def _standing(self) -> Standing:
        store, ticket = self._stage.store, self._ticket
        return Standing(
            verdicts=tuple(decision.verdict for decision in await store.decisions_of(ticket)),
            past=await store.past_of(ticket),
            view=await self._stage.desk.view(ticket.id) if ticket.id else NO_TICKET,
        )
