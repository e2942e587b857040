"""The app inside Zendesk as agents use it: stopped before the reply leaves, told why, and shown the way out."""

import json
import statistics
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from zendesk_page import SAVED
from zendesk_world import World

from policies.html_text import from_html
from service.demo.host.story import DISCOUNT
from service.demo.story import ASKS_AGAIN

if TYPE_CHECKING:
    from conftest import FindBarriers, Work
    from playwright.async_api import Request

ENDED = "Your account has been closed. This decision is final."
MENDED = "Thank you for writing. I am looking at your library now and will write again today."
SAVES = 5
ACCUSES = "You obviously lied to us."
CLOSED = "Ticket closed without the customer's agreement"
PAGES = [
    "<p>Hello&nbsp;you</p><p>bold <b>words</b><br>and more</p><ul><li>one<li>two</ul>",
    f'On it.<div class="gmail_quote">Anna wrote:<blockquote>{ENDED}<p>Anna</p></blockquote></div>Rowan',
    f"<blockquote>{ENDED}<br><br>Yours<blockquote>Why?</blockquote></blockquote><p>Rowan</p>",
    '<p>mine</p><div id="divRplyFwdMsg">From: Anna</div><div>old<br>older</div>',
    'ter<i style="display : none">x</i>min<b style="FONT-SIZE:0px!important">x</b>ated<p hidden>x',
    '<p style="opacity:0">x</p><p style="visibility:hidden">x<b style="visibility:visible">seen</b></p>',
    '<div style="font-size:0;color:red">x<p style="font-size:14px">seen<i>too</i></p>x</div><p style="opacity:.5">so',
    '<p style="font-size:inherit;opacity:inherit;visibility:inherit">as<i style="font-size:small">it</i> is',
    "<table><tr><th>Your account</th><td>is closed</td></tr><tr><td>for</td><td>good</td></tr></table>",
    '<p style="display:none;display:block">seen</p><p style="font-size:0 ! important;font-size:9px">x</p>',
    "a\ue000b\ue001c\ue001d",
    "<style>p{}</style><script>1</script>seen<iframe>x</iframe><datalist><option>x</datalist>",
    "",
]
SCRIPT = '<img src=x onerror="top.ran = (top.ran ?? 0) + 1"><script>top.ran = 1</script>'


def is_recorded(request: "Request") -> bool:
    """Whether the app asks about a save."""
    return request.url.endswith("/proxy") and '"live":false' in request.post_data_json.get("data", "")


async def test_a_letter_that_ends_an_account_is_stopped_until_it_is_mended(zendesk: World, work: "Work") -> None:
    """The story the gate is for: the words are marked, and what the customer gets is another letter."""
    ticket = await zendesk.ticket()
    rowan = await work(ticket)
    await rowan.write(ENDED)

    told = await rowan.submit()

    assert told.startswith("Not sent: ")
    assert await zendesk.replies(ticket) == []
    assert "Your account has been closed" in await rowan.app.locator("mark").first.inner_text()
    assert "What helps:" in await rowan.app.get_by_role("article").first.inner_text()

    await rowan.write(MENDED)

    assert (await rowan.submit()).startswith(SAVED)
    assert await zendesk.replies(ticket) == [MENDED]


async def test_plain_text_is_read_as_rich_text_is(zendesk: World, work: "Work") -> None:
    ticket = await zendesk.ticket()
    rowan = await work(ticket)
    await rowan.write(ENDED, rich=False)

    assert (await rowan.submit()).startswith("Not sent: ")
    assert await zendesk.replies(ticket) == []


async def test_the_app_reads_an_editors_page_as_the_service_does(zendesk: World, work: "Work") -> None:
    """Else a finding's words could not be marked where they stand."""
    rowan = await work(await zendesk.ticket())
    read = "pages => import('./gate.js').then(({plainText}) => pages.map(plainText))"

    assert await rowan.frame.evaluate(read, PAGES) == [from_html(page) for page in PAGES]


async def test_an_internal_note_says_what_it_likes(zendesk: World, work: "Work") -> None:
    ticket = await zendesk.ticket()
    rowan = await work(ticket)
    await rowan.write(ENDED, note=True)

    assert (await rowan.submit()).startswith(SAVED)
    assert await zendesk.replies(ticket) == []


async def test_a_note_is_sent_anyway_once_the_agent_says_why(zendesk: World, work: "Work") -> None:
    """The agent knows more than the policy; what she says is kept, and nobody is asked twice."""
    ticket = await zendesk.ticket()
    rowan = await work(ticket)
    await rowan.write(ACCUSES)
    assert (await rowan.submit()).startswith("Not sent: ")

    await rowan.rule("", "Send anyway…", "The customer wrote so herself.", "Send anyway")
    await rowan.shown("Noted: you send it anyway.")

    assert (await rowan.submit()).startswith(SAVED)
    assert await zendesk.replies(ticket) == [ACCUSES]


async def test_a_wrong_flag_is_reported_and_stops_nothing_more(zendesk: World, work: "Work") -> None:
    ticket = await zendesk.ticket()
    rowan = await work(ticket)
    await rowan.write(ACCUSES)
    assert (await rowan.submit()).startswith("Not sent: ")

    await rowan.rule("", "This flag is wrong…", "It is a quotation.", "Report it")
    await rowan.shown("Thank you, noted.")

    assert (await rowan.submit()).startswith(SAVED)


async def test_a_colleague_lets_a_stopped_save_pass_from_her_own_browser(zendesk: World, work: "Work") -> None:
    """The second look from the question to the end: asked in the app, answered by a note at the helpdesk."""
    ticket = await zendesk.ticket(text=ASKS_AGAIN.text)
    rowan = await work(ticket)
    assert (await rowan.submit("solved")).startswith("Not sent: ")

    await rowan.rule(CLOSED, "Ask for a second look…", "She wrote twice, please have a look.", "Ask")
    await rowan.shown("Asked: review.")
    noor = await work(ticket, who=zendesk.noor)
    await noor.write(f"#ombuds approve {await noor.asked_about()} I called her, she is content.", note=True)
    assert (await noor.submit()).startswith(SAVED)

    await rowan.shown("Approved by")
    assert (await rowan.submit("solved")).startswith(SAVED)
    assert (await zendesk.stage.desk.view(ticket))["status"] == "solved"


async def test_a_colleagues_reason_is_told_as_hers_to_who_waits_and_to_who_writes_next(
    zendesk: World, work: "Work"
) -> None:
    """Nobody reads that he did what somebody else did, nor wonders why the same words pass all at once."""
    ticket = await zendesk.ticket(text=ASKS_AGAIN.text)
    rowan = await work(ticket)
    await rowan.submit("solved")
    await rowan.rule(CLOSED, "Ask for a second look…", "She wrote twice, please have a look.", "Ask")
    noor = await work(ticket, who=zendesk.noor)
    await noor.write(f"#ombuds override {await noor.asked_about()} I called her.", note=True)
    await noor.submit()

    await rowan.shown("Let through by Noor Haddad.")
    await rowan.shown("I called her.")
    other = await work(ticket)
    assert (await other.submit("solved")).startswith(SAVED)
    await other.shown(f"Let through here by Noor Haddad: {CLOSED}. Reason: I called her.")


async def test_the_first_message_of_a_new_ticket_is_asked_about_too(zendesk: World, work: "Work") -> None:
    """Nothing can be answered on a ticket that is not there: who submits the same findings again means it."""
    await zendesk.ticket()
    rowan = await work("new")
    clock, now = rowan.page.clock, datetime.now(UTC)
    await clock.set_fixed_time(now)
    await rowan.write(ACCUSES)

    assert (await rowan.submit()).startswith("Not sent: ")
    assert (await rowan.submit()).startswith("Not sent: "), "nobody reads so fast: it was a double click"
    await rowan.shown("There is no ticket yet that could keep a reason.")
    assert await rowan.app.get_by_role("article").get_by_role("button").count() == 0
    await rowan.write("Our lawyer likes to read on his reader, too.")
    assert (await rowan.submit()).startswith("Not sent: ")
    assert (await rowan.submit()).startswith("Not sent: ")
    await rowan.shown("There is no ticket yet to ask a colleague about.")
    await rowan.write(ACCUSES)
    assert (await rowan.submit()).startswith("Not sent: ")
    await clock.set_fixed_time(now + timedelta(seconds=2))
    await rowan.page.get_by_role("button", name="Submit").click()

    await rowan.page.get_by_label("Conversation").get_by_text(ACCUSES).wait_for()
    assert "?ticket=new" not in rowan.page.url


async def test_the_sender_that_was_chosen_for_a_reply_is_told(zendesk: World, work: "Work") -> None:
    """Other apps let agents choose it. Where nobody did, the service knows better where replies leave from."""
    rowan = await work(await zendesk.ticket())
    told = []
    for choose in ("", "import('/editor.js').then(({ set }) => set('ticket.recipient', 'sales@shop.example'))"):
        await rowan.page.evaluate(choose)
        await rowan.write(f"{MENDED} {len(told)}")
        async with rowan.page.expect_request(is_recorded) as asked:
            await rowan.submit()
        told.append(json.loads((await asked.value).post_data_json["data"])["draft"].get("sender"))

    assert told == [None, "sales@shop.example"]


async def test_who_calls_a_strict_flag_wrong_is_not_told_to_submit_again_but_may_ask_a_colleague(
    zendesk: World, work: "Work"
) -> None:
    """It would be stopped again: the agent's word is noted, and only a colleague's lets it pass."""
    rowan = await work(await zendesk.ticket())
    await rowan.write("Our lawyer likes to read on his reader, too.")
    await rowan.submit()

    await rowan.rule("names a lawyer", "This flag is wrong…", "It is a joke.", "Report it")

    await rowan.shown("Thank you, noted.")
    await rowan.top("Not sent: this needs another look.")
    await rowan.rule("names a lawyer", "Ask for a second look…", "It is a joke.", "Ask")
    await rowan.shown("Asked: review.")


async def test_what_a_colleague_does_meanwhile_is_kept_and_so_is_the_reply(zendesk: World, work: "Work") -> None:
    """The check took its time, and the ticket moved on."""
    ticket = await zendesk.ticket()
    rowan, noor = await work(ticket), await work(ticket, who=zendesk.noor)
    await rowan.write(MENDED)
    zendesk.between.way.clear()
    await rowan.page.get_by_role("button", name="Submit").click()
    await noor.write("I know her from last week.", note=True)
    await noor.submit("pending")

    zendesk.between.way.set()

    assert (await rowan.told()).startswith(SAVED)
    assert await zendesk.replies(ticket) == [MENDED]
    seen = await zendesk.stage.desk.view(ticket)
    assert [comment["text"] for comment in seen["comments"][1:]] == ["I know her from last week.", MENDED]


async def test_a_double_click_sends_once(zendesk: World, work: "Work") -> None:
    ticket = await zendesk.ticket()
    rowan = await work(ticket)
    await rowan.write(MENDED)

    assert (await rowan.submit(clicks=2)).startswith(SAVED)

    assert await zendesk.replies(ticket) == [MENDED]
    assert len(await rowan.saves()) == 1


async def test_what_is_found_on_one_ticket_is_not_told_on_another(zendesk: World, work: "Work") -> None:
    """Two tabs of one agent: neither app knows of the other."""
    first, second = await zendesk.ticket(), await zendesk.ticket()
    left = await work(first)
    right = await work(second, beside=left)
    await left.write(ENDED)
    await right.write(MENDED)

    assert (await left.submit()).startswith("Not sent: ")
    assert (await right.submit()).startswith(SAVED)

    assert await right.app.get_by_role("article").count() == 0
    assert await zendesk.replies(first) == []
    assert await zendesk.replies(second) == [MENDED]


async def test_while_writing_the_agent_is_told_quietly_and_nothing_is_recorded(zendesk: World, work: "Work") -> None:
    ticket = await zendesk.ticket()
    rowan = await work(ticket)
    before = await zendesk.counted('ombuds_gate_verdicts_total{checked="true",verdict="block"}')

    await rowan.write(ENDED)
    await rowan.top("While you write: have a look at this.")

    assert await rowan.app.get_by_role("article").count() > 0
    assert await rowan.app.get_by_role("button", name="Send anyway…").count() == 0
    assert await rowan.saves() == []
    assert await zendesk.counted('ombuds_gate_verdicts_total{checked="true",verdict="block"}') == before


async def test_a_declared_answer_is_offered_and_inserted(zendesk: World, work: "Work") -> None:
    """Nobody has to guess what the shop has declared."""
    ticket = await zendesk.ticket(who=DISCOUNT.who, subject=DISCOUNT.subject, text=DISCOUNT.text)
    rowan = await work(ticket)

    await rowan.app.get_by_role("button", name="Insert").click()
    await rowan.top("Inserted into your reply.")

    assert "ended on 31 January 2026" in await rowan.page.get_by_role("textbox", name="Reply").inner_text()
    assert (await rowan.submit()).startswith(SAVED)
    assert "ended on 31 January 2026" in (await zendesk.replies(ticket))[0]


async def test_nothing_runs_that_stands_in_a_name_a_subject_or_a_draft(zendesk: World, work: "Work") -> None:
    ticket = await zendesk.ticket(who=f"Ines {SCRIPT}", subject=SCRIPT, text=f"{SCRIPT} My books do not open.")
    rowan = await work(ticket)
    await rowan.write(f"{SCRIPT} {ENDED} {SCRIPT}", rich=False)

    assert (await rowan.submit()).startswith("Not sent: ")

    assert "<script>" in await rowan.app.locator("blockquote").first.inner_text()
    assert await rowan.app.locator("img, script:not([src])").count() == 0
    assert await rowan.page.evaluate("window.ran") is None


async def test_saves_with_nothing_to_say_are_let_through(zendesk: World, work: "Work") -> None:
    """How much longer they take is printed and not judged: the promise is below 100 ms at the median."""
    rowan = await work(await zendesk.ticket())
    for number in range(SAVES):
        await rowan.write(f"{MENDED} {number}")
        assert (await rowan.submit()).startswith(SAVED)

    took = [save["replies"][0]["ms"] for save in await rowan.saves()]
    print(f"a save takes {statistics.median(took):.0f} ms longer, at the median of {len(took)}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_no_state_of_the_app_has_a_barrier(
    zendesk: World, work: "Work", barriers: "FindBarriers", scheme: str
) -> None:
    """By axe: nothing to say, an answer offered, a reply stopped, a reason asked for and missing, a colleague asked."""
    ticket = await zendesk.ticket(who=DISCOUNT.who, subject=DISCOUNT.subject, text=DISCOUNT.text)
    calm, rowan = await work(await zendesk.ticket(), color_scheme=scheme), await work(ticket, color_scheme=scheme)
    found = await barriers(calm.frame) + await barriers(rowan.frame)

    await rowan.write(ENDED)
    await rowan.submit()
    found += await barriers(rowan.frame)
    card = rowan.app.get_by_role("article").first
    await card.get_by_role("button", name="Ask for a second look…").click()
    found += await barriers(rowan.frame)
    await card.get_by_role("button", name="Ask", exact=True).click()
    await rowan.shown("Please write a few words first.")
    found += await barriers(rowan.frame)
    await card.get_by_role("textbox").fill("Please look.")
    await card.get_by_role("button", name="Ask", exact=True).click()
    await rowan.shown("Asked: review.")

    assert found + await barriers(rowan.frame) == []
