"""The pretend Freshdesk's webhooks reach a real receiver, and our reader takes them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

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
