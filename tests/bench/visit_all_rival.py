"""The same work on procrastinate, a task queue on PostgreSQL: tasks that do nothing, each with its ticket's lock."""

import argparse
import asyncio
import sys
import time

import msgspec
import uvloop
from procrastinate import App, PsycopgConnector


async def work(asked: argparse.Namespace) -> dict[str, float]:
    app = App(connector=PsycopgConnector(conninfo=asked.url))
    ended: list[float] = []

    @app.task(queue="tickets")
    async def visit(ticket: str) -> None:
        ended.append(time.time())

    async with app.open_async():
        if asked.defer:
            await app.schema_manager.apply_schema_async()
            for first in range(0, asked.defer, 500):
                tickets = [f"t{number}" for number in range(first, min(first + 500, asked.defer))]
                await asyncio.gather(*(visit.configure(lock=one).defer_async(ticket=one) for one in tickets))
            await app.connector.execute_query_async("ANALYZE")
        begun_at, begun_cpu = time.time(), time.process_time()
        await app.run_worker_async(
            queues=["tickets"], concurrency=asked.concurrency, wait=False, install_signal_handlers=False
        )
    return {"visits": len(ended), "last_s": ended[-1] - begun_at, "cpu_s": time.process_time() - begun_cpu}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--defer", type=int, default=0)
    said = uvloop.run(work(parser.parse_args()))
    sys.stdout.write(msgspec.json.encode(said).decode() + "\n")


if __name__ == "__main__":
    main()
