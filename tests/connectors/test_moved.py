"""Which tickets moved, as each helpdesk tells it, over real sockets."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.freshdesk import moved as freshdesk_moved
from connectors.freshdesk.client import Freshdesk
from connectors.helpdesk import Helpdesk, Moved
from connectors.sandbox.client import SandboxClient
from connectors.sandbox.freshdesk import FreshdeskSandbox
from connectors.sandbox.serving import serving
from connectors.sandbox.zendesk import ZendeskSandbox
from connectors.zendesk.client import Zendesk


@dataclass(frozen=True, slots=True)
class Place:
    """A connector and the pretend helpdesk it is connected to."""

    helpdesk: Helpdesk
    desk: SandboxClient

    async def tickets(self, count: int) -> list[str]:
        """That many new tickets."""
        reader = await self.desk.person("Nora Lind", f"nora{count}@reader.example")
        opened = [await self.desk.ticket(reader, "Books", comment={"text": "Hello?"}) for _ in range(count)]
        return [ticket for ticket, _ in opened]

    async def all_moved(self, cursor: str | None, since: datetime) -> tuple[list[str], str]:
        """Page after page to the end, and the cursor there."""
        found: list[str] = []
        for _ in range(20):
            page: Moved = await self.helpdesk.moved(cursor, since)
            found += [one.ticket_id for one in page.tickets]
            cursor = page.cursor
            if page.is_end:
                return found, cursor
        raise AssertionError("there is no end to it")


@pytest.fixture(params=["zendesk", "freshdesk"])
async def place(request: pytest.FixtureRequest, clock: Any) -> AsyncGenerator[Place, None]:
    clock.now = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    is_zendesk = request.param == "zendesk"
    app = (ZendeskSandbox if is_zendesk else FreshdeskSandbox)(account="acme", clock=clock).app
    async with serving(app) as url, SandboxClient(url) as desk:
        helpdesk: Helpdesk = (
            Zendesk(account="acme", base_url=url, email="bot@acme.example", api_token="sandbox-token")
            if is_zendesk
            else Freshdesk(account="acme", base_url=url, api_key="sandbox-key")
        )
        yield Place(helpdesk, desk)
        await helpdesk.aclose()


async def test_what_moved_since_a_time_is_told_and_then_what_moved_after_it(place: Place, clock: Any) -> None:
    (before,) = await place.tickets(1)
    clock.go_on(minutes=5)
    since = clock.now
    first, second = await place.tickets(2)

    found, cursor = await place.all_moved(None, since)
    assert sorted(set(found)) == sorted([first, second])

    clock.go_on(minutes=5)
    agent = await place.desk.person("Ida Berg", "ida@books.example", role="agent")
    await place.desk.submit(before, agent, comment={"text": "Here they are."})

    later, _ = await place.all_moved(cursor, since)
    assert before in later
    assert set(later) <= {before, first, second}


async def test_nothing_moved_is_no_reason_to_lose_the_place(place: Place, clock: Any) -> None:
    clock.go_on(minutes=5)
    _, cursor = await place.all_moved(None, clock.now)
    clock.go_on(minutes=5)
    (ticket,) = await place.tickets(1)

    found, _ = await place.all_moved(cursor, clock.now)

    assert found == [ticket]


async def test_more_tickets_of_one_moment_than_a_page_holds_are_all_told(place: Place, clock: Any) -> None:
    since = clock.now
    tickets = await place.tickets(freshdesk_moved.PAGE_SIZE + 20)

    found, _ = await place.all_moved(None, since)

    assert set(found) == set(tickets)
