"""How fast webhooks are answered that are on disk by then, against the same route that keeps nothing."""

import contextlib
import statistics
from collections.abc import Iterator, Mapping
from typing import Any

import stock
from bench_world import BACKENDS, Bench, Program, running
from figures import Figure

AT_LEAST = {"sqlite": 0.50, "postgresql": 0.37}
STORED = 1_000_000
TOLD = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def load(port: int, **how: float) -> dict[str, Any]:
    """What a sender of its own process found."""
    arguments: list[object] = [part for name, value in how.items() for part in (f"--{name}", value)]
    with running("send", port, *arguments) as sender:
        said: dict[str, Any] = sender.hear()
    if said["accepted"] != said["answered"]:
        raise AssertionError(f"not every webhook was answered with 202: {said}")
    return said


def _in_turn(bench: Bench, ports: Mapping[str, int], connections: int) -> dict[str, list[dict[str, Any]]]:
    """Rounds in which each server has its turn, after one that does not count."""
    for port in ports.values():
        load(port, connections=connections, seconds=bench.seconds(1))
    told: dict[str, list[dict[str, Any]]] = {name: [] for name in ports}
    for _ in range(bench.rounds):
        for name, port in ports.items():
            told[name].append(load(port, connections=connections, seconds=bench.seconds(3)))
    return told


def ratios(told: dict[str, list[dict[str, Any]]], name: str, base: str) -> list[float]:
    """Rates against the base's of the same round."""
    return [one["rate"] / other["rate"] for one, other in zip(told[name], told[base], strict=True)]


def median(told: list[dict[str, Any]], key: str) -> float:
    """Over the rounds."""
    return statistics.median(one[key] for one in told)


def acks(bench: Bench) -> Iterator[Figure]:
    """Durable acks against the bare route with the same signature check, side by side."""
    with contextlib.ExitStack() as stack:
        servers = {"bare": stack.enter_context(running("serve_bare"))}
        for backend in BACKENDS:
            servers[backend] = stack.enter_context(running("serve_house", bench.new_store(backend), "--web-only"))
        ports = {name: server.hear()["port"] for name, server in servers.items()}
        for connections in (1, 16, 64):
            told = _in_turn(bench, ports, connections)
            yield from _ack_figures(told, connections)


def _ack_figures(told: dict[str, list[dict[str, Any]]], connections: int) -> Iterator[Figure]:
    many = f"{connections} connection{'s' if connections > 1 else ''}"
    rates = [one["rate"] for one in told["bare"]]
    yield Figure(what=f"bare route, {many}", value=statistics.median(rates), unit="acks/s", rounds=rates)
    for backend in BACKENDS:
        found = ratios(told, backend, "bare")
        aim = AT_LEAST[backend] if connections == 64 else None
        name = f"{TOLD[backend]}, {many}"
        yield Figure(
            what=f"durable acks against the bare route, {name}", value=statistics.median(found), at_least=aim,
            rounds=found,
        )  # fmt: skip
        yield Figure(what=f"durable acks, {name}", value=median(told[backend], "rate"), unit="acks/s")
        for part in ("p50", "p99"):
            yield Figure(what=f"time to ack, {part}, {name}", value=median(told[backend], f"{part}_ms"), unit="ms")


def growth(bench: Bench) -> Iterator[Figure]:
    """Acks with a million deliveries stored, against an empty store, side by side; and what one takes on disk."""
    count, tickets = bench.count(STORED), bench.count(STORED // 5)
    for backend in BACKENDS:
        empty, full = bench.new_store(backend), bench.new_store(backend)
        before = stock.stored_bytes(full)
        stock.stock_tickets(full, tickets, column="read_as_of", first_s=0.0)
        without = stock.stored_bytes(full)
        stock.stock_deliveries(full, count, tickets=tickets, state="done")
        stock.settle_down(full)
        size = (stock.stored_bytes(full) - without) / count / 1024
        yield Figure(what=f"a stored delivery, {TOLD[backend]}", value=size, unit="KiB", at_most=1.5)
        yield Figure(what=f"a stored ticket, {TOLD[backend]}", value=(without - before) / tickets / 1024, unit="KiB")
        with contextlib.ExitStack() as stack:
            servers = {
                name: stack.enter_context(running("serve_house", url, "--web-only"))
                for name, url in (("empty", empty), ("full", full))
            }
            told = _in_turn(bench, {name: _port(server) for name, server in servers.items()}, 64)
        found = ratios(told, "full", "empty")
        yield Figure(
            what=f"acks with {count:,} deliveries stored against an empty store, {TOLD[backend]}",
            value=statistics.median(found),
            at_least=0.85,
            rounds=found,
        )


def _port(server: Program) -> int:
    return int(server.hear()["port"])
