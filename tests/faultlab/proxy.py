"""A TCP proxy that breaks connections in the ways networks do. Its fields may be changed while it runs."""

import asyncio
import contextlib
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

CHUNK = 65_536


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
    lose_share: float = 1.0
    half_close_after: bytes = b""
    """After a request that holds these bytes the client is told that nothing more will come; it may still write."""
    lost: int = 0
    """Replies lost so far."""
    _random: random.Random = field(default_factory=lambda: random.Random(1))
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
        """From now on everything goes through again."""
        self.latency_s = self.bandwidth = 0.0
        self.is_down = self.is_blackhole = False
        self.lose_reply_to = self.half_close_after = b""

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = _Link(self, reader, writer)
        self._open.add(writer)
        try:
            if not self.is_down:
                await link.run()
        except OSError:
            pass
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    def remember(self, writer: asyncio.StreamWriter) -> None:
        """A connection to the target, to be cut with the others."""
        self._open.add(writer)

    def forget(self, writer: asyncio.StreamWriter) -> None:
        """It is over."""
        self._open.discard(writer)
        writer.transport.abort()

    def loses_reply_to(self, request: bytes) -> bool:
        """Whether this is a request whose reply is to be lost."""
        return bool(self.lose_reply_to and self.lose_reply_to in request and self._random.random() < self.lose_share)

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
        self._reply_is_lost = False

    async def run(self) -> None:
        upstream_reader, upstream = await asyncio.open_connection(*self._proxy.target)
        self._proxy.remember(upstream)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._requests(upstream))
                group.create_task(self._replies(upstream_reader))
        except* OSError:
            pass
        finally:
            self._proxy.forget(upstream)

    async def _requests(self, upstream: asyncio.StreamWriter) -> None:
        while chunk := await self._reader.read(CHUNK):
            await self._proxy.delay(len(chunk))
            self._reply_is_lost = self._reply_is_lost or self._proxy.loses_reply_to(chunk)
            upstream.write(chunk)
            await upstream.drain()
            if self._proxy.half_close_after and self._proxy.half_close_after in chunk:
                self._writer.write_eof()
        with contextlib.suppress(OSError):
            upstream.write_eof()

    async def _replies(self, upstream: asyncio.StreamReader) -> None:
        while chunk := await upstream.read(CHUNK):
            await self._proxy.delay(len(chunk))
            if self._reply_is_lost:
                self._proxy.lost += 1
                raise ConnectionResetError("the reply is lost")
            self._writer.write(chunk)
            await self._writer.drain()
        raise ConnectionResetError("the target hung up")
