"""`ombuds exceptions`: what is not applied, for whom, who answers for it, how long, and whether anybody needed it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from policies.forms import did_you_mean
from policies.policy import PolicyException
from service.cli.options import Config, Json, OnlyPolicy, Since
from service.cli.policies import Folder, load_or_tell
from service.cli.policy_replay import replay_stored
from service.cli.screen import complain, counted, harmless, out, plain, print_json
from service.cli.spans import moment, span
from service.cli.stored import with_store
from service.exception_use import Use, use_of
from service.policy_files import SHIPPED
from service.proposal_file import written
from service.proposing import Hits, Proposal, propose
from service.replay import Kind, Replay


def add_to(family: typer.Typer) -> typer.Typer:
    """The family with its command."""
    family.callback()(_about)
    family.command("list")(list_all)
    family.command("propose")(propose_all)
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
    json: Json = False,
) -> None:
    """List the exceptions of a folder: what they are for, who answers for them, until when, and how often they served.

    With a store it also tells which were unused for 30 days, and which match too much: ten changes or more, and more
    than half of all that their policy found.

    Example: [bold]ombuds exceptions list my-policies --config ombuds.toml[/bold]
    """
    exceptions = load_or_tell(folder).exceptions
    now = datetime.now(UTC)
    use = with_store(config, lambda store: use_of(store, now)) if config else None
    if json:
        told = [_as_json(one, use, now.date()) for one in exceptions]
        print_json({"exceptions": told})
    elif exceptions:
        _show(exceptions, use, now.date())
    else:
        print("There are no exceptions.")


def _show(exceptions: Sequence[PolicyException], use: Use | None, today: date) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("exception", "policy", "for", "approver", "expires", "used", "reason"):
        table.add_column(heading, overflow="fold")
    for one in exceptions:
        fields = "; ".join(f"{field} {', '.join(values)}" for field, values in one.match.items())
        expires = f"{one.expires}" + (", expired" if one.expires < today else "")
        count = "?" if use is None else ", ".join((str(use.covered[one.id]), *use.remarks(one, today)))
        table.add_row(one.id, one.policy, plain(fields), plain(one.approver), expires, count, plain(one.reason))
    out().print(table)


def _as_json(one: PolicyException, use: Use | None, today: date) -> dict[str, object]:
    return {
        "id": one.id,
        "policy": one.policy,
        "match": one.match,
        "reason": one.reason,
        "approver": one.approver,
        "approved": one.approved,
        "expires": one.expires,
        "used_in_30_days": None if use is None else use.covered[one.id],
        "remarks": None if use is None else list(use.remarks(one, today)),
    }


def propose_all(  # noqa: PLR0913 - each is an option of its own
    from_replay: Annotated[Path, typer.Option(metavar="DIR", help="The policies to judge by.")],
    config: Config = None,
    *,
    since: Since = "30d",
    ttl: Annotated[str, typer.Option(metavar="SPAN", help="How long they last, where the policy allows it.")] = "30d",
    policy: OnlyPolicy = None,
    approver: Annotated[str, typer.Option(metavar="NAME", help="Who answers for them; blank if left out.")] = "",
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why they are let pass; blank if left out.")] = "",
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A new file to write; standard output if left out.")
    ] = None,
) -> None:
    """Judge what was decided anew, by other policies, and propose exceptions for what would newly be flagged.

    Each names the narrowest of the fields that the policy's author allows and that was kept, and tells how much it
    would let pass. Nothing is in force: strike out what should be flagged, fill in what is blank, and put the file into
    the folder of policies yourself.

    Example: [bold]ombuds exceptions propose --from-replay my-policies --output exceptions.yaml[/bold]
    """
    days = span(ttl, "--ttl").days
    if days < 1:
        complain(f"--ttl: {ttl!r} is less than a day, and exceptions last whole days. Write it like 30d.")
        raise typer.Exit(2)
    candidate, today = load_or_tell(from_replay), datetime.now(UTC).date()
    hits = Hits(policies={one.id: one for one in candidate.policies})
    if policy is not None and policy not in hits.policies:
        complain(f"There is no policy {harmless(policy)}. {did_you_mean(policy, hits.policies)}".rstrip())
        raise typer.Exit(2)
    done = replay_stored(config, candidate, moment(since), only=policy, heard=hits.add)
    proposal = propose(hits, candidate, today=today, ttl_days=days)
    _write(written(proposal, today=today, approver=approver, reason=reason), output)
    complain(_summary(done, proposal))


def _write(text: str, output: Path | None) -> None:
    if output is None:
        print(text, end="")
        return
    try:
        with output.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        complain(f"{output} is there already, and nothing in it is overwritten. Name a new file.")
        raise typer.Exit(2) from error
    except OSError as error:
        complain(f"{output} cannot be written: {error.strerror}. Name a file that you may write to.")
        raise typer.Exit(2) from error


def _summary(done: Replay, proposal: Proposal) -> str:
    new, refused = done.total(Kind.NEW), sum(one.new for one in proposal.refused)
    judged = f"{counted(done.decisions, 'decision')} judged anew, {counted(new, 'new hit')}."
    proposed = f"{counted(len(proposal.exceptions), 'exception')} proposed for {proposal.covered:,} of them"
    return f"{judged} {proposed}; {refused:,} cannot be excepted."
