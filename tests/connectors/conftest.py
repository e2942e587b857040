"""What the tests of both connectors use."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.sandbox.client import SandboxClient
from connectors.sandbox.serving import serving
from connectors.sandbox.zendesk import ZendeskSandbox
from connectors.transport import Exchange
from connectors.zendesk.client import Zendesk
from policies.ticket import Ticket


class StoryClock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        """Begins on a Monday morning."""
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The time of the story."""
        return self.now

    def go_on(self, *, minutes: float = 1) -> None:
        """Time passes."""
        self.now += timedelta(minutes=minutes)


@pytest.fixture
def clock() -> StoryClock:
    """A story's clock."""
    return StoryClock()


@pytest.fixture
def recorded() -> Path:
    """The folder of payloads nobody here wrote. Tests that need it are skipped where it does not exist."""
    folder = Path(__file__).parents[2].parent / "shared" / "recorded"
    if not folder.is_dir():
        pytest.skip("the recorded payloads are not here")
    return folder


@pytest.fixture
async def zendesk_url(clock: StoryClock) -> AsyncGenerator[str, None]:
    """The address of a pretend Zendesk whose account is `acme`."""
    async with serving(ZendeskSandbox(account="acme", clock=clock).app) as address:
        yield address


@pytest.fixture
async def desk(zendesk_url: str) -> AsyncGenerator[SandboxClient, None]:
    """What people do at the pretend Zendesk."""
    async with SandboxClient(zendesk_url) as client:
        yield client


@pytest.fixture
def exchanges() -> list[Exchange]:
    """Every request the connector made."""
    return []


@pytest.fixture
async def zendesk(zendesk_url: str, exchanges: list[Exchange]) -> AsyncGenerator[Zendesk, None]:
    """The connector, at the pretend Zendesk."""
    helpdesk = Zendesk(
        account="acme",
        base_url=zendesk_url,
        email="bot@acme.example",
        api_token="sandbox-token",
        observe=exchanges.append,
    )
    yield helpdesk
    await helpdesk.aclose()


class Story:
    """A reader's ticket; `solve` is an agent who answers it with a macro and is done with it."""

    def __init__(self, desk: SandboxClient, clock: StoryClock) -> None:
        """Nothing has happened yet."""
        self.desk, self.clock = desk, clock
        self.reader = self.agent = self.ticket_id = self.opened = self.solved = ""

    async def begin(self) -> None:
        """Nora writes."""
        self.reader = await self.desk.person("Nora Lind", "Nora@Reader.example")
        self.agent = await self.desk.person("Ida Berg", "ida@books.example", role="agent", groups=("Accounts",))
        self.ticket_id, self.opened = await self.desk.ticket(
            self.reader,
            "My books are gone",
            channel="email",
            recipient="Care@Books.example",
            comment={"text": "Where are they?"},
        )

    async def solve(self) -> None:
        """Ida closes the account, and the matter."""
        macro = await self.desk.macro("Account::Terminate", add_tags=("account_terminated",))
        self.clock.go_on()
        comment = {"text": "Your account was closed."}
        self.solved = await self.desk.submit(
            self.ticket_id, self.agent, comment=comment, status="solved", macro_id=macro
        )
        self.clock.go_on()


@pytest.fixture
async def story(desk: SandboxClient, clock: StoryClock) -> Story:
    """The ticket as Nora opened it."""
    story = Story(desk, clock)
    await story.begin()
    return story


@pytest.fixture
async def solved(story: Story, zendesk: Zendesk) -> Ticket:
    """The ticket as Ida left it, read by the connector."""
    await story.solve()
    return (await zendesk.fetch_ticket(story.ticket_id, None)).ticket
