"""The pretend Freshdesk of the demo with the real service behind it, and our app installed in it."""

import re
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import anyio
import httpx
from desk_seen import SECRET, DeskSeen
from freshdesk_host import HOST, FreshdeskHost

from connectors.sandbox.freshdesk import FreshdeskSandbox
from connectors.sandbox.serving import serving
from service.demo.host.story import BULLETIN
from service.demo.stage import StoryClock, stage
from service.demo.story import ACCOUNT, MAILBOX, SUBJECT, WRITES
from service.store.drafts import Known, known
from service.store.records import TicketKey


@dataclass(frozen=True, slots=True, kw_only=True)
class World(DeskSeen):
    """The desk, with what only this helpdesk has."""

    host: FreshdeskHost
    url: str
    noor: str

    async def ticket(self, *, who: str = "Ines Calder", subject: str = SUBJECT, text: str = WRITES.text) -> str:
        """The id of a new ticket in which a customer has just written, read by the service."""
        requester = await self.stage.desk.person(who, "customer@mail.example")
        said = {"public": True, "text": text}
        ticket, _ = await self.stage.desk.ticket(
            requester, subject, comment=said, channel="email", recipient=MAILBOX, via="email"
        )
        await self.until(ticket, lambda known: known.ticket is not None)
        return ticket

    async def until(self, ticket: str, is_so: Callable[[Known], bool]) -> None:
        """Waits until what the service knows of a ticket is so."""
        key = TicketKey(helpdesk="freshdesk", account=ACCOUNT, id=ticket)
        with anyio.fail_after(20):
            while not is_so(await known(self.stage.store, key)):  # noqa: ASYNC110 - the store tells nobody
                await anyio.sleep(0.05)

    async def approve(self, ticket: str) -> None:
        """Noor reads the note that asks for a second look, and does as it says."""
        with anyio.fail_after(20):
            while not (notes := await self.notes(ticket)):  # noqa: ASYNC110 - a worker leaves it in its own time
                await anyio.sleep(0.05)
        asked = re.search(r"#ombuds approve (\w+)", " ".join(notes))
        assert asked is not None
        said = {"public": False, "text": f"{asked[0]} I called her, she is content."}
        await self.stage.desk.submit(ticket, self.noor, comment=said)
        await self.until(ticket, lambda known: bool(known.past.answers))

    async def notes(self, ticket: str) -> list[str]:
        """The internal notes on a ticket."""
        comments = (await self.stage.desk.view(ticket))["comments"]
        return [comment["text"] for comment in comments if not comment["public"]]

    async def status(self, ticket: str) -> str:
        """Where the ticket stands."""
        return str((await self.stage.desk.view(ticket))["status"])


@asynccontextmanager
async def world(folder: Path) -> AsyncGenerator[World, None]:
    """All of it, running."""
    gate = f'gate = {{secrets = ["{SECRET}"]}}\n'
    policies = {"bulletins-of-the-shop.yaml": BULLETIN}
    clock = StoryClock(datetime.now(UTC))
    async with (
        stage("freshdesk", folder, clock=clock, settings=gate, policies=policies) as running,
        httpx.AsyncClient(trust_env=False, timeout=15) as client,
    ):
        assert isinstance(running.sandbox, FreshdeskSandbox)
        rowan = await running.desk.person("Rowan Pell", "r@shop.example", role="agent", groups=("support",))
        host = FreshdeskHost(
            client=client,
            service=running.service_url,
            desk=running.desk,
            api=(f"{running.desk_url}/api/v2", running.sandbox.api_key),
            iparams={"service_host": HOST, "account": ACCOUNT, "service_token": SECRET},
            agent={"id": int(rowan), "contact": {"name": "Rowan Pell", "email": "r@shop.example", "language": "en"}},
        )
        async with serving(host.asgi()) as url, serving(host.asgi()) as host.frames:
            noor = await running.desk.person("Noor Haddad", "n@shop.example", role="agent", groups=("review",))
            yield World(stage=running, host=host, url=url, noor=noor)
