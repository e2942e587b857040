"""The second story again, with no bulletin: agent after agent guesses, and so ops find out that one is missing."""

import asyncio
import json
import sys
from typing import Any

TOLD = 'ombuds_ops_notes_total{policy="topic-surge"}'
ASKS = [
    ("Esra Aydin", "The till would not take my code. Is the spring promotion over?"),
    ("Tom Hill", "Does the spring promotion still run? Milan said that it does."),
    ("Ana Reis", "I was charged the full amount. Has the promotion ended?"),
    ("Jo Park", "Is the spring promotion only for members?"),
    ("Li Wen", "My code 4471-XK was turned down. Did the promotion end?"),
    ("Max Kern", "Until when does the spring promotion run?"),
]
UNRELATED = [
    "Is the lamp dimmable?",
    "Can I bring my dog to the café?",
    "Does the kettle come with a filter?",
    "Are the gloves lined with wool?",
    "Can the invoice show two cities?",
    "Does the bicycle lock fit a moped?",
]
MAYBE = "Hello, maybe that is so, I am not sure.\n\n{}"


async def _a_week_ago(house: Any) -> None:
    """Ombuds has seen a week of this desk: before that nobody knows what is usual."""
    await _ask_and_guess(house, "Eva Lind", "Is the sofa grey?", "Milan Roth")
    house.clock.push(days=8)


async def _ask_and_guess(house: Any, customer: str, question: str, agent: str) -> str:
    """The ticket on which a customer asks and an agent answers that he is not sure."""
    first = agent.partition(" ")[0]
    asks = await house.sandbox.person(customer, f"{customer.partition(' ')[0].lower()}@mail.example")
    answers = await house.sandbox.person(agent, f"{first.lower()}@acme.example", role="agent")
    ticket, _ = await house.sandbox.ticket(
        asks, "A chat", channel="email", recipient="help@acme.example", comment={"text": question}
    )
    await house.quiet()
    await house.sandbox.submit(ticket, answers, comment={"text": MAYBE.format(first), "sender": "help@acme.example"})
    await house.quiet()
    return str(ticket)


async def _report(house: Any) -> list[dict[str, Any]]:
    command = (sys.executable, "-m", "service.cli", "report", "topics", "--json", "--since", "1d")
    program = await asyncio.create_subprocess_exec(*command, cwd=house.folder, stdout=asyncio.subprocess.PIPE)
    shown, _ = await program.communicate()
    return list(json.loads(shown)["topics"])


async def test_ops_hear_once_of_what_many_agents_are_in_doubt_about_and_no_bulletin_declares(house: Any) -> None:
    await _a_week_ago(house)

    told = []
    for number, (customer, question) in enumerate(ASKS):
        ticket = await _ask_and_guess(house, customer, question, f"Agent{'abcdef'[number]} Berg")
        told.append(await house.counted(TOLD))

    assert told == [0, 0, 0, 0, 1, 1]
    assert not any("go wrong on several tickets" in note for note in await house.notes(ticket))
    (topic, *_) = [topic for topic in await _report(house) if topic["is_declared"] is False]
    assert (topic["id"], topic["tickets"], topic["ops_notes"]) == ("promotion", 6, {"topic-surge": 1})


async def test_doubts_about_one_thing_and_another_tell_ops_nothing(house: Any) -> None:
    await _a_week_ago(house)

    for number, question in enumerate(UNRELATED):
        await _ask_and_guess(house, f"Customer{'abcdef'[number]} Hill", question, "Milan Roth")

    assert (
        await house.counted(
            'ombuds_decisions_total{mode="note",point="event",policy="hedged-answer",result="violation"}'
        )
        == 7
    )
    assert await house.counted(TOLD) == 0
    assert [topic for topic in await _report(house) if topic["is_declared"] is False] == []
