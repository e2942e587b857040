"""How problems of policy files are shown: with the lines around them, for people, or as JSON, for programs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from policies.policy import Place, Problem
from service.cli.screen import harmless

_LONGEST_LINE = 160


def shown(problems: Sequence[Problem], files: Mapping[str, bytes]) -> Iterator[str]:
    """Each problem as compilers write it, below it three lines of the file with a mark under the place."""
    for problem in problems:
        yield harmless(str(problem))
        yield from context(problem.place, files)


def context(place: Place, files: Mapping[str, bytes]) -> Iterator[str]:
    """The line, the one before and the one after, numbered, and a mark under the column."""
    lines = files.get(place.source, b"").decode("utf-8-sig", "replace").splitlines()
    width = len(str(place.line + 1))
    for number in range(max(place.line - 1, 1), min(place.line + 1, len(lines)) + 1):
        yield f"  {number:>{width}} | {_cut(lines[number - 1], place)}".rstrip()
        if number == place.line:
            yield f"  {'':>{width}} | {'':>{place.column - 1 - _start(place)}}^"


def _start(place: Place) -> int:
    """Where a line is shown from: far to the right, its beginning is left out."""
    return max(place.column - _LONGEST_LINE // 2, 0) if place.column > _LONGEST_LINE else 0


def _cut(line: str, place: Place) -> str:
    return harmless(line[_start(place) :][:_LONGEST_LINE])


def as_json(problem: Problem) -> dict[str, Any]:
    """A problem for programs."""
    place = problem.place
    return {
        "file": place.source,
        "line": place.line,
        "column": place.column,
        "level": problem.level,
        "message": problem.message,
        "hint": problem.hint,
    }
