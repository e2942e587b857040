"""The pretend Zendesk's own rules: who is mailed what, by which trigger, and what automations do by the hour."""

from typing import Any

import httpx
import pytest

from connectors.sandbox.client import SandboxClient
from connectors.sandbox.zendesk import ZendeskSandbox

Story = Any
"""See conftest.py."""
MAIL = ["requester_id", "About {{ticket.title}}", "{{ticket.public_comments_formatted}}"]


def rule(title: str, *every: tuple[str, str, str], **actions: Any) -> dict[str, Any]:
    conditions = [{"field": field, "operator": operator, "value": value} for field, operator, value in every]
    return {
        "title": title,
        "conditions": {"all": conditions, "any": []},
        "actions": [{"field": field, "value": value} for field, value in actions.items()],
    }


@pytest.fixture
async def api(zendesk_url: str) -> Any:
    auth = httpx.BasicAuth("bot@acme.example/token", ZendeskSandbox().api_token)
    async with httpx.AsyncClient(base_url=f"{zendesk_url}/api/v2", auth=auth, trust_env=False) as client:
        yield client


async def test_a_trigger_sees_what_an_earlier_one_did_and_fires_once(
    api: httpx.AsyncClient, desk: SandboxClient, story: Story
) -> None:
    """The order of triggers is what a hold rests on."""
    asked = [
        rule("Third", ("current_tags", "includes", "a"), remove_tags="a", notification_user=MAIL),
        rule("First", ("comment_is_public", "is", "true"), current_tags="a") | {"position": 1},
    ]
    for one in asked:
        await api.post("/triggers", json={"trigger": one})

    await desk.submit(story.ticket_id, story.agent, comment={"text": "Hello"})

    assert (await desk.view(story.ticket_id))["tags"] == []
    mails = [(mail["rule"], mail["text"].partition("\n")[0]) for mail in await desk.mails(story.ticket_id)]
    assert [title for title, _ in mails] == ["Notify requester of comment update", "Third"]
    assert all(text.endswith(": Hello") for _, text in mails)


async def test_a_comment_is_made_private_and_stays_so(
    api: httpx.AsyncClient, desk: SandboxClient, story: Story
) -> None:
    await desk.submit(story.ticket_id, story.agent, comment={"text": "Hello"})
    comment = (await desk.view(story.ticket_id))["comments"][-1]["id"]

    answers = [await api.put(f"/tickets/{story.ticket_id}/comments/{comment}/make_private") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [one["public"] for one in (await desk.view(story.ticket_id))["comments"]] == [True, False]
    assert [effect["what"] for effect in await desk.effects()] == [{"make_private": comment}]


@pytest.mark.parametrize(("minutes", "mails"), [(59, 0), (121, 1), (400, 1)])
async def test_an_automation_fires_at_the_first_hourly_run_after_a_whole_hour(
    api: httpx.AsyncClient, desk: SandboxClient, story: Story, clock: Any, minutes: int, mails: int
) -> None:
    waiting = rule(
        "Late",
        ("current_tags", "includes", "waits"),
        ("updated_at", "greater_than", "0"),
        remove_tags="waits",
        notification_user=MAIL,
    )
    await api.post("/automations", json={"automation": waiting})
    await desk.submit(story.ticket_id, story.agent, add_tags=["waits"])

    clock.go_on(minutes=minutes)

    assert [mail["rule"] for mail in await desk.mails(story.ticket_id)] == ["Late"] * mails
    audit = (await api.get(f"/tickets/{story.ticket_id}/audits")).json()["audits"][-1]
    assert (audit["via"]["source"]["rel"] == "automation") is bool(mails)
