"""`ombuds policies check`: whether policy files are sound, and where they are hardly meant."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from policies.bulletins import Bulletin, BulletinKind
from policies.facts import FACTS
from policies.lint import lint_all, lint_packs
from policies.loader import fingerprint, load
from policies.policy import PolicyError, PolicyException, Problem, Rulebook
from service.cli.against import compare_with
from service.cli.options import Config, Json
from service.cli.problems import as_json, shown
from service.cli.screen import complain, counted, harmless, print_json
from service.cli.stored import was_served, with_store
from service.exception_use import use_of
from service.policy_files import SHIPPED, proven, read_folder
from service.sentence_model import SentenceModelError, sentence_model

Folder = Annotated[
    Path,
    typer.Argument(
        metavar="DIR", show_default=False, help="A folder of policy files; the ones that come with Ombuds if left out."
    ),
]


Semantic = Annotated[
    bool, typer.Option("--semantic", help="Match bulletins by meaning too, as \\[bulletins] semantic = true does.")
]


def add_to(family: typer.Typer) -> typer.Typer:
    """The family with its commands."""
    family.command()(check)
    return family


def load_folder(folder: Path, *, semantic: bool = False) -> Rulebook:
    """The rulebook in a folder; phrase packs that are as they were shipped do not prove themselves again.

    Raises PolicyError; a folder or a sentence model that cannot be read ends the program with code 2.
    """
    return _load(_files(folder), semantic=semantic)


def _files(folder: Path) -> Mapping[str, bytes]:
    try:
        files = read_folder(folder)
    except (OSError, ValueError) as error:
        complain(f"{error}. Name the folder that holds your policy files.")
        raise typer.Exit(2) from error
    if not files:
        complain(f"{folder} holds no policy files. They end in .yaml.")
        raise typer.Exit(2)
    return files


def _load(files: Mapping[str, bytes], *, semantic: bool = False) -> Rulebook:
    try:
        likeness = sentence_model() if semantic else None
    except SentenceModelError as error:
        complain(str(error))
        raise typer.Exit(2) from error
    return load(files, proven=proven(), likeness=likeness)


def check(
    folder: Folder = SHIPPED,
    *,
    strict: Annotated[bool, typer.Option("--strict", help="End with code 1 for warnings too.")] = False,
    json: Json = False,
    semantic: Semantic = False,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="ACCOUNT",
            help="Ask this account of the settings whether the groups, macros, tags and support addresses exist.",
        ),
    ] = None,
    config: Config = None,
) -> None:
    """Read policy files strictly and tell every problem, with its place and the lines around it.

    Warnings tell what is sound and was hardly meant: a policy that can never be violated, a condition that decides
    nothing, a phrase pack that nothing asks for; with --config also exceptions that nobody needed for 30 days or that
    match too much, as its store tells. Ends with code 1 if there is an error; with --strict also for warnings, and with
    2 if the helpdesk of --against did not answer.

    Example: [bold]ombuds policies check my-policies --against acme[/bold]
    """
    files = _files(folder)
    rulebook: Rulebook | None = None
    unasked: tuple[str, ...] = ()
    is_whole = True
    try:
        rulebook = _load(files, semantic=semantic)
        problems = lint_all(rulebook, FACTS, datetime.now(UTC).date())
        problems += lint_packs(_changed_packs(files), _signals())
        problems += _idle_or_wide(rulebook.exceptions, config)
        if against is not None:
            compared = compare_with(against, config, rulebook)
            problems, unasked, is_whole = [*problems, *compared.problems], compared.unasked, compared.is_whole
    except PolicyError as error:
        problems = list(error.problems)
    if json:
        _print_json(rulebook, problems, unasked)
    else:
        _print_problems(rulebook, problems, files, unasked)
    if rulebook is None or (strict and problems):
        raise typer.Exit(1)
    if strict and not is_whole:
        raise typer.Exit(2)


def _changed_packs(files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """All files but the phrase packs that are as they were shipped."""
    known = proven()
    return {name: content for name, content in files.items() if fingerprint(content) not in known}


def _signals() -> frozenset[str]:
    """What phrase packs can be for: there is a shipped one for each."""
    return frozenset(path.name.partition(".")[0] for path in (SHIPPED / "phrases").iterdir())


def _idle_or_wide(exceptions: Sequence[PolicyException], config: Path | None) -> Sequence[Problem]:
    """Exceptions that nobody needs or that match too much, as the store tells; none without one."""
    if config is None or not exceptions or not was_served(config):
        return ()
    now = datetime.now(UTC)
    use = with_store(config, lambda store: use_of(store, now))
    return tuple(use.warnings(exceptions, now.date()))


def _print_problems(
    rulebook: Rulebook | None, problems: Sequence[Problem], files: Mapping[str, bytes], unasked: Sequence[str] = ()
) -> None:
    for line in (*shown(problems, files), *map(harmless, unasked)):
        print(line)
    found = counted(len(problems), "warning" if rulebook else "problem")
    if rulebook is None:
        print(f"{found}. Such a set never comes into force; mend it and check again.")
        return
    told = f" {found}." if problems else ""
    count = counted(len(rulebook.policies), "policy", "policies")
    print(f"{count} {'is' if len(rulebook.policies) == 1 else 'are'} sound. Revision {rulebook.revision}.{told}")
    for profile in rulebook.bulletins.profiles:
        _tell_quiet(profile.bulletin)


def _print_json(rulebook: Rulebook | None, problems: Sequence[Problem], unasked: Sequence[str]) -> None:
    told = {
        "sound": rulebook is not None,
        "policies": len(rulebook.policies) if rulebook else None,
        "revision": rulebook.revision if rulebook else None,
        "problems": [as_json(problem) for problem in problems],
        "unasked": unasked,
    }
    print_json(told)


def _tell_quiet(bulletin: Bulletin) -> None:
    """Says what was left untold of something that was taken away: `quiet-change`, before anybody asks."""
    if bulletin.kind is BulletinKind.TOOK_AWAY and not bulletin.announced:
        print(f"{bulletin.id}: no announcement to customers is declared.")
    for place in bulletin.still_promised_on if bulletin.kind is BulletinKind.TOOK_AWAY else ():
        print(f"{bulletin.id}: {place} still promises it.")


def load_or_tell(
    folder: Path, *, semantic: bool = False, also: Callable[[Sequence[Problem]], None] | None = None
) -> Rulebook:
    """The rulebook in a folder; every problem is shown, given to `also`, and ends the program with code 1."""
    files = _files(folder)
    try:
        return _load(files, semantic=semantic)
    except PolicyError as error:
        _print_problems(None, error.problems, files)
        if also:
            also(error.problems)
        raise typer.Exit(1) from error
