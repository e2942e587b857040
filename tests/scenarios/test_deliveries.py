"""What the network does to deliveries: twice, out of order, to a service that was just restarted or killed."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

TERMINATION = {"text": "We have closed your account.\n\nKind regards,\nAda", "public": True}


async def _people(house: Any) -> tuple[str, str]:
    ada = await house.sandbox.person("Ada Pereira", "ada@acme.example", role="agent")
    reader = await house.sandbox.person("Ines Holm", "ines@reader.example")
    return ada, reader


async def _ask(house: Any, reader: str) -> str:
    ticket, _ = await house.sandbox.ticket(
        reader, "Books", channel="email", recipient="help@acme.example", comment={"text": "Where are my books?"}
    )
    return str(ticket)


async def test_duplicate_and_reordered_deliveries_leave_one_note(house: Any) -> None:
    await house.tell_service(copies=3, shuffle=True)
    ada, reader = await _people(house)
    ticket = await _ask(house, reader)

    await house.sandbox.submit(ticket, ada, comment=TERMINATION, add_tags=["vip"])
    await house.sandbox.submit(ticket, reader, via="email", comment={"text": "Why?"})

    await house.note(ticket)
    await house.quiet()
    assert len(await house.notes(ticket)) == 1


async def test_what_arrives_before_a_restart_is_judged_after_it(house: Any) -> None:
    ada, reader = await _people(house)
    ticket = await _ask(house, reader)
    await house.quiet()
    await house.sandbox.fault("GET", "/api/v2/tickets/{id}", status=503, times=1000)
    await house.sandbox.submit(ticket, ada, comment=TERMINATION)
    await house.sandbox.settled()

    await house.close_service()
    await house.sandbox.clear_faults()
    await house.open_service()

    assert len(await house.note(ticket)) == 1


async def test_our_own_note_does_not_set_us_off_again(house: Any) -> None:
    ada, reader = await _people(house)
    ticket = await _ask(house, reader)
    await house.sandbox.submit(ticket, ada, comment=TERMINATION)
    await house.note(ticket)

    await house.quiet()

    assert len(await house.notes(ticket)) == 1
    assert (await house.counted('ombuds_loop_suppressed_total{reason="own_change"}')) >= 1


async def test_a_killed_service_loses_nothing_and_repeats_nothing(kind: str, house: Any, tmp_path: Path) -> None:
    """A real process is killed while it waits for the helpdesk's answer to the note it just wrote."""
    await house.close_service()
    house.clock.ahead *= 0
    port = _free_port()
    process = _start_process(tmp_path, port)
    try:
        house.service_url = f"http://127.0.0.1:{port}"
        await _ready(house.service_url)
        await house.tell_service()
        ada, reader = await _people(house)
        ticket = await _ask(house, reader)
        write = {"zendesk": ("PUT", "/api/v2/tickets/{id}"), "freshdesk": ("POST", "/api/v2/tickets/{id}/notes")}[kind]
        await house.sandbox.fault(*write, mode="apply_then_drop", delay_s=30, times=1)
        await house.sandbox.submit(ticket, ada, comment=TERMINATION)
        await house.note(ticket)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        await house.sandbox.clear_faults()

        process = _start_process(tmp_path, port)
        await _ready(house.service_url)
        await house.sandbox.submit(ticket, reader, via="email", comment={"text": "Hello?"})
        await house.quiet()

        assert len(await house.notes(ticket)) == 1
    finally:
        process.kill()
        process.wait(10)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _start_process(folder: Path, port: int) -> subprocess.Popen[bytes]:
    command = shutil.which("ombuds", path=str(Path(sys.executable).parent))
    assert command, "the ombuds command is not installed beside this Python"
    environ = {**os.environ, "OMBUDS_SERVER_PORT": str(port), "OMBUDS_CONFIG": str(folder / "ombuds.toml")}
    with (folder / "service.log").open("ab") as log:
        return subprocess.Popen([command, "serve"], env=environ, stdout=log, stderr=log)


async def _ready(url: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        for _ in range(300):
            try:
                if (await client.get(f"{url}/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)
    raise AssertionError("the service did not become ready")
