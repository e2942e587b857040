"""The first story: an account wiped by macro, two pleas, form letters, a closed case."""

from typing import Any

LETTER = (
    "Hello,\n\nYour account has been closed and all digital content associated with it has been removed. "
    "This action was taken after a review.\n\nAccount Review Team"
)
FORM = (
    "Hello,\n\nThe matter has been reviewed and the action stands. No further information will be given.\n\n"
    "Account Review Team"
)


async def _wipe(house: Any) -> tuple[str, str, str]:
    ada = await house.sandbox.person("Ada Pereira", "ada@acme.example", role="agent")
    reader = await house.sandbox.person("Ines Holm", "ines@reader.example")
    macro = await house.sandbox.macro("Account::Terminate", LETTER, add_tags=("account_terminated",))
    ticket, _ = await house.sandbox.ticket(
        reader,
        "Your account",
        channel="email",
        recipient="ecr-replies@acme.example",
        actor_id=ada,
        macro_id=macro,
        comment={"public": True, "text": LETTER, "sender": "ecr-replies@acme.example"},
        status="open",
        group_id=None,
    )
    return ticket, ada, reader


async def test_a_termination_macro_leaves_one_note_that_names_the_evidence(house: Any) -> None:
    ticket, _, _ = await _wipe(house)

    [note] = await house.note(ticket)

    assert "Account::Terminate" in note or "account has been closed" in note
    assert "ecr-replies@acme.example" in note
    assert "#ombuds" in note


async def test_a_blocked_termination_loses_its_tag_and_waits_for_a_second_look(house: Any) -> None:
    ticket, _, _ = await _wipe(house)

    await house.note(ticket)
    await house.quiet()

    view = await house.sandbox.view(ticket)
    assert "account_terminated" not in view["tags"]
    assert "ombuds_review" in view["tags"]


async def test_closing_while_the_customer_objects_is_undone(house: Any) -> None:
    ticket, ada, reader = await _wipe(house)
    await house.note(ticket)
    await house.sandbox.submit(
        ticket,
        reader,
        via="email",
        comment={"text": "What did I do? Please look at my account again, I did nothing wrong."},
    )
    await house.sandbox.submit(ticket, ada, comment={"text": FORM, "sender": "ecr-replies@acme.example"})
    await house.sandbox.submit(
        ticket, reader, via="email", comment={"text": "Please, I ask you again to review this decision."}
    )
    await house.quiet()

    await house.sandbox.submit(ticket, ada, status="solved")

    notes = await house.note(ticket, count=2)
    await house.quiet()
    assert "customer" in notes[-1]
    assert (await house.sandbox.view(ticket))["status"] == "open"


async def test_an_unanswered_plea_is_raised_by_the_clock_even_after_a_restart(house: Any) -> None:
    ticket, ada, reader = await _wipe(house)
    await house.sandbox.submit(
        ticket, reader, via="email", comment={"text": "Please look at my account again, I did nothing wrong."}
    )
    await house.sandbox.submit(ticket, ada, comment={"text": FORM, "sender": "ecr-replies@acme.example"})
    await house.note(ticket)
    await house.quiet()
    before = await house.notes(ticket)

    await house.close_service()
    house.clock.push(hours=25)
    await house.open_service()

    notes = await house.note(ticket, count=len(before) + 1)
    assert "another look" in notes[-1] or "reconsider" in notes[-1]


async def test_a_good_conversation_is_left_alone(house: Any) -> None:
    ada = await house.sandbox.person("Ada Pereira", "ada@acme.example", role="agent")
    reader = await house.sandbox.person("Ines Holm", "ines@reader.example")
    ticket, _ = await house.sandbox.ticket(
        reader, "Parcel", channel="email", recipient="help@acme.example", comment={"text": "Where is my parcel?"}
    )
    await house.sandbox.submit(
        ticket,
        ada,
        comment={
            "text": "Hi Ines,\n\nit left our warehouse on Monday and should reach you tomorrow.\n\nBest, Ada",
            "sender": "help@acme.example",
        },
    )
    await house.sandbox.submit(
        ticket, reader, via="email", comment={"text": "It came, thank you! That is all I needed."}
    )
    await house.sandbox.submit(ticket, ada, status="solved")

    await house.quiet()

    assert await house.notes(ticket) == []
    assert (await house.sandbox.view(ticket))["status"] == "solved"
