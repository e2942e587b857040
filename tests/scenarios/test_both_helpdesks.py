"""The same submit means the same on either helpdesk."""

from typing import Any


async def test_an_account_ended_and_the_ticket_solved_in_one_submit_is_reopened(house: Any) -> None:
    ada = await house.sandbox.person("Ada Pereira", "ada@acme.example", role="agent")
    reader = await house.sandbox.person("Ines Holm", "ines@reader.example")
    ticket, _ = await house.sandbox.ticket(
        reader, "Books", channel="email", recipient="help@acme.example", comment={"text": "Where are my books?"}
    )
    await house.quiet()

    await house.sandbox.submit(ticket, ada, comment={"text": "We have closed your account.\n\nAda"}, status="solved")

    await house.note(ticket)
    await house.quiet()
    assert (await house.sandbox.view(ticket))["status"] == "open"
