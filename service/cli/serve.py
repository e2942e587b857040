"""`ombuds serve`, `ombuds work` and `ombuds gate`: the service itself, whole or in parts."""

import os
from dataclasses import replace
from typing import Annotated

import typer

from service.cli.options import Config
from service.cli.screen import complain
from service.settings import Settings, load_settings


def serve(
    *,
    config: Config = None,
    web_only: Annotated[
        bool, typer.Option("--web-only", help="Take webhooks and leave tickets to processes of `ombuds work`.")
    ] = False,
) -> None:
    """Take webhooks, judge tickets and act, until asked to stop.

    SIGTERM or Ctrl-C stops it in good order: what was begun is finished first. The log is JSON on standard output.

    Example: [bold]ombuds serve --config /etc/ombuds/ombuds.toml[/bold]
    """
    _run(load_settings(config, os.environ), web=True, work=not web_only, gate=True)


def work(
    *,
    config: Config = None,
    concurrency: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, max=256, help="Tickets visited at a time; \\[work] concurrency if left out."),
    ] = None,
    port: Annotated[int, typer.Option(metavar="PORT", min=0, max=65_535, help="For /livez, /readyz, /metrics.")] = 8401,
) -> None:
    """Judge tickets and act, beside processes that take webhooks; as many as you like, on as many machines.

    They share one store, which is on PostgreSQL where there is more than one machine. No ticket is visited by two.

    Example: [bold]ombuds work --concurrency 16[/bold]
    """
    settings = load_settings(config, os.environ)
    settings = replace(
        settings,
        server=replace(settings.server, port=port),
        work=replace(settings.work, concurrency=concurrency or settings.work.concurrency),
    )
    _run(settings, web=False, work=True, gate=False)


def gate(
    *,
    config: Config = None,
    port: Annotated[int, typer.Option(metavar="PORT", min=0, max=65_535, help="For the apps, and probes.")] = 8402,
) -> None:
    """Judge drafts before they are sent, for the apps inside the helpdesks, and do nothing else.

    `ombuds serve` does so too; a process apart answers as fast while workers are busy. They share one store.

    Example: [bold]ombuds gate --port 8402[/bold]
    """
    settings = load_settings(config, os.environ)
    if all(helpdesk.gate is None for helpdesk in settings.helpdesks):
        complain('No account has a gate. Write gate = {secrets = [{env = "NAME"}]} into its [[helpdesks]] table.')
        raise typer.Exit(2)
    settings = replace(settings, server=replace(settings.server, port=port))
    _run(settings, web=False, work=False, gate=True)


def _run(settings: Settings, *, web: bool, work: bool, gate: bool) -> None:
    from service.app import Parts
    from service.logs import configure_logs
    from service.sentence_model import SentenceModelError
    from service.serve import ServeError, run
    from service.supervisor import supervisor_of
    from service.tracing import TracingError

    configure_logs()
    try:
        run(settings, Parts(web=web, work=work, gate=gate), supervisor_of(os.environ))
    except (ServeError, SentenceModelError, TracingError, OSError, ValueError) as error:
        complain(str(error))
        raise typer.Exit(2) from error
