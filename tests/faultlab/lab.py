"""A service, a helpdesk, a sender and the wires between them, all real, each breakable."""

import asyncio
import contextlib
import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import msgspec
from checker import History, Sent
from crew import HERE, OMBUDS, Crew, posts
from journal import ACK, ATTEMPT, MADE, Journal, read_steps
from proxy import Proxy
from sender import SECRET, Manners, Sender
from stored import Stored

from connectors.sandbox.client import SandboxClient
from connectors.sandbox.effects import Effect

LEASE_S = 2
QUIET_WITHIN_S = 60.0
SABOTAGE = HERE / "sabotage.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is set up. `crew` names the processes, see `crew.posts`; `database` is the URL of an empty store."""

    folder: Path
    database: str
    crew: tuple[str, ...] = ("both",)
    sabotage: str = ""
    seed: int = 1
    manners: Manners = field(default_factory=Manners)
    work: Mapping[str, object] = field(default_factory=dict)
    proxies_database: bool = False


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
        until = self.sender.sent + count
        while self.sender.sent < until:
            await asyncio.sleep(0.02)

    async def quiet(self, within_s: float = QUIET_WITHIN_S) -> float:
        """Waits until nothing is left to do, or patience ends; the seconds it took."""
        began = time.monotonic()
        while await asyncio.to_thread(self.stored.waiting) and time.monotonic() < began + within_s:
            await asyncio.sleep(0.1)
        return time.monotonic() - began

    def history(self) -> History:
        """What sender, helpdesk and store remember."""
        steps = list(read_steps(self.sender.journal.path))
        acked = {step.delivery for step in steps if step.kind == ACK}
        return History(
            made=[(step.ticket, step.change) for step in steps if step.kind == MADE],
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
    """The lab, with every process ready and tickets opened; all of it ends with the block."""
    async with AsyncExitStack() as stack:
        ports = {name: free_port() for name in ("desk", *plan.crew)}
        front = next(name for name in plan.crew if not name.startswith("work"))
        to_service = await stack.enter_async_context(Proxy(target=("127.0.0.1", ports[front])).running())
        to_desk = await stack.enter_async_context(Proxy(target=("127.0.0.1", ports["desk"])).running())
        url, to_database = await _database(stack, plan)
        _write_settings(plan, url, to_desk.port)
        desk = await _desk(stack, plan.folder, ports["desk"])
        program = (sys.executable, str(SABOTAGE), plan.sabotage) if plan.sabotage else OMBUDS
        crew = Crew(folder=plan.folder, posts=posts(plan.crew, ports, program))
        stack.callback(crew.end)
        await crew.begin(front)  # the first makes the tables
        stored = Stored.at(plan.database)
        stack.callback(stored.engine.dispose)
        stored.watch_bookmarks()
        await crew.begin(*(name for name in plan.crew if name != front)) if len(plan.crew) > 1 else None
        journal = Journal(plan.folder / "journal.jsonl")
        stack.callback(journal.close)
        yield Lab(
            plan=plan,
            crew=crew,
            sender=Sender(
                url=f"http://127.0.0.1:{to_service.port}/webhooks/zendesk/acme",
                desk=desk,
                journal=journal,
                agent_id=await desk.person("Ada Pereira", "ada@acme.example", role="agent"),
                reader_id=await desk.person("Ines Holm", "ines@reader.example"),
                manners=plan.manners,
                dice=random.Random(plan.seed),
            ),
            desk=desk,
            stored=stored,
            to_service=to_service,
            to_desk=to_desk,
            to_database=to_database,
            dice=random.Random(plan.seed),
        )


async def _database(stack: AsyncExitStack, plan: Plan) -> tuple[str, Proxy | None]:
    if not plan.proxies_database:
        return plan.database, None
    parts = urlsplit(plan.database)
    proxy = await stack.enter_async_context(Proxy(target=(str(parts.hostname), int(parts.port or 5432))).running())
    return plan.database.replace(f":{parts.port}/", f":{proxy.port}/"), proxy


def _write_settings(plan: Plan, database: str, desk_port: int) -> None:
    work = {"lease_s": LEASE_S, "reconcile_s": 0, "retry_s": [0.2, 0.3, 0.5, *[1] * 25], **plan.work}
    lines = [f"{key} = {str(value).lower() if isinstance(value, bool) else value}" for key, value in work.items()]
    shutil.copytree(HERE / "rulebook", plan.folder / "policies", dirs_exist_ok=True)
    (plan.folder / "ombuds.toml").write_text(
        f'policies = "policies"\n[store]\nurl = "{database}"\n[server]\ndrain_s = 5\n'
        "[work]\n" + "\n".join(lines) + "\n[enforcement]\nnote_window_hours = 0\nfuse_actions_per_hour = 1000\n"
        f'[[helpdesks]]\nkind = "zendesk"\naccount = "acme"\nbase_url = "http://127.0.0.1:{desk_port}"\n'
        f'email = "bot@acme.example"\napi_token = "sandbox-token"\nwebhook_secrets = ["{SECRET}"]\n'
    )


async def _desk(stack: AsyncExitStack, folder: Path, port: int) -> SandboxClient:
    """The helpdesk, running."""
    with (folder / "desk.log").open("ab") as log:
        command = [sys.executable, str(HERE / "desk.py"), str(port), str(folder / "effects.jsonl")]
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=HERE.parents[1])
    stack.callback(process.wait, 10)
    stack.callback(process.kill)
    client = await stack.enter_async_context(SandboxClient(f"http://127.0.0.1:{port}"))
    for _ in range(200):
        with contextlib.suppress(httpx.TransportError):
            await client.effects()
            return client
        await asyncio.sleep(0.05)
    raise AssertionError("the helpdesk did not start")


def free_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
