"""`ombuds policies report`: what each policy found, what agents said to it, and whether its mode fits."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import typer
from rich.table import Table

from policies.correcting import Correction
from service.cli.options import Config, Json, OnlyPolicy, Since
from service.cli.screen import harmless, out, print_json, progress
from service.cli.spans import moment
from service.cli.stored import time, with_store
from service.promotion import advice
from service.store.archive import count_since
from service.store.policy_figures import found_since, judged_since
from service.store.policy_records import Found, Judged
from service.store.store import Store

_HEADINGS = ("hits", "notes", "blocks", "ops", "held", "overrides", "approves", "wrong", "unknown", "excepted")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One policy."""

    policy: str
    found: Found
    judged: Judged

    @property
    def advice(self) -> str:
        return advice(self.found, self.judged)

    @property
    def cells(self) -> tuple[str, ...]:
        """In the order of the headings."""
        found, judged = self.found, self.judged
        share = judged.unknown_share
        unknown = "-" if share is None else f"{100 * share:.1f} %"
        told = (found.hits, found.notes, found.blocks, found.ops, judged.held_back)
        answered = (found.overrides, found.approvals, found.wrong)
        return (*(f"{number:,}" for number in (*told, *answered)), unknown, f"{judged.excepted:,}")


def add_to(family: typer.Typer) -> typer.Typer:
    """The family with its command."""
    family.command("report")(report)
    return family


def report(
    config: Config = None,
    *,
    since: Since = "90d",
    policy: OnlyPolicy = None,
    json: Json = False,
) -> None:
    """Count what each policy found and what agents said to it, and advise whether its mode fits.

    Notes and blocks are counted as they were ruled; held are the findings that were ruled milder than the policy wanted
    (ceiling, note window, fuse, an answer). Made good are those told of which an agent apologised to the customer,
    reopened the ticket or answered within a week, without the same being found again. Overrides, approves and wrong are
    what agents answered to those same findings, each finding once. What was found in drafts is told apart. Unknown,
    held and excepted come from decisions, as far back as these are kept.

    Example: [bold]ombuds policies report --since 90d[/bold]
    """
    begin = moment(since)

    async def count(store: Store) -> tuple[list[_Line], datetime | None]:
        found = await found_since(store, begin, policy)
        with progress("counting", await count_since(store, begin)) as done:
            judged, oldest_at = await judged_since(store, begin, policy, progress=done)
        return _lines(found, judged), oldest_at

    lines, oldest_at = with_store(config, count)
    if json:
        told = {"since": begin, "decisions_since": oldest_at, "policies": [_as_json(line) for line in lines]}
        print_json(told)
    elif lines:
        _show(lines, oldest_at)
    else:
        print(f"Nothing was judged by {harmless(policy) if policy else 'any policy'} since {time(begin)}.")


def _lines(found: Mapping[str, Found], judged: Mapping[str, Judged]) -> list[_Line]:
    """The policies that found or judged anything, those that found most first."""
    lines = (
        _Line(policy=policy, found=found.get(policy, Found()), judged=judged.get(policy, Judged()))
        for policy in {*found, *judged}
    )
    told = (line for line in lines if line.found.hits or line.found.drafts or line.judged.judged)
    return sorted(told, key=lambda line: (-line.found.hits, line.policy))


def _show(lines: Sequence[_Line], oldest_at: datetime | None) -> None:
    # One blank between the columns: the longest shipped id and ten figures then fit into a pipe's width.
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("policy", no_wrap=True)
    for heading in _HEADINGS:
        table.add_column(heading, justify="right", overflow="fold")
    for line in lines:
        table.add_row(line.policy, *line.cells)
    out().print(table)
    print()
    for line in lines:
        print(f"{line.policy}: {line.advice}")
        if line.found.told:
            print(f"  {_made_good(line.found)}")
        if line.found.drafts:
            print(f"  {_before_sending(line.found)}")
        for flag in line.found.latest_wrong:
            print(f"  wrong, {time(flag.given_at)}, {flag.finding_id}: {harmless(' '.join(flag.reason.split()))}")
    if oldest_at is not None:
        print(f"\nUnknown, held and excepted rest on decisions; the oldest of them is from {time(oldest_at)}.")


def _made_good(found: Found) -> str:
    """What came after agents were told."""
    ways = (f"{getattr(found, one)} {one}" for one in Correction)
    return f"made good: {found.made_good} of {found.told} told ({', '.join(ways)})"


def _before_sending(found: Found) -> str:
    """What the gate found, and what was said to that."""
    answered = f"{found.drafts_overridden} overridden, {found.drafts_approved} approved, {found.drafts_wrong} wrong"
    return f"in drafts, not counted above: {found.drafts} ({answered})"


def _as_json(line: _Line) -> dict[str, Any]:
    counts = {**asdict(line.found), **asdict(line.judged), "made_good": line.found.made_good}
    return {"policy": line.policy, **counts, "unknown_share": line.judged.unknown_share, "advice": line.advice}
