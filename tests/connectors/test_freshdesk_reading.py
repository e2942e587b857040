"""Freshdesk over a real socket: how conversations and differences become Changes."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from connectors.errors import CredentialsError, NotFoundError, RateLimitError, TransientError
from connectors.freshdesk.client import Freshdesk
from connectors.freshdesk.directory import HOUR_S, Directory
from connectors.helpdesk import Fetched
from connectors.sandbox.client import SandboxClient
from connectors.sandbox.freshdesk import FreshdeskSandbox
from connectors.sandbox.records import Intent, Wording
from connectors.sandbox.serving import serving
from connectors.transport import Exchange, Transport
from policies.ticket import Channel, CommentKind, Macro, Role, Standing, Status, StatusMove, Via
from policies.verdict import Action

SUPPORT = "support@shop.example"
LETTER = "Hello {{ticket.requester.name}},\nafter a review we have closed your account for good.\n{{ticket.agent.name}}"


@dataclass
class Watch:
    """A clock that a test moves."""

    now: datetime = datetime(2026, 3, 2, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Shop:
    """A shop's Freshdesk with a reader and an agent, and our connector to it."""

    sandbox: FreshdeskSandbox
    desk: SandboxClient
    freshdesk: Freshdesk
    watch: Watch
    url: str
    exchanges: list[Exchange] = field(default_factory=list)
    reader: str = ""
    agent: str = ""
    ticket: str = ""

    async def fetch(self, bookmark: str | None = None) -> Fetched:
        return await self.freshdesk.fetch_ticket(self.ticket, bookmark)

    async def reply(self, text: str = "We are looking into it.", **what: object) -> str:
        return await self.desk.submit(self.ticket, self.agent, comment={"text": text}, **what)

    async def write(self, text: str, **what: object) -> str:
        return await self.desk.submit(self.ticket, self.reader, comment={"text": text}, **what)


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    watch, exchanges = Watch(), []
    sandbox = FreshdeskSandbox(clock=watch)
    async with serving(sandbox.app) as url, SandboxClient(url) as desk:
        freshdesk = Freshdesk(account="acme", base_url=url, api_key=sandbox.api_key, observe=exchanges.append)
        shop = Shop(sandbox=sandbox, desk=desk, freshdesk=freshdesk, watch=watch, url=url, exchanges=exchanges)
        shop.reader = await desk.person("Rea Der", "Rea@Mail.example")
        shop.agent = await desk.person("Kim Sung", "kim@shop.example", role="agent", groups=("Trust", "Safety Leads"))
        first = {"channel": "email", "recipient": SUPPORT, "comment": {"text": "Where are my books?"}}
        shop.ticket, _ = await desk.ticket(shop.reader, "My books", **first)
        watch.later(minutes=5)
        yield shop
        await freshdesk.aclose()


async def test_a_new_ticket_begins_with_its_description(shop: Shop) -> None:
    """Freshdesk leaves it out of the conversations."""
    fetched = await shop.fetch()

    (opening,), ticket = fetched.unjudged, fetched.ticket
    assert opening.id == "description"
    assert opening.comment is not None
    assert opening.comment.text == "Where are my books?"
    assert (opening.actor.role, opening.actor.email) == (Role.CUSTOMER, "rea@mail.example")
    assert (ticket.channel, ticket.sender, ticket.status) == (Channel.EMAIL, SUPPORT, Status.OPEN)


async def test_reply_and_resolve_in_one_click_are_one_change(shop: Shop) -> None:
    before = await shop.fetch()

    change_id = await shop.reply(status="solved", add_tags=["refused"])
    fetched = await shop.fetch(before.bookmark)

    (change,) = fetched.unjudged
    assert change.id == change_id
    assert change.status == StatusMove(before=Status.OPEN, after=Status.SOLVED)
    assert change.tags_added == ("refused",)
    assert (change.actor.name, change.actor.role) == ("Kim Sung", Role.AGENT)
    assert change.comment is not None
    assert change.comment.sender == SUPPORT


async def test_the_address_a_reply_left_from_is_its_own(shop: Shop) -> None:
    sent = {"text": "Done.", "sender": "No-Reply@shop.example"}
    await shop.desk.submit(shop.ticket, shop.agent, comment=sent)

    comment = (await shop.fetch()).unjudged[-1].comment

    assert comment is not None
    assert comment.sender == "no-reply@shop.example"


async def test_what_is_judged_once_is_not_unjudged_again_and_stays_in_the_past(shop: Shop) -> None:
    first = await shop.fetch()
    await shop.reply(status="solved")
    second = await shop.fetch(first.bookmark)

    third = await shop.fetch(second.bookmark)

    assert third.unjudged == ()
    assert third.ticket.changes == second.ticket.changes


async def test_a_status_moved_twice_stays_moved_twice(shop: Shop) -> None:
    """Freshdesk itself remembers only where a ticket stands now."""
    fetched = await shop.fetch()
    for status in ("solved", "open", "closed"):
        shop.watch.later(minutes=10)
        await shop.desk.submit(shop.ticket, shop.agent, status=status)
        fetched = await shop.fetch(fetched.bookmark)

    moves = [change.status for change in fetched.ticket.changes if change.status]

    assert moves == [
        StatusMove(before=Status.OPEN, after=Status.SOLVED),
        StatusMove(before=Status.SOLVED, after=Status.OPEN),
        StatusMove(before=Status.OPEN, after=Status.CLOSED),
    ]


async def test_away_and_back_between_two_visits_is_still_a_move(shop: Shop) -> None:
    await shop.desk.submit(shop.ticket, shop.agent, status="solved")
    before = await shop.fetch()
    shop.watch.later(minutes=10)
    await shop.desk.submit(shop.ticket, shop.agent, status="open")
    await shop.desk.submit(shop.ticket, shop.agent, status="solved")

    (change,) = (await shop.fetch(before.bookmark)).unjudged

    assert change.status == StatusMove(before=Status.OPEN, after=Status.SOLVED)


async def test_a_silent_close_is_laid_to_the_assignee(shop: Shop) -> None:
    await shop.desk.submit(shop.ticket, shop.agent, assignee_id=shop.agent)
    before = await shop.fetch()
    shop.watch.later(hours=1)

    change_id = await shop.desk.submit(shop.ticket, shop.agent, status="closed")

    (change,) = (await shop.fetch(before.bookmark)).unjudged
    assert (change.id, change.at) == (change_id, shop.watch.now)
    assert (change.actor.id, change.actor.role, change.comment) == (shop.agent, Role.AGENT, None)


async def test_a_silent_close_with_no_assignee_is_laid_to_the_agent_who_spoke_last(shop: Shop) -> None:
    await shop.reply()
    before = await shop.fetch()
    shop.watch.later(hours=1)
    await shop.desk.submit(shop.ticket, shop.agent, status="closed")

    (change,) = (await shop.fetch(before.bookmark)).unjudged

    assert (change.actor.name, change.comment) == ("Kim Sung", None)


async def test_a_rule_that_writes_and_resolves_is_not_the_assignee(shop: Shop) -> None:
    await shop.desk.submit(shop.ticket, shop.agent, assignee_id=shop.agent)
    before = await shop.fetch()
    await shop.reply("We solved this for you.", status="solved", via="rule")

    (change,) = (await shop.fetch(before.bookmark)).unjudged

    assert change.actor.role is Role.AUTOMATION
    assert change.status == StatusMove(before=Status.OPEN, after=Status.SOLVED)


async def test_resolved_to_closed_with_nobody_speaking_is_the_hourly_rule(shop: Shop) -> None:
    await shop.reply(status="solved")
    before = await shop.fetch()
    shop.watch.later(hours=48)
    await shop.desk.submit(shop.ticket, shop.agent, status="closed")

    (change,) = (await shop.fetch(before.bookmark)).unjudged

    assert (change.actor.role, change.via) == (Role.AUTOMATION, Via.RULE)


async def test_a_close_after_the_customers_word_is_not_put_before_it(shop: Shop) -> None:
    """An answer, an objection and a silent close within one minute: the close must see the objection."""
    before = await shop.fetch()
    await shop.reply()
    shop.watch.later(seconds=20)
    await shop.write("That is not what I asked.")
    shop.watch.later(seconds=20)
    await shop.desk.submit(shop.ticket, shop.agent, status="closed")

    reply, objection, close = (await shop.fetch(before.bookmark)).unjudged

    assert (reply.status, objection.status) == (None, None)
    assert close.status == StatusMove(before=Status.OPEN, after=Status.CLOSED)


async def test_the_rule_that_reopens_for_a_customer_is_not_the_customers_move(shop: Shop) -> None:
    await shop.reply(status="solved")
    before = await shop.fetch()
    shop.watch.later(hours=1)
    await shop.write("No, please look again.")

    (change,) = (await shop.fetch(before.bookmark)).unjudged

    assert change.actor.role is Role.CUSTOMER
    assert change.status == StatusMove(before=Status.SOLVED, after=Status.OPEN, by_rule=True)


async def test_on_first_sight_a_resolve_is_known_by_its_time(shop: Shop) -> None:
    """The first webhook of a ticket may be the very one about its closing."""
    await shop.reply(status="solved")

    change = (await shop.fetch()).unjudged[-1]

    assert change.status == StatusMove(before=None, after=Status.SOLVED)


async def test_on_first_sight_a_close_tells_whether_it_was_resolved_before(shop: Shop) -> None:
    await shop.desk.submit(shop.ticket, shop.agent, status="closed")
    straight = (await shop.fetch()).unjudged[-1]
    await shop.desk.submit(shop.ticket, shop.agent, status="solved")
    shop.watch.later(hours=48)
    await shop.desk.submit(shop.ticket, shop.agent, status="closed")
    by_rule = (await shop.fetch()).unjudged[-1]

    assert straight.status == StatusMove(before=Status.OPEN, after=Status.CLOSED)
    assert by_rule.status == StatusMove(before=Status.SOLVED, after=Status.CLOSED)


async def test_survey_feedback_is_never_the_customers_word(shop: Shop) -> None:
    await shop.write("Extremely happy", via="survey")

    change = (await shop.fetch()).unjudged[-1]

    assert change.comment is not None
    assert change.comment.kind is CommentKind.SURVEY


async def test_automatic_mails_are_nobodys_word(shop: Shop) -> None:
    await shop.reply("We received your mail.", via="rule")
    await shop.desk.submit(shop.ticket, shop.reader, comment={"text": "I am out of office.", "auto": True})

    by_rule, by_mailbox = (await shop.fetch()).unjudged[-2:]

    assert by_rule.actor.role is Role.AUTOMATION
    assert [change.comment and change.comment.kind for change in (by_rule, by_mailbox)] == [CommentKind.AUTO_REPLY] * 2


async def test_a_canned_response_is_recognised_with_its_placeholders_filled_in(shop: Shop) -> None:
    macro_id = await shop.desk.macro("Account::Terminate", LETTER)
    await shop.desk.macro("Kind regards", "Kind regards")
    await shop.reply("Hello Rea Der,\nafter a review we have closed your account for good.\nKim Sung")

    change = (await shop.fetch()).unjudged[-1]

    assert change.macros == (Macro(id=macro_id, title="Account::Terminate"),)


async def test_a_canned_response_is_recognised_in_the_mail_an_agent_opens_a_ticket_with(shop: Shop) -> None:
    """Nothing else has been said on such a ticket."""
    await shop.desk.macro("Account::Terminate", LETTER)
    letter = {"text": "Hello Rea Der,\nafter a review we have closed your account for good.\nKim Sung"}
    shop.ticket, _ = await shop.desk.ticket(shop.reader, "Your account", actor_id=shop.agent, comment=letter)

    (change,) = (await shop.fetch()).unjudged

    assert [macro.title for macro in change.macros] == ["Account::Terminate"]


async def test_a_scenarios_mail_is_an_agents_act(shop: Shop) -> None:
    """An agent pressed the button, although Freshdesk marks the mail as automatic."""
    mail = {"name": "send_email_to_requester", "email_body": LETTER}
    scenario_id = shop.sandbox.add_scenario("Terminate", [{"name": "status", "value": "5"}, mail])
    await shop.reply("Hello Rea Der, after a review we have closed your account for good. Kim Sung", via="rule")

    change = (await shop.fetch()).unjudged[-1]

    assert change.macros == (Macro(id=scenario_id, title="Terminate"),)
    assert (change.actor.role, change.comment and change.comment.kind) == (Role.AGENT, CommentKind.MESSAGE)


async def test_a_key_that_may_not_read_canned_responses_still_reads_tickets(shop: Shop) -> None:
    await shop.desk.fault("GET", "/api/v2/canned_response_folders", status=403)
    await shop.reply()

    assert len((await shop.fetch()).unjudged) == 2


async def test_a_reply_is_not_judged_before_the_canned_responses_were_once_read(shop: Shop) -> None:
    """It would be judged as if no template had been used, and never again."""
    await shop.reply()
    await shop.desk.fault("GET", "/api/v2/canned_response_folders", status=503, times=3)

    with pytest.raises(TransientError):
        await shop.fetch()

    assert (await shop.fetch()).unjudged


async def test_canned_responses_that_cannot_be_had_are_not_asked_for_at_every_visit(shop: Shop) -> None:
    await shop.desk.macro("Terminate", text=LETTER)
    seconds = [0.0]
    auth = httpx.BasicAuth(shop.sandbox.api_key, "X")
    transport = Transport(shop.url, auth=auth, observe=shop.exchanges.append)
    directory = Directory(transport, clock=lambda: seconds[0])
    had = await directory.canned()
    await shop.desk.fault("GET", "/api/v2/scenario_automations", status=503, times=99)
    seconds[0] = 2 * HOUR_S
    shop.exchanges.clear()

    assert [await directory.canned() for _ in range(3)] == [had] * 3
    await transport.aclose()

    assert [one.route for one in shop.exchanges].count("/api/v2/canned_response_folders") == 1


async def test_long_tickets_are_read_to_the_last_page(shop: Shop) -> None:
    ticket = shop.sandbox.desk.tickets[int(shop.ticket)]
    for number in range(205):
        shop.sandbox.desk.submit(ticket, Intent(actor_id=shop.agent, comment=Wording(text=f"Reply {number}")))

    fetched = await shop.fetch()

    assert len(fetched.unjudged) == 206
    assert len(fetched.bookmark) < 1_000


async def test_a_ticket_of_very_long_mails_is_read_in_smaller_pages(shop: Shop) -> None:
    for _ in range(30):
        await shop.write("x" * 400_000)

    assert len((await shop.fetch()).ticket.changes) == 31


async def test_an_archived_ticket_can_still_be_read(shop: Shop) -> None:
    shop.sandbox.archive(shop.ticket)

    assert (await shop.fetch()).ticket.standing is Standing.ARCHIVED


async def test_a_deleted_ticket_says_so_and_an_unknown_one_is_gone(shop: Shop) -> None:
    await shop.desk.delete(shop.ticket)

    assert (await shop.fetch()).ticket.standing is Standing.DELETED
    with pytest.raises(NotFoundError):
        await shop.freshdesk.fetch_ticket("999", None)


async def test_an_accounts_own_status_is_mapped_or_waits(shop: Shop) -> None:
    await shop.desk.submit(shop.ticket, shop.agent, status="hold")
    mapped = Freshdesk(account="acme", base_url=shop.url, api_key=shop.sandbox.api_key, statuses={6: Status.HOLD})

    assert (await shop.fetch()).ticket.status is Status.PENDING
    assert (await mapped.fetch_ticket(shop.ticket, None)).ticket.status is Status.HOLD
    await mapped.aclose()


async def test_agents_and_groups_are_asked_for_once(shop: Shop) -> None:
    """Requests come out of a budget that is shared with every other app of the account."""
    await shop.reply()
    await shop.fetch()
    asked = len(shop.exchanges)

    await shop.fetch()

    assert len(shop.exchanges) == asked + 2
    assert all("/api/v2/tickets/{id}" in exchange.route for exchange in shop.exchanges[asked:])


async def test_a_ticket_names_its_group_and_its_product_as_brand(shop: Shop) -> None:
    assert (await shop.fetch()).ticket.group is None

    known = await shop.freshdesk.groups_of(shop.agent)
    await shop.desk.submit(shop.ticket, shop.agent, group_id=min(one for one in known if one.isdigit()))
    ticket = (await shop.fetch()).ticket

    assert (ticket.group, ticket.brand) == ("Trust", "Acme")


async def test_products_that_may_not_be_read_have_no_name(shop: Shop) -> None:
    await shop.desk.fault("GET", "/api/v2/products", status=403, body="")

    ticket = (await shop.fetch()).ticket

    assert (ticket.brand_id is None, ticket.brand) == (False, None)


async def test_the_groups_of_an_agent_come_as_names_and_ids(shop: Shop) -> None:
    groups = await shop.freshdesk.groups_of(shop.agent)

    assert {"trust", "safety leads"} < groups
    assert len(groups) == 4
    assert await shop.freshdesk.groups_of(shop.reader) == frozenset()


async def test_the_groups_of_an_agent_are_also_found_from_the_groups_side(shop: Shop) -> None:
    group = {"id": 5, "name": "Leads", "agent_ids": [int(shop.agent)]}
    await shop.desk.fault("GET", "/api/v2/groups", status=200, body=json.dumps([group]))
    await shop.desk.fault("GET", "/api/v2/agents/{id}", status=200, body=json.dumps({"id": int(shop.agent)}))

    assert await shop.freshdesk.groups_of(shop.agent) == {"5", "leads"}


async def test_our_own_user_is_known(shop: Shop) -> None:
    assert (await shop.freshdesk.whoami()).id == shop.sandbox.bot_id


async def test_a_wrong_key_is_told_as_such(shop: Shop) -> None:
    stranger = Freshdesk(account="acme", base_url=shop.url, api_key="wrong")

    with pytest.raises(CredentialsError):
        await stranger.whoami()
    await stranger.aclose()


@pytest.mark.parametrize("is_date", [False, True], ids=["seconds", "date"])
async def test_a_429_is_obeyed_as_seconds_and_as_a_date(shop: Shop, is_date: bool) -> None:
    await shop.freshdesk.whoami()
    until = f"{datetime.now(UTC) + timedelta(seconds=90):%a, %d %b %Y %H:%M:%S GMT}" if is_date else "90"
    await shop.desk.fault("GET", "/api/v2/tickets/{id}", status=429, headers={"Retry-After": until}, body="<html>")

    with pytest.raises(RateLimitError) as limited:
        await shop.fetch()

    assert limited.value.retry_after_s is not None
    assert 60 < limited.value.retry_after_s <= 90


async def test_the_pretend_account_runs_out_of_requests_like_the_real_one() -> None:
    sandbox = FreshdeskSandbox(requests_per_minute=1, clock=Watch())
    auth = httpx.BasicAuth(sandbox.api_key, "X")
    async with serving(sandbox.app) as url, httpx.AsyncClient(base_url=url, auth=auth, trust_env=False) as client:
        allowed, refused = [await client.get("/api/v2/agents/me") for _ in range(2)]

    assert (allowed.status_code, refused.status_code, refused.headers["retry-after"]) == (200, 429, "60")


async def test_an_answer_that_is_no_json_may_be_one_another_time(shop: Shop) -> None:
    await shop.freshdesk.whoami()
    await shop.desk.fault("GET", "/api/v2/tickets/{id}", status=200, body="<html>maintenance</html>", times=9)

    with pytest.raises(TransientError):
        await shop.fetch()


async def test_another_ticket_than_the_one_asked_for_is_not_taken(shop: Shop) -> None:
    await shop.desk.fault("GET", "/api/v2/tickets/{id}", status=200, body='{"id": 999, "status": 2}', times=9)

    with pytest.raises(TransientError):
        await shop.fetch()


async def test_a_bookmark_that_is_not_ours_is_as_good_as_none(shop: Shop) -> None:
    assert len((await shop.fetch('{"audit": 7}')).unjudged) == 1


async def test_whatever_our_user_does_is_ours(shop: Shop) -> None:
    await shop.desk.submit(shop.ticket, shop.sandbox.bot_id, comment={"text": "A note by hand.", "public": False})

    change = (await shop.fetch()).unjudged[-1]

    assert change.is_own
    assert change.actor.name == "Ombuds"


async def test_our_own_note_is_ours_by_its_marker_also_under_another_key(shop: Shop) -> None:
    """After the key moved to another agent, old notes of ours must not become an agent's words."""
    marked = {"text": "Please look again.\nOmbuds action k7 · reopened", "public": False}
    await shop.desk.submit(shop.ticket, shop.agent, comment=marked)

    assert (await shop.fetch()).unjudged[-1].is_own


async def test_a_marker_in_a_public_reply_does_not_hide_it_from_us(shop: Shop) -> None:
    await shop.reply("Your account is closed.\nOmbuds action k7")

    assert not (await shop.fetch()).unjudged[-1].is_own


def everything(ticket_id: str) -> Action:
    return Action(
        id="k7",
        ticket_id=ticket_id,
        change_id="c1",
        note_html="<p>Please look again.</p>",
        reopen=True,
        group="trust",
        add_tags=("ombuds_review",),
        remove_tags=("terminated",),
    )


async def test_what_an_action_changed_is_laid_to_nobody_else(shop: Shop) -> None:
    """Else each of our actions would come back as an agent's change, to be judged and acted on."""
    await shop.reply(status="solved", add_tags=["terminated"])
    solved = await shop.fetch()

    await shop.freshdesk.apply(everything(shop.ticket), solved.ticket)

    (own,) = (await shop.fetch(solved.bookmark)).unjudged
    assert own.is_own
    assert own.status == StatusMove(before=None, after=Status.OPEN)
    assert (own.tags_added, own.tags_removed) == (("ombuds_review",), ("terminated",))


async def test_what_comes_after_an_action_is_not_ours(shop: Shop) -> None:
    await shop.reply(status="solved", add_tags=["terminated"])
    solved = await shop.fetch()
    await shop.freshdesk.apply(everything(shop.ticket), solved.ticket)
    shop.watch.later(minutes=10)
    await shop.desk.submit(shop.ticket, shop.agent, status="solved")

    _, close = (await shop.fetch(solved.bookmark)).unjudged

    assert not close.is_own
    assert close.status == StatusMove(before=Status.OPEN, after=Status.SOLVED)
    assert (close.tags_added, close.group_id) == ((), None)


@pytest.mark.parametrize("mode", ["apply_then_drop", "drop_before_apply"])
async def test_an_action_that_got_half_way_is_laid_to_nobody_else(shop: Shop, mode: str) -> None:
    """The note was written and the rest was lost: no agent has put the tag on again, and none takes it off later."""
    await shop.reply(status="solved", add_tags=["terminated"])
    solved = await shop.fetch()
    shop.watch.later(minutes=1)
    await shop.desk.fault("PUT", "/api/v2/tickets/{id}", mode)
    with pytest.raises(TransientError):
        await shop.freshdesk.apply(everything(shop.ticket), solved.ticket)

    shop.watch.later(minutes=5)
    halfway = await shop.fetch(solved.bookmark)
    await shop.freshdesk.apply(everything(shop.ticket), halfway.ticket)
    done = await shop.fetch(halfway.bookmark)

    assert [change.is_own for change in (*halfway.unjudged, *done.unjudged)] == [True]
    assert (done.ticket.status, done.ticket.tags) == (Status.OPEN, ("ombuds_review",))
