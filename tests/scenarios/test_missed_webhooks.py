"""Webhooks that never come: the tickets are judged all the same, and it is known that they were missed."""

from typing import Any

TERMINATION = {"text": "We have closed your account.\n\nKind regards,\nAda", "public": True}


async def test_a_ticket_whose_webhook_never_came_is_found_by_comparing(deaf_house: Any) -> None:
    house = deaf_house
    house.write_settings(reconcile_s=1)
    ada = await house.sandbox.person("Ada Pereira", "ada@acme.example", role="agent")
    reader = await house.sandbox.person("Ines Holm", "ines@reader.example")
    house.clock.push(minutes=2)  # Zendesk tells nothing of the last minute before the first comparison
    await house.open_service()
    ticket, _ = await house.sandbox.ticket(
        reader, "Books", channel="email", recipient="help@acme.example", comment={"text": "Where are my books?"}
    )
    await house.sandbox.submit(ticket, ada, comment=TERMINATION)

    (note,) = await house.note(str(ticket))
    await house.quiet()

    assert "account" in note
    assert len(await house.notes(str(ticket))) == 1
    assert await house.counted(f'ombuds_webhooks_missed_total{{helpdesk="{house.kind}"}}') >= 1
    assert await house.counted(f'ombuds_webhooks_unheard{{account="acme",helpdesk="{house.kind}"}}') >= 1


async def test_what_webhooks_told_of_is_not_counted_as_missed(house: Any) -> None:
    await house.close_service()
    house.write_settings(reconcile_s=1)
    await house.open_service()
    ada = await house.sandbox.person("Ada Pereira", "ada@acme.example", role="agent")
    reader = await house.sandbox.person("Ines Holm", "ines@reader.example")
    ticket, _ = await house.sandbox.ticket(
        reader, "Books", channel="email", recipient="help@acme.example", comment={"text": "Where are my books?"}
    )
    await house.sandbox.submit(ticket, ada, comment=TERMINATION)
    await house.note(str(ticket))
    await house.quiet()
    compared = f'ombuds_reconcile_success_timestamp_seconds{{account="acme",helpdesk="{house.kind}"}}'
    before = await house.counted(compared)

    async def is_compared_again() -> bool:
        return bool(await house.counted(compared) > before)

    await house.until(is_compared_again)
    assert await house.counted(f'ombuds_webhooks_missed_total{{helpdesk="{house.kind}"}}') == 0
