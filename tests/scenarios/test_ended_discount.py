"""The second story: a discount has ended, nobody told the customers, and the chat agent can only guess."""

from pathlib import Path
from typing import Any

STORIES = Path(__file__).parents[1] / "cases" / "stories"
OPS = 'ombuds_ops_notes_total{policy="%s"}'
ASK = "The Lumen cinema made me pay the full price tonight. Is the cinema discount gone?"
MAYBE = "Hello Esra, maybe the promotion has ended, I am not sure.\n\nMilan"
STILL = "Hello Esra, the cinema discount still applies, please show your card again.\n\nMilan"
SO_IT_IS = "Hello Esra, the cinema discount ended on 31 December, the contract was not renewed. I am sorry.\n\nMilan"


async def _declare(house: Any, *, announced: bool = True) -> None:
    """The bulletin of the stories, in force for as long as anybody's clock goes back."""
    text = (STORIES / "bulletins.yaml").read_text("utf-8").replace("since: 2026", "since: 2020")
    head, _, tail = text.partition("    announced:")
    told = "    announced: [{where: letter, date: 2020-01-01}]\n" if announced else ""
    declared = f"{head}{told}    tests:{tail.partition('    tests:')[2]}"
    (house.folder / "policies" / "declared.yaml").write_text(declared, encoding="utf-8")
    await house.close_service()
    await house.open_service()


async def _ask(house: Any, name: str = "Esra Aydin") -> tuple[str, str]:
    milan = await house.sandbox.person("Milan Roth", "milan@acme.example", role="agent")
    esra = await house.sandbox.person(name, f"{name.split(maxsplit=1)[0].lower()}@mail.example")
    ticket, _ = await house.sandbox.ticket(
        esra, "A chat", channel="email", recipient="help@acme.example", comment={"text": ASK}
    )
    await house.quiet()
    return ticket, milan


async def _say(house: Any, ticket: str, milan: str, text: str) -> None:
    await house.sandbox.submit(ticket, milan, comment={"text": text, "sender": "help@acme.example"})
    await house.quiet()


async def test_the_agent_is_told_the_definite_answer_before_she_replies_and_a_good_reply_adds_nothing(
    house: Any,
) -> None:
    await _declare(house)
    ticket, milan = await _ask(house)

    [note] = await house.note(ticket)
    assert "The cinema discount ended on 31 December 2025" in note
    await _say(house, ticket, milan, SO_IT_IS)

    assert len(await house.notes(ticket)) == 1
    assert await house.counted(OPS % "quiet-change") == 0


async def test_a_guess_is_noted_once_and_the_note_holds_the_answer(house: Any) -> None:
    await _declare(house)
    ticket, milan = await _ask(house)

    await _say(house, ticket, milan, MAYBE)

    notes = await house.note(ticket, count=2)
    assert "in doubt about a declared change" in notes[-1]
    assert "write to the customer again" in notes[-1]
    await _say(house, ticket, milan, STILL)
    assert len(await house.notes(ticket)) == 2


async def test_a_change_nobody_announced_is_told_to_ops_and_not_on_the_ticket(house: Any) -> None:
    await _declare(house, announced=False)

    ticket, _ = await _ask(house)

    [note] = await house.note(ticket)
    assert "customers were not told" not in note
    assert await house.counted(OPS % "quiet-change") == 1


async def test_three_wrong_answers_in_a_day_are_a_surge_that_ops_hear_of_once(house: Any) -> None:
    await _declare(house)

    for name, reply, surges in (
        ("Esra Aydin", MAYBE, 0),
        ("Tom Hill", STILL, 0),
        ("Ana Reis", STILL, 1),
        ("Ida Holm", MAYBE, 1),
    ):
        ticket, milan = await _ask(house, name)
        await _say(house, ticket, milan, reply)

        assert await house.counted(OPS % "topic-surge") == surges
