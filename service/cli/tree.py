"""The tree of commands, and every expected error as a sentence instead of a traceback."""

import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated

import typer

from policies.policy import PolicyError
from service.cli import (
    bulletins,
    connect,
    dead_letters,
    exceptions,
    policies,
    policy_replay,
    policy_report,
    policy_tests,
    policy_writing,
    report,
)
from service.cli.demo import demo
from service.cli.doctor import doctor
from service.cli.erase import erase
from service.cli.explain import explain
from service.cli.healthcheck import healthcheck
from service.cli.judge import judge
from service.cli.pause import pause, resume
from service.cli.screen import complain, show_what_can_be_shown
from service.cli.serve import gate, serve, work
from service.cli.signals import signals
from service.settings import ADVICE, SettingsError
from service.store.errors import StoreError
from service.transcript import TranscriptError

EXIT_CODES = "Exit codes: 0 all is well, 1 the answer is no (problems found, a test failed), 2 it could not be asked."


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs one command and ends the program with its exit code."""
    show_what_can_be_shown()
    try:
        commands()(args=arguments, prog_name="ombuds")
    except SettingsError as error:
        complain(f"{error}\n{ADVICE}")
        sys.exit(2)
    except (PolicyError, StoreError, TranscriptError) as error:
        complain(str(error))
        sys.exit(2)


def commands() -> typer.Typer:
    """The whole command line, not yet run."""
    app = _family("The customer's advocate inside a helpdesk.")
    app.callback()(_about)
    app.command()(serve)
    app.command()(work)
    app.command()(gate)
    app.command()(doctor)
    app.command()(healthcheck)
    app.command()(demo)
    app.command()(judge)
    app.command()(signals)
    app.command()(explain)
    app.command()(erase)
    app.command()(pause)
    app.command()(resume)
    app.add_typer(connect.add_to(_family("Set up the webhooks at a helpdesk.")), name="connect")
    of_policies = _family("Check, test and write policy files.")
    for commands_of in (policies, policy_tests, policy_replay, policy_report, policy_writing):
        commands_of.add_to(of_policies)
    app.add_typer(of_policies, name="policies")
    app.add_typer(dead_letters.add_to(_family("Deliveries that could not be finished.")), name="dead-letters")
    app.add_typer(exceptions.add_to(_family("Exceptions from policies.")), name="exceptions")
    app.add_typer(bulletins.add_to(_family("Changes that a company declared.")), name="bulletins")
    app.add_typer(report.add_to(_family("Reports over all tickets.")), name="report")
    return app


def _family(means: str) -> typer.Typer:
    return typer.Typer(
        help=means,
        epilog=EXIT_CODES,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
    )


def _tell_version(wanted: bool) -> None:
    if wanted:
        print(f"ombuds {version('ombuds')}")
        raise typer.Exit


TellVersion = Annotated[
    bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Show the version and exit.")
]


def _about(*, _: TellVersion = False) -> None:
    """The customer's advocate inside a helpdesk: watches tickets, judges what agents do, and speaks up."""
