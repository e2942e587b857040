"""`ombuds signals`: what the facts say of one message, or of each in a file, and on which words."""

import contextlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from policies.phrases import PhraseSet, Tier
from policies.verdict import Value
from service.cli.options import PolicyFolder
from service.cli.policies import load_folder
from service.cli.screen import complain, out
from service.measuring import Measured, Row, RowError, Speaker, as_json, measure, measure_all, read_row
from service.policy_files import SHIPPED

MOST_BAD_ROWS = 20
"""After so many it is the wrong file."""
_ROW = '{"text": "...", "role": "agent"}'
_COLOURS = {Tier.BLOCK: "red", Tier.NOTE: "yellow"}


def signals(
    text: Annotated[str | None, typer.Argument(show_default=False, help="The message.")] = None,
    *,
    role: Annotated[Speaker, typer.Option(help="Who wrote it.")] = Speaker.AGENT,
    context: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The message it answers; for a repeat, the earlier text.")
    ] = None,
    jsonl: Annotated[
        str | None, typer.Option(metavar="FILE", help="Messages, one JSON object a line; - reads standard input.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON; with --jsonl it is always JSON.")] = False,
    policies: PolicyFolder = SHIPPED,
) -> None:
    """Show what the facts say of a message: value, tier, the words it rests on and the phrase that found them.

    With --jsonl each line needs `text` and `role` (agent or customer) and may bring `id`, `lang` and `context`, and
    yields one line. Without a context the message counts as answering a question, or an adverse reply, so that the
    words alone are measured.

    Example: [bold]ombuds signals --role customer "Please take another look at this."[/bold]
    """
    if (text is None) == (jsonl is None) or (jsonl is not None and context is not None):
        complain("Give either a message, with --context if it answers one, or --jsonl FILE.")
        raise typer.Exit(2)
    phrases = load_folder(policies).phrases
    if jsonl is not None:
        _measure_file(jsonl, phrases)
        return
    row = Row(text=text or "", role=role, context=_content(context) if context else None)
    if json:
        _print_json(row, measure(phrases, row))
    else:
        _show(measure_all(phrases, row))


def _measure_file(file: str, phrases: Mapping[str, PhraseSet]) -> None:
    """Each row's line as it comes; bad rows are told, and end the program with code 2 after the last."""
    bad = 0
    for number, line in _lines(file):
        try:
            row = read_row(line)
            _print_json(row, measure(phrases, row), number)
        except RowError as error:
            complain(f"{file}:{number}: {error}")
            bad += 1
        if bad == MOST_BAD_ROWS:
            complain(f"Stopped after {bad} bad rows. A row is like {_ROW}.")
            break
    if bad:
        raise typer.Exit(2)


def _lines(file: str) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, with their numbers."""
    with _opened(file) as lines:
        yield from ((number, line) for number, line in enumerate(lines, start=1) if line.strip())


def _opened(file: str) -> contextlib.AbstractContextManager[BinaryIO]:
    if file == "-":
        return contextlib.nullcontext(sys.stdin.buffer)
    try:
        return Path(file).open("rb")
    except OSError as error:
        complain(f"{file} cannot be read: {error.strerror}. Name a file of JSON lines, or - for standard input.")
        raise typer.Exit(2) from error


def _content(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        complain(f"{file} cannot be read: {error}. Name a text file in UTF-8.")
        raise typer.Exit(2) from error


def _print_json(row: Row, measured: list[Measured], number: int | None = None) -> None:
    told = {"id": number if row.id is None else row.id, "facts": as_json(measured)}
    print(msgspec.json.encode(told).decode())


def _show(measured: list[Measured]) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("fact", "value", "tier", "phrase", "evidence"):
        table.add_column(heading, overflow="fold")
    for one in measured:
        surest = one.surest
        table.add_row(
            one.fact.name,
            _in_words(one.reading.value),
            f"[{_COLOURS[surest.tier]}]{surest.tier}[/]" if surest and surest.tier else "",
            escape(surest.pattern or "") if surest else "",
            escape("\n".join(f"“{found.text}” {found.start}-{found.end}" for found in one.evidence)),
        )
    out().print(table)


def _in_words(value: Value) -> str:
    match value:
        case None:
            return "unknown"
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)
