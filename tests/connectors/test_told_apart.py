"""Ten things that look like a customer's or an agent's doing and are not: what the shipped policies say of each."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from connectors.freshdesk.client import Freshdesk
from connectors.sandbox.client import SandboxClient
from connectors.sandbox.freshdesk import FreshdeskSandbox
from connectors.sandbox.serving import serving
from connectors.sandbox.zendesk import ZendeskSandbox
from connectors.zendesk.client import Zendesk
from policies.loader import load
from policies.policy import Rulebook
from policies.ticket import Role, Standing

sys.path.insert(0, str(Path(__file__).parent))
from told_apart import ANSWER, Matter

ACTIVE = Path(__file__).parents[2] / "policies" / "active"
CLOSED_TOO_SOON = {"closed-without-agreement"}
UNANSWERED = {"unanswered-reconsideration"}
OBJECTION = "It still does not work."
REFUSAL = "Hello Maria, I cannot refund the scanner: it was bought three years ago."
ANOTHER_LOOK = "Can you please look at it again?"
AWAY = (
    "Thank you for your message. I am out of the office until Monday and have no access to my emails. "
    "In urgent cases please contact Jo Park."
)


@pytest.fixture(scope="module")
def shipped() -> Rulebook:
    return load({path.relative_to(ACTIVE).as_posix(): path.read_bytes() for path in ACTIVE.rglob("*.yaml")})


@pytest.fixture(params=["zendesk", "freshdesk"])
async def matter(request: pytest.FixtureRequest, clock: Any, shipped: Rulebook) -> AsyncIterator[Matter]:
    kind = str(request.param)
    sandbox = ZendeskSandbox(clock=clock) if kind == "zendesk" else FreshdeskSandbox(clock=clock)
    async with serving(sandbox.app) as url, SandboxClient(url) as desk:
        helpdesk = (
            _zendesk(url) if kind == "zendesk" else Freshdesk(account="acme", base_url=url, api_key="sandbox-key")
        )
        matter = Matter(kind, desk, helpdesk, shipped, clock)
        await matter.begin()
        yield matter
        await helpdesk.aclose()


def _zendesk(url: str) -> Zendesk:
    return Zendesk(account="acme", base_url=url, email="bot@acme.example", api_token="sandbox-token")


@pytest.fixture
async def objected(matter: Matter) -> Matter:
    """Maria asked, Anna answered, and Maria says that it is not settled."""
    await matter.opens("The scanner does not start.")
    await matter.says(matter.anna, ANSWER)
    await matter.says(matter.maria, OBJECTION)
    assert await matter.found() == set()
    return matter


@pytest.fixture
async def asked_again(matter: Matter) -> Matter:
    """Anna refused, and Maria asks for another look."""
    await matter.opens("May I have my money back?")
    await matter.says(matter.anna, REFUSAL)
    await matter.says(matter.maria, ANOTHER_LOOK)
    assert await matter.found() == set()
    return matter


async def test_an_agent_who_closes_on_an_objection_is_told(objected: Matter) -> None:
    """What the others here are held against."""
    await objected.solves(objected.anna)

    assert await objected.found() == CLOSED_TOO_SOON


async def test_a_request_that_nobody_answers_is_found(asked_again: Matter) -> None:
    """What the others here are held against."""
    assert await asked_again.found_after(hours=25) == UNANSWERED


# 1 ---------------------------------------------------------------------------------------------------------- merge
MERGED = {
    "zendesk": 'This request was closed and merged into request #{} "The scanner".',
    "freshdesk": "This ticket is closed and merged into ticket {}",
}


async def test_a_merge_closes_nothing_the_customer_had_to_agree_to(objected: Matter) -> None:
    first, text = objected.ticket_id, MERGED[objected.kind]
    await objected.opens(OBJECTION)
    await objected.found()

    note = {"text": text.format(first), "public": False}
    await objected.solves(objected.anna, status="closed", via="merge", merged_into=first, comment=note)

    assert await objected.found() == set()
    ticket = await objected.read()
    assert (ticket.standing, ticket.merged_into) == (Standing.MERGED, first)
    assert ticket.changes[-1].actor.role is Role.SYSTEM


async def test_a_request_that_moved_into_another_ticket_is_not_waited_for_twice(asked_again: Matter) -> None:
    note = {"text": MERGED[asked_again.kind].format(8), "public": False}
    await asked_again.solves(asked_again.anna, status="closed", via="merge", merged_into="8", comment=note)
    await asked_again.found()

    assert await asked_again.found_after(hours=25) == set()


# 2 ----------------------------------------------------------------------------------------------------------- spam
async def test_marking_as_spam_is_no_closing_of_a_customers_matter(matter: Matter) -> None:
    await matter.opens("Can you look at my offer of cheap watches again?")
    await matter.found()

    await matter.solves(matter.anna, via="spam", status="closed")

    assert await matter.found() == set()
    assert (await matter.read()).standing is Standing.SUSPENDED


# 3 ----------------------------------------------------------------------------------------------------- automation
async def test_what_a_rule_closes_is_not_laid_to_an_agent(objected: Matter) -> None:
    await objected.says(objected.anna, "We close what waits for an answer.", via="rule", status="solved")

    assert await objected.found() == set()


async def test_what_a_rule_sends_is_no_humans_answer(asked_again: Matter) -> None:
    text = "Hello, there is news on your matter in our help centre, under Returns and Refunds."
    await asked_again.says(asked_again.anna, text, via="rule")
    await asked_again.found()

    assert await asked_again.found_after(hours=25) == UNANSWERED


async def test_a_rule_that_ends_an_account_is_judged_like_a_person(matter: Matter) -> None:
    await matter.opens("Where are my books?")
    await matter.found()

    await matter.says(matter.anna, "We have closed your account.", via="rule")

    assert "termination-macro" in await matter.found()


# 4 ------------------------------------------------------------------------------------------------------ follow-up
async def _goes_on(matter: Matter, text: str) -> None:
    """Maria writes though her ticket was closed: a follow-up ticket at Zendesk; Freshdesk opens the old one again."""
    await matter.solves(matter.anna, status="closed")
    if matter.kind == "zendesk":
        await matter.opens(text, followup_of=matter.ticket_id)
    else:
        await matter.says(matter.maria, text, via="email", status="open")
    await matter.found()


async def test_who_objects_in_a_follow_up_objects_to_the_earlier_answer(matter: Matter) -> None:
    await matter.opens("The scanner does not start.")
    await matter.says(matter.anna, ANSWER)
    await _goes_on(matter, OBJECTION)

    await matter.says(matter.anna, "I have now sent you another cable by post.", status="solved")

    assert await matter.found() == CLOSED_TOO_SOON


async def test_who_agrees_in_a_follow_up_agrees_to_the_earlier_answer(matter: Matter) -> None:
    await matter.opens("The scanner does not start.")
    await matter.says(matter.anna, ANSWER)
    await _goes_on(matter, "Thank you, it works now.")

    await matter.solves(matter.anna)

    assert await matter.found() == set()


async def test_who_asks_again_in_a_follow_up_waits_for_an_answer(matter: Matter) -> None:
    await matter.opens("May I have my money back?")
    await matter.says(matter.anna, REFUSAL)
    await _goes_on(matter, ANOTHER_LOOK)

    assert await matter.found_after(hours=25) == UNANSWERED


# 5 --------------------------------------------------------------------------------------------------------- survey
async def test_praise_in_a_survey_settles_nothing(objected: Matter) -> None:
    await objected.says(objected.maria, "Thank you, it works now.", via="survey")

    await objected.solves(objected.anna)

    assert await objected.found() == CLOSED_TOO_SOON


async def test_blame_in_a_survey_does_not_undo_an_agreement(matter: Matter) -> None:
    await matter.opens("The scanner does not start.")
    await matter.says(matter.anna, ANSWER)
    await matter.says(matter.maria, "Thank you, it works now.")
    await matter.says(matter.maria, OBJECTION, via="survey")
    await matter.found()

    await matter.solves(matter.anna)

    assert await matter.found() == set()


# 6 ------------------------------------------------------------------------------------------------- auto-responder
@pytest.mark.parametrize("auto", [True, False], ids=["marked by the helpdesk", "told by its words"])
async def test_an_out_of_office_mail_answers_no_question(matter: Matter, auto: bool) -> None:
    await matter.opens("The scanner does not start.")
    await matter.says(matter.anna, "Hello Maria, which lamp is on?")
    await matter.says(matter.maria, AWAY, comment={"auto": auto}, via="email")
    await matter.found()

    await matter.says(matter.anna, "I have sent you another cable by post.", status="solved")

    assert await matter.found() == CLOSED_TOO_SOON


@pytest.mark.parametrize("auto", [True, False], ids=["marked by the helpdesk", "told by its words"])
async def test_an_agents_out_of_office_mail_answers_no_request(asked_again: Matter, auto: bool) -> None:
    await asked_again.says(asked_again.anna, AWAY, comment={"auto": auto}, via="email")
    await asked_again.found()

    assert await asked_again.found_after(hours=25) == UNANSWERED


# 7 ------------------------------------------------------------------------------------------------ CC'd colleagues
async def test_a_colleague_in_copy_does_not_settle_the_requesters_matter(objected: Matter) -> None:
    colleague = await objected.desk.person("Jo Park", "jo@mail.example")
    await objected.says(colleague, "Thank you, it works now.", via="email")
    await objected.found()

    await objected.solves(objected.anna)

    assert await objected.found() == CLOSED_TOO_SOON


# 8 ----------------------------------------------------------------------------------------- requesters who are agents
async def test_an_agent_with_a_matter_of_his_own_is_its_customer(matter: Matter) -> None:
    kim = await matter.desk.person("Kim Roth", "kim@acme.example", role="agent")
    await matter.opens("My scanner does not start.", requester=kim)
    await matter.says(matter.anna, ANSWER)
    await matter.says(kim, OBJECTION)
    await matter.found()

    await matter.solves(matter.anna)

    assert await matter.found() == CLOSED_TOO_SOON


# 9 ------------------------------------------------------------------------------------ agents on behalf of customers
async def test_what_an_agent_enters_for_the_customer_is_the_customers_word(matter: Matter) -> None:
    by_phone = {"text": "The scanner does not start.", "author_id": matter.maria}
    await matter.opens("", channel="phone", actor_id=matter.anna, comment=by_phone)
    await matter.says(matter.anna, ANSWER)
    await matter.says(matter.anna, OBJECTION, comment={"author_id": matter.maria})
    await matter.found()

    await matter.solves(matter.anna)

    assert await matter.found() == CLOSED_TOO_SOON


async def test_a_wish_to_leave_that_an_agent_enters_is_the_customers(matter: Matter) -> None:
    by_phone = {"text": "Please close my account.", "author_id": matter.maria}
    await matter.opens("", channel="phone", actor_id=matter.anna, comment=by_phone)
    await matter.found()

    await matter.says(matter.anna, "Hello Maria, we have closed your account, as you wished.")

    assert await matter.found() == set()


# 10 --------------------------------------------------------------------------------------------- side conversations
ASIDE = {"zendesk": "side_conversation", "freshdesk": "forward"}


async def test_what_is_said_aside_is_nothing_the_customer_was_told(objected: Matter) -> None:
    courier = await objected.desk.person("Cargo Desk", "desk@courier.example")
    aside = ASIDE[objected.kind]

    await objected.says(objected.anna, "We have closed your account.", via=aside)
    await objected.says(courier, "Thank you, it works now.", via=aside, public=False)
    assert await objected.found() == set()
    await objected.solves(objected.anna)

    assert await objected.found() == CLOSED_TOO_SOON
