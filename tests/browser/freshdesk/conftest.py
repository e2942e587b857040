"""The app inside Freshdesk, with the real service behind it."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from freshdesk_host import FreshdeskHost
from freshdesk_page import Agent, Work
from freshdesk_world import World, world


@pytest.fixture(scope="module")
async def freshdesk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A pretended Freshdesk and the real service, for all tests; each opens tickets of its own."""
    async with world(tmp_path_factory.mktemp("world") / "freshdesk") as running:
        yield running


@pytest.fixture
def host(freshdesk: World) -> FreshdeskHost:
    """Freshdesk's side, as if nothing had happened yet."""
    freshdesk.host.begin()
    return freshdesk.host


@pytest.fixture
async def work(freshdesk: World, host: FreshdeskHost, open_page: Any) -> AsyncIterator[Work]:
    """Opens a ticket as an agent. Whatever a test does: in the end every event has had exactly one answer."""
    agents: list[Agent] = []

    async def arrive(ticket: str = "", *, has_own_clock: bool = False, **how: Any) -> Agent:
        ticket = ticket or await freshdesk.ticket()
        page = await open_page("about:blank", **how)
        if has_own_clock:
            await page.clock.install()
        await page.goto(f"{freshdesk.url}/?ticket={ticket}")
        agents.append(Agent(page=page, ticket=ticket))
        await agents[-1].arrives()
        return agents[-1]

    yield arrive
    for agent in agents:
        await agent.answers()
        assert set(await agent.page.evaluate("desk.events.map(event => event.answers.length)")) <= {1}
    host.let_come.set()


@pytest.fixture
async def rowan(work: Work) -> Agent:
    """An agent at a ticket in which a customer has just written."""
    return await work()
