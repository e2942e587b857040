"""What the network does to deliveries: twice, out of order, to a service that was just restarted or killed."""

import signal
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from ports import free_port
from processes import ready, start

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
    port = free_port()
    process = start(tmp_path, "serve", OMBUDS_SERVER_PORT=str(port))
    try:
        house.service_url = await ready(port)
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

        process = start(tmp_path, "serve", OMBUDS_SERVER_PORT=str(port))
        await ready(port)
        await house.sandbox.submit(ticket, reader, via="email", comment={"text": "Hello?"})
        await house.quiet()

        assert len(await house.notes(ticket)) == 1
    finally:
        process.kill()
        process.wait(10)
