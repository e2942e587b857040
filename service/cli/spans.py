"""How far back: `12h`, `7d`, or a point in time."""

import re
from datetime import UTC, datetime, timedelta

import typer

from service.cli.screen import complain

_SPAN = re.compile(r"([0-9]{1,5})([mhdw])", re.ASCII)
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def span(text: str, option: str = "--since") -> timedelta:
    """What `12h`, `7d` or `4w` stand for. Ends the program with code 2 for anything else."""
    found = _span(text)
    if found is None:
        complain(f"{option}: {text!r} is no span of time. Write it like 12h, 7d or 4w.")
        raise typer.Exit(2)
    return found


def moment(text: str) -> datetime:
    """The time a span ago, or the time itself. Ends the program with code 2 for anything else."""
    found = _span(text)
    if found is not None:
        return datetime.now(UTC) - found
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        given = None
    if given is None or given.tzinfo is None:
        complain(f"--since: {text!r} is no time. Write it like 12h, 7d, or 2026-03-02T12:00:00Z.")
        raise typer.Exit(2)
    return given


def _span(text: str) -> timedelta | None:
    written = _SPAN.fullmatch(text)
    return int(written[1]) * _UNITS[written[2]] if written else None
