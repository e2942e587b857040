"""`ombuds report`: what was seen over all tickets, for whoever runs the desk."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

import typer
from rich.table import Table

from service.cli.options import Config, Json
from service.cli.screen import harmless, out, plain, print_json
from service.cli.spans import span
from service.cli.stored import time, with_store
from service.store.doubts import topics_since
from service.store.records import AccountState
from service.store.rounds import MOST_UNHEARD
from service.store.topic_records import Topic


def add_to(family: typer.Typer) -> typer.Typer:
    """The family with its commands."""
    # A single command would stand in for the family itself.
    family.callback()(_about)
    family.command()(topics)
    family.command()(accounts)
    return family


def _about() -> None:
    """Reports over all tickets, for whoever runs the desk."""


def topics(
    config: Config = None,
    *,
    since: Annotated[str, typer.Option(metavar="SPAN", help="How far back, e.g. 12h, 7d, 4w.")] = "7d",
    json: Json = False,
) -> None:
    """List what tickets speak of: how often customers asked, and how often answers went wrong.

    First come the changes that bulletins declare, then what answers were in doubt about and nobody has declared: a word
    or two that at least three customers used. The last column names the policies whose findings are told to ops instead
    of agents.

    Example: [bold]ombuds report topics --since 30d[/bold]
    """
    begin = datetime.now(UTC) - span(since)
    found = with_store(config, lambda store: store.ask(partial(topics_since, since=begin)))
    if json:
        print_json({"since": begin, "topics": found})
    elif found:
        _show(found)
    else:
        print(
            f"No ticket spoke of a declared change in the last {since}, and no doubtful answers had a word in common."
        )


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


def accounts(
    config: Config = None,
    *,
    json: Json = False,
) -> None:
    """List the accounts: whether each helpdesk answers, and how many of its tickets wait for what.

    Example: [bold]ombuds report accounts[/bold]
    """
    found = with_store(config, lambda store: store.account_states(datetime.now(UTC)))
    if json:
        print_json({"accounts": found})
    for state in found if not json else ():
        _show_account(state)
    if not found and not json:
        print("Nothing came for any account yet.")


def _show_account(state: AccountState) -> None:
    rows = {
        "helpdesk": _helpdesk(state),
        "webhooks": _webhooks(state),
        "tickets": f"{state.due} due, {state.waiting} waiting for another try, {state.deadlines} with a deadline",
        "dead letters": str(state.dead_letters),
    }
    print(harmless(f"{state.helpdesk}/{state.account}"))
    for name, value in rows.items():
        print(f"  {name:<14}{value}")


def _helpdesk(state: AccountState) -> str:
    if state.down_since is None or state.probe_at is None:
        return "answers"
    return f"down since {time(state.down_since)}; tried again at {time(state.probe_at)}"


def _webhooks(state: AccountState) -> str:
    return "come" if state.unheard < MOST_UNHEARD else f"stopped: {state.unheard} times only comparing told of news"
