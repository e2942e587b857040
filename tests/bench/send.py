"""Sends webhooks to a port on loopback, and says as JSON how they were answered.

    python send.py PORT --connections 64 --seconds 4               each connection sends as soon as it is answered
    python send.py PORT --connections 64 --seconds 20 --rate 500   so many a second are offered, answered or not
    python send.py PORT --asks --rate 50 --seconds 30              drafts for the gate

Times count from the moment a webhook was to be sent, so that a stall is not hidden by what it keeps back.
"""

import argparse
import asyncio
import re
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator

import msgspec
import uvloop
from drafts_made import asks
from webhooks_made import webhooks

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


class Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self, sender: "Sender") -> None:
        self._sender = sender
        self._heard = b""
        self._since = 0.0
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport

    def send(self, request: bytes, since: float) -> None:
        self._since = since
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._heard += data
        head, found, body = self._heard.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if found and length and len(body) >= int(length[1]):
            self._heard = b""
            self._sender.answered(self, int(head[9:12]), time.perf_counter() - self._since)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._sender.lost += 1


class Sender:
    """Counts answers. Without a rate, whoever is answered sends again at once."""

    def __init__(self, requests: Iterator[bytes], *, rate: float) -> None:
        self.requests = requests
        self.rate = rate
        self.took: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.lost = 0
        self.is_over = False
        self._idle: deque[Connection] = deque()
        self._late: deque[float] = deque()

    def answered(self, connection: Connection, status: int, took: float) -> None:
        self.took.append(took)
        self.statuses[status] += 1
        if self._late:
            connection.send(next(self.requests), self._late.popleft())
        elif self.rate or self.is_over:
            self._idle.append(connection)
        else:
            connection.send(next(self.requests), time.perf_counter())

    async def run(self, connections: list[Connection], seconds: float) -> None:
        if not self.rate:
            for connection in connections:
                connection.send(next(self.requests), time.perf_counter())
            await asyncio.sleep(seconds)
            return
        self._idle.extend(connections)
        begun = time.perf_counter()
        for number in range(int(seconds * self.rate)):
            at = begun + number / self.rate
            await asyncio.sleep(max(at - time.perf_counter(), 0))
            if self._idle:
                self._idle.popleft().send(next(self.requests), at)
            else:
                self._late.append(at)

    async def rest(self, connections: int, *, within_s: float) -> None:
        """Waits until nobody waits for an answer any more."""
        self.is_over = True
        until = time.perf_counter() + within_s
        while len(self._idle) < connections and time.perf_counter() < until:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def send(asked: argparse.Namespace) -> dict[str, object]:
    loop = asyncio.get_running_loop()
    requests = asks(asked.tickets) if asked.asks else webhooks(asked.tickets)
    sender = Sender(requests, rate=asked.rate)
    made = [
        await loop.create_connection(lambda: Connection(sender), "127.0.0.1", asked.port)
        for _ in range(asked.connections)
    ]
    begun = time.perf_counter()
    await sender.run([connection for _, connection in made], asked.seconds)
    answered, took = len(sender.took), time.perf_counter() - begun
    await sender.rest(asked.connections, within_s=10.0)
    sorted_ms = sorted(one * 1_000 for one in sender.took)
    return {
        "rate": answered / took,
        "p50_ms": sorted_ms[len(sorted_ms) // 2],
        "p99_ms": sorted_ms[int(len(sorted_ms) * 0.99)],
        "p999_ms": sorted_ms[int(len(sorted_ms) * 0.999)],
        "max_ms": sorted_ms[-1],
        "offered": int(asked.seconds * asked.rate),
        "answered": len(sorted_ms),
        "accepted": sender.statuses[200 if asked.asks else 202],
        "lost": sender.lost,
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rate", type=float, default=0.0)
    parser.add_argument("--tickets", type=int, default=5_000)
    parser.add_argument("--asks", action="store_true", help="drafts for the gate in place of webhooks")
    said = uvloop.run(send(parser.parse_args()))
    sys.stdout.write(msgspec.json.encode(said).decode() + "\n")


if __name__ == "__main__":
    main()
