"""A worker process whose visits do nothing: what is measured is taking tickets and giving them back.

It works until nothing is due, then says how many visits it made, and when the first and the last ended. With --follow
it says so for that one ticket and for all others.
"""

import argparse
import asyncio
import sys
import time
from datetime import UTC, datetime

import msgspec
import uvloop

from service.metrics import Metrics
from service.settings import WorkSettings
from service.store.records import Visit
from service.store.store import Store
from service.tracing import Tracing
from service.workers import Workers


def utc_now() -> datetime:
    return datetime.now(UTC)


class Trivial:
    """Settles at once what it is given."""

    def __init__(self, store: Store, followed: str) -> None:
        self._store = store
        self._followed = followed
        self.tracing = Tracing()
        self.visits = 0
        self.deliveries = 0
        self.first_at = self.last_at = self.followed_at = self.others_at = 0.0

    async def run(self, visit: Visit) -> None:
        await self._store.settle(visit, utc_now(), recheck_at=None)
        self.visits += 1
        self.deliveries += len(visit.deliveries)
        self.last_at = time.time()
        self.first_at = self.first_at or self.last_at
        if visit.ticket.id == self._followed:
            self.followed_at = self.last_at
        else:
            self.others_at = self.last_at


async def work(asked: argparse.Namespace) -> dict[str, float]:
    begun_at, begun_cpu = time.time(), time.process_time()
    store = await Store.open(asked.url)
    trivial = Trivial(store, asked.follow)
    settings = WorkSettings(concurrency=asked.concurrency)
    workers = Workers(store, trivial, work=settings, metrics=Metrics({"zendesk"}), clock=utc_now)
    works_from = time.time()
    working = asyncio.create_task(workers.run())
    while True:
        await asyncio.sleep(0.2)
        counts = await store.counts(utc_now())
        if not counts.due and not counts.leased:
            break
    await workers.stop(drain_s=5)
    await working
    await store.close()
    return {
        "visits": trivial.visits,
        "deliveries": trivial.deliveries,
        "first_s": trivial.first_at - begun_at,
        "last_s": trivial.last_at - begun_at,
        "worked_s": trivial.last_at - works_from,
        "followed_s": trivial.followed_at - begun_at,
        "others_s": trivial.others_at - begun_at,
        "cpu_s": time.process_time() - begun_cpu,
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--follow", default="")
    said = uvloop.run(work(parser.parse_args()))
    sys.stdout.write(msgspec.json.encode(said).decode() + "\n")


if __name__ == "__main__":
    main()
