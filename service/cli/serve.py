"""`ombuds serve`: the service itself."""

import asyncio
import os
import socket
from pathlib import Path
from typing import Annotated

import typer

from service.cli.screen import complain
from service.settings import ServerSettings, Settings, load_settings


def serve(
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The settings; OMBUDS_CONFIG or ./ombuds.toml if left out.")
    ] = None,
) -> None:
    """Take webhooks, judge tickets and act, until asked to stop.

    SIGTERM or Ctrl-C stops it in good order: what was begun is finished first. The log is JSON on standard output.

    Example: [bold]ombuds serve --config /etc/ombuds/ombuds.toml[/bold]
    """
    from service.logs import configure_logs
    from service.serve import run

    settings = load_settings(config, os.environ)
    _require_free_port(settings.server)
    configure_logs()
    try:
        asyncio.run(_rehearse(settings))
        run(settings)
    except (OSError, ValueError) as error:
        complain(f"The service could not start: {error}.")
        raise typer.Exit(2) from error


async def _rehearse(settings: Settings) -> None:
    """Whether accounts and store can be opened. Raises ValueError, StoreError: said before serving, in a sentence."""
    from service.accounts import build_connectors
    from service.store.store import Store

    for connector in build_connectors(settings, lambda *_: None).values():
        await connector.helpdesk.aclose()
    await (await Store.open(settings.store_url)).close()


def _require_free_port(server: ServerSettings) -> None:
    """Asked before anything is opened, so that the answer is a sentence and not a log line."""
    try:
        socket.create_server((server.host, server.port), family=_family(server.host)).close()
    except OSError as error:
        complain(
            f"{server.host}:{server.port} cannot be listened on: {os.strerror(error.errno or 0)}."
            " Stop whoever uses it, or change [server] in the settings."
        )
        raise typer.Exit(2) from error


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
