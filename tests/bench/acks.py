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


class Server:
    """One that takes webhooks, and what each turn told of it."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._port = program.hear()["port"]
        self.turns: list[dict[str, Any]] = []

    def turn(self, connections: int, seconds: float) -> dict[str, Any]:
        """One turn under load, with the processor time that it cost the server."""
        before = self._program.cpu_s()
        told = load(self._port, connections=connections, seconds=seconds)
        return {**told, "cpu_us": (self._program.cpu_s() - before) / told["answered"] * 1e6}

    def median(self, key: str) -> float:
        """Over the turns."""
        return statistics.median(turn[key] for turn in self.turns)

    def against(self, base: "Server", key: str) -> list[float]:
        """Its figures by the base's of the same round."""
        return [ours[key] / theirs[key] for ours, theirs in zip(self.turns, base.turns, strict=True)]


def _in_turn(bench: Bench, servers: Mapping[str, Server], connections: int) -> None:
    """Rounds in which each server has its turn, after one that does not count."""
    for server in servers.values():
        server.turns = []
        server.turn(connections, bench.seconds(1))
    for _ in range(bench.rounds):
        for server in servers.values():
            server.turns.append(server.turn(connections, bench.seconds(3)))


def acks(bench: Bench) -> Iterator[Figure]:
    """Durable acks against the bare route with the same signature check, side by side."""
    with contextlib.ExitStack() as stack:
        servers = {"bare": Server(stack.enter_context(running("serve_bare")))}
        for backend in BACKENDS:
            house = running("serve_house", bench.new_store(backend), "--web-only")
            servers[backend] = Server(stack.enter_context(house))
        for connections in (1, 16, 64):
            _in_turn(bench, servers, connections)
            many = f"{connections} connection{'s' if connections > 1 else ''}"
            rates = [turn["rate"] for turn in servers["bare"].turns]
            yield Figure(what=f"bare route, {many}", value=statistics.median(rates), unit="acks/s", rounds=rates)
            for backend in BACKENDS:
                aim = AT_LEAST[backend] if connections == 64 else None
                yield from _ack_figures(servers[backend], servers["bare"], f"{TOLD[backend]}, {many}", aim)


def _ack_figures(server: Server, bare: Server, name: str, aim: float | None) -> Iterator[Figure]:
    found = server.against(bare, "rate")
    yield Figure(
        what=f"durable acks against the bare route, {name}", value=statistics.median(found), at_least=aim, rounds=found
    )
    # What else runs on the machine counts little here; a database of its own is not counted at all.
    costs = server.against(bare, "cpu_us")
    yield Figure(
        what=f"processor time of an ack against the bare route's, {name}",
        value=statistics.median(costs),
        unit="times",
        rounds=costs,
    )
    yield Figure(what=f"durable acks, {name}", value=server.median("rate"), unit="acks/s")
    for part in ("p50", "p99"):
        yield Figure(what=f"time to ack, {part}, {name}", value=server.median(f"{part}_ms"), unit="ms")


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
                name: Server(stack.enter_context(running("serve_house", url, "--web-only")))
                for name, url in (("empty", empty), ("full", full))
            }
            _in_turn(bench, servers, 64)
        found = servers["full"].against(servers["empty"], "rate")
        yield Figure(
            what=f"acks with {count:,} deliveries stored against an empty store, {TOLD[backend]}",
            value=statistics.median(found),
            at_least=0.85,
            rounds=found,
        )
