"""`ombuds dead-letters`: deliveries that could not be finished, why, and how to try them again."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from service.cli.screen import complain, harmless, out, plain
from service.cli.stored import Config, time, with_store
from service.store.records import DeadLetter

Number = Annotated[int, typer.Argument(metavar="NUMBER", help="As `dead-letters list` shows it.")]


def add_to(family: typer.Typer) -> typer.Typer:
    """The family with its commands."""
    family.command("list")(list_all)
    family.command()(show)
    family.command()(replay)
    return family


def list_all(
    config: Config = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Also those that were replayed.")] = False,
) -> None:
    """List what was given up, newest first.

    Example: [bold]ombuds dead-letters list --config ombuds.toml[/bold]
    """
    found = with_store(config, lambda store: store.dead_letters(include_replayed=everything))
    if not found:
        print("No dead letters. Everything that came in was finished.")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("number", "parked at", "ticket", "reason", "detail"):
        table.add_column(heading, overflow="fold")
    for letter in found:
        table.add_row(str(letter.id), time(letter.parked_at), _ticket(letter), letter.reason, plain(letter.detail))
    out().print(table)


def show(number: Number, config: Config = None) -> None:
    """Show one dead letter.

    Example: [bold]ombuds dead-letters show 12[/bold]
    """
    letter = with_store(config, lambda store: store.dead_letter(number))
    if letter is None:
        complain(f"There is no dead letter {number}. `ombuds dead-letters list --all` shows those there are.")
        raise typer.Exit(2)
    rows = {
        "number": letter.id,
        "ticket": _ticket(letter),
        "delivery": letter.delivery_id or "none: a deadline had come",
        "event": letter.event or "-",
        "reason": letter.reason,
        "detail": letter.detail or "-",
        "parked at": time(letter.parked_at),
        "replayed at": time(letter.replayed_at) if letter.replayed_at else "not yet",
    }
    for name, value in rows.items():
        print(f"{name:<12}{harmless(str(value))}")


def replay(number: Number, config: Config = None) -> None:
    """Try a dead letter again: its ticket is due at once, and whoever serves takes it up.

    Nothing is done twice: actions that were carried out are recognised.

    Example: [bold]ombuds dead-letters replay 12[/bold]
    """
    letter = with_store(config, lambda store: store.replay(number, datetime.now(UTC)))
    print(f"Ticket {_ticket(letter)} is due again. If it fails once more, a new dead letter will say why.")


def _ticket(letter: DeadLetter) -> str:
    return f"{letter.helpdesk}/{letter.account}/{letter.ticket_id or '?'}"
