"""The service's processes as an operator would run them: started, killed, frozen, and started again."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

HERE = Path(__file__).parent
OMBUDS = (sys.executable, "-m", "service.cli")
READY_WITHIN_S = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One process's place: what it is told to do, on which port, by which program and in which surroundings."""

    arguments: tuple[str, ...]
    port: int
    program: tuple[str, ...] = OMBUDS
    environ: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Crew:
    """Processes by name. Only these are ever signalled, each by its own handle."""

    folder: Path
    posts: dict[str, Post]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str) -> None:
        """Begins a process; see `ready`."""
        post = self.posts[name]
        environ = {**os.environ, "OMBUDS_CONFIG": str(self.folder / "ombuds.toml"), **post.environ}
        with (self.folder / f"{name}.log").open("ab") as log:
            command = [*post.program, *post.arguments]
            self.running[name] = subprocess.Popen(command, env=environ, stdout=log, stderr=log, cwd=HERE.parents[1])

    async def ready(self, *names: str, within_s: float = READY_WITHIN_S) -> None:
        """Waits until each of these (all, if none is named) says that it is ready. Raises AssertionError."""
        deadline = time.monotonic() + within_s
        async with httpx.AsyncClient(trust_env=False, timeout=5.0) as client:
            for name in names or tuple(self.running):
                while not await _is_ready(client, self.posts[name].port):
                    assert time.monotonic() < deadline, f"{name} is not ready: {self.last_words(name)}"
                    assert self.running[name].poll() is None, f"{name} ended: {self.last_words(name)}"
                    await asyncio.sleep(0.05)

    async def begin(self, *names: str) -> None:
        """Starts these (all, if none is named) and waits until they are ready."""
        for name in names or tuple(self.posts):
            self.start(name)
        await self.ready(*names)

    def kill(self, name: str) -> None:
        """As a power switch would: no warning."""
        self._signal(name, signal.SIGKILL)
        self.running.pop(name).wait(10)

    def freeze(self, name: str) -> None:
        """It stops in mid-step and knows nothing of it."""
        self._signal(name, signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        """It goes on as if no time had passed."""
        self._signal(name, signal.SIGCONT)

    async def stop(self, name: str, *, within_s: float = 60.0) -> float:
        """Asks it to stop; the seconds it took. Raises subprocess.TimeoutExpired."""
        began = time.monotonic()
        self._signal(name, signal.SIGTERM)
        await asyncio.to_thread(self.running[name].wait, within_s)
        del self.running[name]
        return time.monotonic() - began

    def end(self) -> None:
        """Kills what still runs, frozen or not."""
        for name in list(self.running):
            self.kill(name)

    def last_words(self, name: str) -> str:
        """The end of a process's log."""
        return (self.folder / f"{name}.log").read_text(errors="replace")[-1_500:]

    def _signal(self, name: str, number: signal.Signals) -> None:
        self.running[name].send_signal(number)


def posts(
    ports: Mapping[str, int], programs: Mapping[str, tuple[str, ...]], environ: Mapping[str, str]
) -> dict[str, Post]:
    """`both`: one process for everything; `web…`: takes webhooks; `work…`: visits tickets."""
    found = {}
    for name, program in programs.items():
        port = ports[name]
        if name.startswith("work"):
            arguments: tuple[str, ...] = ("work", "--port", str(port))
        else:
            arguments = ("serve", "--web-only") if name.startswith("web") else ("serve",)
        surroundings = {"OMBUDS_SERVER_PORT": str(port), **environ}
        found[name] = Post(arguments=arguments, port=port, program=program, environ=surroundings)
    return found


async def _is_ready(client: httpx.AsyncClient, port: int) -> bool:
    try:
        return (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200
    except httpx.TransportError:
        return False
