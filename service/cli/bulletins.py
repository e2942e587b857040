"""`ombuds bulletins`: which declared change a message would be taken to be about, and why."""

import contextlib
from datetime import UTC, date, datetime, time
from typing import Annotated, Any

import typer
from rich.console import Console

from policies.bulletin_matching import ENOUGH
from policies.bulletin_reasons import Reason, ReasonKind
from service.bulletin_trial import Considered, Outcome, Trial, try_message
from service.cli.options import Json, PolicyFolder
from service.cli.policies import Semantic, load_folder
from service.cli.screen import complain, counted, out, plain, print_json
from service.cli.stored import time as shown_time
from service.measuring import Speaker
from service.policy_files import SHIPPED

_MEANS = {
    Outcome.MATCHES: "matches",
    Outcome.OUTWEIGHED: "would match, but another matches better",
    Outcome.CONTENT: "would match, but the message says that all is well, so it asks nothing",
    Outcome.NOT_YET: "would match, but is not in force yet",
    Outcome.NO_LONGER: "would match, but is no longer in force",
    Outcome.NEARLY: "nearly matches",
}
_SAYS = {
    "reply.contradicts_bulletin": "The reply contradicts it.",
    "reply.tells_bulletin": "The reply tells it.",
}
_NOON = time(12, tzinfo=UTC)


def add_to(family: typer.Typer) -> typer.Typer:
    """The family with its command."""
    family.callback()(_about)
    family.command("match")(match_message)
    return family


def _about() -> None:
    """Changes that a company declared."""


def match_message(
    text: Annotated[str, typer.Argument(help="The message.")],
    *,
    policies: PolicyFolder = SHIPPED,
    role: Annotated[Speaker, typer.Option(help="Who wrote it.")] = Speaker.CUSTOMER,
    at: Annotated[
        str | None,
        typer.Option(metavar="DATE", show_default=False, help="When it is sent: a day, or a time with its zone; now."),
    ] = None,
    semantic: Semantic = False,
    json: Json = False,
) -> None:
    """Show which bulletins a message would match and why, which it nearly would, and what may be answered.

    The points of a bulletin's reasons add up to its score. A day without a time counts as noon in UTC. Of what an
    agent wrote it is told whether it contradicts the bulletin or tells it. The exit code is 0 whether or not one
    matches.

    Example: [bold]ombuds bulletins match "Is the student discount gone?" --policies my-policies[/bold]
    """
    moment = _time(at) if at is not None else datetime.now(UTC)
    trial = try_message(load_folder(policies, semantic=semantic), text, role, moment)
    if json:
        print_json(_as_json(trial, moment))
    else:
        _show(out(), trial, moment)


def _time(text: str) -> datetime:
    """The time in UTC, noon of a mere day. Ends the program with code 2 for anything else."""
    with contextlib.suppress(ValueError):
        return datetime.combine(date.fromisoformat(text), _NOON)
    with contextlib.suppress(ValueError, OverflowError):
        given = datetime.fromisoformat(text)
        if given.tzinfo is not None:
            return given.astimezone(UTC)
    complain(f"--at: {text!r} is no time. Write it like 2026-05-01, or 2026-05-01T09:00:00+02:00.")
    raise typer.Exit(2)


def _show(screen: Console, trial: Trial, at: datetime) -> None:
    if not trial.declared:
        screen.print("No bulletin is declared in these files. policies/examples/declared-changes.yaml shows how.")
        return
    for one in trial.considered:
        _tell(screen, one, trial)
    if not any(one.outcome is Outcome.MATCHES for one in trial.considered):
        screen.print("[bold]No bulletin matches.[/bold]")
    count = counted(trial.declared, "bulletin")
    screen.print(f"{count} declared, {trial.in_force} in force at {shown_time(at)}.")


def _tell(screen: Console, one: Considered, trial: Trial) -> None:
    is_match = one.outcome is Outcome.MATCHES
    colour = "green" if is_match else "yellow"
    screen.print(f"[bold]{one.bulletin.id}[/bold]  [{colour}]{_MEANS[one.outcome]}[/{colour}]")
    screen.print(f"  {plain(one.bulletin.title)}{_term(one)}")
    screen.print(f"  {one.score:.2f} points of the {ENOUGH:.2f} it takes, for “{plain(one.words.text)}”")
    for reason in one.reasons:
        screen.print(f"  {reason.points:+.2f}  {plain(_why(reason))}")
    for name in trial.says if is_match else ():
        screen.print(f"  {_SAYS[name]}")
    screen.print(f"  Answer: {plain(one.bulletin.answer)}\n")


def _term(one: Considered) -> str:
    match one.outcome:
        case Outcome.NOT_YET:
            return f" (from {one.bulletin.since.isoformat()})"
        case Outcome.NO_LONGER if one.bulletin.until:
            return f" (until {one.bulletin.until.isoformat()})"
        case _:
            return ""


def _why(reason: Reason) -> str:
    match reason.kind:
        case ReasonKind.ALIAS:
            return f"it is called “{'”, “'.join(reason.found)}”"
        case ReasonKind.WORDS:
            return f"shares the words: {', '.join(reason.found)}"
        case ReasonKind.EXAMPLE:
            return f"is like the example “{'”, “'.join(reason.found)}”"
        case ReasonKind.TONE if reason.points < 0:
            return "names nothing, and neither asks nor wonders"
        case ReasonKind.TONE:
            return "asks, or wonders about a change"
        case ReasonKind.MEANING:
            return "means something alike"


def _as_json(trial: Trial, at: datetime) -> dict[str, Any]:
    return {
        "at": at,
        "threshold": ENOUGH,
        "declared": trial.declared,
        "in_force": trial.in_force,
        "matches": next((one.bulletin.id for one in trial.considered if one.outcome is Outcome.MATCHES), None),
        "says": trial.says,
        "bulletins": [
            {
                "id": one.bulletin.id,
                "title": one.bulletin.title,
                "outcome": one.outcome,
                "score": round(one.score, 3),
                "since": one.bulletin.since,
                "until": one.bulletin.until,
                "words": {"text": one.words.text, "start": one.words.start, "end": one.words.end},
                "reasons": [
                    {"kind": reason.kind, "points": round(reason.points, 3), "found": reason.found}
                    for reason in one.reasons
                ],
                "answer": one.bulletin.answer,
            }
            for one in trial.considered
        ],
    }
