"""Web and workers as processes of their own over one PostgreSQL: one worker dies for good, and nobody notices."""

import asyncio
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from ports import free_port
from processes import ready, start

TERMINATION = {"text": "We have closed your account.\n\nKind regards,\nAda", "public": True}
TICKETS = 12


class Crew:
    """The processes of one service."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []

    async def begin_web(self, port: int) -> None:
        """A process that takes webhooks, ready."""
        self.processes.append(start(self.folder, "serve", "--web-only", OMBUDS_SERVER_PORT=str(port)))
        await ready(port)

    async def begin_work(self, **environ: str) -> tuple[subprocess.Popen[bytes], str]:
        """A worker, ready, and its URL."""
        port = free_port()
        self.processes.append(start(self.folder, "work", "--concurrency", "4", "--port", str(port), **environ))
        return self.processes[-1], await ready(port)

    def end(self) -> None:
        """Kills what still runs."""
        for process in self.processes:
            process.kill()
            process.wait(10)


@pytest.fixture
async def crew(house: Any, tmp_path: Path, postgresql_server: Any) -> AsyncIterator[Crew]:
    """A process for webhooks in place of the house's own service, with its store on PostgreSQL."""
    await house.close_service()
    settings = tmp_path / "ombuds.toml"
    settings.write_text(re.sub(r'"sqlite:[^"]*"', f'"{postgresql_server.new_database()}"', settings.read_text()))
    crew = Crew(tmp_path)
    try:
        await crew.begin_web(int(house.service_url.rsplit(":", 1)[1]))
        yield crew
    finally:
        crew.end()


async def test_the_work_of_a_worker_that_dies_is_taken_up_and_nothing_is_done_twice(house: Any, crew: Crew) -> None:
    first, _ = await crew.begin_work()
    await crew.begin_work()
    ada = await house.sandbox.person("Ada Pereira", "ada@acme.example", role="agent")
    reader = await house.sandbox.person("Ines Holm", "ines@reader.example")
    tickets = []
    for number in range(TICKETS):
        ticket, _ = await house.sandbox.ticket(
            reader, f"Books {number}", channel="email", recipient="help@acme.example", comment={"text": "My books?"}
        )
        tickets.append(str(ticket))

    for number, ticket in enumerate(tickets):
        await house.sandbox.submit(ticket, ada, comment=TERMINATION)
        if number == TICKETS // 2:
            first.send_signal(signal.SIGKILL)

    for ticket in tickets:
        await house.note(ticket)
    await house.quiet()
    assert [len(await house.notes(ticket)) for ticket in tickets] == [1] * TICKETS


async def test_a_web_process_alone_keeps_what_comes_until_a_worker_is_there(house: Any, crew: Crew) -> None:
    ada = await house.sandbox.person("Ada Pereira", "ada@acme.example", role="agent")
    reader = await house.sandbox.person("Ines Holm", "ines@reader.example")
    ticket, _ = await house.sandbox.ticket(reader, "Books", channel="email", comment={"text": "My books?"})
    await house.sandbox.submit(str(ticket), ada, comment=TERMINATION)
    await house.sandbox.settled()
    assert await house.notes(str(ticket)) == []

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(str(crew.folder / "notify"))
        _, url = await crew.begin_work(NOTIFY_SOCKET=supervisor.getsockname())
        assert supervisor.recv(100, socket.MSG_DONTWAIT) == b"READY=1"

    assert len(await house.note(str(ticket))) == 1
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(f"{url}/webhooks/{house.kind}/acme")
    assert answer.status_code == 404


async def test_a_pause_holds_for_every_worker_at_once_and_ends_without_a_restart(house: Any, crew: Crew) -> None:
    workers = [await crew.begin_work(), await crew.begin_work()]
    ada = await house.sandbox.person("Ada Pereira", "ada@acme.example", role="agent")
    reader = await house.sandbox.person("Ines Holm", "ines@reader.example")
    tickets = [
        str((await house.sandbox.ticket(reader, f"Books {number}", channel="email", comment={"text": "My books?"}))[0])
        for number in range(6)
    ]
    during, after = tickets[:4], tickets[4:]

    assert await run(crew.folder, "pause", "--reason", "A storm of notes.") == 0
    for ticket in during:
        await house.sandbox.submit(ticket, ada, comment=TERMINATION)
    await house.quiet()
    async with httpx.AsyncClient(trust_env=False) as client:
        told = [(await client.get(f"{url}/readyz")).text for _, url in workers]
    assert await run(crew.folder, "resume") == 0
    for ticket in after:
        await house.sandbox.submit(ticket, ada, comment=TERMINATION)

    for ticket in after:
        await house.note(ticket)
    await house.quiet()
    assert [len(await house.notes(ticket)) for ticket in tickets] == [0, 0, 0, 0, 1, 1]
    assert told == ["ok\neverything is paused: judged and recorded, nothing is done\n"] * 2


async def run(folder: Path, *arguments: str) -> int:
    """The exit code of a command in a process of its own."""
    return await asyncio.to_thread(start(folder, *arguments).wait, 30)
