"""Drafts at a fixed rate, to a process for the gate alone, while workers go through a backlog on the same store."""

import time
from collections.abc import Iterator

import stock
from acks import TOLD
from bench_world import BACKENDS, Bench, running
from figures import Figure

RATE = 50
LASTS_S = 30.0
BACKLOG = 100_000
HOLD_S = 0.05
"""How long the helpdesk takes for a ticket: a backlog lasts as long as the drafts."""


def gate(bench: Bench) -> Iterator[Figure]:
    """Fifty drafts a second with the shipped policies; a backlog is being visited, 32 tickets at a time."""
    for backend in BACKENDS:
        url = bench.new_store(backend)
        count = bench.count(BACKLOG)
        stock.stock_tickets(url, count, column="due_at", first_s=time.time() - 60, step_s=0.0005)
        stock.stock_deliveries(url, count, tickets=count)
        stock.settle_down(url)
        with running("serve_house", url, "--gate-only") as door:
            port = door.hear()["port"]
            _ask(port, seconds=bench.seconds(2))
            with running("serve_house", url, "--concurrency", 32, "--hold-s", HOLD_S) as workers:
                workers.hear()
                before = door.cpu_s()
                told = _ask(port, seconds=bench.seconds(LASTS_S))
                cpu_ms = (door.cpu_s() - before) / told["answered"] * 1_000
        given = f"{RATE} drafts/s with {count:,} tickets due and busy workers, {TOLD[backend]}"
        yield from _figures(given, told)
        yield Figure(what=f"{given}: processor time of the gate for a draft", value=cpu_ms, unit="ms")


def _figures(given: str, told: dict[str, float]) -> Iterator[Figure]:
    share = told["accepted"] / told["offered"] * 100
    yield Figure(what=f"{given}: answered", value=share, unit="%", at_least=100)
    for name, most in (("p50", 10), ("p99", 50), ("p999", 150)):
        yield Figure(what=f"{given}: {name}", value=told[f"{name}_ms"], unit="ms", at_most=most)
    yield Figure(what=f"{given}: longest", value=told["max_ms"], unit="ms", at_most=2_000)


def _ask(port: int, *, seconds: float) -> dict[str, float]:
    how = ("--asks", "--connections", 16, "--rate", RATE, "--seconds", seconds, "--tickets", 500)
    with running("send", port, *how) as sender:
        told: dict[str, float] = sender.hear()
    return told
