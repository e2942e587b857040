"""Zendesk's own log of its webhooks, counted, over real sockets."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from connectors.errors import NotFoundError
from connectors.sandbox.client import SandboxClient
from connectors.sandbox.records import LoggedCall
from connectors.sandbox.serving import serving
from connectors.sandbox.zendesk import ZendeskSandbox
from connectors.zendesk.client import Zendesk


@dataclass(frozen=True, slots=True)
class Place:
    sandbox: ZendeskSandbox
    desk: SandboxClient
    url: str

    def client(self, webhook_id: str | None) -> Zendesk:
        return Zendesk(
            account="acme",
            base_url=self.url,
            email="bot@acme.example",
            api_token="sandbox-token",
            webhook_id=webhook_id,
        )


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    sandbox = ZendeskSandbox(account="acme")
    async with serving(sandbox.app) as url, SandboxClient(url) as desk:
        yield Place(sandbox=sandbox, desk=desk, url=url)


async def test_webhooks_are_counted_by_how_they_ended(place: Place) -> None:
    """The first one goes where nobody knows it."""
    webhook_id = await place.desk.webhook(f"{place.url}/nowhere", "trigger", secret="s")
    reader = await place.desk.person("Nora Lind", "nora@reader.example")
    await place.desk.ticket(reader, "Books", comment={"text": "Hello?"})
    await place.desk.settled()
    place.sandbox.desk.webhook_log[webhook_id] += [
        LoggedCall(id=str(number), status=("circuit broken", "success", "a new word")[number % 3])
        for number in range(300)
    ]
    zendesk = place.client(webhook_id)

    ended = await zendesk.webhook_log()
    await zendesk.aclose()

    assert ended is not None
    assert {status: number for status, number in ended.items() if number} == {
        "success": 100,
        "circuit_broken": 100,
        "terminated": 1,
        "unknown": 100,
    }


async def test_no_more_than_a_thousand_are_looked_at(place: Place) -> None:
    place.sandbox.desk.webhook_log["W"] = [LoggedCall(id=str(each), status="success") for each in range(1_500)]
    zendesk = place.client("W")

    ended = await zendesk.webhook_log()
    await zendesk.aclose()

    assert ended is not None
    assert ended["success"] == 1_000


async def test_without_the_webhooks_id_nothing_is_asked(place: Place) -> None:
    zendesk = place.client(None)

    assert await zendesk.webhook_log() is None
    await zendesk.aclose()


async def test_a_webhook_that_is_not_there_is_told(place: Place) -> None:
    zendesk = place.client("gone")

    with pytest.raises(NotFoundError):
        await zendesk.webhook_log()
    await zendesk.aclose()
