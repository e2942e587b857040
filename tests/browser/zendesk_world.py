"""The pretend Zendesk of the demo with the real service behind it, and a place between them for trouble."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
from between import Between
from desk_seen import SECRET, DeskSeen

from connectors.sandbox.serving import serving
from service.demo.host.opening import agent_view
from service.demo.host.story import BULLETIN
from service.demo.stage import StoryClock, stage
from service.demo.story import MAILBOX, SUBJECT, WRITES

STRICT = """\
format: 1
pack: strict
owner: legal
policies:
  - id: names-a-lawyer
    title: The reply names a lawyer
    why: Whoever reads it is frightened.
    severity: high
    mode: block
    overridable: false
    applies_to: {actor.role: agent, change.is_public_reply: true}
    when: {reply.text: {contains: lawyer}}
    tests:
      - name: frightens
        given: {actor.role: agent, change.is_public_reply: true, reply.text: "Our lawyer will write."}
        expect: violation
      - {name: calms, given: {actor.role: agent, change.is_public_reply: true, reply.text: "Hello."}, expect: pass}
"""
"""What only a colleague may let pass; of the policies that come with Ombuds none is so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World(DeskSeen):
    """The desk, with what only this helpdesk has."""

    url: str
    between: Between
    rowan: str
    noor: str

    async def ticket(self, *, who: str = "Ines Calder", subject: str = SUBJECT, text: str = WRITES.text) -> str:
        """The id of a new ticket in which a customer has just written, judged by the service."""
        requester = await self.stage.desk.person(who, "customer@mail.example")
        said = {"public": True, "text": text}
        ticket, _ = await self.stage.desk.ticket(
            requester, subject, comment=said, channel="email", recipient=MAILBOX, via="email"
        )
        return ticket


@asynccontextmanager
async def world(folder: Path, sdk: str) -> AsyncGenerator[World, None]:
    """All of it, running; `sdk` is the script that the app is given as Zendesk's."""
    gate = f'gate = {{secrets = ["{SECRET}"]}}\n'
    policies = {"bulletins-of-the-shop.yaml": BULLETIN, "strict.yaml": STRICT}
    clock = StoryClock(datetime.now(UTC))
    async with (
        stage("zendesk", folder, clock=clock, settings=gate, policies=policies) as running,
        httpx.AsyncClient(trust_env=False) as client,
    ):
        between = Between(client, running.service_url)
        async with serving(between.app) as gate_url, agent_view(running, SECRET, gate_url=gate_url, sdk=sdk) as url:
            yield World(
                stage=running,
                url=url,
                between=between,
                rowan=await running.desk.person("Rowan Pell", "r@shop.example", role="agent", groups=("support",)),
                noor=await running.desk.person("Noor Haddad", "n@shop.example", role="agent", groups=("review",)),
            )
            between.behave()
