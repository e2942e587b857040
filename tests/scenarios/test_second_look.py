"""Agents answer: approve, override, wrong, in internal notes."""

import re
from typing import Any

TERMINATION = {"text": "We have closed your account.\n\nKind regards,\nAda", "public": True}


async def _noted(house: Any) -> tuple[str, str, str]:
    """A ticket with a note, the agent who was told, and the finding's id."""
    ada = await house.sandbox.person("Ada Pereira", "ada@acme.example", role="agent")
    reader = await house.sandbox.person("Ines Holm", "ines@reader.example")
    ticket, _ = await house.sandbox.ticket(
        reader, "Books", channel="email", recipient="help@acme.example", comment={"text": "Where are my books?"}
    )
    await house.sandbox.submit(ticket, ada, comment=TERMINATION)
    [note] = await house.note(ticket)
    return ticket, ada, re.findall(r"#ombuds \w+ ([0-9A-Z]{6})", note)[0]


async def test_an_approver_of_another_name_settles_a_block(house: Any) -> None:
    ticket, _, finding = await _noted(house)
    lead = await house.sandbox.person("Lea Duarte", "lea@acme.example", role="agent", groups=("review",))

    await house.sandbox.submit(
        ticket, lead, comment={"public": False, "text": f"#ombuds approve {finding} checked the case"}
    )
    await house.quiet()

    assert (
        await house.counted('ombuds_answers_total{command="approve",outcome="accepted",policy="termination-macro"}')
        == 1
    )


async def test_nobody_approves_their_own_block(house: Any) -> None:
    ticket, ada, finding = await _noted(house)

    await house.sandbox.submit(ticket, ada, comment={"public": False, "text": f"#ombuds approve {finding} fine by me"})
    await house.quiet()

    assert (
        await house.counted('ombuds_answers_total{command="approve",outcome="accepted",policy="termination-macro"}')
        == 0
    )


async def test_anybody_may_say_that_a_finding_is_wrong(house: Any) -> None:
    ticket, ada, finding = await _noted(house)

    await house.sandbox.submit(
        ticket, ada, comment={"public": False, "text": f"#ombuds wrong {finding} it was her own wish"}
    )
    await house.quiet()

    assert (
        await house.counted('ombuds_answers_total{command="wrong",outcome="accepted",policy="termination-macro"}') == 1
    )
