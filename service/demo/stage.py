"""The stage of the demo: a pretend helpdesk and the real service, on real sockets of this machine."""

import secrets
import shutil
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from connectors.sandbox.client import SandboxClient
from connectors.sandbox.freshdesk import FreshdeskSandbox
from connectors.sandbox.serving import serving
from connectors.sandbox.zendesk import ZendeskSandbox
from service.app import create_app
from service.demo.story import ACCOUNT, BEGINS, MODES
from service.policy_files import SHIPPED
from service.settings import load_settings
from service.store.store import Store

BOT = "ombuds@pageturner.example"
HELPDESKS = {"zendesk": "Zendesk", "freshdesk": "Freshdesk"}


class StoryClock:
    """The time in the story: it runs as ours does, from a Monday in March, and can be moved on."""

    def __init__(self, begins: datetime = BEGINS) -> None:
        self._begins = begins
        self._started_s = time.monotonic()

    def __call__(self) -> datetime:
        """The time it is in the story."""
        return self._begins + timedelta(seconds=time.monotonic() - self._started_s)

    def advance(self, by: timedelta) -> None:
        """So much time has passed."""
        self._begins += by


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Everything that runs, and how to reach it."""

    helpdesk: str
    sandbox: ZendeskSandbox | FreshdeskSandbox
    desk_url: str
    service_url: str
    desk: SandboxClient
    store: Store
    clock: StoryClock
    config: Path

    @property
    def webhook_url(self) -> str:
        """Where the helpdesk sends its webhooks."""
        return f"{self.service_url}/webhooks/{self.helpdesk}/{ACCOUNT}"


@asynccontextmanager
async def stage(
    helpdesk: str,
    folder: Path,
    *,
    clock: StoryClock | None = None,
    settings: str = "",
    policies: Mapping[str, str] = MappingProxyType({}),
    is_told: bool = True,
    candidate: Path | None = None,
) -> AsyncGenerator[Stage, None]:
    """Both running and connected; `folder` holds the settings, the policies and the store.

    `settings` are more lines for the account and more tables of the settings file, `policies` more files beside those
    that come with Ombuds. Not told: the helpdesk sends no webhooks. `candidate` is a folder of policies to be tried.
    """
    clock, secret = clock or StoryClock(), secrets.token_urlsafe(24)
    sandbox = _SANDBOXES[helpdesk](clock)
    async with serving(sandbox.app) as desk_url, SandboxClient(desk_url) as desk:
        config = _write_settings(folder, _table(sandbox, desk_url, secret) + settings, policies, candidate)
        app = create_app(load_settings(config, {}), clock=clock)
        async with serving(app) as service_url:
            running = Stage(
                helpdesk=helpdesk,
                sandbox=sandbox,
                desk_url=desk_url,
                service_url=service_url,
                desk=desk,
                store=app.state.service.store,
                clock=clock,
                config=config,
            )
            if is_told:
                await _tell(running, secret)
            yield running


async def _tell(running: Stage, secret: str) -> None:
    if running.helpdesk == "zendesk":
        await running.desk.webhook(running.webhook_url, "events", secret=secret)
    else:
        await running.desk.webhook(running.webhook_url, "automation", basic=("ombuds", secret))


def _write_settings(folder: Path, table: str, policies: Mapping[str, str], candidate: Path | None) -> Path:
    """As somebody would who connects an account by hand."""
    shutil.copytree(SHIPPED, folder / "policies")
    for name, content in {"modes.yaml": MODES, **policies}.items():
        (folder / "policies" / name).write_text(content, encoding="utf-8")
    config = folder / "ombuds.toml"
    tried = f'candidate = "{candidate}"\n' if candidate else ""
    store = f'[store]\nurl = "sqlite:///{folder}/ombuds.db"\n'
    config.write_text(f'policies = "policies"\n{tried}\n{store}\n{table}', encoding="utf-8")
    return config


def _table(sandbox: ZendeskSandbox | FreshdeskSandbox, desk_url: str, secret: str) -> str:
    lines = ["[[helpdesks]]", f'account = "{ACCOUNT}"', f'base_url = "{desk_url}"', 'ceiling = "block"']
    match sandbox:
        case ZendeskSandbox():
            lines += ['kind = "zendesk"', f'email = "{sandbox.email}"', f'api_token = "{sandbox.api_token}"']
            lines += [f'webhook_secrets = ["{secret}"]']
        case FreshdeskSandbox():
            lines += ['kind = "freshdesk"', f'api_key = "{sandbox.api_key}"']
            lines += [f'basic = {{user = "ombuds", password = "{secret}"}}']
    return "\n".join(lines) + "\n"


_SANDBOXES: dict[str, Callable[[StoryClock], ZendeskSandbox | FreshdeskSandbox]] = {
    "zendesk": lambda clock: ZendeskSandbox(account=ACCOUNT, email=BOT, clock=clock),
    "freshdesk": lambda clock: FreshdeskSandbox(account=ACCOUNT, clock=clock),
}
