"""`ombuds policies replay`: what other policies would have said of what was decided."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from policies.policy import Rulebook
from service.cli.options import Config, Json, OnlyPolicy, Since
from service.cli.policies import load_or_tell
from service.cli.screen import out, plain, print_json, progress
from service.cli.spans import moment
from service.cli.stored import with_store
from service.replay import Difference, Heard, Kind, Replay, replay, unheard
from service.store.archive import count_since, decisions_since
from service.store.store import Store

_MEANS = {
    Kind.NEW: "would be flagged, and was not",
    Kind.LOST: "was flagged, and would not be",
    Kind.UNKNOWN: "cannot be told from what was kept",
    Kind.STRICTER: "is flagged as before, and more would follow",
    Kind.MILDER: "is flagged as before, and less would follow",
}


def add_to(family: typer.Typer) -> typer.Typer:
    """The family with its command."""
    family.command("replay")(replay_decisions)
    return family


def replay_decisions(
    candidate: Annotated[Path, typer.Option(metavar="DIR", help="The policies to judge by.")],
    config: Config = None,
    *,
    since: Since = "30d",
    policy: OnlyPolicy = None,
    max_new: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="End with code 1 if more than N would newly be flagged.")
    ] = None,
    json: Json = False,
) -> None:
    """Judge what was decided anew, by other policies, and list what would come out differently.

    It judges by the facts that were written down at the time; what somebody wrote is not kept, so a condition on the
    words themselves, or on a fact that nobody asked for then, cannot be told. Nothing is changed or sent.

    Example: [bold]ombuds policies replay --candidate my-policies --since 30d[/bold]
    """
    rulebook = load_or_tell(candidate)
    done = replay_stored(config, rulebook, moment(since), only=policy)
    if json:
        print_json(_as_json(done))
    else:
        _show(done)
    if max_new is not None and done.total(Kind.NEW) > max_new:
        raise typer.Exit(1)


def replay_stored(
    config: Path | None, candidate: Rulebook, begin: datetime, *, only: str | None = None, heard: Heard = unheard
) -> Replay:
    """What came of judging anew all that was decided from then on. A terminal sees how far it is."""

    async def judge_all(store: Store) -> Replay:
        with progress("judging", await count_since(store, begin)) as done:
            return await replay(decisions_since(store, begin), candidate, only=only, progress=done, heard=heard)

    return with_store(config, judge_all)


def _show(done: Replay) -> None:
    screen = out()
    table = Table(box=None, pad_edge=False)
    for heading in ("policy", *Kind):
        table.add_column(heading, justify="left" if heading == "policy" else "right", overflow="fold")
    for policy in done.policies:
        table.add_row(policy, *(f"{done.counts[policy, kind]:,}" for kind in Kind))
    if done.policies:
        screen.print(table)
    for (policy, kind), samples in done.samples.items():
        screen.print(f"\n[bold]{policy}[/bold] {_MEANS[kind]}")
        for sample in samples:
            screen.print(f"  decision {sample.decision}, {plain(_ticket(sample))}: {plain(sample.reason)}")
    changed = sum(done.counts.values())
    print(f"{done.decisions:,} decisions judged anew. {changed or 'Nothing'} would come out differently.")


def _ticket(sample: Difference) -> str:
    ticket = sample.ticket
    return f"{ticket.helpdesk}/{ticket.account} ticket {ticket.id}"


def _as_json(done: Replay) -> dict[str, Any]:
    return {
        "decisions": done.decisions,
        "policies": {
            policy: {
                kind: {"count": done.counts[policy, kind], "samples": done.samples.get((policy, kind), [])}
                for kind in Kind
                if done.counts[policy, kind]
            }
            for policy in done.policies
        },
    }
