"""What the Zendesk connector writes, over real sockets against the pretend Zendesk."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.errors import ConflictError, RateLimitError, RefusedError, TransientError
from connectors.sandbox.client import SandboxClient
from connectors.zendesk.client import Zendesk
from policies.ticket import Ticket
from policies.verdict import Action

Story = Any
"""See conftest.py."""
TICKET = "/api/v2/tickets/{id}"
NOTE = "<p>Please read this again: <strong>it was closed too soon</strong>.</p>"


def action_on(ticket: Ticket, **parts: Any) -> Action:
    return Action(id="act-1", ticket_id=ticket.id, change_id=ticket.changes[-1].id, **parts)


async def internal_notes(desk: SandboxClient, ticket_id: str) -> list[str]:
    comments = (await desk.view(ticket_id))["comments"]
    return [comment["text"] for comment in comments if not comment["public"]]


async def test_note_status_group_and_tags_arrive(zendesk: Zendesk, desk: SandboxClient, solved: Ticket) -> None:
    await desk.person("Second looker", "second@books.example", role="agent", groups=("Second look",))
    action = action_on(
        solved,
        note_html=NOTE,
        reopen=True,
        group="second LOOK",
        add_tags=("ombuds_review",),
        remove_tags=("account_terminated",),
    )

    await zendesk.apply(action, solved)

    seen = await desk.view(solved.id)
    assert (seen["status"], seen["group"], seen["tags"]) == ("open", "Second look", ["ombuds_review"])
    assert await internal_notes(desk, solved.id) == ["Please read this again: it was closed too soon."]
    writes = [effect for effect in await desk.effects() if effect["route"] == TICKET]
    assert [effect["marker"] for effect in writes] == ["act-1"]


async def test_what_we_did_is_recognised_as_our_own(zendesk: Zendesk, solved: Ticket) -> None:
    await zendesk.apply(action_on(solved, note_html=NOTE, add_tags=("x",)), solved)

    after = (await zendesk.fetch_ticket(solved.id, None)).ticket

    assert [change.is_own for change in after.changes] == [False, False, True, True]


async def test_the_same_action_twice_is_one_note(zendesk: Zendesk, desk: SandboxClient, solved: Ticket) -> None:
    action = action_on(solved, note_html=NOTE, add_tags=("x",))

    await zendesk.apply(action, solved)
    await zendesk.apply(action, solved)

    assert len(await internal_notes(desk, solved.id)) == 1


@pytest.mark.parametrize("mode", ["apply_then_drop", "drop_before_apply"])
async def test_a_lost_answer_leads_to_one_note_and_not_to_two(
    zendesk: Zendesk, desk: SandboxClient, solved: Ticket, mode: str
) -> None:
    action = action_on(solved, note_html=NOTE, add_tags=("x",))
    await desk.fault("PUT", TICKET, mode)

    with pytest.raises(TransientError):
        await zendesk.apply(action, solved)
    await zendesk.apply(action, solved)

    assert len(await internal_notes(desk, solved.id)) == 1
    assert "x" in (await desk.view(solved.id))["tags"]


@pytest.mark.parametrize("body", ["", "{}", '{"audits": null}', '{"audits": [], "meta": {"has_more": true}}'])
async def test_an_answer_without_audits_is_not_taken_for_none(
    zendesk: Zendesk, desk: SandboxClient, solved: Ticket, body: str
) -> None:
    """Our marker stands among them: not to find it would mean to write the note again."""
    action = action_on(solved, note_html=NOTE)
    await zendesk.apply(action, solved)
    await desk.fault("GET", "/api/v2/tickets/{id}/audits", status=200, body=body, times=9)

    with pytest.raises(TransientError):
        await zendesk.apply(action, replace(solved, stamp=None))

    assert len(await internal_notes(desk, solved.id)) == 1


async def test_a_ticket_that_moved_on_is_not_touched(
    zendesk: Zendesk, desk: SandboxClient, story: Story, solved: Ticket
) -> None:
    await desk.submit(solved.id, story.reader, comment={"text": "Thank you, that is fine."})

    with pytest.raises(ConflictError):
        await zendesk.apply(action_on(solved, note_html=NOTE, reopen=True, add_tags=("x",)), solved)

    assert await desk.effects() == []


@pytest.mark.parametrize("status", ["open", "pending", "hold"])
async def test_only_a_solved_ticket_is_opened_again(
    zendesk: Zendesk, desk: SandboxClient, story: Story, status: str
) -> None:
    await desk.submit(story.ticket_id, story.agent, status=status)
    ticket = (await zendesk.fetch_ticket(story.ticket_id, None)).ticket

    await zendesk.apply(action_on(ticket, note_html=NOTE, reopen=True), ticket)

    assert (await desk.view(story.ticket_id))["status"] == status


async def test_a_closed_ticket_gets_one_follow_up_that_the_customer_does_not_see(
    zendesk: Zendesk, desk: SandboxClient, story: Story
) -> None:
    await desk.submit(story.ticket_id, story.agent, status="closed", via="rule")
    ticket = (await zendesk.fetch_ticket(story.ticket_id, None)).ticket
    action = action_on(ticket, note_html=NOTE, reopen=True, add_tags=("ombuds_review",))

    await zendesk.apply(action, ticket)
    await zendesk.apply(action, ticket)

    created = [effect["ticket_id"] for effect in await desk.effects()]
    assert len(created) == 1
    follow_up = await desk.view(created[0])
    assert (follow_up["followup_of"], follow_up["tags"]) == (ticket.id, ["ombuds_review"])
    assert [comment["public"] for comment in follow_up["comments"]] == [False]


async def test_a_ticket_closed_since_we_looked_gets_a_follow_up_too(
    zendesk: Zendesk, desk: SandboxClient, story: Story, solved: Ticket
) -> None:
    await desk.submit(solved.id, story.agent, status="closed", via="rule")

    await zendesk.apply(action_on(solved, note_html=NOTE), solved)

    assert [effect["route"] for effect in await desk.effects()] == ["/api/v2/tickets"]


async def test_a_follow_up_whose_answer_was_lost_is_not_opened_twice(
    zendesk: Zendesk, desk: SandboxClient, story: Story
) -> None:
    await desk.submit(story.ticket_id, story.agent, status="closed", via="rule")
    ticket = (await zendesk.fetch_ticket(story.ticket_id, None)).ticket
    await desk.fault("POST", "/api/v2/tickets", "apply_then_drop")

    with pytest.raises(TransientError):
        await zendesk.apply(action_on(ticket, note_html=NOTE), ticket)
    await zendesk.apply(action_on(ticket, note_html=NOTE), ticket)

    assert len(await desk.effects()) == 1


async def test_a_follow_up_that_was_deleted_since_is_no_hindrance(
    zendesk: Zendesk, desk: SandboxClient, story: Story
) -> None:
    await desk.submit(story.ticket_id, story.agent, status="closed", via="rule")
    ticket = (await zendesk.fetch_ticket(story.ticket_id, None)).ticket
    await zendesk.apply(action_on(ticket, note_html=NOTE), ticket)
    (first,) = await desk.effects()
    await desk.delete(first["ticket_id"])

    await zendesk.apply(replace(action_on(ticket, note_html=NOTE), id="act-2"), ticket)

    assert len(await desk.effects()) == 2


async def test_a_follow_up_is_recognised_long_after_zendesk_forgot_its_key(
    zendesk: Zendesk, desk: SandboxClient, story: Story, clock: Any
) -> None:
    await desk.submit(story.ticket_id, story.agent, status="closed", via="rule")
    ticket = (await zendesk.fetch_ticket(story.ticket_id, None)).ticket

    await zendesk.apply(action_on(ticket, note_html=NOTE), ticket)
    clock.go_on(minutes=121)
    await zendesk.apply(action_on(ticket, note_html=NOTE), ticket)

    assert len(await desk.effects()) == 1


async def test_two_who_follow_up_at_the_same_moment_open_one_ticket(
    zendesk: Zendesk, desk: SandboxClient, story: Story
) -> None:
    """Neither can see the other's marker yet; the key is what they share."""
    await desk.submit(story.ticket_id, story.agent, status="closed", via="rule")
    ticket = (await zendesk.fetch_ticket(story.ticket_id, None)).ticket
    action = action_on(ticket, note_html=NOTE)

    await asyncio.gather(zendesk.apply(action, ticket), zendesk.apply(action, ticket))

    assert len(await desk.effects()) == 1


async def test_a_closed_ticket_that_is_only_to_be_tagged_is_a_refusal(
    zendesk: Zendesk, desk: SandboxClient, story: Story
) -> None:
    await desk.submit(story.ticket_id, story.agent, status="closed", via="rule")
    ticket = (await zendesk.fetch_ticket(story.ticket_id, None)).ticket

    with pytest.raises(RefusedError, match="422"):
        await zendesk.apply(action_on(ticket, add_tags=("x",)), ticket)


async def test_a_group_that_does_not_exist_does_not_keep_the_note_back(
    zendesk: Zendesk, desk: SandboxClient, solved: Ticket
) -> None:
    await zendesk.apply(action_on(solved, note_html=NOTE, group="Nobody"), solved)

    [note] = await internal_notes(desk, solved.id)
    assert "There is no group Nobody here" in note


async def test_quoted_placeholders_are_shown_and_not_filled_in(
    zendesk: Zendesk, desk: SandboxClient, solved: Ticket
) -> None:
    note = "<blockquote>My ticket is {{ticket.id}} {{{x}}}</blockquote>"

    await zendesk.apply(action_on(solved, note_html=note), solved)

    assert await internal_notes(desk, solved.id) == ["My ticket is {{ticket.id}} {{{x}}}"]


async def test_a_long_note_is_cut_by_us_and_not_by_zendesk(
    zendesk: Zendesk, desk: SandboxClient, solved: Ticket
) -> None:
    note = f"<p>What was seen</p><blockquote>{'ä' * 70_000}</blockquote>"

    await zendesk.apply(action_on(solved, note_html=note), solved)

    (text,) = await internal_notes(desk, solved.id)
    assert text.endswith("[…]")


async def test_the_thirty_first_update_in_ten_minutes_has_to_wait(
    zendesk: Zendesk, desk: SandboxClient, solved: Ticket, clock: Any
) -> None:
    for number in range(30):
        await zendesk.apply(action_on(solved, add_tags=(f"t{number}",)), solved)

    with pytest.raises(RateLimitError) as caught:
        await zendesk.apply(action_on(solved, add_tags=("one_too_many",)), solved)
    assert caught.value.retry_after_s
    clock.now += timedelta(seconds=caught.value.retry_after_s)
    await zendesk.apply(action_on(solved, add_tags=("in_time",)), solved)

    assert "in_time" in (await desk.view(solved.id))["tags"]
