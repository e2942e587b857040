"""`ombuds judge`: what would Ombuds say of this ticket? No helpdesk is needed."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.padding import Padding

from policies.calendar import STANDARD
from policies.ticket import Change, Role, Ticket
from policies.verdict import Finding, Tell
from service.cli.options import Json, PolicyFolder
from service.cli.policies import Semantic, load_folder
from service.cli.screen import complain, out, plain, print_json
from service.judging import Judged, Judgement, as_json, judge_ticket
from service.policy_files import SHIPPED
from service.settings import load_business_hours
from service.transcript import read_transcript, to_ticket


def judge(
    file: Annotated[
        str, typer.Argument(help="A transcript in JSON, as in tests/cases/stories; - reads standard input.")
    ],
    *,
    json: Json = False,
    now: Annotated[str | None, typer.Option(metavar="TIME", help="The time it is, e.g. 2026-03-02T12:00:00Z.")] = None,
    policies: PolicyFolder = SHIPPED,
    config: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Settings whose \\[business_hours] count; else Monday to Friday, 9-17 UTC."),
    ] = None,
    semantic: Semantic = False,
) -> None:
    """Judge a transcript offline, each change in turn, as the service would have done at the time.

    Example: [bold]ombuds judge ticket.json --now 2026-03-06T12:00:00Z[/bold]
    """
    transcript = read_transcript(_content(file))
    ticket = to_ticket(transcript)
    moment = _time(now) if now else transcript.now or datetime.now(UTC)
    rulebook = load_folder(policies, semantic=semantic)
    calendar = load_business_hours(config) if config else STANDARD
    try:
        judgement = judge_ticket(rulebook, ticket, moment, calendar=calendar)
    except OverflowError as error:
        complain(f"{file}: a time is too near the end of the calendar to reckon with deadlines. Mend its year.")
        raise typer.Exit(2) from error
    if json:
        print_json(as_json(judgement))
    else:
        _render(out(), ticket, judgement)


def _content(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        complain(f"{file} cannot be read: {error.strerror}. Name a transcript in JSON, or - for standard input.")
        raise typer.Exit(2) from error


def _time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        complain(f"--now: {text!r} is no time with its zone. Write it like 2026-03-02T12:00:00Z.")
        raise typer.Exit(2)
    return moment


def _render(screen: Console, ticket: Ticket, judgement: Judgement) -> None:
    screen.print(f"[bold]Ticket {plain(ticket.id)}[/bold]  {plain(ticket.subject)}\n")
    for judged in judgement.changes:
        _render_change(screen, judged)
    found = sum(len(judged.verdict.findings) for judged in judgement.changes)
    screen.print(f"{found} finding{'' if found == 1 else 's'} in {len(judgement.changes)} changes.")
    if judgement.recheck_at:
        screen.print(f"The clock would look again at {judgement.recheck_at:%Y-%m-%d %H:%M}, if nobody touched it.")


def _render_change(screen: Console, judged: Judged) -> None:
    change = judged.change
    screen.print(f"[dim]{change.at:%Y-%m-%d %H:%M}[/dim]  [bold]{plain(change.id)}[/bold]  {plain(deed(change))}")
    for finding in judged.verdict.findings:
        lines = [
            f"[red]{finding.mode}{to_ops(finding)}[/red] [bold]{finding.policy}[/bold]: {plain(finding.explanation)}"
        ]
        lines += [f"  [dim]“{plain(evidence.text)}”[/dim]" for evidence in finding.evidence]
        screen.print(Padding("\n".join(lines), (0, 0, 0, 4), expand=False))
    if not judged.verdict.findings:
        screen.print("    [green]nothing to say[/green]")


def to_ops(finding: Finding) -> str:
    """That no agent hears of it."""
    return " to ops" if finding.tell is Tell.OPS else ""


def deed(change: Change) -> str:
    """What was done, in a few words: `agent Rowan: public reply, macro Account::Terminate, open to pending`."""
    comment = {True: "public reply", False: "internal note"}
    parts = [comment[change.comment.is_public]] if change.comment else []
    parts += [f"macro {macro.title}" for macro in change.macros]
    if change.status:
        before = f"{change.status.before} to " if change.status.before else "now "
        parts.append(f"{before}{change.status.after}")
    parts += [f"tag +{tag}" for tag in change.tags_added] + [f"tag -{tag}" for tag in change.tags_removed]
    who = change.actor.name if change.actor.role is Role.CLOCK else f"{change.actor.role} {change.actor.name}".strip()
    return f"{who}: {', '.join(parts)}" if parts else who
