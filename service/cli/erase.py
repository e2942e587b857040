"""`ombuds erase`: what is kept of a person or a ticket is taken out of the store."""

import sys
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from service.cli.options import Config, Json
from service.cli.screen import complain, counted, harmless, print_json
from service.cli.stored import time, with_store
from service.erasure import Erased, Wanted, count, erase_all, find
from service.store.erasing import erasures, helpdesks_of
from service.store.records import TicketKey
from service.store.store import Store

_ELSEWHERE = (
    "Not touched: what stands in the helpdesk, Ombuds' notes on the ticket included; backups of this store."
    " The log and the metrics hold no words."
)
_STAYS = "Ids without words stay, so that no webhook is judged twice and nothing is told twice."
_BY_REQUESTER = (
    "The store keeps no list of who asked: a requester's tickets are known where an answer was in doubt, the person"
    " acted, or the ticket is kept for the gate. Search the helpdesk for the others and name each with --ticket."
)


def erase(  # noqa: PLR0913 - one argument an option
    config: Config = None,
    *,
    account: Annotated[str, typer.Option(metavar="NAME", help="The account: acme, or zendesk/acme.")] = "",
    helpdesk: Annotated[
        str | None, typer.Option(metavar="KIND", help="zendesk or freshdesk, if both have such an account.")
    ] = None,
    requester: Annotated[str | None, typer.Option(metavar="ID", help="The helpdesk's id of a person.")] = None,
    ticket: Annotated[list[str] | None, typer.Option(metavar="ID", help="A ticket; may be repeated.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be erased.")] = False,
    history: Annotated[bool, typer.Option("--history", help="Only show the erasures that were done.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
    json: Json = False,
) -> None:
    """Erase what is kept of a ticket, or of a person's tickets as far as the store knows them.

    Decisions, words, reasons, dead letters and timers go; what still waited on the ticket is given up. Ombuds may go on
    serving meanwhile. Code 1: a ticket was being visited all the time, or it was not confirmed.

    With --json it tells the same of what was erased as of what would be: dry_run says which.

    Example: [bold]ombuds erase --account acme --ticket 4711 --ticket 4712 --dry-run[/bold]
    """
    if history:
        _show_history(config, json=json)
        return
    wanted = _wanted(config, account, helpdesk, requester, tuple(ticket or ()))

    async def look(store: Store) -> tuple[dict[int, TicketKey], Mapping[str, int]]:
        found = await find(store, wanted)
        return found, await count(store, found)

    found, counts = with_store(config, look)
    if not json:
        _show(wanted, found, counts)
    if dry_run or not found:
        if json:
            print_json(_as_json(Erased(tickets=[*found.values()], counts=Counter(counts)), is_dry=dry_run))
        return
    if not yes:
        _require_consent()

    async def run(store: Store) -> Erased:
        return await erase_all(store, found, lambda: store.time(datetime.now(UTC)), person=wanted.requester)

    _tell(with_store(config, run), json=json)


def _wanted(
    config: Path | None, account: str, helpdesk: str | None, requester: str | None, tickets: tuple[str, ...]
) -> Wanted:
    """What is asked for; ends the program with code 2 if that is not clear."""
    kind, _, name = account.rpartition("/")
    if not name or not (requester or tickets):
        complain("Say what: --account NAME, and --ticket ID (it may be repeated) or --requester ID.")
        raise typer.Exit(2)
    known = with_store(config, lambda store: store.ask(lambda connection: helpdesks_of(connection, name)))
    if helpdesk and kind and helpdesk != kind:
        complain(harmless(f"--account names {kind} and --helpdesk {helpdesk}: leave one of them out."))
        raise typer.Exit(2)
    asked = helpdesk or kind
    fitting = [one for one in known if asked in ("", one)]
    if len(fitting) != 1:
        complain(
            harmless(f"No ticket of an account {account} was ever seen. `ombuds report accounts` shows the accounts.")
            if not fitting
            else harmless(f"Both {' and '.join(fitting)} have an account {name}: add --helpdesk.")
        )
        raise typer.Exit(2)
    return Wanted(helpdesk=fitting[0], account=name, requester=requester, tickets=tickets)


def _show(wanted: Wanted, found: Mapping[int, TicketKey], counts: Mapping[str, int]) -> None:
    seen = {key.id for key in found.values()}
    for one in wanted.tickets:
        if one not in seen:
            print(harmless(f"Nothing is kept of ticket {one}."))
    if wanted.requester:
        print(_BY_REQUESTER)
    what = f"{counted(len(found), 'ticket')} of {wanted.helpdesk}/{wanted.account}"
    ids = f" ({', '.join(key.id for key in found.values())})" if found else ""
    print(harmless(f"{what}{ids}: {_kinds(counts)}."))


def _kinds(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{kind} {number:,}" for kind, number in counts.items() if number) or "no words were left"


def _require_consent() -> None:
    if not sys.stdin.isatty():
        complain("Nothing was erased. Add --yes where nobody can be asked.")
        raise typer.Exit(1)
    if not typer.confirm("Erase it? There is no way back."):
        print("Nothing was erased.")
        raise typer.Exit(1)


def _tell(done: Erased, *, json: bool) -> None:
    if json:
        print_json(_as_json(done, is_dry=False))
    elif done.tickets:
        print(f"Erased {counted(len(done.tickets), 'ticket')}: {_kinds(done.counts)}. {_STAYS}\n{_ELSEWHERE}")
    for key in done.visited:
        complain(harmless(f"Ticket {key.id} is being visited and was left alone: try again in a minute."))
    if not done.is_log_empty:
        complain("The file's log (-wal) could not be emptied, for somebody reads it: run the command once more.")
    if done.visited or not done.is_log_empty:
        raise typer.Exit(1)


def _as_json(done: Erased, *, is_dry: bool) -> Mapping[str, Any]:
    return {
        "dry_run": is_dry,
        "tickets": done.tickets,
        "rows": done.counts,
        "visited": done.visited,
        "log_emptied": done.is_log_empty,
    }


def _show_history(config: Path | None, *, json: bool) -> None:
    done: list[dict[str, Any]] = with_store(config, lambda store: store.ask(erasures))
    if json:
        print_json(done)
        return
    lines = [f"{time(one['at'])}  {counted(one['tickets'], 'ticket')} erased: {_kinds(one['rows'])}" for one in done]
    print("\n".join(lines or ["Nothing was erased yet."]))
