"""`ombuds demo`: a story with a pretend helpdesk and the real service, on this machine alone."""

import asyncio
from enum import StrEnum
from typing import Annotated

import typer

from service.cli.screen import complain, framed


class Which(StrEnum):
    """Which pretend helpdesk plays."""

    ZENDESK = "zendesk"
    FRESHDESK = "freshdesk"
    BOTH = "both"


def demo(
    *,
    keep: Annotated[bool, typer.Option("--keep", help="Leave everything running afterwards, and tell where.")] = False,
    helpdesk: Annotated[Which, typer.Option(help="Which pretend helpdesk to play on.")] = Which.BOTH,
    gate: Annotated[
        bool, typer.Option("--gate", help="Reply to a ticket yourself, in a browser, and be stopped before it is sent.")
    ] = False,
    open_browser: Annotated[bool, typer.Option("--open", help="With --gate: open the page in your browser.")] = False,
) -> None:
    """Play a story: a reader's account is wiped, she asks why, and the case is closed.

    A pretend helpdesk sends real webhooks to the real service over loopback; nothing leaves this machine.
    Exits with 1 if a finding that belongs to the story is missing.

    Example: [bold]ombuds demo --helpdesk zendesk --keep[/bold]

    With --gate you play the agent: a pretend Zendesk with a ticket opens in your browser, and Ombuds beside it.

    Example: [bold]ombuds demo --gate --open[/bold]
    """
    if gate:
        _play_the_agent(helpdesk, opens_browser=open_browser)
        return
    if open_browser:
        complain("--open goes with --gate: ombuds demo --gate --open")
        raise typer.Exit(2)
    _play_the_story(helpdesk, keep=keep)


def _play_the_agent(helpdesk: Which, *, opens_browser: bool) -> None:
    from service.demo.host.run import run_gate_demo

    if helpdesk is Which.FRESHDESK:
        complain("--gate has an agent view of Zendesk only: ombuds demo --gate")
        raise typer.Exit(2)
    try:
        asyncio.run(run_gate_demo(framed(), opens_browser=opens_browser))
    except KeyboardInterrupt:
        print("Stopped.")


def _play_the_story(helpdesk: Which, *, keep: bool) -> None:
    from service.demo.play import StuckError
    from service.demo.run import run_demo

    helpdesks = ("zendesk", "freshdesk") if helpdesk is Which.BOTH else (helpdesk.value,)
    try:
        is_complete = asyncio.run(run_demo(framed(), helpdesks, keep=keep))
    except StuckError as error:
        complain(str(error))
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        print("Stopped.")
        raise typer.Exit from None
    if not is_complete:
        raise typer.Exit(1)
