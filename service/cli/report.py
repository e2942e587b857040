"""`ombuds report`: what was seen over all tickets, for whoever runs the desk."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from service.cli.screen import complain, out, plain
from service.cli.stored import Config, time, with_store
from service.store.records import Topic

_SPAN = re.compile(r"([0-9]{1,5})([hdw])", re.ASCII)
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def add_to(family: typer.Typer) -> typer.Typer:
    """The family with its commands."""
    # A single command would stand in for the family itself.
    family.callback()(_about)
    family.command()(topics)
    return family


def _about() -> None:
    """Reports over all tickets, for whoever runs the desk."""


def topics(
    config: Config = None,
    *,
    since: Annotated[str, typer.Option(metavar="SPAN", help="How far back, e.g. 12h, 7d, 4w.")] = "7d",
    json: Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")] = False,
) -> None:
    """List what tickets speak of: how often customers asked, and how often answers went wrong.

    First come the changes that bulletins declare, then what answers were in doubt about and nobody has declared: a word
    or two that at least three customers used. The last column names the policies whose findings are told to ops instead
    of agents.

    Example: [bold]ombuds report topics --since 30d[/bold]
    """
    begin = datetime.now(UTC) - _span(since)
    found = with_store(config, lambda store: store.topics(begin))
    if json:
        print(msgspec.json.format(msgspec.json.encode({"since": begin, "topics": found}), indent=2).decode())
    elif found:
        _show(found)
    else:
        print(
            f"No ticket spoke of a declared change in the last {since}, and no doubtful answers had a word in common."
        )


def _span(text: str) -> timedelta:
    written = _SPAN.fullmatch(text)
    if written is None:
        complain(f"--since: {text!r} is no span of time. Write it like 12h, 7d or 4w.")
        raise typer.Exit(2)
    return int(written[1]) * _UNITS[written[2]]


def _show(found: Sequence[Topic]) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("topic", "tickets", "asks", "hedges", "contradictions", "newest", "told to ops"):
        table.add_column(heading, overflow="fold")
    for topic in found:
        notes = ", ".join(f"{policy} {number}" for policy, number in sorted(topic.ops_notes.items()))
        counts = (topic.tickets, topic.asks, topic.hedges, topic.contradictions)
        name = f"{topic.id} (undeclared)" if topic.is_declared is False else topic.id
        table.add_row(plain(name), *map(str, counts), time(topic.newest_at), plain(notes))
    out().print(table)
    if any(topic.is_declared is False for topic in found):
        print(
            "No bulletin declares what is undeclared: declare it, and the next agent has the answer before she replies."
        )
