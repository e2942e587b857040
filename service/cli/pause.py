"""`ombuds pause` and `ombuds resume`: stop what Ombuds does on tickets, at once and on every machine."""

import difflib
import os
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from policies.policy import PolicyError
from service.cli.options import Config, Json
from service.cli.screen import complain, harmless, print_json
from service.cli.stored import time, with_store
from service.paused import Halt, Paused
from service.pausing import halted_by
from service.policy_files import SHIPPED, load_folder
from service.settings import load_settings
from service.store import pauses
from service.store.pauses import paused_in

LONGEST_REASON = 500
Policies = Annotated[
    list[str] | None,
    typer.Option("--policy", metavar="ID", help="This policy; may be repeated. Everything if left out."),
]


def pause(
    config: Config = None,
    *,
    policy: Policies = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why, for those who ask later.")] = "",
    list_only: Annotated[bool, typer.Option("--list", help="Change nothing; show what is paused.")] = False,
    json: Json = False,
) -> None:
    """Pause everything, or some policies: judged and recorded as always, and nothing is done on any ticket.

    It holds from the next visit and the next action on, for all workers on this store, without a restart. What is found
    meanwhile is not made up for after `ombuds resume`. Notes to ops go on: they touch no ticket.

    Example: [bold]ombuds pause --policy accusatory-tone --reason "Too many notes since noon."[/bold]
    """
    if list_only and (policy or reason):
        complain("--list changes nothing: leave out --policy and --reason.")
        raise typer.Exit(2)
    if list_only:
        _show(config, with_store(config, paused_in), json=json)
        return
    chosen = tuple(policy or ())
    if chosen:
        known = _policies_of(config)
        _refuse_unknown(chosen, known, f"Known here: {', '.join(sorted(known or ()))}.")
    halt = Halt(since=datetime.now(UTC), reason=reason.strip()[:LONGEST_REASON])
    _show(config, with_store(config, lambda store: pauses.pause(store, chosen, halt)), json=json)


def resume(config: Config = None, *, policy: Policies = None, json: Json = False) -> None:
    """Resume everything that is paused, or some policies.

    It holds from the next visit on, for all workers on this store, without a restart.

    Example: [bold]ombuds resume --policy accusatory-tone[/bold]
    """
    chosen = tuple(policy or ())
    if chosen:
        before = with_store(config, paused_in)
        _refuse_unknown(
            chosen, before.policies, "`ombuds pause --list` shows what is paused.", does="is not paused on its own"
        )
    _show(config, with_store(config, lambda store: pauses.resume(store, chosen)), json=json)


def _policies_of(config: Path | None) -> frozenset[str] | None:
    """The ids in the settings' folder; None if it cannot be read, which keeps nobody from stopping something."""
    folder = load_settings(config, os.environ).policies or SHIPPED
    try:
        return frozenset(policy.id for policy in load_folder(folder).policies)
    except (PolicyError, OSError, ValueError) as error:
        complain(f"The policies in {folder} cannot be read, so the ids are taken as they are: {type(error).__name__}.")
        return None


def _refuse_unknown(
    chosen: Iterable[str], known: Collection[str] | None, hint: str, *, does: str = "is not a policy"
) -> None:
    """Ends the program with code 2 if an id is not known; nothing was changed then."""
    unknown = [policy for policy in chosen if known is not None and policy not in known]
    for policy in unknown:
        close = difflib.get_close_matches(policy, known or (), n=1)
        complain(harmless(f"{policy} {does}. {f'Did you mean {close[0]}?' if close else hint}"))
    if unknown:
        raise typer.Exit(2)


def _show(config: Path | None, paused: Paused, *, json: bool) -> None:
    """What is paused in the store, and what the settings on this machine say beside it."""
    given = load_settings(config, os.environ).enforcement
    by_file = halted_by(given.pause_file) if given.pause_file else None
    if json:
        told = {**msgspec.to_builtins(paused), "pause_file": by_file is not None, "kill_switch": given.kill_switch}
        print_json(told)
        return
    lines = [_line("Everything", paused.everything)] if paused.everything else []
    lines += [_line(policy, halt) for policy, halt in sorted(paused.policies.items())]
    if by_file is not None:
        lines.append(harmless(f"Everything is paused on this machine: {by_file.reason}."))
    if given.kill_switch:
        lines.append("Everything is paused by these settings: [enforcement] kill_switch.")
    print("\n".join(lines or ["Nothing is paused."]))


def _line(name: str, halt: Halt) -> str:
    since = f" since {time(halt.since)}" if halt.since else ""
    return harmless(f"{name} is paused{since}" + (f": {halt.reason}" if halt.reason else ""))
