"""Five hundred webhooks a second, for a while, to a service that takes them and visits their tickets."""

import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from acks import TOLD, load
from bench_world import BACKENDS, Bench, running
from figures import Figure

RATE = 500
LASTS_S = 20.0
QUIET = """
format: 1
pack: quiet
owner: nobody
policies:
  - id: never
    title: Never
    why: It costs nothing.
    severity: low
    mode: observe
    applies_to: {actor.role: clock}
    when: {ticket.hours_open: {gte: 80000}}
    tests:
      - {name: old, given: {actor.role: clock, ticket.hours_open: 80001}, expect: violation}
      - {name: new, given: {actor.role: clock, ticket.hours_open: 1}, expect: pass}
"""


def quiet_policies(bench: Bench) -> Path:
    """A folder with one policy that says nothing."""
    folder = bench.folder / "quiet"
    folder.mkdir(exist_ok=True)
    (folder / "quiet.yaml").write_text(QUIET)
    return folder


def offered(bench: Bench) -> Iterator[Figure]:
    """Webhooks at a fixed rate over 2,000 tickets; one process, 64 visits at a time, quiet policies."""
    for backend in BACKENDS:
        url = bench.new_store(backend)
        with running("serve_house", url, "--policies", quiet_policies(bench), "--concurrency", 64) as server:
            port = server.hear()["port"]
            load(port, seconds=bench.seconds(1), rate=RATE)
            depths: list[float] = []
            watching = threading.Thread(target=_watch, args=(port, bench.seconds(LASTS_S), depths))
            watching.start()
            told = load(port, seconds=bench.seconds(LASTS_S), rate=RATE, tickets=2_000)
            watching.join()
            drained_s = _drained_s(port)
        yield from _figures(TOLD[backend], told, depths, drained_s)


def _figures(name: str, told: dict[str, float], depths: list[float], drained_s: float) -> Iterator[Figure]:
    given = f"{RATE} webhooks/s offered, {name}"
    share = told["accepted"] / told["offered"] * 100
    half = len(depths) // 2
    growth = sum(depths[half:]) / len(depths[half:]) - sum(depths[:half]) / max(half, 1)
    yield Figure(what=f"{given}: answered with 202", value=share, unit="%", at_least=100)
    yield Figure(what=f"{given}: time to ack, p50", value=told["p50_ms"], unit="ms")
    yield Figure(what=f"{given}: time to ack, p99", value=told["p99_ms"], unit="ms", at_most=100)
    yield Figure(what=f"{given}: tickets due, most seen", value=max(depths), unit="tickets")
    yield Figure(
        what=f"{given}: tickets due, second half over first half", value=growth, unit="tickets", at_most=RATE / 10
    )
    yield Figure(what=f"{given}: all visited after the last", value=drained_s, unit="s")


def _watch(port: int, seconds: float, depths: list[float]) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        depths.append(_due(port))
        time.sleep(0.25)


def _drained_s(port: int) -> float:
    begun = time.monotonic()
    while _due(port) and time.monotonic() - begun < 60:
        time.sleep(0.05)
    return time.monotonic() - begun


def _due(port: int) -> float:
    """Tickets that are due, or being visited, as /metrics tells."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    states = ('ombuds_queue_depth{state="due"} ', 'ombuds_queue_depth{state="leased"} ')
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(states))
