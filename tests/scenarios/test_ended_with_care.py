"""An account is ended as it should be: warned, called, looked at by somebody else. And taken back, and told or not."""

from typing import Any

TAG = "account_terminated"
MODES = "format: 1\nmodes:\n  termination-macro: observe\n"
WARNING = (
    "Hello Ines,\n\nthree of your orders were reported as forged. If we do not hear from you by Friday next week, we "
    "will have to close your account. Please write what you know of them.\n\nBest, Ada"
)
LETTER = "Hello Ines,\n\nwe have closed your account, because the three orders were forged.\n\nBest, Ada"


async def _opened(house: Any) -> tuple[str, str, str]:
    """A ticket, with a desk that leaves the mere notice of an end unsaid: the ticket, Ada and the reader."""
    await house.close_service()
    (house.folder / "policies" / "modes.yaml").write_text(MODES)
    await house.open_service()
    ada = await house.sandbox.person("Ada Pereira", "ada@acme.example", role="agent")
    reader = await house.sandbox.person("Ines Holm", "ines@reader.example")
    ticket, _ = await house.sandbox.ticket(
        reader, "My orders", channel="email", recipient="help@acme.example", comment={"text": "Where are my orders?"}
    )
    await house.quiet()  # Freshdesk tells a new tag only from a state that was seen before
    return ticket, ada, reader


async def _ended(house: Any, ticket: str, ada: str) -> None:
    macro = await house.sandbox.macro("Account::Terminate", LETTER, add_tags=(TAG,))
    await house.sandbox.submit(ticket, ada, macro_id=macro, comment={"text": LETTER, "sender": "help@acme.example"})


async def test_an_end_that_was_warned_of_called_about_and_approved_is_left_alone(house: Any) -> None:
    ticket, ada, _ = await _opened(house)
    noor = await house.sandbox.person("Noor Haddad", "noor@acme.example", role="agent", groups=("review",))
    await house.sandbox.submit(ticket, ada, comment={"text": WARNING, "sender": "help@acme.example"})
    await house.quiet()
    house.clock.push(days=10)
    note = {"public": False, "text": "Called the customer twice, no answer."}
    await house.sandbox.submit(ticket, ada, comment=note)
    await house.sandbox.submit(ticket, noor, comment={"public": False, "text": "Approved: close the account."})
    await house.quiet()

    await _ended(house, ticket, ada)
    await house.quiet()

    assert await house.notes(ticket) == []
    assert TAG in (await house.sandbox.view(ticket))["tags"]


async def test_an_end_out_of_the_blue_is_undone_and_told_why(house: Any) -> None:
    ticket, ada, _ = await _opened(house)

    await _ended(house, ticket, ada)

    [note] = await house.note(ticket)
    await house.quiet()
    assert "was not warned" in note
    assert "nobody called" in note
    assert "no second person approved" in note
    assert TAG not in (await house.sandbox.view(ticket))["tags"]


async def test_what_is_taken_back_without_a_word_is_raised_by_the_clock(house: Any) -> None:
    ticket, ada, _ = await _opened(house)
    await house.quiet()
    note = {"public": False, "text": "False alarm at the bank. Reinstated the account."}
    await house.sandbox.submit(ticket, ada, comment=note)
    await house.quiet()
    assert await house.notes(ticket) == []

    await house.close_service()
    house.clock.push(days=5)
    await house.open_service()

    [told] = await house.note(ticket)
    assert "taken back" in told


async def test_what_is_taken_back_and_told_is_left_alone(house: Any) -> None:
    ticket, ada, _ = await _opened(house)
    note = {"public": False, "text": "False alarm at the bank. Reinstated the account."}
    await house.sandbox.submit(ticket, ada, comment=note)
    answer = "Hello Ines, your account is open again; the bank had mixed up two cards. I am sorry.\n\nAda"
    await house.sandbox.submit(ticket, ada, comment={"text": answer, "sender": "help@acme.example"})
    await house.quiet()

    await house.close_service()
    house.clock.push(days=5)
    await house.open_service()
    await house.quiet()

    assert await house.notes(ticket) == []


async def test_a_letter_set_as_a_quotation_is_noted_and_a_quoted_mail_is_not(house: Any) -> None:
    """Whatever it is set as, she reads it; what she wrote herself is nobody's verdict on her."""
    ada = await house.sandbox.person("Ada Pereira", "ada@acme.example", role="agent")
    reader = await house.sandbox.person("Ines Holm", "ines@reader.example")
    asks = "My app says: your account has been closed for fraud. This decision is final. Can that be?"
    ticket, _ = await house.sandbox.ticket(
        reader, "My orders", channel="email", recipient="help@acme.example", comment={"text": asks}
    )
    answer = "I am looking at your library now and will write again today."
    for text, html in (
        (f"{answer}\n\n> {asks}", f"<p>{answer}</p><blockquote>{asks}</blockquote>"),
        (f"> {LETTER}".replace("\n", "\n> "), f"<blockquote>{LETTER}</blockquote>".replace("\n", "<br>")),
    ):
        assert await house.notes(ticket) == []
        await house.sandbox.submit(ticket, ada, comment={"text": text, "html": html, "sender": "help@acme.example"})
        await house.quiet()

    [note] = await house.note(ticket)
    assert "we have closed your account" in note
