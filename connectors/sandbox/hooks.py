"""Sends webhooks as a vendor would: signed, in the background, again where its manners say so."""

import asyncio
import itertools
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

import httpx
import msgspec

from connectors.sandbox.records import Submit, Ticket
from connectors.sandbox.vendor import Hook, Message, Vendor

LONGEST_WAIT_S = 0.05
"""A vendor's minutes are a sandbox's moments."""
COLLECTING_S = 0.2
TIMEOUT_S = 10.0


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One webhook request that was made. `id` is the same for all attempts of a message; `status` 0: no answer."""

    id: str
    ticket_id: str
    url: str
    status: int
    attempt: int


Line = asyncio.Queue[tuple[Hook, Message]]


class HookSender:
    """Serves the webhooks there are. Each has its own line, so one that hangs does not hold up another."""

    def __init__(self, vendor: Vendor, hooks: Mapping[str, Hook]) -> None:
        self.attempts: list[Attempt] = []
        self._vendor = vendor
        self._hooks = hooks
        self._lines: dict[str, Line] = {}
        self._new_lines: asyncio.Queue[Line] = asyncio.Queue()
        self._numbers = itertools.count(1)
        self._unsent = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None, None]:
        """Sends for as long as the block lasts; what is not sent by then never is."""
        async with httpx.AsyncClient(trust_env=False, timeout=TIMEOUT_S) as client, asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(self._work(client))
            yield
            sending.cancel()

    def tell(self, ticket: Ticket, submit: Submit) -> None:
        """Puts what each webhook is told of a submit into its line."""
        for hook in self._hooks.values():
            for message in self._vendor.messages(hook, ticket, submit):
                self._unsent += hook.copies
                for _ in range(hook.copies):
                    self._line(hook).put_nowait((hook, message))
        if self._unsent:
            self._idle.clear()

    async def settled(self) -> None:
        """Returns when nothing is waiting or under way."""
        await self._idle.wait()

    def _line(self, hook: Hook) -> Line:
        if hook.id not in self._lines:
            self._lines[hook.id] = asyncio.Queue()
            self._new_lines.put_nowait(self._lines[hook.id])
        return self._lines[hook.id]

    async def _work(self, client: httpx.AsyncClient) -> None:
        async with asyncio.TaskGroup() as tasks:
            while True:
                tasks.create_task(self._work_off(client, await self._new_lines.get()))

    async def _work_off(self, client: httpx.AsyncClient, line: Line) -> None:
        while True:
            batch = [await line.get()]
            if batch[0][0].shuffle:
                await asyncio.sleep(COLLECTING_S)
                batch += [line.get_nowait() for _ in range(line.qsize())]
            for hook, message in reversed(batch):
                await self._deliver(client, hook, message)
                self._unsent -= 1
            if not self._unsent:
                self._idle.set()

    async def _deliver(self, client: httpx.AsyncClient, hook: Hook, message: Message) -> None:
        delivery_id = f"d{next(self._numbers)}"
        for attempt in itertools.count(1):
            status, headers = await self._send(client, hook, message)
            self.attempts.append(
                Attempt(id=delivery_id, ticket_id=str(message.ticket_id), url=hook.url, status=status, attempt=attempt)
            )
            wait_s = self._vendor.retry_in_s(status, headers, attempt)
            if wait_s is None:
                self._vendor.ended(hook, status)
                return
            await asyncio.sleep(min(wait_s, LONGEST_WAIT_S))

    async def _send(self, client: httpx.AsyncClient, hook: Hook, message: Message) -> tuple[int, httpx.Headers]:
        headers = {**message.headers, **self._vendor.sign(hook, message)}
        try:
            answer = await client.post(hook.url, content=message.body, headers=headers)
        except (httpx.TransportError, httpx.InvalidURL):
            return 0, httpx.Headers()
        return answer.status_code, answer.headers
