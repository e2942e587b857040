"""What the Zendesk connector reads, over real sockets against the pretend Zendesk."""

from typing import Any

import pytest

from connectors.errors import CredentialsError, NotFoundError, RateLimitError, RefusedError, TransientError
from connectors.sandbox.client import SandboxClient
from connectors.transport import Exchange
from connectors.zendesk.client import Zendesk
from policies.ticket import Channel, CommentKind, Role, Standing, Status, StatusMove, Ticket, Via, Visibility

Story = Any
"""See conftest.py."""
TICKET, AUDITS = "/api/v2/tickets/{id}", "/api/v2/tickets/{id}/audits"
DESK_ADDRESS = "care@books.example"


async def test_a_ticket_comes_with_its_whole_past(zendesk: Zendesk, story: Story, solved: Ticket) -> None:
    first, second = solved.changes

    assert (solved.helpdesk, solved.account, solved.id) == ("zendesk", "acme", story.ticket_id)
    assert (solved.status, solved.standing, solved.channel) == (Status.SOLVED, Standing.LIVE, Channel.EMAIL)
    assert (solved.requester.id, solved.requester.role) == (story.reader, Role.CUSTOMER)
    assert solved.requester.email == "nora@reader.example"
    assert solved.sender == DESK_ADDRESS
    assert solved.tags == ("account_terminated",)
    assert (first.id, first.actor.role, first.via) == (story.opened, Role.CUSTOMER, Via.EMAIL)
    assert first.comment
    assert (first.comment.text, first.comment.visibility) == ("Where are they?", Visibility.PUBLIC)

    assert (second.id, second.actor.name, second.actor.role) == (story.solved, "Ida Berg", Role.AGENT)
    assert second.status == StatusMove(before=Status.NEW, after=Status.SOLVED)
    assert second.tags_added == ("account_terminated",)
    assert [macro.title for macro in second.macros] == ["Account::Terminate"]
    assert second.comment
    assert second.comment.sender == DESK_ADDRESS
    assert second.comment.kind is CommentKind.MESSAGE


async def test_a_reply_names_the_address_it_left_from(zendesk: Zendesk, desk: SandboxClient, story: Story) -> None:
    await desk.submit(story.ticket_id, story.agent, comment={"text": "No.", "sender": "ECR-Replies@books.example"})

    ticket = (await zendesk.fetch_ticket(story.ticket_id, None)).ticket

    assert ticket.changes[-1].comment
    assert ticket.changes[-1].comment.sender == "ecr-replies@books.example"


async def test_only_what_came_after_the_bookmark_is_unjudged(
    zendesk: Zendesk, desk: SandboxClient, story: Story
) -> None:
    seen = await zendesk.fetch_ticket(story.ticket_id, None)
    story.clock.go_on()
    newer = await desk.submit(story.ticket_id, story.reader, comment={"text": "Hello?"})

    fetched = await zendesk.fetch_ticket(story.ticket_id, seen.bookmark)
    again = await zendesk.fetch_ticket(story.ticket_id, fetched.bookmark)

    assert [change.id for change in seen.unjudged] == [story.opened]
    assert [change.id for change in fetched.unjudged] == [newer]
    assert [change.id for change in fetched.ticket.changes] == [story.opened, newer]
    assert again.unjudged == ()


async def test_audits_are_read_to_the_end_and_never_from_another_host(
    zendesk: Zendesk, desk: SandboxClient, story: Story
) -> None:
    """The sandbox's links to the next page lead to a host that does not exist."""
    for number in range(230):
        await desk.submit(story.ticket_id, story.reader, comment={"text": f"Hello {number}"})

    fetched = await zendesk.fetch_ticket(story.ticket_id, None)

    assert len(fetched.ticket.changes) == 231
    assert len({change.id for change in fetched.ticket.changes}) == 231


async def test_a_ticket_of_very_long_mails_is_read_in_smaller_pages(
    zendesk: Zendesk, desk: SandboxClient, story: Story
) -> None:
    """Months of mails that quote each other: a hundred of them are more than one answer may hold."""
    for _ in range(110):
        await desk.submit(story.ticket_id, story.reader, comment={"text": "x" * 63_000})

    assert len((await zendesk.fetch_ticket(story.ticket_id, None)).ticket.changes) == 111


async def test_users_are_asked_for_in_one_question_and_remembered(
    zendesk: Zendesk, story: Story, solved: Ticket, exchanges: list[Exchange]
) -> None:
    await zendesk.fetch_ticket(story.ticket_id, None)

    assert [exchange.route for exchange in exchanges].count("/api/v2/users/show_many") == 1


async def test_people_whose_records_we_may_not_read_have_a_likely_role(
    zendesk: Zendesk, desk: SandboxClient, story: Story
) -> None:
    await desk.fault("GET", "/api/v2/users/show_many", status=403, body="Forbidden")
    await story.solve()

    ticket = (await zendesk.fetch_ticket(story.ticket_id, None)).ticket

    assert [change.actor.role for change in ticket.changes] == [Role.CUSTOMER, Role.AGENT]
    assert [change.actor.name for change in ticket.changes] == ["", ""]


@pytest.mark.parametrize(
    ("via", "more", "standing"),
    [("rule", {}, Standing.CLOSED), ("merge", {"merged_into": "999"}, Standing.MERGED)],
)
async def test_a_closed_ticket_is_told_from_a_merged_one(
    zendesk: Zendesk,
    desk: SandboxClient,
    story: Story,
    via: str,
    more: dict[str, str],
    standing: Standing,
) -> None:
    await desk.submit(story.ticket_id, story.agent, status="closed", via=via, **more)

    ticket = (await zendesk.fetch_ticket(story.ticket_id, None)).ticket

    assert (ticket.standing, ticket.merged_into) == (standing, more.get("merged_into"))
    assert ticket.changes[-1].actor.role in (Role.AUTOMATION, Role.SYSTEM)


async def test_a_ticket_without_an_address_leaves_from_the_accounts_own(
    zendesk: Zendesk, desk: SandboxClient, story: Story
) -> None:
    ticket_id, _ = await desk.ticket(story.reader, "From the web form", comment={"text": "Hello"})

    assert (await zendesk.fetch_ticket(ticket_id, None)).ticket.sender == DESK_ADDRESS


async def test_a_deleted_ticket_is_not_found(zendesk: Zendesk, desk: SandboxClient, story: Story) -> None:
    await desk.delete(story.ticket_id)

    with pytest.raises(NotFoundError):
        await zendesk.fetch_ticket(story.ticket_id, None)


async def test_an_automatic_reply_is_nobodys_word(zendesk: Zendesk, desk: SandboxClient, story: Story) -> None:
    await desk.submit(story.ticket_id, story.reader, comment={"text": "I am away.", "auto": True}, via="email")

    ticket = (await zendesk.fetch_ticket(story.ticket_id, None)).ticket

    assert ticket.changes[-1].comment
    assert ticket.changes[-1].comment.kind is CommentKind.AUTO_REPLY


@pytest.mark.parametrize("body", ["", "<html>Be right back</html>", "[]", '{"ticket": null}', '{"ticket": {}}', "{"])
async def test_an_answer_that_is_no_ticket_is_tried_again_later(
    zendesk: Zendesk, desk: SandboxClient, story: Story, body: str
) -> None:
    await desk.fault("GET", TICKET, status=200, body=body, times=9)

    with pytest.raises(TransientError):
        await zendesk.fetch_ticket(story.ticket_id, None)


async def test_an_endless_list_is_given_up(zendesk: Zendesk, desk: SandboxClient, story: Story) -> None:
    body = '{"audits": [], "meta": {"has_more": true, "after_cursor": "same"}}'
    await desk.fault("GET", AUDITS, status=200, body=body, times=1_000)

    with pytest.raises(RefusedError, match="pages"):
        await zendesk.fetch_ticket(story.ticket_id, None)


async def test_a_short_breakdown_is_waited_out(zendesk: Zendesk, desk: SandboxClient, story: Story) -> None:
    await desk.fault("GET", TICKET, status=500)
    await desk.fault("GET", AUDITS, "drop_before_apply")

    assert (await zendesk.fetch_ticket(story.ticket_id, None)).ticket.id == story.ticket_id


async def test_too_many_requests_tell_how_long_to_wait(zendesk: Zendesk, desk: SandboxClient, story: Story) -> None:
    await desk.fault("GET", TICKET, status=429, headers={"Retry-After": "30"}, body="Number of requests exceeded")

    with pytest.raises(RateLimitError) as caught:
        await zendesk.fetch_ticket(story.ticket_id, None)

    assert caught.value.retry_after_s == 30.0


async def test_every_request_is_told_to_the_observer_without_ids(
    story: Story, solved: Ticket, exchanges: list[Exchange]
) -> None:
    assert {exchange.route for exchange in exchanges} >= {TICKET, AUDITS}
    assert all(exchange.status == 200 and exchange.remaining == 699 for exchange in exchanges)


async def test_we_know_who_we_are(zendesk: Zendesk, exchanges: list[Exchange]) -> None:
    first, second = await zendesk.whoami(), await zendesk.whoami()

    assert first == second
    assert first.email == "bot@acme.example"
    assert len(exchanges) == 1


async def test_a_wrong_token_is_a_matter_for_a_human(zendesk_url: str) -> None:
    helpdesk = Zendesk(account="acme", base_url=zendesk_url, email="bot@acme.example", api_token="wrong")

    with pytest.raises(CredentialsError):
        await helpdesk.whoami()
    await helpdesk.aclose()


async def test_the_anonymous_user_is_not_us(zendesk: Zendesk, desk: SandboxClient) -> None:
    """Zendesk may answer a bad token with 200 and a user without an id."""
    body = '{"user": {"id": null, "name": "Anonymous user"}}'
    await desk.fault("GET", "/api/v2/users/me", status=200, body=body)

    with pytest.raises(CredentialsError):
        await zendesk.whoami()


async def test_an_agents_groups_come_by_name_and_by_id(zendesk: Zendesk, desk: SandboxClient, story: Story) -> None:
    groups = await zendesk.groups_of(story.agent)

    assert "accounts" in groups
    assert len(groups) == 2


async def test_a_ticket_names_its_group_and_brand(zendesk: Zendesk, desk: SandboxClient, story: Story) -> None:
    assert (await zendesk.fetch_ticket(story.ticket_id, None)).ticket.group is None

    known = await zendesk.groups_of(story.agent)
    await desk.submit(story.ticket_id, story.agent, group_id=next(one for one in known if one.isdigit()))
    ticket = (await zendesk.fetch_ticket(story.ticket_id, None)).ticket

    assert (ticket.group, ticket.brand) == ("Accounts", "Acme")


async def test_brands_that_may_not_be_read_have_no_name(zendesk: Zendesk, desk: SandboxClient, story: Story) -> None:
    await desk.fault("GET", "/api/v2/brands", status=403, body="")

    ticket = (await zendesk.fetch_ticket(story.ticket_id, None)).ticket

    assert (ticket.brand_id, ticket.brand) == ("360002", None)


async def test_an_agent_who_is_gone_is_in_no_group(zendesk: Zendesk) -> None:
    """A 404 for him must not pass for one of the ticket."""
    assert await zendesk.groups_of("99") == frozenset()


async def test_a_ticket_written_to_an_address_that_is_none_of_ours_leaves_from_the_default(
    zendesk: Zendesk, desk: SandboxClient, story: Story
) -> None:
    """Somebody forwards `no-reply@` to Zendesk: replies do not leave from there."""
    body = '{"recipient_addresses": [{"id": 1, "email": "Help@Books.example", "default": true, "brand_id": 360002}]}'
    await desk.fault("GET", "/api/v2/recipient_addresses", status=200, body=body)

    assert (await zendesk.fetch_ticket(story.ticket_id, None)).ticket.sender == "help@books.example"


async def test_where_our_addresses_may_not_be_read_the_tickets_own_counts(
    zendesk: Zendesk, desk: SandboxClient, story: Story
) -> None:
    await desk.fault("GET", "/api/v2/recipient_addresses", status=403, body="")

    assert (await zendesk.fetch_ticket(story.ticket_id, None)).ticket.sender == "care@books.example"
