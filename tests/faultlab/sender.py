"""Sends webhooks as a helpdesk would, at a rate that does not wait for answers, and writes every step down."""

import asyncio
import random
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import msgspec
from journal import ACK, ATTEMPT, MADE, OPENED, Journal, Step
from vendors import News, Vendor

from connectors.sandbox.client import SandboxClient

TIMEOUT_S = 10.0
WINDOW, REPLIES = 10, 6
"""So many tickets at a time get so many replies each, in turns; then come new ones."""
SAME_CHANGE = 20
"""So many webhooks of a flood tell of the same change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How the sender behaves. `copies`: each webhook is sent so often at once."""

    copies: int = 1
    retries: bool = True
    latest_s: float = 0.0
    """Each webhook is held back for up to this long, so that they overtake each other."""
    skipped: float = 0.0
    """The share of changes that no webhook ever tells of."""


@dataclass(slots=True, kw_only=True)
class Sender:
    """`url`: where webhooks go. The agent replies, the reader opens tickets."""

    url: str
    vendor: Vendor
    desk: SandboxClient
    journal: Journal
    agent_id: str
    reader_id: str
    manners: Manners = field(default_factory=Manners)
    dice: random.Random = field(default_factory=random.Random)
    statuses: dict[int, int] = field(default_factory=dict)
    tickets: list[str] = field(default_factory=list)
    sent: int = 0

    async def send(self, rate: float, stop: asyncio.Event) -> None:
        """Replies and their webhooks, `rate` a second, until told to stop; returns when all had their answers."""
        begun = time.monotonic()
        async with _client() as client, asyncio.TaskGroup() as sending:
            while not stop.is_set():
                await asyncio.sleep(begun + self.sent / rate - time.monotonic())
                sending.create_task(self._tell(client, await self._next_ticket()))
                self.sent += 1

    async def _next_ticket(self) -> str:
        if self.sent % (WINDOW * REPLIES) == 0:
            self.tickets = [await self.open(f"Books {self.sent + number}") for number in range(WINDOW)]
        return self.tickets[self.sent % WINDOW]

    async def open(self, subject: str) -> str:
        """A ticket of a customer. Its opening is a change that may be judged."""
        ticket, change = await self.desk.ticket(
            self.reader_id, subject, channel="email", comment={"text": "Where are my books?"}
        )
        self.journal.write(Step(kind=OPENED, at=time.time(), ticket=ticket, change=change))
        return ticket

    async def flood(self, ticket: str, count: int) -> None:
        """The ticket gets so many webhooks at once, several for each thing its customer writes."""
        async with _client() as client, asyncio.TaskGroup() as sending:
            for number in range(count):
                if number % SAME_CHANGE == 0:
                    at, change = await self._write(ticket, self.reader_id)
                sending.create_task(self._announce(client, ticket, change, at))

    async def _tell(self, client: httpx.AsyncClient, ticket: str) -> None:
        at, change = await self._write(ticket, self.agent_id)
        if self.dice.random() < self.manners.skipped:
            return
        await asyncio.sleep(self.dice.random() * self.manners.latest_s)
        await self._announce(client, ticket, change, at)

    async def _write(self, ticket: str, writer_id: str) -> tuple[datetime, str]:
        at = datetime.now(UTC)
        change = await self.desk.submit(ticket, writer_id, comment={"text": "We have looked into it."})
        self.journal.write(Step(kind=MADE, at=time.time(), ticket=ticket, change=change))
        return at, change

    async def _announce(self, client: httpx.AsyncClient, ticket: str, change: str, at: datetime) -> None:
        news = News(ticket=ticket, change=change, at=at, number=uuid.UUID(int=self.dice.getrandbits(128)))
        delivery, body = self.vendor.webhook(news)
        step = Step(kind=ATTEMPT, at=time.time(), ticket=ticket, change=change, delivery=delivery)
        self.journal.write(step)
        await asyncio.gather(*(self._deliver(client, step, body) for _ in range(self.manners.copies)))

    async def _deliver(self, client: httpx.AsyncClient, step: Step, body: bytes) -> None:
        attempt = 1
        while True:
            status, retry_after = await self._post(client, body)
            self.statuses[status] = self.statuses.get(status, 0) + 1
            if 200 <= status < 300:
                self.journal.write(msgspec.structs.replace(step, kind=ACK, at=time.time(), status=status))
                return
            wait_s = self.vendor.retry_in_s(status, retry_after, attempt)
            if wait_s is None or not self.manners.retries:
                return
            await asyncio.sleep(wait_s)
            attempt += 1

    async def _post(self, client: httpx.AsyncClient, body: bytes) -> tuple[int, str]:
        headers = {"Content-Type": "application/json", **self.vendor.proof(body)}
        try:
            answer = await client.post(self.url, content=body, headers=headers)
        except httpx.TransportError:
            return 0, ""
        return answer.status_code, answer.headers.get("retry-after", "")


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(trust_env=False, timeout=TIMEOUT_S, limits=httpx.Limits(max_connections=200))
