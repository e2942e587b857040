"""The whole service on a store, with a helpdesk in memory that answers at once: what is measured is Ombuds alone.

It says its port, and with --tell each ticket that it begins to visit, and when.
"""

import argparse
import asyncio
import os
import socket
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import uvicorn
from drafts_made import GATE_SECRET
from webhooks_made import ACCOUNT, SECRET

from connectors.helpdesk import Capabilities, Connector, Fetched, Moved, Named
from connectors.zendesk.webhook import ZendeskWebhook
from policies.ticket import Person, Role, Status, Ticket
from policies.verdict import Action, Mode
from service.app import Parts, create_app
from service.logs import configure_logs
from service.patience import patient_protocol
from service.secret import Secret
from service.settings import Settings, StoreSettings, WorkSettings
from service.settings_gate import GateSettings
from service.settings_helpdesks import ZendeskSettings

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


HELPDESK = ZendeskSettings(
    account=ACCOUNT,
    base_url="http://127.0.0.1:9",
    email="bot@acme.example",
    api_token=Secret("none"),
    webhook_secrets=(Secret(SECRET),),
    ceiling=Mode.BLOCK,
    gate=GateSettings(secrets=(Secret(GATE_SECRET),), per_minute=1_000_000),
)


def say(**fields: object) -> None:
    sys.stdout.write(msgspec.json.encode(fields).decode() + "\n")
    sys.stdout.flush()


class InstantDesk:
    """Every ticket exists, and nothing ever happened on it."""

    kind = "zendesk"
    account = ACCOUNT
    capabilities = Capabilities(detects_conflicts=True, reports_macros=True)

    def __init__(self, *, tells: bool, hold_s: float) -> None:
        self._tells = tells
        self._hold_s = hold_s

    async def whoami(self) -> Person:
        return Person(id="bot", role=Role.AGENT)

    async def fetch_ticket(self, ticket_id: str, bookmark: str | None) -> Fetched:
        if self._tells:
            say(ticket=ticket_id, at=time.time())
        if self._hold_s:
            await asyncio.sleep(self._hold_s)
        ticket = Ticket(
            helpdesk="zendesk",
            account=ACCOUNT,
            id=ticket_id,
            subject="Lamp",
            status=Status.OPEN,
            requester=Person(id="c", role=Role.CUSTOMER),
            created_at=LONG_AGO,
            updated_at=LONG_AGO,
        )
        return Fetched(ticket=ticket, unjudged=(), bookmark=bookmark or "0")

    async def moved(self, cursor: str | None, since: datetime) -> Moved:
        return Moved(tickets=(), cursor=cursor or "", is_end=True)

    async def apply(self, action: Action, ticket: Ticket) -> None:
        return None

    async def groups_of(self, agent_id: str) -> frozenset[str]:
        return frozenset()

    async def names(self, kind: Named) -> frozenset[str] | None:
        return frozenset()

    async def aclose(self) -> None:
        return None


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--policies", type=Path)
    parser.add_argument("--web-only", action="store_true")
    parser.add_argument("--gate-only", action="store_true")
    parser.add_argument("--concurrency", type=int, default=8)
    parser.add_argument("--lease-s", type=float, default=60.0)
    parser.add_argument("--hold-s", type=float, default=0.0)
    parser.add_argument("--tell", action="store_true")
    asked = parser.parse_args()
    configure_logs(Path(os.devnull).open("w"))  # noqa: SIM115 - until the end; lines are made, as they cost something
    settings = Settings(
        policies=asked.policies,
        store=StoreSettings(url=asked.url),
        helpdesks=(HELPDESK,) if asked.gate_only else (),
        work=WorkSettings(concurrency=asked.concurrency, lease_s=asked.lease_s, reconcile_s=0),
    )
    connector = Connector(
        webhook=ZendeskWebhook(account=ACCOUNT, secrets=[SECRET]),
        helpdesk=InstantDesk(tells=asked.tell, hold_s=asked.hold_s),
    )
    parts = Parts(web=not asked.gate_only, work=not (asked.web_only or asked.gate_only), gate=asked.gate_only)
    app = create_app(settings, connectors={("zendesk", ACCOUNT): connector}, parts=parts)
    config = uvicorn.Config(
        app,
        http=patient_protocol(settings.server.body_read_s),
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        say(port=listener.getsockname()[1])
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
