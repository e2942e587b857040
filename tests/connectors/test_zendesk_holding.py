"""Replies that Zendesk holds back: which of them wait, and what lets them go."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from connectors.errors import ConflictError
from connectors.sandbox.client import SandboxClient
from connectors.zendesk.client import Zendesk
from connectors.zendesk.holding import HoldTags
from policies.ticket import Ticket
from policies.verdict import Action

Story = Any
"""See conftest.py."""
HOLD = "ombuds_hold"


@pytest.fixture
async def holding(zendesk_url: str) -> AsyncIterator[Zendesk]:
    helpdesk = Zendesk(
        account="acme",
        base_url=zendesk_url,
        email="bot@acme.example",
        api_token="sandbox-token",
        hold_tag=HOLD,
    )
    yield helpdesk
    await helpdesk.aclose()


async def read(helpdesk: Zendesk, story: Story) -> Ticket:
    return (await helpdesk.fetch_ticket(story.ticket_id, None)).ticket


async def end(helpdesk: Zendesk, ticket: Ticket, **parts: Any) -> None:
    await helpdesk.apply(Action(id="a", ticket_id=ticket.id, change_id="1", **parts), ticket)


async def held_reply(story: Story, text: str = "Hello") -> str:
    """As a trigger in front of the notify trigger does it: the tag comes with the comment."""
    return str(await story.desk.submit(story.ticket_id, story.agent, comment={"text": text}, add_tags=[HOLD]))


async def test_what_waits_is_what_agents_said_in_public_since_the_hold_began(holding: Zendesk, story: Story) -> None:
    await story.desk.submit(story.ticket_id, story.agent, comment={"text": "Mailed long ago"})
    first = await held_reply(story)
    await story.desk.submit(story.ticket_id, story.agent, comment={"text": "For us", "public": False})
    await story.desk.submit(story.ticket_id, story.reader, comment={"text": "And?"})
    second = await held_reply(story, "Once more")

    ticket = await read(holding, story)

    assert ticket.held == (first, second)
    assert HOLD not in ticket.tags
    assert not any(change.tags_added for change in ticket.changes), "the hold's own tags are no news"


async def test_a_hold_that_somebody_began_by_hand_holds_nothing(holding: Zendesk, story: Story) -> None:
    await story.desk.submit(story.ticket_id, story.agent, comment={"text": "Mailed long ago"})
    await story.desk.submit(story.ticket_id, story.agent, add_tags=[HOLD])

    assert (await read(holding, story)).held == ()


async def test_where_nothing_tells_when_a_hold_began_every_reply_counts_as_held(holding: Zendesk, story: Story) -> None:
    """Better mailed once more than never."""
    reply = await story.desk.submit(story.ticket_id, story.agent, comment={"text": "Hello"})
    ticket = await read(holding, story)

    seen = HoldTags(hold=HOLD).seen(replace(ticket, tags=(HOLD,)))

    assert seen.held == (story.opened, reply)


async def test_without_a_hold_nothing_waits_and_the_tag_is_a_tag_like_any_other(
    holding: Zendesk, zendesk: Zendesk, story: Story
) -> None:
    assert (await read(holding, story)).held is None

    await held_reply(story)

    ticket = await read(zendesk, story)
    assert (ticket.held, ticket.tags) == (None, (HOLD,))


@pytest.mark.parametrize(("since", "tag"), [(False, "ombuds_hold_release"), (True, "ombuds_hold_release_all")])
async def test_a_reply_is_released_alone_unless_somebody_wrote_since(
    holding: Zendesk, desk: SandboxClient, story: Story, since: bool, tag: str
) -> None:
    """The copy of the mail speaks of the newest public comment: it must be the one that waits."""
    await held_reply(story)
    if since:
        await desk.submit(story.ticket_id, story.reader, comment={"text": "And?"})

    await end(holding, await read(holding, story), ends_hold=True)

    assert (await desk.view(story.ticket_id))["tags"] == [HOLD, tag]


async def test_nothing_is_released_on_a_ticket_that_moved_on(
    holding: Zendesk, desk: SandboxClient, story: Story, clock: Any
) -> None:
    """A reply nobody judged would go along."""
    await held_reply(story)
    ticket = await read(holding, story)
    clock.go_on()
    await held_reply(story, "Unseen")

    with pytest.raises(ConflictError):
        await end(holding, ticket, ends_hold=True)

    assert (await desk.view(story.ticket_id))["tags"] == [HOLD]


async def test_a_hold_ends_without_a_mail_once_its_reply_is_private(
    holding: Zendesk, desk: SandboxClient, story: Story
) -> None:
    reply = await held_reply(story)
    ticket = await read(holding, story)
    [comment] = [change.comment.id for change in ticket.changes if change.id == reply and change.comment]

    await end(holding, ticket, make_private=(comment,))
    after = await read(holding, story)
    await end(holding, after, ends_hold=True)

    assert after.held == ()
    seen = await desk.view(story.ticket_id)
    assert (seen["tags"], seen["comments"][-1]["public"]) == ([], False)
