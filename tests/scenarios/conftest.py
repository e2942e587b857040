"""A whole house: a sandbox helpdesk and the real service over real sockets, with a clock that can be pushed on."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.sandbox.client import SandboxClient
from connectors.sandbox.freshdesk import FreshdeskSandbox
from connectors.sandbox.serving import serving
from connectors.sandbox.zendesk import ZendeskSandbox
from service.app import create_app
from service.policy_files import SHIPPED
from service.settings import load_settings

SECRET = "a-secret-for-scenarios"
BLOCKING = "format: 1\nmodes:\n  termination-macro: {event: block}\n  closed-without-agreement: {event: block}\n"
PATIENCE_S = 45.0
OPEN_STATES = ("due", "waiting", "leased")

CREDENTIALS = {
    "zendesk": f'email = "bot@acme.example"\napi_token = "sandbox-token"\nwebhook_secrets = ["{SECRET}"]',
    "freshdesk": f'api_key = "sandbox-key"\nheader = {{name = "X-Ombuds-Token", value = "{SECRET}"}}',
}
WEBHOOK = {
    "zendesk": {"kind": "events", "secret": SECRET},
    "freshdesk": {"kind": "automation", "header": ["X-Ombuds-Token", SECRET]},
}


class MovableClock:
    """The time for everybody in the house; it runs, and can be pushed on."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def push(self, **by: float) -> None:
        self.ahead += timedelta(**by)


async def until(condition: Callable[[], Awaitable[Any]], *, within_s: float = PATIENCE_S) -> Any:
    """The first truthy answer of `condition`."""
    deadline = asyncio.get_running_loop().time() + within_s
    while not (answer := await condition()):
        assert asyncio.get_running_loop().time() < deadline, "it did not come true in time"
        await asyncio.sleep(0.05)
    return answer


class House:
    """One helpdesk, one service, and the people who write to each other."""

    def __init__(self, kind: str, folder: Path, clock: MovableClock, sandbox: SandboxClient, helpdesk_url: str) -> None:
        self.kind = kind
        self.clock = clock
        self.folder = folder
        self.sandbox = sandbox
        self.helpdesk_url = helpdesk_url
        self.service_url = ""
        self._open: contextlib.AsyncExitStack | None = None
        self._port = 0

    @property
    def webhook_url(self) -> str:
        return f"{self.service_url}/webhooks/{self.kind}/acme"

    def write_settings(self, ceiling: str = "block", **work: float) -> Path:
        settings = self.folder / "ombuds.toml"
        settings.write_text(
            f'policies = "policies"\n[store]\nurl = "sqlite:///ombuds.db"\n'
            "[work]\nlease_s = 2\nbreaker_probe_s = 1\nretry_s = [0.2, 0.2, 0.5, 1, 1]\n"
            f"reconcile_s = {work.get('reconcile_s', 300)}\n"
            f'[[helpdesks]]\nkind = "{self.kind}"\naccount = "acme"\nbase_url = "{self.helpdesk_url}"\n'
            f'{CREDENTIALS[self.kind]}\nceiling = "{ceiling}"\n'
        )
        return settings

    async def open_service(self) -> None:
        """Starts the service from its settings file, on the port it had before if it ran before."""
        stack = contextlib.AsyncExitStack()
        app = create_app(load_settings(self.folder / "ombuds.toml", {}), clock=self.clock)
        self.service_url = await stack.enter_async_context(serving(app, self._port))
        self._port = int(self.service_url.rsplit(":", 1)[1])
        self._open = stack

    async def close_service(self) -> None:
        if self._open is not None:
            await self._open.aclose()
            self._open = None

    async def tell_service(self, **how: Any) -> None:
        """The helpdesk's admin sets up the webhook."""
        await self.sandbox.webhook(self.webhook_url, **{**WEBHOOK[self.kind], **how})

    async def notes(self, ticket_id: str) -> list[str]:
        """The internal notes of a ticket that Ombuds wrote."""
        comments = (await self.sandbox.view(ticket_id))["comments"]
        return [
            comment["html"] or comment["text"]
            for comment in comments
            if not comment["public"] and "Ombuds" in (comment["html"] or comment["text"])
        ]

    async def note(self, ticket_id: str, *, count: int = 1) -> list[str]:
        """Waits until there are that many notes of Ombuds."""

        async def enough() -> list[str]:
            found = await self.notes(ticket_id)
            return found if len(found) >= count else []

        return await until(enough)

    async def until(self, condition: Callable[[], Awaitable[Any]]) -> Any:
        """The first truthy answer of `condition`."""
        return await until(condition)

    async def metrics(self) -> str:
        async with httpx.AsyncClient(trust_env=False) as client:
            return (await client.get(f"{self.service_url}/metrics")).text

    async def counted(self, sample: str) -> float:
        """The value of a metric's sample, by its name with labels; 0.0 if it is not there."""
        for line in (await self.metrics()).splitlines():
            if line.startswith(f"{sample} "):
                return float(line.rsplit(" ", 1)[1])
        return 0.0

    async def quiet(self) -> None:
        """Waits until every webhook was answered and every ticket's visit is over, those put off included."""
        await self.sandbox.settled()

        async def idle() -> bool:
            depths = [await self.counted(f'ombuds_queue_depth{{state="{state}"}}') for state in OPEN_STATES]
            return sum(depths) == 0

        await until(idle)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture(params=["zendesk", "freshdesk"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def house(deaf_house: House) -> House:
    """A helpdesk and a service that is told of every submit; two policies may block."""
    await deaf_house.open_service()
    await deaf_house.tell_service()
    return deaf_house


@pytest.fixture
async def deaf_house(kind: str, tmp_path: Path, clock: MovableClock) -> AsyncIterator[House]:
    """A helpdesk, and a service that is not running yet and is told of nothing."""
    shutil.copytree(SHIPPED, tmp_path / "policies")
    (tmp_path / "policies" / "modes.yaml").write_text(BLOCKING)
    desk = (
        ZendeskSandbox(account="acme", clock=clock)
        if kind == "zendesk"
        else FreshdeskSandbox(account="acme", clock=clock)
    )
    async with serving(desk.app) as helpdesk_url, SandboxClient(helpdesk_url) as sandbox:
        house = House(kind, tmp_path, clock, sandbox, helpdesk_url)
        house.write_settings()
        yield house
        await house.close_service()
