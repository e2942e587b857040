"""How many tickets a worker process gets through when visits themselves cost nothing."""

import importlib.util
import statistics
import time
from collections.abc import Iterator

import stock
from acks import TOLD
from bench_world import BACKENDS, Bench, running
from figures import Figure

TICKETS = 20_000
RIVAL_TASKS = 1_000
BACKLOG = 100_000
HOT = 5_000


def _stocked(bench: Bench, backend: str, tickets: int) -> str:
    """A store where each of so many tickets is due for one delivery."""
    url = bench.new_store(backend)
    stock.stock_tickets(url, tickets, column="due_at", first_s=time.time() - 60, step_s=0.0005)
    stock.stock_deliveries(url, tickets, tickets=tickets)
    stock.settle_down(url)
    return url


def visits(bench: Bench) -> Iterator[Figure]:
    """Visits a second with a handler that does nothing, and the same on a task queue over the same PostgreSQL."""
    has_rival = importlib.util.find_spec("procrastinate") is not None
    rates: dict[str, list[float]] = {name: [] for name in (*BACKENDS, *(["rival"] if has_rival else []))}
    for _ in range(bench.rounds):
        for backend in BACKENDS:
            url = _stocked(bench, backend, bench.count(TICKETS))
            with running("visit_all", url) as worker:
                said = worker.hear()
            assert said["visits"] == bench.count(TICKETS)
            rates[backend].append(said["visits"] / said["worked_s"])
        if has_rival:
            with running("visit_all_rival", bench.server.new_database(), "--defer", bench.count(RIVAL_TASKS)) as rival:
                said = rival.hear()
            rates["rival"].append(said["visits"] / said["last_s"])
    for backend in BACKENDS:
        yield Figure(
            what=f"visits with a trivial handler, one worker process, {TOLD[backend]}",
            value=statistics.median(rates[backend]), unit="visits/s", at_least=3_000, rounds=rates[backend],
        )  # fmt: skip
    if has_rival:
        yield Figure(
            what="tasks with the same handler on procrastinate, one worker process",
            value=statistics.median(rates["rival"]), unit="tasks/s", rounds=rates["rival"],
        )  # fmt: skip
        times = [ours / theirs for ours, theirs in zip(rates["postgresql"], rates["rival"], strict=True)]
        yield Figure(
            what="visits against procrastinate over the same PostgreSQL", value=statistics.median(times),
            unit="times", at_least=10, rounds=times,
        )  # fmt: skip


def backlog(bench: Bench) -> Iterator[Figure]:
    """A worker that starts with a hundred thousand tickets due."""
    for backend in BACKENDS:
        url = _stocked(bench, backend, bench.count(BACKLOG))
        with running("visit_all", url) as worker:
            said = worker.hear()
        name = f"start with {bench.count(BACKLOG):,} tickets due, {TOLD[backend]}"
        yield Figure(what=f"{name}: first visit done after", value=said["first_s"], unit="s")
        yield Figure(what=f"{name}: all done after", value=said["last_s"], unit="s")


def hot(bench: Bench) -> Iterator[Figure]:
    """Thousands of deliveries of one ticket, before one each of as many others; the others alone for comparison."""
    count = bench.count(HOT)
    for backend in BACKENDS:
        with running("visit_all", _stocked(bench, backend, count)) as worker:
            alone = worker.hear()
        url = bench.new_store(backend)
        now = time.time()
        stock.stock_tickets(url, 1, column="due_at", first_s=now - 120)
        stock.stock_deliveries(url, count, tickets=1)
        stock.stock_tickets(url, count, column="due_at", first_s=now - 60, step_s=0.0005)
        stock.stock_deliveries(url, count, tickets=count + 1)
        stock.settle_down(url)
        with running("visit_all", url, "--follow", 1) as worker:
            said = worker.hear()
        assert said["deliveries"] == 2 * count
        name = f"{count:,} deliveries of one ticket among {count:,} others, {TOLD[backend]}"
        yield Figure(what=f"{name}: the one is done after", value=said["followed_s"], unit="s", at_most=10)
        delay = said["others_s"] / alone["last_s"]
        yield Figure(what=f"{name}: the others against being alone", value=delay, unit="times as long", at_most=1.5)
