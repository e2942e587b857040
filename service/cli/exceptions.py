"""`ombuds exceptions`: what is not applied, for whom, who answers for it, how long, and whether anybody needed it."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from policies.policy import PolicyException
from policies.verdict import Result
from service.cli.policies import Folder, load_or_tell
from service.cli.screen import out, plain
from service.cli.stored import with_store
from service.policy_files import SHIPPED
from service.store.archive import decisions_since
from service.store.store import Store

_SPAN = timedelta(days=30)


def add_to(family: typer.Typer) -> typer.Typer:
    """The family with its command."""
    family.callback()(_about)
    family.command("list")(list_all)
    return family


def _about() -> None:
    """Exceptions from policies."""


def list_all(
    folder: Folder = SHIPPED,
    *,
    config: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Settings whose store tells how often each was used in 30 days."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")] = False,
) -> None:
    """List the exceptions of a folder: what they are for, who answers for them, until when, and how often they served.

    Example: [bold]ombuds exceptions list my-policies --config ombuds.toml[/bold]
    """
    exceptions = load_or_tell(folder).exceptions
    used = with_store(config, _used) if config else None
    if json:
        told = [{**_as_json(one), "used_in_30_days": None if used is None else used[one.id]} for one in exceptions]
        print(msgspec.json.format(msgspec.json.encode({"exceptions": told}), indent=2).decode())
    elif exceptions:
        _show(exceptions, used, datetime.now(UTC).date())
    else:
        print("There are no exceptions.")


async def _used(store: Store) -> Counter[str]:
    """By exception, the changes it covered within 30 days."""
    found: Counter[str] = Counter()
    async for decision in decisions_since(store, datetime.now(UTC) - _SPAN):
        for outcome in decision.verdict.outcomes:
            if outcome.result is Result.EXCEPTED and outcome.exception:
                found[outcome.exception] += 1
        await asyncio.sleep(0)
    return found


def _show(exceptions: Sequence[PolicyException], used: Counter[str] | None, today: date) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("exception", "policy", "for", "approver", "expires", "used", "reason"):
        table.add_column(heading, overflow="fold")
    for one in exceptions:
        fields = "; ".join(f"{field} {', '.join(values)}" for field, values in one.match.items())
        expires = f"{one.expires}" + (", expired" if one.expires < today else "")
        count = "?" if used is None else str(used[one.id])
        table.add_row(one.id, one.policy, plain(fields), plain(one.approver), expires, count, plain(one.reason))
    out().print(table)


def _as_json(one: PolicyException) -> dict[str, object]:
    return {
        "id": one.id,
        "policy": one.policy,
        "match": one.match,
        "reason": one.reason,
        "approver": one.approver,
        "approved": one.approved,
        "expires": one.expires,
    }
