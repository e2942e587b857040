"""`ombuds dead-letters`: deliveries that could not be finished, why, and how to try them again."""

from collections.abc import Mapping
from typing import Annotated

import typer
from rich.table import Table

from service.cli.options import Config, Json
from service.cli.replaying import replay
from service.cli.screen import complain, harmless, out, plain, print_json
from service.cli.spans import moment
from service.cli.stored import time, with_store
from service.reasons import MEANING, Reason
from service.store.records import DeadFilter, DeadLetter
from service.store.store import Store

Number = Annotated[int, typer.Argument(metavar="NUMBER", help="As `dead-letters list` shows it.")]
Account = Annotated[str | None, typer.Option(metavar="NAME", help="Only this account: acme, or zendesk/acme.")]
OfReason = Annotated[Reason | None, typer.Option(metavar="CODE", help="Only this reason code.")]
OfTicket = Annotated[str | None, typer.Option(metavar="ID", help="Only this ticket.")]
Since = Annotated[str | None, typer.Option(metavar="TIME", help="Parked since then: 12h, 7d, 2026-03-02T12:00:00Z.")]


def add_to(family: typer.Typer) -> typer.Typer:
    """The family with its commands."""
    family.command("list")(list_all)
    family.command()(show)
    family.command("replay")(replay_some)
    return family


def list_all(  # noqa: PLR0913 - one argument an option
    config: Config = None,
    *,
    account: Account = None,
    reason: OfReason = None,
    ticket: OfTicket = None,
    since: Since = None,
    everything: Annotated[bool, typer.Option("--all", help="Also those that were replayed.")] = False,
    limit: Annotated[int, typer.Option(metavar="N", min=1, help="At most so many, the newest.")] = 100,
    json: Json = False,
) -> None:
    """List what was given up, newest first.

    Example: [bold]ombuds dead-letters list --reason refused --since 7d[/bold]
    """
    wanted = wanted_of(account, reason, ticket, since, include_replayed=everything)

    async def ask(store: Store) -> tuple[dict[str, int], tuple[DeadLetter, ...]]:
        return await store.count_dead(wanted), await store.dead_letters(wanted, limit=limit)

    counts, found = with_store(config, ask)
    if json:
        _print_json({"counts": counts, "dead_letters": found})
    elif found:
        _show_table(found)
        if len(found) < sum(counts.values()):
            print(f"The newest {len(found)} of {sum(counts.values())}; --limit shows more.")
    else:
        is_all = wanted == DeadFilter(include_replayed=wanted.include_replayed)
        print("No dead letters. Everything that came in was finished." if is_all else "No dead letter matches.")


def show(number: Number, config: Config = None, *, json: Json = False) -> None:
    """Show one dead letter.

    Example: [bold]ombuds dead-letters show 12[/bold]
    """
    letter = with_store(config, lambda store: store.dead_letter(number))
    if letter is None:
        complain(f"There is no dead letter {number}. `ombuds dead-letters list --all` shows those there are.")
        raise typer.Exit(2)
    if json:
        _print_json(letter)
        return
    rows: Mapping[str, object] = {
        "number": letter.id,
        "ticket": _ticket(letter),
        "delivery": letter.delivery_id or "none: a deadline had come",
        "event": letter.event or "-",
        "reason": letter.reason,
        "means": MEANING[Reason(letter.reason)] if letter.reason in set(Reason) else "-",
        "detail": letter.detail or "-",
        "parked at": time(letter.parked_at),
        "replayed at": time(letter.replayed_at) if letter.replayed_at else "not yet",
    }
    for name, value in rows.items():
        print(f"{name:<12}{harmless(str(value))}")


def replay_some(  # noqa: PLR0913 - one argument an option
    number: Annotated[
        int | None, typer.Argument(metavar="NUMBER", help="One, as `dead-letters list` shows it.", show_default=False)
    ] = None,
    config: Config = None,
    *,
    account: Account = None,
    reason: OfReason = None,
    ticket: OfTicket = None,
    since: Since = None,
    everything: Annotated[bool, typer.Option("--all", help="All that were not replayed yet.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
    json: Json = False,
) -> None:
    """Try dead letters again, one or all that match: their tickets are due at once, and whoever serves takes them up.

    Nothing is done twice: actions keep their ids, and those that were carried out are recognised.

    Example: [bold]ombuds dead-letters replay --reason helpdesk_unreachable --since 2d[/bold]
    """
    wanted = wanted_of(account, reason, ticket, since)
    is_filtered = wanted != DeadFilter()
    if (number is not None) + is_filtered + everything != 1:
        complain("Say which: a NUMBER, or filters such as --reason and --account, or --all.")
        raise typer.Exit(2)
    replay(config, number if number is not None else wanted, yes=yes, json=json)


def wanted_of(
    account: str | None, reason: Reason | None, ticket: str | None, since: str | None, *, include_replayed: bool = False
) -> DeadFilter:
    """The filter that the options describe."""
    helpdesk, slash, name = (account or "").rpartition("/")
    return DeadFilter(
        helpdesk=helpdesk if slash else None,
        account=name or None,
        reason=reason,
        ticket_id=ticket,
        since=moment(since) if since else None,
        include_replayed=include_replayed,
    )


def _show_table(found: tuple[DeadLetter, ...]) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("number", "parked at", "ticket", "reason", "detail"):
        table.add_column(heading, overflow="fold")
    for letter in found:
        row = (str(letter.id), time(letter.parked_at), plain(_ticket(letter)), letter.reason, plain(letter.detail))
        table.add_row(*row)
    out().print(table)


def _print_json(answer: object) -> None:
    print_json(answer)


def _ticket(letter: DeadLetter) -> str:
    return f"{letter.helpdesk}/{letter.account}/{letter.ticket_id or '?'}"
