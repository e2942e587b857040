"""`ombuds policies test`: whether the tests inside the policies hold, and what they leave open."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated
from xml.etree import ElementTree as ET

import typer

from policies.coverage import Coverage, Gap, coverage
from policies.facts import FACTS
from policies.inline_tests import TestRun
from policies.policy import Problem, Rulebook
from service.benign import BENIGN, read_messages, tally
from service.cli.policies import Folder, Semantic, load_or_tell
from service.cli.screen import complain, counted, harmless, out, plain
from service.measuring import RowError
from service.policy_files import SHIPPED
from service.policy_tests import run_all

_MOST_SHOWN = 5
_LONGEST_SHOWN = 160


def add_to(family: typer.Typer) -> typer.Typer:
    """The family with its command."""
    family.command("test")(run_tests_of)
    return family


def run_tests_of(
    folder: Folder = SHIPPED,
    *,
    covered: Annotated[
        bool, typer.Option("--coverage", help="List the conditions that no test ever hangs on, by line.")
    ] = False,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the results as JUnit XML too, as CI systems read it.")
    ] = None,
    benign: Annotated[
        bool, typer.Option("--benign", help="Judge harmless messages too, and tell which of them are flagged.")
    ] = False,
    benign_dir: Annotated[
        Path,
        typer.Option(metavar="DIR", show_default=False, help="Your own harmless messages: *.jsonl, see the README."),
    ] = BENIGN,
    max_flagged: Annotated[
        float, typer.Option(metavar="PERCENT", min=0, max=100, help="With --benign: fail if a policy flags more.")
    ] = 2.0,
    semantic: Semantic = False,
) -> None:
    """Run the tests that stand inside the policies.

    Each gives facts, or tells a ticket's story in a file beside the policies (`transcript`). What is expected later
    (`expect_later`) is a known gap and fails nothing.

    Example: [bold]ombuds policies test my-policies --coverage[/bold]
    """
    rulebook = load_or_tell(folder, semantic=semantic, also=partial(_write_problems, junit) if junit else None)
    runs = run_all(rulebook, folder)
    for policy in rulebook.policies:
        _tell(policy.id, [run for run in runs if run.policy == policy.id])
    if covered:
        _tell_coverage([coverage(policy, FACTS) for policy in rulebook.policies])
    failed = sum(not run.passed for run in runs)
    gaps = sum(run.is_known_gap for run in runs)
    print(f"{len(runs) - failed - gaps} of {len(runs) - gaps} tests hold." + (f" {_gaps(gaps)}" if gaps else ""))
    if junit:
        _write(junit, runs)
    is_benign = not benign or _tell_benign(rulebook, benign_dir, max_flagged)
    if failed or not is_benign:
        raise typer.Exit(1)


def _tell_benign(rulebook: Rulebook, folder: Path, most: float) -> bool:
    """Whether no policy flags more of the harmless messages than it may."""
    try:
        judged = tally(rulebook, read_messages(folder))
    except (OSError, LookupError, RowError) as error:
        complain(str(error))
        raise typer.Exit(2) from error
    screen = out()
    screen.print(f"\n[bold]{judged.judged:,} harmless messages[/bold]")
    for policy, count in judged.by_policy.most_common():
        share = 100 * judged.share(policy)
        screen.print(f"  {'[red]too many[/red]' if share > most else 'flagged'}  {policy}: {count:,} ({share:.1f} %)")
        for one in [flagged for flagged in judged.flagged if policy in flagged.policies][:_MOST_SHOWN]:
            screen.print(f"    [dim]{plain(one.text[:_LONGEST_SHOWN])}[/dim]")
    too_many = [policy for policy in judged.by_policy if 100 * judged.share(policy) > most]
    quiet = len(rulebook.policies) - len(judged.by_policy)
    print(f"{counted(quiet, 'policy', 'policies')} flagged none of them. At most {most:g} % a policy are allowed.")
    return not too_many


def _gaps(count: int) -> str:
    return f"{counted(count, 'gap is', 'gaps are')} known."


def _tell(policy: str, runs: Sequence[TestRun]) -> None:
    screen = out()
    screen.print(f"[bold]{policy}[/bold]")
    for run in runs:
        name = plain(run.name)
        if run.is_known_gap and run.holds:
            screen.print(f"  [yellow]holds now[/yellow]  {name}: write `expect` instead of `expect_later`")
        elif run.is_known_gap:
            screen.print(f"  [yellow]known gap[/yellow]  {name}: {run.actual}, should be {run.expected}")
        elif run.holds:
            screen.print(f"  [green]holds[/green]  {name}: {run.actual}")
        else:
            told = plain(f"{run.name}: expected {run.expected}, got {run.actual}. {run.explanation}")
            screen.print(f"  [red]fails[/red]  {told}")


def _tell_coverage(covered: Sequence[Coverage]) -> None:
    """By line, for an editor to jump to; then how much is shown in all."""
    print("\nWhat no test shows: that the result hangs on this condition")
    for gap in (gap for one in covered for gap in one.gaps):
        print(f"{gap.place}: `{gap.fact}` {_missing(gap)}")
    shown, possible = sum(one.shown for one in covered), sum(one.possible for one in covered)
    print(f"{shown} of {possible} are shown ({100 * shown // max(possible, 1)} %).\n")


def _missing(gap: Gap) -> str:
    if gap.never_true and gap.never_false:
        return "holding or failing"
    return "holding" if gap.never_true else "failing"


def _write(file: Path, runs: Sequence[TestRun]) -> None:
    """JUnit's XML: a test case for each test, skipped where a gap is known."""
    suite = ET.Element("testsuite", name="policies", tests=str(len(runs)))
    for run in runs:
        case = ET.SubElement(suite, "testcase", classname=run.policy, name=run.name, file=run.place.source)
        case.set("line", str(run.place.line))
        if not run.passed:
            message = f"expected {run.expected}, got {run.actual}"
            ET.SubElement(case, "failure", message=message).text = run.explanation
        elif run.is_known_gap:
            ET.SubElement(case, "skipped", message=f"known gap: should be {run.expected}")
    suite.set("failures", str(sum(not run.passed for run in runs)))
    suite.set("skipped", str(sum(run.is_known_gap for run in runs)))
    _save(file, suite)


def _write_problems(file: Path, problems: Sequence[Problem]) -> None:
    """The same for a set that is refused, since a CI system that finds no file shows no reason."""
    count = str(len(problems))
    suite = ET.Element("testsuite", name="policies", tests=count, failures=count, skipped="0")
    for problem in problems:
        place = problem.place
        name = f"{place.source}:{place.line}:{place.column}"
        case = ET.SubElement(suite, "testcase", classname="load", name=name, file=place.source, line=str(place.line))
        ET.SubElement(case, "failure", message=harmless(problem.message)).text = harmless(str(problem))
    _save(file, suite)


def _save(file: Path, suite: ET.Element) -> None:
    try:
        ET.ElementTree(suite).write(file, encoding="utf-8", xml_declaration=True)
    except OSError as error:
        complain(f"{file} cannot be written: {error.strerror}. Name a file in a folder that is there.")
        raise typer.Exit(2) from error
