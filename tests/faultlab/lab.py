"""A service, a helpdesk, a sender and the wires between them, all real, each breakable."""

import asyncio
import random
import sys
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from checker import History, Sent
from crew import HERE, OMBUDS, Crew, Post, posts
from furnishing import ACCOUNT, free_port, open_desk, way_to_database, write_settings
from grounds import Ground
from journal import ACK, ATTEMPT, MADE, OPENED, Journal, Step, read_steps
from proxy import Proxy
from sender import Manners, Sender
from stored import Stored
from vendors import ZENDESK, Vendor

from connectors.sandbox.client import SandboxClient
from connectors.sandbox.effects import Effect

QUIET_WITHIN_S, SABOTAGED_WITHIN_S = 60.0, 12.0
SABOTAGE = HERE / "sabotage.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is set up. `crew` names the processes, see `crew.posts`; `programs` who is not plain `ombuds`.

    `idle` names those that are not started.
    """

    folder: Path
    ground: Ground
    crew: tuple[str, ...] = ("both",)
    sabotage: str = ""
    accident: str = ""
    """Another of `sabotage.py`, which breaks no promise by itself."""
    seed: int = 1
    manners: Manners = field(default_factory=Manners)
    work: Mapping[str, object] = field(default_factory=dict)
    programs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    idle: frozenset[str] = frozenset()
    proxies_database: bool = False
    vendor: Vendor = ZENDESK
    requests_per_minute: int = 10_000
    """What the helpdesk grants, if it is Freshdesk."""

    @property
    def front(self) -> str:
        """The process that takes webhooks."""
        return next(name for name in self.crew if not name.startswith("work"))


@dataclass(slots=True, kw_only=True)
class Lab:
    """Everything set up and running."""

    plan: Plan
    crew: Crew
    sender: Sender
    desk: SandboxClient
    stored: Stored
    to_service: Proxy
    to_desk: Proxy
    to_database: Proxy | None
    dice: random.Random
    figures: dict[str, float] = field(default_factory=dict)
    is_tired: bool = False
    """Patience ended once, and nobody waits again."""
    extra: dict[str, int] = field(default_factory=dict)
    """Findings of an experiment's own, which must be 0 as well."""

    @asynccontextmanager
    async def sending(self, rate: float) -> AsyncGenerator[None, None]:
        """Webhooks leave while the block runs; it ends when all of them had their answers, or were given up."""
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(self.sender.send(rate, stop))
            try:
                yield
            finally:
                stop.set()

    async def sent(self, count: int) -> None:
        """Waits until so many more webhooks have left."""
        enough = self.sender.sent + count
        await self.until(lambda: self.sender.sent >= enough, within_s=600.0)

    async def until(self, condition: Callable[[], bool], *, within_s: float = QUIET_WITHIN_S) -> None:
        """Waits until it holds. Raises AssertionError if it does not in time."""
        deadline = time.monotonic() + within_s
        while not condition():
            assert time.monotonic() < deadline, "it did not come true in time"
            await asyncio.sleep(0.02)

    async def quiet(self) -> None:
        """Waits until nothing is left to do, or until patience ends: so long did nothing become less."""
        began = least_at = time.monotonic()
        patience_s = SABOTAGED_WITHIN_S if self.plan.sabotage else QUIET_WITHIN_S
        least = await asyncio.to_thread(self.stored.waiting)
        while least and not self.is_tired:
            await asyncio.sleep(0.1)
            left, now = await asyncio.to_thread(self.stored.waiting), time.monotonic()
            least, least_at = (left, now) if left < least else (least, least_at)
            self.is_tired = now > least_at + patience_s
        self.figures["to_rest_s"] = max(round(time.monotonic() - began, 1), self.figures.get("to_rest_s", 0.0))

    def steps(self) -> list[Step]:
        """What the sender wrote down."""
        return list(read_steps(self.sender.journal.path))

    def waits_s(self) -> list[tuple[str, float]]:
        """(ticket, seconds from a webhook's ack to the decision about its change), for what was judged."""
        decided = self.stored.decided_at()
        acks = [step for step in self.steps() if step.kind == ACK and step.change in decided]
        return [(step.ticket, decided[step.change] - step.at) for step in acks]

    def history(self) -> History:
        """What sender, helpdesk and store remember."""
        steps = self.steps()
        acked = {step.delivery for step in steps if step.kind == ACK}
        return History(
            made=[(step.ticket, step.change) for step in steps if step.kind in (OPENED, MADE)],
            sent=[
                Sent(id=step.delivery, ticket=step.ticket, change=step.change, is_acked=step.delivery in acked)
                for step in steps
                if step.kind == ATTEMPT
            ],
            deliveries=self.stored.deliveries(),
            decisions=self.stored.decisions(),
            bookmarks=self.stored.bookmarks(),
            actions=self.stored.actions(),
            notes=[effect.marker for effect in self.effects() if effect.marker and "comment" in effect.what],
        )

    def effects(self) -> list[Effect]:
        """Everything that was written at the helpdesk."""
        path = self.plan.folder / "effects.jsonl"
        lines = path.read_bytes().splitlines() if path.exists() else []
        return [msgspec.json.decode(line, type=Effect) for line in lines]


@asynccontextmanager
async def open_lab(plan: Plan) -> AsyncGenerator[Lab, None]:
    """The lab, with every process ready; all of it ends with the block."""
    async with AsyncExitStack() as stack:
        ports = {name: free_port() for name in ("desk", *plan.crew)}
        to_service = await stack.enter_async_context(Proxy(target=("127.0.0.1", ports[plan.front])).running())
        to_desk = await stack.enter_async_context(Proxy(target=("127.0.0.1", ports["desk"])).running())
        url, to_database = await way_to_database(stack, plan.ground.database, is_proxied=plan.proxies_database)
        write_settings(plan.folder, url, plan.vendor, to_desk.port, plan.work)
        desk = await open_desk(
            stack, plan.folder, plan.vendor.kind, ports["desk"], requests_per_minute=plan.requests_per_minute
        )
        journal = Journal(plan.folder / "journal.jsonl")
        stack.callback(journal.close)
        crew = Crew(folder=plan.folder, posts=_posts(plan, ports))
        stack.callback(crew.end)
        stored = Stored.at(plan.ground.database)
        stack.callback(stored.engine.dispose)
        await _begin(plan, crew, stored)
        yield Lab(
            plan=plan,
            crew=crew,
            sender=await _sender(plan, to_service.port, desk, journal),
            desk=desk,
            stored=stored,
            to_service=to_service,
            to_desk=to_desk,
            to_database=to_database,
            dice=random.Random(plan.seed),
        )


def _posts(plan: Plan, ports: Mapping[str, int]) -> dict[str, Post]:
    broken = ",".join(filter(None, (plan.accident, plan.sabotage)))
    program = (sys.executable, str(SABOTAGE), broken) if broken else OMBUDS
    programs = {name: plan.programs.get(name, program) for name in plan.crew}
    return posts(ports, programs, plan.environ)


async def _begin(plan: Plan, crew: Crew, stored: Stored) -> None:
    """Starts everybody; the first makes the tables."""
    await crew.begin(plan.front)
    stored.watch_bookmarks()
    others = [name for name in plan.crew if name != plan.front and name not in plan.idle]
    if others:
        await crew.begin(*others)


async def _sender(plan: Plan, port: int, desk: SandboxClient, journal: Journal) -> Sender:
    return Sender(
        url=f"http://127.0.0.1:{port}/webhooks/{plan.vendor.kind}/{ACCOUNT}",
        vendor=plan.vendor,
        desk=desk,
        journal=journal,
        agent_id=await desk.person("Ada Pereira", "ada@acme.example", role="agent"),
        reader_id=await desk.person("Ines Holm", "ines@reader.example"),
        manners=plan.manners,
        dice=random.Random(plan.seed),
    )
