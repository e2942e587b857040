"""A real browser: the machine's own Chromium, driven by Playwright, and axe, which stumbles where a reader would."""

import os
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.async_api import Browser, Frame, Page

sys.path.insert(0, str(Path(__file__).parent))
import zendesk_sdk
from zendesk_page import Agent
from zendesk_world import World, world

PATIENCE_MS = 10_000
MISSING = "no browser for tests/browser: apt-get install chromium, then uv sync --inexact --group browser"

Work = Callable[..., Awaitable[Agent]]
OpenPage = Callable[..., Awaitable["Page"]]
FindBarriers = Callable[["Page | Frame"], Awaitable[list[str]]]


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """One event loop a file: the browser and what it talks to outlive a test."""
    return "asyncio"


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator["Browser"]:
    """Chromium without a window. Where it is missing its tests are skipped, but never in CI."""
    program = shutil.which("chromium")
    try:
        from playwright.async_api import async_playwright
    except ImportError:
        program = None
    if program is None:
        assert not os.environ.get("CI"), MISSING
        pytest.skip(MISSING)
    async with async_playwright() as playwright:
        # Its sandbox wants a user other than root; no page of these tests comes from outside.
        browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest.fixture
async def open_page(browser: "Browser") -> AsyncIterator[OpenPage]:
    """Opens a URL in a browser of its own, as another person would.

    What it takes beside `url`, `width` and `height` is for Playwright's new_context. A page that throws fails its test.
    """
    thrown: list[str] = []
    async with AsyncExitStack() as people:

        async def open_one(url: str, *, width: int = 1280, height: int = 800, **how: Any) -> "Page":
            context = await browser.new_context(viewport={"width": width, "height": height}, **how)
            people.push_async_callback(context.close)
            context.set_default_timeout(PATIENCE_MS)
            context.on("weberror", lambda error: thrown.append(str(error.error)))
            context.on("dialog", lambda dialog: thrown.append(f"a dialog opened: {dialog.message}"))
            page = await context.new_page()
            await page.goto(url)
            return page

        yield open_one
    assert not thrown


@pytest.fixture
def barriers() -> FindBarriers:
    """What axe finds on a page, or in one frame of it: a line for each rule and place. Empty is how it should be."""
    from axe_playwright_python.async_playwright import Axe

    async def find(where: "Page | Frame") -> list[str]:
        found = (await Axe().run(where)).response["violations"]
        return [f"{rule['id']}: {node['html']} {node['failureSummary']}" for rule in found for node in rule["nodes"]]

    return find


@pytest.fixture(scope="session")
def vendors_sdk(request: pytest.FixtureRequest) -> str:
    """Zendesk's own SDK; empty where its source cannot be had."""
    try:
        return zendesk_sdk.bundle(Path(request.config.cache.mkdir("zendesk_sdk")))
    except zendesk_sdk.MissingError:
        return ""


@pytest.fixture(scope="module")
async def zendesk(tmp_path_factory: pytest.TempPathFactory, vendors_sdk: str) -> AsyncIterator[World]:
    """A pretend Zendesk and the real service, for all tests of a file; each opens tickets of its own.

    The app talks through Zendesk's SDK, or through our stand-in where that is missing: test_zendesk_protocol.py
    compares the two.
    """
    async with world(tmp_path_factory.mktemp("world") / "zendesk", vendors_sdk) as running:
        yield running


@pytest.fixture
async def work(zendesk: World, open_page: OpenPage) -> AsyncIterator[Work]:
    """Opens a ticket as an agent, Rowan if not said otherwise, in a tab `beside` another or a browser of her own.

    The app owes each save one answer, and no more.
    """
    agents: list[Agent] = []

    async def open_ticket(ticket: str, *, who: str = "", beside: Agent | None = None, **how: Any) -> Agent:
        url = f"{zendesk.url}/?ticket={ticket}&agent={who or zendesk.rowan}"
        if beside:
            page = await beside.page.context.new_page()
            await page.goto(url)
        else:
            page = await open_page(url, **how)
        agents.append(Agent(page))
        await agents[-1].arrived()
        return agents[-1]

    yield open_ticket
    zendesk.between.behave()
    assert [len(save["replies"]) for agent in agents for save in await agent.saves() if len(save["replies"]) != 1] == []
