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
) -> None:
    """Play a story: a reader's account is wiped, she asks why, and the case is closed.

    A pretend helpdesk sends real webhooks to the real service over loopback; nothing leaves this machine.
    Exits with 1 if a finding that belongs to the story is missing.

    Example: [bold]ombuds demo --helpdesk zendesk --keep[/bold]
    """
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
