"""What a service costs that has nothing to do yet, whether its timers are punctual, and how it comes back."""

import contextlib
import statistics
import time
from collections.abc import Iterator
from typing import Any

import stock
from acks import TOLD
from bench_world import BACKENDS, Bench, Program, running
from figures import Figure
from offered import quiet_policies

PENDING = 100_000
FIRING, OVER_S = 500, 10.0
LEASE_S = 5.0


def timers(bench: Bench) -> Iterator[Figure]:
    """A hundred thousand timers pending: memory, an idle minute's processor time, and how late others fire."""
    for backend in BACKENDS:
        url = bench.new_store(backend)
        stock.stock_tickets(url, bench.count(PENDING), column="recheck_at", first_s=time.time() + 86_400)
        stock.settle_down(url)
        name = f"{bench.count(PENDING):,} timers pending, {TOLD[backend]}"
        for policies, told in (([], "shipped policies"), (["--policies", quiet_policies(bench)], "one policy")):
            with running("serve_house", url, *policies) as server:
                server.hear()
                time.sleep(bench.seconds(5))
                begun, idle_s = server.cpu_s(), bench.seconds(60)
                time.sleep(idle_s)
                used = (server.cpu_s() - begun) * 60 / idle_s
                yield Figure(what=f"{name}: memory, {told}", value=server.resident_mib(), unit="MiB", at_most=120)
                yield Figure(what=f"{name}: an idle minute, {told}", value=used, unit="s of CPU", at_most=2)
        yield from _punctual(bench, url, name)


def _punctual(bench: Bench, url: str, name: str) -> Iterator[Figure]:
    count, first = bench.count(FIRING), time.time() + 5
    step_s = bench.seconds(OVER_S) / count
    stock.stock_tickets(url, count, column="recheck_at", first_s=first, step_s=step_s)
    with running("serve_house", url, "--policies", quiet_policies(bench), "--tell") as server:
        server.hear()
        lags = sorted(
            said["at"] - first - step_s * (int(said["ticket"]) - bench.count(PENDING))
            for said in (server.hear() for _ in range(count))
        )
    yield Figure(what=f"{name}: {count} others fire late by, p50", value=statistics.median(lags), unit="s")
    yield Figure(what=f"{name}: {count} others fire late by, most", value=lags[-1], unit="s", at_most=1)
    yield Figure(what=f"{name}: {count} others fire early by, most", value=max(-lags[0], 0), unit="s", at_most=0)


def kills(bench: Bench) -> Iterator[Figure]:
    """A service killed in the middle of visits, and started again at once: when each held ticket is visited again."""
    for backend in BACKENDS:
        firsts, lasts = zip(*(_killed(bench, backend) for _ in range(bench.rounds)), strict=True)
        name = f"killed and started again, {TOLD[backend]}"
        yield Figure(
            what=f"{name}: first visit after", value=statistics.median(firsts), unit="s", at_most=5 + LEASE_S,
            rounds=firsts,
        )  # fmt: skip
        yield Figure(
            what=f"{name}: all that was held is visited again after, with a lease of {LEASE_S:.0f} s",
            value=statistics.median(lasts), unit="s", at_most=5 + LEASE_S, rounds=lasts,
        )  # fmt: skip


def _killed(bench: Bench, backend: str) -> tuple[float, float]:
    """Seconds to the first visit, and to the last of the tickets that were held."""
    url = bench.new_store(backend)
    stock.stock_tickets(url, 40, column="due_at", first_s=time.time() - 60)
    how = (url, "--lease-s", LEASE_S, "--hold-s", 2, "--tell")
    with running("serve_house", *how) as first:
        first.hear()
        held = {first.hear()["ticket"] for _ in range(8)}
        first.kill()
        killed_at = time.time()
        with running("serve_house", *how) as second:
            second.hear()
            return _again(second, held, killed_at)


def _again(server: Program, held: set[str], killed_at: float) -> tuple[float, float]:
    seen: list[dict[str, Any]] = []
    with contextlib.suppress(EOFError):
        while not held <= {said["ticket"] for said in seen}:
            seen.append(server.hear())
    return seen[0]["at"] - killed_at, max(said["at"] for said in seen if said["ticket"] in held) - killed_at
