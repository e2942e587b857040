"""The pretend Freshdesk's webhooks reach a real receiver, and our reader takes them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.errors import SignatureError
from connectors.freshdesk.webhook import FreshdeskWebhook
from connectors.helpdesk import Delivery
from connectors.sandbox.client import SandboxClient
from connectors.sandbox.freshdesk import FreshdeskSandbox
from connectors.sandbox.records import Intent, Opening, Wording
from connectors.sandbox.serving import serving

SETUPS = [("automation", {"basic": ("hook", "s3cret")}), ("app", {"header": ("X-Ombuds", "s3cret")})]


@dataclass
class Receiver:
    """What stands where the service will: it verifies, reads and remembers. `refusals` are answered first."""

    deliveries: list[Delivery] = field(default_factory=list)
    refusals: list[int] = field(default_factory=list)
    reader: FreshdeskWebhook = field(
        default_factory=lambda: FreshdeskWebhook(
            account="acme", basics=[("hook", "s3cret")], headers=[("x-ombuds", "s3cret")]
        )
    )

    async def receive(self, request: Request) -> Response:
        if self.refusals:
            return Response(status_code=self.refusals.pop())
        now, headers, body = datetime.now(UTC), dict(request.headers), await request.body()
        try:
            self.reader.verify(headers, body, now=now)
        except SignatureError:
            return Response(status_code=401)
        delivery = self.reader.read(headers, body, now=now)
        assert delivery is not None
        self.deliveries.append(delivery)
        return Response(status_code=202)


@asynccontextmanager
async def at_work(kind: str, **setup: object) -> AsyncIterator[tuple[SandboxClient, Receiver, str, str]]:
    """The desk, the receiver, a ticket and an agent, with the webhook set up after the ticket was opened."""
    receiver = Receiver()
    app = Starlette(routes=[Route("/hook", receiver.receive, methods=["POST"])])
    async with serving(FreshdeskSandbox().app) as url, serving(app) as there, SandboxClient(url) as desk:
        reader = await desk.person("Rea Der", "rea@mail.example")
        agent = await desk.person("Kim Sung", "kim@shop.example", role="agent")
        ticket, _ = await desk.ticket(reader, "My books", comment={"text": "Where are my books?"})
        await desk.webhook(f"{there}/hook", kind, **setup)
        yield desk, receiver, ticket, agent


@pytest.fixture
async def api() -> AsyncIterator[httpx.AsyncClient]:
    """The bare API of an account with a customer, an agent and a ticket of three messages."""
    sandbox = FreshdeskSandbox()
    reader = sandbox.desk.add_user("Rea Der", "rea@mail.example", "customer")
    ticket, _ = sandbox.desk.open_ticket(Opening(requester_id=str(reader.id), comment=Wording(text="Where?")))
    for _ in range(2):
        sandbox.desk.submit(ticket, Intent(actor_id=sandbox.bot_id, comment=Wording(text="Line one\nLine two")))
    app = httpx.ASGITransport(sandbox.app)
    async with httpx.AsyncClient(transport=app, auth=("sandbox-key", "X"), base_url="http://shop/api/v2") as http:
        yield http


async def test_a_list_tells_by_its_link_header_that_there_is_more(api: httpx.AsyncClient) -> None:
    first = await api.get("/tickets/101/conversations?per_page=1")
    last = await api.get(first.links["next"]["url"])

    assert [len(page.json()) for page in (first, last)] == [1, 1]
    assert "link" not in last.headers


async def test_the_description_is_no_conversation_and_plain_texts_lose_their_lines(api: httpx.AsyncClient) -> None:
    texts = [one["body_text"] for one in (await api.get("/tickets/101/conversations")).json()]

    assert texts == ["Line one Line two"] * 2


async def test_stats_and_requester_come_only_if_asked_for(api: httpx.AsyncClient) -> None:
    bare = (await api.get("/tickets/101")).json()
    full = (await api.get("/tickets/101?include=stats,requester")).json()

    assert set(full) - set(bare) == {"stats", "requester"}


@pytest.mark.parametrize(("since", "found"), [("2020-01-01T00:00:00Z", 1), ("2999-01-01T00:00:00Z", 0)])
async def test_tickets_are_listed_by_the_time_of_their_last_change(
    api: httpx.AsyncClient, since: str, found: int
) -> None:
    assert len((await api.get("/tickets", params={"updated_since": since})).json()) == found


async def test_what_is_not_there_is_answered_with_nothing_at_all(api: httpx.AsyncClient) -> None:
    answers = [await api.get(path) for path in ("/tickets/999", "/agents/999", "/canned_responses/999")]

    assert [(answer.status_code, answer.content) for answer in answers] == [(404, b"")] * 3


async def test_a_stranger_is_told_to_log_in(api: httpx.AsyncClient) -> None:
    answer = await api.get("/tickets/101", auth=("guess", "X"))

    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")


async def test_a_note_is_private_unless_it_says_otherwise(api: httpx.AsyncClient) -> None:
    notes = [await api.post("/tickets/101/notes", json={"body": "Hi", **more}) for more in ({}, {"private": False})]

    assert [(note.status_code, note.json()["private"]) for note in notes] == [(201, True), (201, False)]


@pytest.mark.parametrize(("kind", "proof"), SETUPS)
async def test_a_reply_that_resolves_is_told_and_believed(kind: str, proof: dict[str, object]) -> None:
    """An automation tells only the first of both; an app sends one event each."""
    async with at_work(kind, **proof) as (desk, receiver, ticket, agent):
        await desk.submit(ticket, agent, comment={"text": "Done."}, status="solved")
        attempts = await desk.settled()

    events = {"automation": ["reply_sent"], "app": ["ticket_updated", "conversation_created"]}[kind]
    assert [delivery.event for delivery in receiver.deliveries] == events
    assert {delivery.ticket_id for delivery in receiver.deliveries} == {ticket}
    assert {attempt["status"] for attempt in attempts} == {202}


async def test_a_status_alone_is_told_in_braces() -> None:
    async with at_work("automation", basic=("hook", "s3cret")) as (desk, receiver, ticket, agent):
        await desk.submit(ticket, agent, status="closed")
        await desk.settled()

    assert [delivery.event for delivery in receiver.deliveries] == ["status"]


async def test_a_wrong_password_is_refused_and_given_up_in_the_end() -> None:
    async with at_work("automation", basic=("hook", "guess")) as (desk, receiver, ticket, agent):
        await desk.submit(ticket, agent, status="closed")
        attempts = await desk.settled()

    assert [attempt["status"] for attempt in attempts] == [401] * 5
    assert receiver.deliveries == []


async def test_a_webhook_that_was_refused_comes_again() -> None:
    async with at_work("automation", basic=("hook", "s3cret")) as (desk, receiver, ticket, agent):
        receiver.refusals = [503, 400]
        await desk.submit(ticket, agent, status="closed")
        attempts = await desk.settled()

    assert [attempt["status"] for attempt in attempts] == [400, 503, 202]
    assert len(receiver.deliveries) == 1


async def test_an_apps_repeated_event_is_one_delivery_and_an_automations_two() -> None:
    ids = {}
    for kind, proof in SETUPS:
        async with at_work(kind, copies=2, **proof) as (desk, receiver, ticket, agent):
            await desk.submit(ticket, agent, status="closed")
            await desk.settled()
        ids[kind] = {delivery.id for delivery in receiver.deliveries}

    assert (len(ids["automation"]), len(ids["app"])) == (2, 1)
