"""The pretend Zendesk behaves as the documentation says the real one does."""

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.client import SandboxClient
from connectors.sandbox.serving import serving
from connectors.zendesk.webhook import ZendeskWebhook

Story = Any
"""See conftest.py."""
SECRET = "the-webhooks-secret"


@pytest.fixture
async def api(zendesk_url: str) -> AsyncGenerator[httpx.AsyncClient, None]:
    auth = ("bot@acme.example/token", "sandbox-token")
    async with httpx.AsyncClient(base_url=f"{zendesk_url}/api/v2", auth=auth) as client:
        yield client


class Receiver:
    """Takes webhooks as they come; answers with the given statuses in turn, then with 202."""

    def __init__(self, statuses: Sequence[tuple[int, dict[str, str]]] = ()) -> None:
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self._statuses = list(statuses)

    @asynccontextmanager
    async def listening(self) -> AsyncGenerator[str, None]:
        app = Starlette(routes=[Route("/in", self._take, methods=["POST"])])
        async with serving(app) as address:
            yield f"{address}/in"

    async def _take(self, request: Request) -> Response:
        self.taken.append((dict(request.headers), await request.body()))
        status, headers = self._statuses.pop(0) if self._statuses else (202, {})
        return Response(status_code=status, headers=headers)


async def updated(api: httpx.AsyncClient, ticket_id: str, **what: Any) -> httpx.Response:
    return await api.put(f"/tickets/{ticket_id}.json", json={"ticket": what})


async def test_one_submit_is_several_signed_events(desk: SandboxClient, story: Story, clock: Any) -> None:
    receiver = Receiver()
    async with receiver.listening() as url:
        await desk.webhook(url, "events", secret=SECRET)
        await story.solve()
        await desk.settled()

    webhook = ZendeskWebhook(account="acme", secrets=[SECRET])
    for headers, body in receiver.taken:
        webhook.verify(headers, body, now=clock())
    deliveries = [webhook.read(headers, body, now=clock()) for headers, body in receiver.taken]
    assert [delivery.event for delivery in deliveries if delivery] == [
        "ticket.comment_added",
        "ticket.status_changed",
        "ticket.tags_changed",
    ]
    assert len({delivery.id for delivery in deliveries if delivery}) == 3
    assert {delivery.ticket_id for delivery in deliveries if delivery} == {story.ticket_id}


async def test_an_events_body_is_printed_as_the_real_one_is(desk: SandboxClient, story: Story) -> None:
    """Indented and with a newline at the end, so that whoever checks a signature must not print it anew."""
    receiver = Receiver()
    async with receiver.listening() as url:
        await desk.webhook(url, "events", secret=SECRET)
        await desk.submit(story.ticket_id, story.agent, status="pending")
        await desk.settled()

    ((_, body),) = receiver.taken
    told = json.loads(body)
    assert body.startswith(b'{\n   "account_id"')
    assert body.endswith(b"}\n")
    assert told["event"] == {"current": "PENDING", "previous": "NEW"}
    assert told["detail"]["status"] == "PENDING"


async def test_a_trigger_tells_ids_and_can_spare_one_user(
    desk: SandboxClient, story: Story, api: httpx.AsyncClient
) -> None:
    bot_id = str((await api.get("/users/me")).json()["user"]["id"])
    receiver = Receiver()
    async with receiver.listening() as url:
        await desk.webhook(url, "trigger", secret=SECRET, skip_actor_id=bot_id)
        await desk.submit(story.ticket_id, story.agent, comment={"text": "Something to keep"}, status="open")
        await updated(api, story.ticket_id, status="pending")
        await desk.settled()

    ((_, body),) = receiver.taken
    assert json.loads(body)["ticket_id"] == story.ticket_id
    assert b"Something" not in body


@pytest.mark.parametrize(
    ("answer", "attempts"),
    [
        ((409, {}), 4),
        ((503, {"Retry-After": "2"}), 6),
        ((429, {"Retry-After": "59"}), 6),
        ((503, {"Retry-After": "60"}), 1),
        ((503, {}), 1),
        ((500, {}), 1),
        ((401, {}), 1),
    ],
)
async def test_only_some_refusals_bring_a_webhook_back(
    desk: SandboxClient, story: Story, answer: tuple[int, dict[str, str]], attempts: int
) -> None:
    receiver = Receiver([answer] * 9)
    async with receiver.listening() as url:
        await desk.webhook(url, "trigger", secret=SECRET)
        await desk.submit(story.ticket_id, story.agent, status="open")
        await desk.settled()

    assert len(receiver.taken) == attempts
    assert len({headers["x-zendesk-webhook-invocation-id"] for headers, _ in receiver.taken}) == 1


async def test_without_credentials_nothing_is_told(zendesk_url: str, story: Story) -> None:
    async with httpx.AsyncClient(base_url=zendesk_url) as stranger:
        answer = await stranger.get(f"/api/v2/tickets/{story.ticket_id}")

    assert (answer.status_code, answer.json()) == (401, {"error": "Couldn't authenticate you"})


async def test_the_default_trigger_mails_a_public_reply_and_no_note(
    api: httpx.AsyncClient, desk: SandboxClient, story: Story
) -> None:
    await desk.submit(story.ticket_id, story.agent, comment={"text": "Hello"})
    await desk.submit(story.ticket_id, story.agent, comment={"text": "A note", "public": False})

    audits = (await api.get(f"/tickets/{story.ticket_id}/audits")).json()["audits"]

    mailed = [any(event["type"] == "Notification" for event in audit["events"]) for audit in audits]
    assert mailed == [False, True, False]


async def test_a_macro_leaves_its_reference_with_its_id_as_text(api: httpx.AsyncClient, story: Story) -> None:
    await story.solve()

    audit = (await api.get(f"/tickets/{story.ticket_id}/audits.json")).json()["audits"][-1]

    (reference,) = [event for event in audit["events"] if event["type"] == "AgentMacroReference"]
    assert reference["macro_id"].isdigit()
    assert reference["macro_title"] == "Account::Terminate"


async def test_pages_link_to_another_host(api: httpx.AsyncClient, desk: SandboxClient, story: Story) -> None:
    await desk.submit(story.ticket_id, story.reader, comment={"text": "Hello?"})

    first = (await api.get(f"/tickets/{story.ticket_id}/audits", params={"page[size]": 1})).json()
    cursor = {"page[size]": 1, "page[after]": first["meta"]["after_cursor"]}
    second = (await api.get(f"/tickets/{story.ticket_id}/audits", params=cursor)).json()

    assert httpx.URL(first["links"]["next"]).host != api.base_url.host
    assert first["audits"][0]["id"] < second["audits"][0]["id"]
    assert (second["meta"]["has_more"], second["links"]["next"]) == (False, None)


async def test_a_placeholder_is_filled_in_unless_escaped_and_an_unknown_one_vanishes(
    api: httpx.AsyncClient, desk: SandboxClient, story: Story
) -> None:
    body = f"{{{{ticket.id}}}} {{{{dc.secret}}}} \\{{{{ticket.id}}}} {'x' * 70_000}"

    await updated(api, story.ticket_id, comment={"body": body, "public": False})

    text = (await desk.view(story.ticket_id))["comments"][-1]["text"]
    assert text.startswith(f"{story.ticket_id}  {{{{ticket.id}}}} xxx")
    assert len(text) <= 64 * 1024


@pytest.mark.parametrize("safe", [True, False])
async def test_an_old_stamp_is_refused_even_if_safe_update_is_false(
    api: httpx.AsyncClient, desk: SandboxClient, story: Story, clock: Any, safe: bool
) -> None:
    stamp = (await api.get(f"/tickets/{story.ticket_id}")).json()["ticket"]["updated_at"]
    clock.go_on()
    await desk.submit(story.ticket_id, story.reader, comment={"text": "Hello?"})

    refused = await updated(api, story.ticket_id, status="open", safe_update=safe, updated_stamp=stamp)
    taken = await updated(api, story.ticket_id, status="open")

    assert (refused.status_code, refused.json()["error"]) == (409, "UpdateConflict")
    assert taken.status_code == 200


async def test_a_closed_ticket_takes_no_write_of_any_kind(
    api: httpx.AsyncClient, desk: SandboxClient, story: Story
) -> None:
    await desk.submit(story.ticket_id, story.agent, status="closed", via="rule")

    refused = [
        await updated(api, story.ticket_id, comment={"body": "x"}),
        await api.put(f"/tickets/{story.ticket_id}/tags", json={"tags": ["x"]}),
    ]

    for answer in refused:
        assert answer.status_code == 422
        assert answer.json()["details"]["status"][0]["description"] == "Status: closed prevents ticket update"
    assert await desk.effects() == []


@pytest.mark.parametrize(
    ("method", "tags", "after"),
    [("PUT", ["b", "c"], ["a", "b", "c"]), ("POST", ["c"], ["c"]), ("DELETE", ["a", "x"], ["b"])],
)
async def test_tags_are_added_set_or_removed(
    api: httpx.AsyncClient, desk: SandboxClient, story: Story, method: str, tags: list[str], after: list[str]
) -> None:
    await desk.submit(story.ticket_id, story.agent, add_tags=["a", "b"])

    answer = await api.request(method, f"/tickets/{story.ticket_id}/tags.json", json={"tags": tags})

    assert answer.json()["tags"] == after


async def test_a_key_makes_a_new_ticket_once(api: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "k1"}
    ticket = {"ticket": {"subject": "New", "comment": {"body": "x"}}}

    first = await api.post("/tickets", json=ticket, headers=key)
    again = await api.post("/tickets", json=ticket, headers=key)
    other = await api.post("/tickets", json={"ticket": {"subject": "Other"}}, headers=key)

    assert first.json() == again.json()
    assert (first.headers["x-idempotency-lookup"], again.headers["x-idempotency-lookup"]) == ("miss", "hit")
    assert other.status_code == 400


async def test_only_a_closed_ticket_can_be_followed_up(api: httpx.AsyncClient, story: Story) -> None:
    answer = await api.post("/tickets", json={"ticket": {"via_followup_source_id": int(story.ticket_id)}})

    assert answer.status_code == 422


async def test_a_hundred_users_are_told_at_once_and_no_more(api: httpx.AsyncClient, story: Story) -> None:
    some = await api.get("/users/show_many", params={"ids": f"{story.reader},{story.agent},5"})
    many = await api.get("/users/show_many", params={"ids": ",".join(map(str, range(101)))})

    assert [user["role"] for user in some.json()["users"]] == ["end-user", "agent"]
    assert (many.status_code, many.json()["error"]) == (400, "TooManyValues")


async def test_tickets_that_moved_are_listed_by_time(api: httpx.AsyncClient, story: Story, clock: Any) -> None:
    start = int(clock().timestamp())

    told = (await api.get("/incremental/tickets/cursor", params={"start_time": start})).json()
    later = (await api.get("/incremental/tickets/cursor", params={"start_time": start + 60})).json()

    assert [str(ticket["id"]) for ticket in told["tickets"]] == [story.ticket_id]
    assert later["tickets"] == []


@pytest.mark.parametrize("path", ["/tickets/999", "/tickets/x/audits", "/users/999/groups", "/macros/1"])
async def test_what_is_not_there_is_not_found(api: httpx.AsyncClient, path: str) -> None:
    answer = await api.get(path)

    assert (answer.status_code, answer.json()["error"]) == (404, "RecordNotFound")


async def test_a_triggers_conditions_and_actions_are_replaced_and_it_needs_an_action(api: httpx.AsyncClient) -> None:
    update = {"all": [{"field": "update_type", "operator": "is", "value": "Change"}], "any": []}
    action = {"field": "notification_webhook", "value": ["01HOOK", "{}"]}
    made = await api.post("/triggers", json={"trigger": {"title": "T", "conditions": update, "actions": [action]}})
    path = f"/triggers/{made.json()['trigger']['id']}"

    refused = await api.put(path, json={"trigger": {"conditions": update}})
    changed = await api.put(path, json={"trigger": {"actions": [action]}})

    assert (made.status_code, refused.status_code) == (201, 422)
    assert changed.json()["trigger"]["conditions"] == {"all": [], "any": []}
    assert changed.json()["trigger"]["title"] == "T"


async def test_a_webhook_keeps_how_it_connects_and_its_new_secret_ends_the_old_one(api: httpx.AsyncClient) -> None:
    asked = {"name": "W", "status": "active", "endpoint": "https://a.example", "http_method": "POST"}
    asked |= {"request_format": "json", "subscriptions": ["conditional_ticket_events"]}
    made = await api.post("/webhooks", json={"webhook": asked})
    path = f"/webhooks/{made.json()['webhook']['id']}"
    secrets = [(await api.request(way, f"{path}/signing_secret")).json() for way in ("GET", "POST", "GET")]

    refused = await api.patch(path, json={"webhook": {"subscriptions": ["zen:event-type:ticket.created"]}})
    renamed = await api.patch(path, json={"webhook": {"name": "V"}})

    assert (refused.status_code, renamed.status_code, renamed.content) == (400, 204, b"")
    assert secrets[0] != secrets[1] == secrets[2]
    assert "secret" not in made.text
