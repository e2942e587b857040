"""The Freshdesk app as agents meet it: beside a ticket, with the real service behind it, or with trouble in between."""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from freshdesk_host import FreshdeskHost, Trouble
from freshdesk_world import World, world

from service.demo.host.story import DISCOUNT
from service.demo.story import ASKS_AGAIN, MAILBOX, SUBJECT

ENDED = "Your account has been closed. This decision is final."
ACCUSES = "You obviously lied to us."
MENDED = "Thank you for writing. I am looking at your library now and will write again today."
HELD = "Not sent: this needs another look."
NOTED = "Not sent yet: please have a look."
KINDS = ("public_reply", "internal_note", "solve", "properties", "tags")
SCRIPT = '<img src=x onerror="top.ran = 1"><script>top.ran = 1</script>'

Work = Callable[..., Awaitable["Agent"]]


def every(unchecked: str) -> dict[str, Any]:
    """A plan in which everything is asked about."""
    return {"asks": {kind: {"ask": True, "unchecked": unchecked} for kind in KINDS}}


async def until(seen: Callable[[], object]) -> None:
    """Waits for what the app does when the agent has gone on."""
    with anyio.fail_after(10):
        while not (await told if isinstance(told := seen(), Awaitable) else told):  # noqa: ASYNC110
            await anyio.sleep(0.02)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Rowan at a ticket."""

    page: Any
    ticket: str

    async def reply(self, text: str, *, clicks: int = 1) -> None:
        """Writes and clicks Send; waits for nothing."""
        await self.page.evaluate("document.querySelector('#window').close()")
        await self.page.get_by_role("textbox", name="Reply").fill(text)
        await self.page.get_by_role("button", name="Send").click(click_count=clicks)

    async def save(self, status: str) -> None:
        """Chooses a status and clicks Update."""
        await self.page.get_by_label("Status").select_option(status)
        await self.page.get_by_role("button", name="Update").click()

    async def arrives(self, *, knows: str = "plan") -> None:
        """Waits until the app listens, and has heard what it asks first."""
        await self.page.wait_for_function(f"desk.listening.length === 3 && desk.replied.includes('{knows}')")

    async def comes_back(self) -> None:
        """Loads the whole page again, as somebody to whom the plan is known."""
        await self.page.reload()
        await self.arrives(knows="iparams.get")

    async def goes_to(self, ticket: str) -> None:
        """Opens another ticket, on the same page."""
        await self.page.evaluate("document.querySelector('#window').close()")
        await self.page.evaluate("id => goTo(id)", ticket)

    async def answers(self) -> list[str]:
        """How the app answered each event so far, once it has answered them all."""
        await self.page.wait_for_function("desk.events.every(event => event.answers.length)")
        return list(await self.page.evaluate("desk.events.map(event => event.answers[0].how)"))

    async def hears(self, text: str) -> None:
        """Waits for a line of Freshdesk's own that says this."""
        await self.page.get_by_role("log").get_by_text(text).first.wait_for()

    async def has_sent(self, text: str) -> None:
        """Waits until the reply stands in the conversation."""
        await self.page.get_by_role("region", name="Conversation").get_by_text(text).wait_for()

    @property
    def window(self) -> Any:
        """The inside of the app's window."""
        return self.page.frame_locator("#window iframe")

    async def says(self, way: str, reason: str, done: str) -> None:
        """Chooses one of the ways out of the first finding, gives a reason, and confirms."""
        card = self.window.get_by_role("article").first
        await card.get_by_role("button", name=way).click()
        await card.get_by_role("textbox").fill(reason)
        await card.get_by_role("button", name=done, exact=True).click()


@pytest.fixture(scope="module")
async def freshdesk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A pretended Freshdesk and the real service, for all tests; each opens tickets of its own."""
    async with world(tmp_path_factory.mktemp("world") / "freshdesk") as running:
        yield running


@pytest.fixture
def host(freshdesk: World) -> FreshdeskHost:
    """Freshdesk's side, as if nothing had happened yet."""
    freshdesk.host.begin()
    return freshdesk.host


@pytest.fixture
async def work(freshdesk: World, host: FreshdeskHost, open_page: Any) -> AsyncIterator[Work]:
    """Opens a ticket as an agent. Whatever a test does: in the end every event has had exactly one answer."""
    agents: list[Agent] = []

    async def arrive(ticket: str = "", *, has_own_clock: bool = False, **how: Any) -> Agent:
        ticket = ticket or await freshdesk.ticket()
        page = await open_page("about:blank", **how)
        if has_own_clock:
            await page.clock.install()
        await page.goto(f"{freshdesk.url}/?ticket={ticket}")
        agents.append(Agent(page=page, ticket=ticket))
        await agents[-1].arrives()
        return agents[-1]

    yield arrive
    for agent in agents:
        await agent.answers()
        assert set(await agent.page.evaluate("desk.events.map(event => event.answers.length)")) <= {1}
    host.let_come.set()


@pytest.fixture
async def rowan(work: Work) -> Agent:
    """An agent at a ticket in which a customer has just written."""
    return await work()


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
    assert await rowan.answers() == ["fail", "done"]


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


TROUBLES = {
    Trouble.SLOW: "timeout",
    Trouble.NETWORK: "down",
    Trouble.BROKEN: "down",
    Trouble.TOO_MANY: "rate_limited",
    Trouble.LIMITED: "rate_limited",
    Trouble.HTML: "unreadable",
}


async def is_counted(freshdesk: World, sample: str, value: float) -> bool:
    return await freshdesk.counted(sample) == value


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_a_reply_that_nobody_could_judge_goes_and_is_counted(
    trouble: Trouble, freshdesk: World, host: FreshdeskHost, work: Work
) -> None:
    """And the agent is told; a service in trouble is no reason to keep customers waiting."""
    sample = f'ombuds_gate_unchecked_total{{helpdesk="freshdesk",outcome="allowed",reason="{TROUBLES[trouble]}"}}'
    before = await freshdesk.counted(sample)
    host.plan = {"timeout_ms": 400} if trouble is Trouble.SLOW else {}
    rowan = await work()
    host.troubles["ask"] = trouble

    await rowan.reply(ENDED)

    await rowan.has_sent(ENDED)
    await rowan.hears("Let through unchecked.")
    await until(lambda: is_counted(freshdesk, sample, before + 1))


async def test_a_secret_the_service_does_not_know_is_told_as_such(host: FreshdeskHost, work: Work) -> None:
    host.secret = "yesterday's"
    rowan = await work()

    await rowan.reply(ENDED)

    await rowan.has_sent(ENDED)
    await rowan.hears("does not accept this app's secret")


async def test_where_policies_say_so_nothing_goes_unjudged(host: FreshdeskHost, work: Work) -> None:
    """What the service could not hear of while it was away, it is told when it is back."""
    host.plan = every("block")
    rowan = await work()
    host.troubles["*"] = Trouble.NETWORK
    await rowan.reply(MENDED)
    await rowan.hears("Not sent, because it could not be checked.")
    await rowan.hears("Ombuds could not be reached.")

    host.troubles.clear()
    await rowan.reply(MENDED)

    await rowan.has_sent(MENDED)
    await until(lambda: len(host.asked_by("unchecked")) == 2)
    told = {"ticket": rowan.ticket, "reason": "down", "outcome": "blocked"}
    assert host.asked_by("unchecked") == [told, told]


async def test_nothing_is_asked_where_no_policy_could_apply(host: FreshdeskHost, work: Work) -> None:
    """Freshdesk lets a whole helpdesk's agents send 50 requests a minute."""
    host.plan = {"asks": {kind: {"ask": False, "unchecked": "allow"} for kind in KINDS}}
    rowan = await work()

    await rowan.reply(ENDED)
    await rowan.has_sent(ENDED)
    await rowan.save("Pending")

    assert await rowan.answers() == ["done", "done"]
    assert [template for template, _ in host.asked] == ["plan"]


async def test_without_a_plan_everything_is_asked(host: FreshdeskHost, work: Work) -> None:
    host.troubles["plan"] = Trouble.BROKEN
    rowan = await work()

    await rowan.reply(ENDED)

    await rowan.hears(HELD)


async def test_the_plan_is_kept_from_one_page_to_the_next(host: FreshdeskHost, rowan: Agent) -> None:
    """Agents open tickets all day; each would cost one of the helpdesk's 50 requests a minute."""
    await rowan.reply(MENDED)
    await rowan.has_sent(MENDED)

    await rowan.comes_back()
    await rowan.reply(ENDED)

    await rowan.hears(HELD)
    assert len(host.asked_by("plan")) == 1


async def test_an_old_plan_is_better_than_none(host: FreshdeskHost, work: Work) -> None:
    """It is renewed after ten minutes; where that fails it still counts, also in a browser that keeps nothing."""
    host.plan = every("block")
    rowan = await work(has_own_clock=True)
    [frame] = [frame for frame in rowan.page.frames if frame.url.endswith("background.html")]
    await frame.evaluate("localStorage.clear()")
    host.troubles["*"] = Trouble.NETWORK
    await rowan.page.clock.run_for(11 * 60_000)

    await rowan.reply(MENDED)
    await until(lambda: len(host.asked_by("plan")) == 2)
    await rowan.reply(MENDED)

    assert await rowan.answers() == ["fail", "fail"]


async def test_loading_the_page_again_is_no_way_around(host: FreshdeskHost, work: Work) -> None:
    """While the service is away, the plan of the last time says that nothing goes unjudged."""
    host.plan = every("block")
    rowan = await work()
    host.troubles["*"] = Trouble.NETWORK

    await rowan.comes_back()
    await rowan.reply(MENDED)

    assert await rowan.answers() == ["fail"]


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


@pytest.mark.parametrize("silent", ["ticket", "contact"])
async def test_an_agent_goes_on_even_if_freshdesk_itself_keeps_silent(silent: str, rowan: Agent) -> None:
    """What the app asks of the page may never be answered; without the ticket there is nothing to ask the service."""
    await rowan.page.evaluate("name => { desk.silent = [name]; }", silent)

    await rowan.reply(ENDED)

    assert await rowan.answers() == ["done" if silent == "ticket" else "fail"]


async def test_where_no_window_can_open_a_line_says_what_is_wrong(rowan: Agent) -> None:
    await rowan.page.evaluate("desk.refused = ['showModal']")

    await rowan.reply(ENDED)

    await rowan.hears(f"Ombuds #{rowan.ticket}: {HELD} ")


async def test_a_declared_answer_can_be_put_into_the_reply(freshdesk: World, work: Work) -> None:
    """It is offered where a reply is held; a draft is not looked at while it is written, which would cost requests."""
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
