"""`ombuds demo --gate`: a ticket to reply to in a browser, until somebody presses Ctrl-C."""

import asyncio
import secrets
import tempfile
import webbrowser
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from connectors.sandbox.client import SandboxClient
from service.demo.host.opening import agent_view
from service.demo.host.story import BULLETIN, DISCOUNT, GREETING, PEOPLE, Opened
from service.demo.stage import StoryClock, stage
from service.demo.story import LETTER, MAILBOX, PREPARED_TAG, PREPARED_TITLE, SUBJECT, WRITES, Who
from service.logs import configure_logs

LIBRARY = Opened(who=Who.READER, subject=SUBJECT, text=WRITES.text)


async def run_gate_demo(console: Console, *, opens_browser: bool) -> None:
    """Serves the agent view until cancelled; nothing is left behind."""
    secret = secrets.token_urlsafe(32)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ombuds-demo-")))
        configure_logs(stack.enter_context((folder / "ombuds.log").open("w", encoding="utf-8")))
        running = await stack.enter_async_context(
            stage(
                "zendesk",
                folder / "zendesk",
                clock=StoryClock(datetime.now(UTC)),
                settings=f'gate = {{secrets = ["{secret}"]}}\n',
                policies={"demo-bulletins.yaml": BULLETIN},
            )
        )
        await cast(running.desk)
        url = await stack.enter_async_context(agent_view(running, secret))
        console.print(GREETING.format(url=url))
        if opens_browser:
            webbrowser.open(url)
        await asyncio.Event().wait()


async def cast(desk: SandboxClient) -> None:
    """The people, the prepared text and the tickets of the demo; the first of each is what the page opens with."""
    for name, address, groups in PEOPLE:
        await desk.person(name, address, role="agent", groups=groups)
    await desk.macro(PREPARED_TITLE, LETTER, add_tags=(PREPARED_TAG,))
    for ticket in (LIBRARY, DISCOUNT):
        address = f"{ticket.who.replace(' ', '.').lower()}@mail.example"
        requester = await desk.person(ticket.who, address)
        said = {"public": True, "text": ticket.text}
        await desk.ticket(requester, ticket.subject, comment=said, channel="email", recipient=MAILBOX, via="email")
