"""Trying dead letters again: how many there are, whether that is meant, and what was done."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import typer

from service.cli.screen import complain, harmless, print_json
from service.cli.stored import with_store
from service.store.records import DeadFilter, DeadLetter
from service.store.store import Store


def replay(config: Path | None, which: int | DeadFilter, *, yes: bool, json: bool) -> None:
    """Replays one by its number, or all that match once that is confirmed."""
    if isinstance(which, int):
        replayed = [with_store(config, lambda store: store.replay(which, datetime.now(UTC)))]
    else:
        replayed = _replay_all(config, which, yes=yes, is_quiet=json)
    if json:
        print_json({"replayed": replayed})
    elif replayed:
        _tell(replayed)


def _replay_all(config: Path | None, wanted: DeadFilter, *, yes: bool, is_quiet: bool) -> list[DeadLetter]:
    async def ask(store: Store) -> tuple[dict[str, int], int]:
        newest = await store.dead_letters(wanted, limit=1)
        return await store.count_dead(wanted), newest[0].id if newest else 0

    counts, newest_id = with_store(config, ask)
    if not is_quiet:
        print(_counted(counts))
    if not counts:
        return []
    if not yes:
        _require_consent()

    async def run(store: Store) -> list[DeadLetter]:
        return [letter async for letter in store.replay_all(wanted, datetime.now(UTC), up_to=newest_id)]

    replayed = with_store(config, run)
    left = sum(counts.values()) - len(replayed)
    if left > 0:
        complain(f"{_many(left)} stayed: they name no ticket, or somebody else is replaying them.")
    return replayed


def _require_consent() -> None:
    if not sys.stdin.isatty():
        complain("Nothing was replayed. Add --yes where nobody can be asked.")
        raise typer.Exit(1)
    if not typer.confirm("Replay them?"):
        print("Nothing was replayed.")
        raise typer.Exit(1)


def _counted(counts: Mapping[str, int]) -> str:
    if not counts:
        return "No dead letter matches."
    by_reason = ", ".join(f"{number} {reason}" for reason, number in counts.items())
    return f"{_many(sum(counts.values()))} to replay: {by_reason}."


def _tell(replayed: list[DeadLetter]) -> None:
    tickets = sorted({f"{letter.helpdesk}/{letter.account}/{letter.ticket_id}" for letter in replayed})
    again = "If it fails once more, a new dead letter will say why."
    if len(tickets) == 1:
        print(f"Ticket {harmless(tickets[0])} is due again. {again}")
    else:
        print(f"Replayed {_many(len(replayed))}: {len(tickets)} tickets are due again. {again}")


def _many(number: int) -> str:
    return f"{number} dead letter{'' if number == 1 else 's'}"
