"""A helpdesk that refuses, forgets to answer, moves on or says wait: nothing is lost, nothing is done twice."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from processes import start

TERMINATION = {"text": "We have closed your account.\n\nKind regards,\nAda", "public": True}
WRITE = {"zendesk": ("PUT", "/api/v2/tickets/{id}"), "freshdesk": ("POST", "/api/v2/tickets/{id}/notes")}


async def _terminate(house: Any) -> str:
    ada = await house.sandbox.person("Ada Pereira", "ada@acme.example", role="agent")
    reader = await house.sandbox.person("Ines Holm", "ines@reader.example")
    ticket, _ = await house.sandbox.ticket(
        reader, "Books", channel="email", recipient="help@acme.example", comment={"text": "Where are my books?"}
    )
    await house.sandbox.submit(ticket, ada, comment=TERMINATION)
    return str(ticket)


async def test_a_reply_lost_after_the_note_was_applied_leaves_one_note(house: Any) -> None:
    await house.sandbox.fault(*WRITE[house.kind], mode="apply_then_drop", times=2)

    ticket = await _terminate(house)

    await house.note(ticket)
    await house.quiet()
    assert len(await house.notes(ticket)) == 1


async def test_a_write_that_never_arrived_is_repeated(house: Any) -> None:
    await house.sandbox.fault(*WRITE[house.kind], mode="drop_before_apply", times=2)

    ticket = await _terminate(house)

    await house.note(ticket)
    await house.quiet()
    assert len(await house.notes(ticket)) == 1


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 500, "body": "<html>sorry</html>"},
        {"status": 503, "headers": {"Retry-After": "1"}},
        {"status": 429, "headers": {"Retry-After": "1"}},
        {"status": 200, "body": "<html>maintenance</html>"},
        {"status": 200, "body": ""},
    ],
    ids=["500", "503", "429", "html", "nothing"],
)
async def test_a_ticket_that_cannot_be_read_now_is_read_later(house: Any, answer: dict[str, Any]) -> None:
    await house.sandbox.fault("GET", "/api/v2/tickets/{id}", times=4, **answer)

    ticket = await _terminate(house)

    assert len(await house.note(ticket)) == 1


async def test_a_helpdesk_that_is_down_is_asked_little_and_all_is_done_once_it_is_back(house: Any) -> None:
    ada = await house.sandbox.person("Ada Pereira", "ada@acme.example", role="agent")
    reader = await house.sandbox.person("Ines Holm", "ines@reader.example")
    down = 1_000
    await house.sandbox.fault("GET", "/api/v2/tickets/{id}", times=down, status=502)
    tickets = []
    for number in range(20):
        ticket, _ = await house.sandbox.ticket(
            reader, f"Books {number}", channel="email", recipient="help@acme.example", comment={"text": "My books?"}
        )
        await house.sandbox.submit(ticket, ada, comment=TERMINATION)
        tickets.append(str(ticket))

    async def is_open() -> bool:
        state = f'ombuds_breaker_state{{account="acme",helpdesk="{house.kind}",state="open"}}'
        return bool(await house.counted(state) == 1)

    await house.until(is_open)
    await asyncio.sleep(2)
    asked = sum(
        float(line.rsplit(" ", 1)[1])
        for line in (await house.metrics()).splitlines()
        if line.startswith("ombuds_helpdesk_requests_total") and 'code="502"' in line
    )
    await house.sandbox.clear_faults()
    for ticket in tickets:
        await house.note(ticket)
    await house.quiet()

    assert asked < 3 * (20 + 10)  # three quick tries each; without a breaker every ticket is tried again and again
    assert [len(await house.notes(ticket)) for ticket in tickets] == [1] * 20
    assert 'ombuds_dead_letters{reason="helpdesk_unreachable"} 0.0' in await house.metrics()


async def test_a_conflict_is_judged_again_and_noted_once(house: Any) -> None:
    if house.kind == "freshdesk":
        pytest.skip("Freshdesk knows no conflict; the connector compares and tells, see its own tests")
    await house.sandbox.fault(*WRITE["zendesk"], status=409, body='{"error":"UpdateConflict"}', times=2)

    ticket = await _terminate(house)

    await house.note(ticket)
    await house.quiet()
    assert len(await house.notes(ticket)) == 1


async def test_a_closed_zendesk_ticket_is_answered_in_a_follow_up(house: Any) -> None:
    if house.kind == "freshdesk":
        pytest.skip("Freshdesk can reopen a closed ticket")
    ada = await house.sandbox.person("Ada Pereira", "ada@acme.example", role="agent")
    reader = await house.sandbox.person("Ines Holm", "ines@reader.example")
    ticket, _ = await house.sandbox.ticket(
        reader, "Books", channel="email", recipient="help@acme.example", comment={"text": "Where are my books?"}
    )

    await house.sandbox.submit(ticket, ada, comment=TERMINATION, status="closed")
    await house.quiet()

    follow_ups = [effect for effect in await house.sandbox.effects() if effect["method"] == "POST"]
    assert len(follow_ups) == 1


async def test_a_ticket_that_is_gone_becomes_a_dead_letter(house: Any) -> None:
    ada = await house.sandbox.person("Ada Pereira", "ada@acme.example", role="agent")
    reader = await house.sandbox.person("Ines Holm", "ines@reader.example")
    await house.sandbox.fault("GET", "/api/v2/tickets/{id}", status=404, times=100)
    ticket, _ = await house.sandbox.ticket(reader, "Books", comment={"text": "Where are my books?"})
    await house.sandbox.submit(ticket, ada, comment=TERMINATION)

    await house.quiet()

    assert await house.counted('ombuds_dead_letters{reason="ticket_gone"}') >= 1


async def test_a_replay_of_what_was_applied_and_died_all_the_same_leaves_one_note(house: Any) -> None:
    """The note is there, its answer is lost, and by the next try the credentials are no longer good."""
    await house.sandbox.fault(*WRITE[house.kind], mode="apply_then_drop", delay_s=1.0)
    ticket = await _terminate(house)
    await house.note(ticket)
    await house.sandbox.fault("GET", "/api/v2/tickets/{id}", status=401, times=100)
    await house.quiet()
    assert await house.counted('ombuds_dead_letters{reason="credentials"}') >= 1

    await house.sandbox.clear_faults()
    replaying = start(house.folder, "dead-letters", "replay", "--reason", "credentials", "--yes")
    assert await asyncio.to_thread(replaying.wait, 20) == 0
    await house.quiet()

    assert await house.counted('ombuds_dead_letters{reason="credentials"}') == 0
    assert len(await house.notes(ticket)) == 1
