"""The Freshdesk app as agents meet it: held before the reply leaves, told why, and shown the way out."""

from typing import Any

import pytest
from freshdesk_host import FreshdeskHost
from freshdesk_page import ACCUSES, ENDED, HELD, MENDED, Agent, Work
from freshdesk_world import World

from service.demo.host.story import DISCOUNT
from service.demo.story import ASKS_AGAIN

NOTED = "Not sent yet: please have a look."
SCRIPT = '<img src=x onerror="top.ran = 1"><script>top.ran = 1</script>'


async def test_a_held_reply_shows_where_it_hurts_and_goes_once_it_is_mended(freshdesk: World, rowan: Agent) -> None:
    """The story the gate is for: what the customer gets is another letter."""
    await rowan.reply(ENDED)

    await rowan.hears(HELD)
    assert "Your account has been closed" in await rowan.window.locator("mark").first.inner_text()
    assert await rowan.window.get_by_text("What helps:").first.is_visible()
    assert await freshdesk.replies(rowan.ticket) == []

    await rowan.reply(MENDED)

    await rowan.has_sent(MENDED)
    assert await freshdesk.replies(rowan.ticket) == [MENDED]
    assert await rowan.answers() == ["fail", "done"]


async def test_a_note_is_sent_anyway_once_the_agent_says_why(freshdesk: World, rowan: Agent) -> None:
    await rowan.reply(ACCUSES)
    await rowan.hears(NOTED)
    await rowan.says("Send anyway…", "She wrote so herself.", "Send anyway")
    await rowan.window.get_by_text("Noted: you send it anyway.").first.wait_for()

    await rowan.reply(ACCUSES)

    await rowan.has_sent(ACCUSES)
    assert await freshdesk.replies(rowan.ticket) == [ACCUSES]


async def test_a_wrong_flag_is_reported_and_stands_in_nobodys_way(rowan: Agent) -> None:
    await rowan.reply(ACCUSES)
    await rowan.says("This flag is wrong…", "It is a quotation.", "Report it")
    await rowan.window.get_by_text("Thank you, noted.").first.wait_for()

    await rowan.reply(ACCUSES)

    await rowan.has_sent(ACCUSES)


async def test_a_second_look_reaches_the_agent_who_waits(freshdesk: World, work: Work) -> None:
    """Both in the window and as a notice, for the window may be closed by then."""
    rowan = await work(await freshdesk.ticket(text=ASKS_AGAIN.text), has_own_clock=True)
    await rowan.save("Resolved")
    await rowan.says("Ask for a second look…", "She wrote twice.", "Ask")
    await rowan.window.get_by_text("Asked: review.").first.wait_for()

    await freshdesk.approve(rowan.ticket)
    await rowan.page.clock.run_for(31_000)

    await rowan.window.get_by_text("Approved by").first.wait_for()
    await rowan.hears("Approved by")
    await rowan.page.evaluate("document.querySelector('#window').close()")
    await rowan.save("Resolved")
    await rowan.hears("Let through here by Noor Haddad: Ticket closed")
    assert await rowan.answers() == ["fail", "done"]


async def test_a_declared_answer_is_offered_once_the_agent_begins_to_reply(
    freshdesk: World, host: FreshdeskHost, work: Work
) -> None:
    """And not again on this ticket: each question is one of the helpdesk's 50 requests a minute."""
    rowan = await work(await freshdesk.ticket(who=DISCOUNT.who, subject=DISCOUNT.subject, text=DISCOUNT.text))

    await rowan.begins_to_reply()
    await rowan.window.get_by_role("button", name="Insert").click()
    await rowan.page.get_by_role("textbox", name="Reply").get_by_text("ended on 31 January 2026").wait_for()
    await rowan.begins_to_reply()
    await rowan.reply(MENDED)
    await rowan.has_sent(MENDED)

    assert [asked["live"] for asked in host.asked_by("ask")] == [True, False]


async def test_a_declared_answer_can_be_put_into_the_reply(freshdesk: World, work: Work) -> None:
    """It is offered where a reply is held, too."""
    rowan = await work(await freshdesk.ticket(who=DISCOUNT.who, subject=DISCOUNT.subject, text=DISCOUNT.text))
    await rowan.reply(ACCUSES)

    await rowan.window.get_by_role("button", name="Insert").click()

    await rowan.page.get_by_role("textbox", name="Reply").get_by_text("ended on 31 January 2026").wait_for()


@pytest.mark.parametrize("colours", ["light", "dark"])
async def test_everybody_can_read_and_use_the_window(colours: str, work: Work, barriers: Any) -> None:
    """By axe, with the findings, with a reason asked for, and with one given."""
    rowan = await work(color_scheme=colours)
    await rowan.reply(ACCUSES)
    await rowan.window.get_by_role("button", name="Send anyway…").wait_for()
    [frame] = [frame for frame in rowan.page.frames if frame.url.endswith("modal.html")]
    found = await barriers(frame)
    await rowan.window.get_by_role("button", name="Send anyway…").click()
    found += await barriers(frame)
    await rowan.window.get_by_role("textbox").fill("She wrote so herself.")
    await rowan.window.get_by_role("button", name="Send anyway", exact=True).click()
    await rowan.window.get_by_text("Noted: you send it anyway.").first.wait_for()

    assert found + await barriers(frame) == []


async def test_the_window_speaks_the_agents_language(rowan: Agent) -> None:
    await rowan.page.evaluate("desk.agent.contact.language = 'de'")

    await rowan.reply(ACCUSES)

    await rowan.window.get_by_role("button", name="Trotzdem senden…").wait_for()


async def test_nothing_runs_that_stands_in_a_name_a_subject_or_a_draft(freshdesk: World, work: Work) -> None:
    ticket = await freshdesk.ticket(who=f"Ines {SCRIPT}", subject=SCRIPT, text=f"{SCRIPT} My books do not open.")
    rowan = await work(ticket)

    await rowan.reply(f"{SCRIPT} {ENDED} {SCRIPT}")

    await rowan.hears(HELD)
    assert "<script>" in await rowan.window.locator("blockquote").first.inner_text()
    assert await rowan.window.locator("#panel img, #panel script").count() == 0
    assert await rowan.page.evaluate("window.ran") is None
