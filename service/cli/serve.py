"""`ombuds serve`: the service itself."""

import os
from pathlib import Path
from typing import Annotated

import typer

from service.cli.screen import complain
from service.settings import load_settings


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
    from service.serve import ServeError, run

    settings = load_settings(config, os.environ)
    configure_logs()
    try:
        run(settings)
    except (ServeError, OSError, ValueError) as error:
        complain(str(error))
        raise typer.Exit(2) from error
