"""Replies wait in Zendesk until they are judged: mailed, or made private; and never lost, whatever breaks."""

import re
from typing import Any

import pytest

from connectors.setup_plan import Doing, plan
from connectors.zendesk.hold_setup import HoldSetup

TICKET = "/api/v2/tickets/{id}"
KIND = "Your books are on their way."
TERMINATION = "We have closed your account.\n\nKind regards,\nAda"


@pytest.fixture
def kind() -> str:
    """Freshdesk has no rules that could hold a reply back."""
    return "zendesk"


@pytest.fixture
async def held_house(deaf_house: Any) -> Any:
    """A Zendesk that holds replies back as `ombuds connect zendesk --hold` sets it up; the service is not running."""
    file = deaf_house.write_settings()
    file.write_text(f"{file.read_text()}hold = true\n")
    setup = HoldSetup(
        base_url=deaf_house.helpdesk_url, email="bot@acme.example", api_token="sandbox-token", tag="ombuds_hold"
    )
    found = await setup.look()
    for step in plan(found.things, setup.wanted(found)):
        assert step.doing is Doing.CREATE
        await setup.do(step)
    await setup.aclose()
    return deaf_house


@pytest.fixture
async def holding(held_house: Any) -> Any:
    """The same with the service, which is told of every submit."""
    await held_house.open_service()
    await held_house.tell_service()
    return held_house


async def _asked(house: Any) -> tuple[str, str]:
    """A customer's ticket, and the agent who answers it."""
    ada = await house.sandbox.person("Ada Pereira", "ada@acme.example", role="agent")
    reader = await house.sandbox.person("Ines Holm", "ines@reader.example")
    ticket, _ = await house.sandbox.ticket(
        reader, "Books", channel="email", recipient="help@acme.example", comment={"text": "Where are my books?"}
    )
    return ticket, ada


async def _mailed(house: Any, ticket: str) -> list[str]:
    """To the customer, the first line of each mail."""
    mails = await house.sandbox.mails(ticket)
    assert {mail["to"] for mail in mails} <= {"ines@reader.example"}
    return [mail["text"].partition(": ")[2].splitlines()[0] for mail in mails]


async def test_a_harmless_reply_is_mailed_once_it_is_judged(holding: Any) -> None:
    ticket, ada = await _asked(holding)

    await holding.sandbox.submit(ticket, ada, comment={"text": KIND})
    await holding.quiet()

    [mail] = await holding.sandbox.mails(ticket)
    assert (mail["rule"].partition(" (")[0], mail["text"]) == ("Ombuds: mail the held reply", f"Ada Pereira: {KIND}")
    assert (await holding.sandbox.view(ticket))["tags"] == []
    assert await holding.counted('ombuds_held_replies_total{outcome="released"}') == 1


async def test_a_blocked_reply_is_never_mailed_and_its_agent_is_told(holding: Any) -> None:
    ticket, ada = await _asked(holding)

    await holding.sandbox.submit(ticket, ada, comment={"text": TERMINATION})
    await holding.quiet()
    holding.clock.push(hours=5)

    assert await _mailed(holding, ticket) == []
    seen = await holding.sandbox.view(ticket)
    assert ([one["public"] for one in seen["comments"]], seen["tags"]) == ([True, False, False], ["ombuds_review"])
    [note] = await holding.notes(ticket)
    assert "The reply was not mailed to the customer: it is held back and made private." in note


async def test_once_approved_the_reply_may_be_sent(holding: Any) -> None:
    ticket, ada = await _asked(holding)
    lead = await holding.sandbox.person("Lea Duarte", "lea@acme.example", role="agent", groups=("review",))
    await holding.sandbox.submit(ticket, ada, comment={"text": TERMINATION})
    [note] = await holding.note(ticket)
    [line] = [line for line in note.split("<br>") if "#ombuds approve" in line]
    findings = re.findall(r"\b[0-9A-Z]{6}\b", line)
    text = "\n".join(f"#ombuds approve {finding} checked the case" for finding in findings)
    await holding.sandbox.submit(ticket, lead, comment={"public": False, "text": text})
    await holding.quiet()

    await holding.sandbox.submit(ticket, ada, comment={"text": TERMINATION})
    await holding.quiet()

    assert len(await _mailed(holding, ticket)) == 1
    assert [one["public"] for one in (await holding.sandbox.view(ticket))["comments"]][-1] is True


async def test_a_note_is_left_and_the_reply_mailed_where_nothing_may_be_blocked(held_house: Any) -> None:
    """So it is with all that stops a block: see tests/service/test_holding.py."""
    file = held_house.folder / "ombuds.toml"
    file.write_text(file.read_text().replace('ceiling = "block"', 'ceiling = "note"'))
    await held_house.open_service()
    await held_house.tell_service()
    ticket, ada = await _asked(held_house)

    await held_house.sandbox.submit(ticket, ada, comment={"text": TERMINATION})
    await held_house.quiet()

    assert len(await _mailed(held_house, ticket)) == 1
    [note] = await held_house.notes(ticket)
    assert "not mailed" not in note


async def test_while_nobody_judges_the_helpdesk_itself_mails_within_two_hours_and_once(held_house: Any) -> None:
    ticket, ada = await _asked(held_house)
    await held_house.sandbox.submit(ticket, ada, comment={"text": KIND})
    assert await _mailed(held_house, ticket) == []

    held_house.clock.push(hours=2)
    late = await _mailed(held_house, ticket)
    await held_house.open_service()
    await held_house.tell_service()
    await held_house.sandbox.submit(ticket, ada, comment={"public": False, "text": "Sent?"})
    await held_house.quiet()
    held_house.clock.push(hours=5)

    assert late == await _mailed(held_house, ticket) == [KIND]


async def test_while_the_helpdesk_is_not_asked_it_mails_itself_and_nothing_again_once_it_is(holding: Any) -> None:
    """The breaker is open: nobody judges, and so nobody holds; later there is nothing left to release."""
    ticket, ada = await _asked(holding)
    await holding.quiet()
    await holding.sandbox.fault("GET", TICKET, times=1_000, status=502)
    await holding.sandbox.submit(ticket, ada, comment={"text": KIND})
    for _ in range(5):
        await _asked(holding)
    is_open = 'ombuds_breaker_state{account="acme",helpdesk="zendesk",state="open"}'

    await holding.until(lambda: holding.counted(is_open))
    holding.clock.push(hours=2)
    late = await _mailed(holding, ticket)
    await holding.sandbox.clear_faults()
    await holding.quiet()
    holding.clock.push(hours=5)

    assert late == await _mailed(holding, ticket) == [KIND]
    assert await holding.counted('ombuds_held_replies_total{outcome="released"}') == 0


async def test_a_reply_that_cannot_be_released_is_parked_and_mailed_by_the_helpdesk(holding: Any) -> None:
    ticket, ada = await _asked(holding)
    await holding.quiet()
    await holding.sandbox.fault("PUT", TICKET, status=422, times=9)

    await holding.sandbox.submit(ticket, ada, comment={"text": KIND})
    await holding.quiet()
    holding.clock.push(hours=2)

    assert await holding.counted('ombuds_dead_letters{reason="refused"}') >= 1
    assert await _mailed(holding, ticket) == [KIND]


@pytest.mark.parametrize("mode", ["apply_then_drop", "drop_before_apply"])
async def test_a_lost_answer_to_the_release_mails_once(holding: Any, mode: str) -> None:
    ticket, ada = await _asked(holding)
    await holding.quiet()
    await holding.sandbox.fault("PUT", TICKET, mode)

    await holding.sandbox.submit(ticket, ada, comment={"text": KIND})
    await holding.quiet()

    assert await _mailed(holding, ticket) == [KIND]


async def test_two_replies_that_waited_together_leave_in_one_mail(held_house: Any) -> None:
    """The mail of one alone would be the newer one's, and the older never be read."""
    ticket, ada = await _asked(held_house)
    for text in (KIND, "And a voucher with them."):
        await held_house.sandbox.submit(ticket, ada, comment={"text": text})

    await held_house.open_service()
    await held_house.tell_service()
    await held_house.sandbox.submit(ticket, ada, comment={"public": False, "text": "Sent?"})
    await held_house.quiet()

    [mail] = await held_house.sandbox.mails(ticket)
    assert KIND in mail["text"]
    assert "And a voucher with them." in mail["text"]
    assert "Sent?" not in mail["text"]
