"""`ombuds healthcheck`: whether the service answers, for scripts and containers that ask every few seconds.

So it loads little: neither policies nor the store, and of the command line itself alone.
"""

import os
import sys
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

from service.answering import ask
from service.cli.options import Config
from service.settings import SettingsError, load_server


def healthcheck(
    *,
    config: Config = None,
    live: Annotated[bool, typer.Option("--live", help="Ask /livez: whether it runs, ready or not.")] = False,
    port: Annotated[
        int | None,
        typer.Option(metavar="PORT", min=1, max=65_535, help="Instead of \\[server] port: 8401 for `ombuds work`."),
    ] = None,
) -> None:
    """Ask the service on this machine whether it is ready. Ends with code 0 if it is, else with 1 and a line.

    The settings tell where it listens; their secrets are not needed.

    Example: [bold]ombuds healthcheck --live || systemctl restart ombuds[/bold]
    """
    try:
        server = load_server(config, os.environ)
    except SettingsError as error:
        _fail("; ".join(error.problems))
    asked = port or server.port
    path = "/livez" if live else "/readyz"
    if not asked:
        _fail("[server] port is 0, any that is free: name the port with --port.")
    answer = ask(server.host, asked, path)
    if answer.status != 200:
        said = answer.said.partition("\n")[0][:200] or f"status {answer.status}"
        _fail(f"{path} on {server.host}:{asked}: {said}")


def run_alone(arguments: Sequence[str]) -> None:
    """Runs the command without the tree of commands, and ends the program."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich")
    app.command()(healthcheck)
    app(args=list(arguments), prog_name="ombuds healthcheck")


def _fail(sentence: str) -> NoReturn:
    print(sentence, file=sys.stderr)
    raise typer.Exit(1)
