"""A TCP proxy that breaks connections in the ways networks do. Its fields may be changed while it runs."""

import asyncio
import contextlib
import random
import re
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

CHUNK = 65_536
_RETRY_AFTER = re.compile(rb"\r\nretry-after: (\d+)\r\n", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One HTTP request, by method and path, and its answer; times are monotonic, in seconds."""

    request: str
    asked_at: float
    answered_at: float
    status: int
    asks_to_wait_s: int = 0
    """By Retry-After."""


@dataclass(slots=True, kw_only=True)
class Proxy:
    """Everything that comes in on `port` goes to `target` (host, port), as long as nothing below says otherwise."""

    target: tuple[str, int]
    port: int = 0
    latency_s: float = 0.0
    bandwidth: float = 0.0
    """Bytes a second and connection; 0: as fast as it goes."""
    is_down: bool = False
    """New connections are closed at once."""
    is_blackhole: bool = False
    """Connections stand, and nothing gets through in either direction."""
    lose_reply_to: bytes = b""
    """A request that holds these bytes goes through; its reply does not, and the connection breaks."""
    hold_reply_to: bytes = b""
    """The same, but the connection stands and nothing comes."""
    half_close_after: bytes = b""
    """After a request that holds these bytes the target is told that nothing more will come."""
    share: float = 1.0
    """How many of the requests that are named above are hit."""
    lost: int = 0
    """Replies lost so far."""
    held: int = 0
    """Replies that are being held back."""
    exchanges: list[Exchange] | None = None
    """A list takes every HTTP request and its status."""
    _dice: random.Random = field(default_factory=lambda: random.Random(1))
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator["Proxy", None]:
        """Listens for as long as the block lasts."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.cut()

    def cut(self) -> None:
        """Breaks every connection that stands, as a reset."""
        for writer in list(self._open):
            writer.transport.abort()

    def heal(self) -> None:
        """From now on everything goes through again. What was held back never comes."""
        self.latency_s = self.bandwidth = 0.0
        self.is_down = self.is_blackhole = False
        self.lose_reply_to = self.hold_reply_to = self.half_close_after = b""
        self.held = 0

    def hits(self, named: bytes, request: bytes) -> bool:
        """Whether this request is one of those named, and its turn has come."""
        return bool(named and named in request and self._dice.random() < self.share)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = _Link(self, reader, writer)
        self._open.add(writer)
        try:
            if not self.is_down:
                await link.run()
        except (OSError, asyncio.CancelledError):
            pass  # one end broke, or the lab is closing
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    @asynccontextmanager
    async def upstream(self) -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter], None]:
        """A connection to the target, to be cut with the others."""
        reader, writer = await asyncio.open_connection(*self.target)
        self._open.add(writer)
        try:
            yield reader, writer
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    async def delay(self, size: int) -> None:
        """Waits as long as so many bytes take."""
        while self.is_blackhole:
            await asyncio.sleep(0.05)
        wait_s = self.latency_s + (size / self.bandwidth if self.bandwidth else 0.0)
        if wait_s:
            await asyncio.sleep(wait_s)


class _Link:
    """One client and its connection to the target."""

    def __init__(self, proxy: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._proxy, self._reader, self._writer = proxy, reader, writer
        self._is_lost = self._is_held = False
        self._asked: tuple[float, bytes] | None = None

    async def run(self) -> None:
        try:
            async with self._proxy.upstream() as (reader, writer), asyncio.TaskGroup() as group:
                group.create_task(self._requests(writer))
                group.create_task(self._replies(reader))
        except* OSError:
            pass

    async def _requests(self, upstream: asyncio.StreamWriter) -> None:
        proxy = self._proxy
        while chunk := await self._reader.read(CHUNK):
            await proxy.delay(len(chunk))
            self._is_lost |= proxy.hits(proxy.lose_reply_to, chunk)
            self._is_held |= proxy.hits(proxy.hold_reply_to, chunk)
            if proxy.exchanges is not None and b" HTTP/1.1\r\n" in chunk:
                self._asked = time.monotonic(), chunk.split(b" HTTP/1.1", 1)[0]
            upstream.write(chunk)
            await upstream.drain()
            if proxy.hits(proxy.half_close_after, chunk):
                upstream.write_eof()
        with contextlib.suppress(OSError):
            upstream.write_eof()

    async def _replies(self, upstream: asyncio.StreamReader) -> None:
        while chunk := await upstream.read(CHUNK):
            await self._proxy.delay(len(chunk))
            if self._is_lost:
                self._proxy.lost += 1
                raise ConnectionResetError("the reply is lost")
            if self._is_held:
                self._proxy.held += 1
                await asyncio.Event().wait()
            self._note(chunk)
            self._writer.write(chunk)
            await self._writer.drain()
        raise ConnectionResetError("the target hung up")

    def _note(self, reply: bytes) -> None:
        if self._proxy.exchanges is None or self._asked is None or not reply.startswith(b"HTTP/1.1 "):
            return
        asked_at, request = self._asked
        wait = _RETRY_AFTER.search(reply.partition(b"\r\n\r\n")[0] + b"\r\n")
        self._proxy.exchanges.append(
            Exchange(
                request=request.decode(),
                asked_at=asked_at,
                answered_at=time.monotonic(),
                status=int(reply[9:12]),
                asks_to_wait_s=int(wait[1]) if wait else 0,
            )
        )
