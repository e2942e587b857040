"""`ombuds explain`: why a decision came out as it did, from what was written down when it was made."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console

from policies.loader import load
from policies.policy import Policy, PolicyError
from policies.rejudging import Line, breakdown
from policies.verdict import Mode, Outcome, Point, Result, Value
from service.cli.options import Config, Json, OnlyPolicy
from service.cli.screen import complain, harmless, out, plain, print_json
from service.cli.stored import time, with_store
from service.held import HELD
from service.store.archive import find_decision, rulebook_of, rulings_of
from service.store.records import StoredDecision, StoredRulebook
from service.store.store import Store

Rulings = Mapping[str, tuple[Mode, str | None]]
"""By policy, the mode in force for its finding and what lowered it."""
_POINTS = {Point.DRAFT: "before it was sent", Point.EVENT: "after the event"}
_COLOURS = {Result.VIOLATION: "red", Result.UNKNOWN: "yellow", Result.ERROR: "red", Result.PASS: "green"}
_STOOD = {True: "[green]yes[/green]", False: "[red]no [/red]", None: "[yellow]?  [/yellow]"}


def explain(
    decision: Annotated[
        str, typer.Argument(metavar="DECISION", help="Its number, or the id of a finding, as a note shows it.")
    ],
    config: Config = None,
    *,
    policy: OnlyPolicy = None,
    json: Json = False,
) -> None:
    """Explain a decision: every policy, and of every condition the value that was found beside the one required.

    Where a finding was held back, by the ceiling or the note window for instance, it tells by what. The facts and the
    policies are those of the time, whatever was changed since. What somebody wrote is not kept, nor
    is a fact that nothing hung on.

    Example: [bold]ombuds explain F7K2QX[/bold]
    """
    found = with_store(config, lambda store: _find(store, decision))
    if found is None:
        complain(f"There is no decision {harmless(decision)}. A note shows the id of its finding, as in F7K2QX.")
        raise typer.Exit(2)
    stored, rulebook, rulings = found
    policies = {one.id: one for one in _policies(rulebook)}
    outcomes = [one for one in stored.verdict.outcomes if policy in (None, one.policy)]
    if not outcomes:
        complain(f"The decision says nothing of a policy {harmless(str(policy))}.")
        raise typer.Exit(2)
    if json:
        told = _as_json(stored, rulebook, outcomes, policies, rulings)
        print_json(told)
        return
    _head(out(), stored, rulebook)
    for outcome in outcomes:
        _tell(out(), outcome, _lines(outcome, policies, stored), rulings.get(outcome.policy))


async def _find(store: Store, name: str) -> tuple[StoredDecision, StoredRulebook | None, Rulings] | None:
    decision = await find_decision(store, name)
    if decision is None:
        return None
    return decision, await rulebook_of(store, decision.verdict.revision), await rulings_of(store, decision)


def _policies(rulebook: StoredRulebook | None) -> Sequence[Policy]:
    """The policies of the time; none if they were not kept, or if this version cannot read them any more."""
    try:
        files = {name: text.encode() for name, text in rulebook.sources.items()} if rulebook else {}
        return load(files).policies
    except PolicyError:
        return ()


def _lines(outcome: Outcome, policies: dict[str, Policy], stored: StoredDecision) -> list[Line]:
    policy = policies.get(outcome.policy)
    return list(breakdown(policy, stored.verdict.facts)) if policy else []


def _head(screen: Console, stored: StoredDecision, rulebook: StoredRulebook | None) -> None:
    ticket, verdict = stored.ticket, stored.verdict
    name = plain(f"{ticket.helpdesk}/{ticket.account}, ticket {ticket.id}, change {verdict.change_id}")
    screen.print(f"[bold]Decision {stored.id}[/bold]  {name}, {_POINTS[verdict.point]}")
    by = f" of Ombuds {rulebook.version}" if rulebook else ", which was not kept: only the results are known"
    screen.print(f"judged {time(verdict.at)} by revision {verdict.revision}{by}")


def _tell(screen: Console, outcome: Outcome, lines: Sequence[Line], ruling: tuple[Mode, str | None] | None) -> None:
    colour = _COLOURS.get(outcome.result, "dim")
    screen.print(f"\n[{colour}]{outcome.result}[/{colour}]  [bold]{outcome.policy}[/bold] ({outcome.mode})")
    screen.print(f"  {plain(outcome.explanation)}")
    if ruling and ruling[1]:
        screen.print(f"  [yellow]held back to {ruling[0]}[/yellow]: {HELD.get(ruling[1], ruling[1])}")
    part = None
    for line in lines:
        if line.part is not part:
            part = line.part
            screen.print(f"  [dim]{part}[/dim]")
        found = f"  [dim]was {plain(_value(line))}[/dim]" if line.fact else ""
        stood = _STOOD[line.holds] if line.was_read else "[dim]-  [/dim]"
        screen.print(f"  {stood} {'  ' * line.depth}{plain(line.asked)}{found}")


def _value(line: Line) -> str:
    return _shown(line.actual) if line.was_read else "not read"


def _shown(value: Value) -> str:
    match value:
        case None:
            return "unknown"
        case bool():
            return str(value).lower()
        case tuple():
            return ", ".join(value) or "none"
        case float():
            return f"{value:.2f}".rstrip("0").rstrip(".")
        case _:
            return str(value)


def _as_json(
    stored: StoredDecision,
    rulebook: StoredRulebook | None,
    outcomes: Sequence[Outcome],
    policies: dict[str, Policy],
    rulings: Rulings,
) -> dict[str, Any]:
    return {
        "decision": stored.id,
        "ticket": stored.ticket,
        "change": stored.verdict.change_id,
        "point": stored.verdict.point,
        "at": stored.verdict.at,
        "revision": stored.verdict.revision,
        "version": rulebook.version if rulebook else None,
        "policies": [
            {
                "id": outcome.policy,
                "result": outcome.result,
                "mode": outcome.mode,
                "in_force": ruled[0],
                "held_by": ruled[1],
                "explanation": outcome.explanation,
                "conditions": [
                    {
                        "part": line.part,
                        "depth": line.depth,
                        "asked": line.asked,
                        "holds": line.holds,
                        "fact": line.fact,
                        "actual": line.actual,
                        "was_read": line.was_read,
                    }
                    for line in _lines(outcome, policies, stored)
                ],
            }
            for outcome in outcomes
            for ruled in (rulings.get(outcome.policy, (None, None)),)
        ],
    }
