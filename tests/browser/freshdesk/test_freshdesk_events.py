"""What Freshdesk tells its app of clicks, in all the ways it does, and what the app makes of it."""

import pytest
from freshdesk_host import FreshdeskHost, Trouble
from freshdesk_page import ENDED, HELD, MENDED, Agent, Work, until
from freshdesk_world import World

from service.demo.story import ASKS_AGAIN, MAILBOX, SUBJECT


async def test_the_service_is_told_what_the_app_sees(host: FreshdeskHost, rowan: Agent) -> None:
    """The sender is the mailbox that Freshdesk itself would take, where the event does not say another."""
    await rowan.page.evaluate("desk.ticket.support_email = null, desk.ticket.email_config_id = 7")
    await rowan.page.evaluate("desk.mailboxes = [{id: 7, reply_email: 'help@shop.example'}]")
    await rowan.reply(MENDED)
    await rowan.has_sent(MENDED)

    [asked] = host.asked_by("ask")
    ticket, agent = asked["ticket"], asked["agent"]
    assert (ticket["id"], ticket["subject"], ticket["status"]) == (rowan.ticket, SUBJECT, "open")
    assert (ticket["requester"]["name"], ticket["requester"]["email"]) == ("Ines Calder", "customer@mail.example")
    assert asked["draft"] == {"kind": "public_reply", "seen": True, "text": MENDED, "sender": "help@shop.example"}
    assert (agent["name"], agent["email"], asked["live"]) == ("Rowan Pell", "r@shop.example", False)


ODD = ("null", "{broken: true}", "{body: 7, reply: null}", "{changedAttributes: {status: null, tags: 7}}")


async def test_an_event_in_a_form_that_nobody_foresaw_lets_the_agent_go_on(rowan: Agent) -> None:
    """Freshdesk's documents tell little of what an event carries, and that little in two ways."""
    for data in ODD:
        await rowan.page.evaluate(
            f"void fire('ticket.sendReply', {data}), void fire('ticket.propertiesUpdated', {data})"
        )

    assert set(await rowan.answers()) == {"done"}


@pytest.mark.parametrize("shape", ["object", "array"])
@pytest.mark.parametrize("status", ["Resolved", "Closed"])
async def test_a_ticket_is_not_ended_over_its_customers_head(
    shape: str, status: str, freshdesk: World, work: Work
) -> None:
    """Freshdesk's documents and its samples tell a changed attribute in two ways."""
    rowan = await work(await freshdesk.ticket(text=ASKS_AGAIN.text))
    await rowan.page.evaluate("shape => { desk.shape = shape; }", shape)

    await rowan.save(status)

    await rowan.hears(HELD)
    assert await freshdesk.status(rowan.ticket) == "new"


async def test_the_close_button_is_no_way_around(freshdesk: World, work: Work) -> None:
    """Its event says nothing of the ticket, which the app looks up."""
    rowan = await work(await freshdesk.ticket(text=ASKS_AGAIN.text))

    await rowan.page.get_by_role("button", name="Close ticket").click()

    await rowan.hears(HELD)
    assert await freshdesk.status(rowan.ticket) == "new"


@pytest.mark.parametrize("place", ["full_text", "reply"])
async def test_a_reply_is_found_wherever_freshdesk_puts_it(place: str, rowan: Agent) -> None:
    await rowan.page.evaluate("place => { desk.handOut = place; }", place)

    await rowan.reply(ENDED)

    await rowan.hears(HELD)


async def test_a_reply_the_app_is_not_shown_goes_and_is_counted(host: FreshdeskHost, rowan: Agent) -> None:
    """It cannot be judged before it leaves; the webhook judges it afterwards."""
    await rowan.page.evaluate("desk.handOut = 'nothing'")

    await rowan.reply(ENDED)

    await rowan.has_sent(ENDED)
    await until(lambda: host.asked_by("unchecked"))
    [asked] = host.asked_by("ask")
    assert asked["ticket"] == {"id": rowan.ticket}
    assert asked["draft"] == {"kind": "public_reply", "seen": False, "sender": MAILBOX}
    told = {"ticket": rowan.ticket, "reason": "unreadable", "outcome": "allowed"}
    assert host.asked_by("unchecked") == [told]


async def test_a_double_click_is_one_question_with_one_window(host: FreshdeskHost, rowan: Agent) -> None:
    host.troubles["ask"] = Trouble.SLOW
    await rowan.reply(ENDED, clicks=2)
    await until(lambda: host.asked_by("ask"))

    host.let_come.set()

    assert await rowan.answers() == ["fail", "fail"]
    await rowan.window.get_by_text("What helps:").first.wait_for()
    assert len(host.asked_by("ask")) == 1
    assert await rowan.page.evaluate("desk.modals.length") == 1


async def test_what_was_held_on_one_ticket_does_not_open_over_another(
    freshdesk: World, host: FreshdeskHost, rowan: Agent
) -> None:
    """Freshdesk keeps the app's page when the agent goes on; a line with the number tells what became of the first."""
    other = await freshdesk.ticket()
    host.troubles["ask"] = Trouble.SLOW
    await rowan.reply(ENDED)
    await until(lambda: host.asked_by("ask"))
    await rowan.goes_to(other)

    host.let_come.set()

    await rowan.hears(f"Ombuds #{rowan.ticket}: {HELD}")
    assert await rowan.page.evaluate("desk.modals.length") == 0

    await rowan.reply(MENDED)
    await rowan.has_sent(MENDED)
    assert (await freshdesk.replies(rowan.ticket), await freshdesk.replies(other)) == ([], [MENDED])


async def test_nobody_waits_for_a_ticket_that_was_left_until_the_agent_is_back(
    freshdesk: World, host: FreshdeskHost, work: Work
) -> None:
    """Each look costs one of the helpdesk's 50 requests a minute."""
    ticket, other = await freshdesk.ticket(text=ASKS_AGAIN.text), await freshdesk.ticket()
    rowan = await work(ticket, has_own_clock=True)
    await rowan.save("Resolved")
    await rowan.says("Ask for a second look…", "She wrote twice.", "Ask")
    await rowan.window.get_by_text("Asked: review.").first.wait_for()
    await rowan.goes_to(other)
    await rowan.page.clock.run_for(120_000)
    assert host.asked_by("finding") == []

    await rowan.goes_to(ticket)
    await rowan.save("Resolved")
    await rowan.window.get_by_text("Asked: review.").first.wait_for()
    await freshdesk.approve(ticket)
    await rowan.page.clock.run_for(31_000)

    await rowan.hears("Approved by Noor Haddad. Now please submit again")
