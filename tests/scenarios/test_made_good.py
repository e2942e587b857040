"""A note is left, and an agent makes it good: counted by how, once, and how long the customer had waited for it."""

from typing import Any

import pytest


async def test_an_apology_after_a_note_is_counted_and_our_own_reopening_is_not(house: Any) -> None:
    ada = await house.sandbox.person("Ada Pereira", "ada@acme.example", role="agent")
    reader = await house.sandbox.person("Ines Holm", "ines@reader.example")
    ticket, _ = await house.sandbox.ticket(
        reader, "Books", channel="email", recipient="help@acme.example", comment={"text": "Where are my books?"}
    )
    await house.sandbox.submit(ticket, ada, comment={"text": "We have closed your account.\n\nAda"}, status="solved")
    await house.note(ticket)
    await house.quiet()

    async def followed(outcome: str) -> float:
        return await house.counted(f'ombuds_notes_followed_total{{outcome="{outcome}",policy="termination-macro"}}')

    await house.sandbox.submit(ticket, reader, comment={"text": "Please reopen my account."})
    await house.quiet()
    assert [await followed(one) for one in ("answered", "reopened", "apologised")] == [0, 0, 0]
    assert await house.counted("ombuds_reconsideration_answer_seconds_count") == 0

    house.clock.push(hours=3)
    text = "Hello Ines,\n\nthat was our mistake, and I am sorry for it. Your account is open again.\n\nAda"
    await house.sandbox.submit(ticket, ada, comment={"text": text})
    await house.quiet()
    await house.sandbox.submit(ticket, ada, comment={"text": "Your books are in the library.\n\nAda"})
    await house.quiet()

    assert [await followed(one) for one in ("answered", "reopened", "apologised")] == [0, 0, 1]
    assert await house.counted("ombuds_reconsideration_answer_seconds_count") == 1
    assert await house.counted("ombuds_reconsideration_answer_seconds_sum") == pytest.approx(3 * 3_600, abs=360)
