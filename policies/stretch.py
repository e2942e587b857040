"""A stretch of text as phrases are looked for in it: whatever is worked out from it is worked out once."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise

from policies.wording import WORD, lowered

Pair = tuple[str, str]
"""A word and the one after it."""

RUN = re.compile(f"[{WORD}]+")


class Stretch:
    """A marked text, or a sentence of one, in lower case."""

    def __init__(self, marked_text: str, start: int = 0, text: str | None = None) -> None:
        self.start = start
        self.marked = marked_text
        self.text = lowered(marked_text) if text is None else text

    def part(self, start: int, end: int) -> "Stretch":
        """A stretch of it."""
        return Stretch(self.marked[start:end], self.start + start, self.text[start:end])

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word in it."""
        return frozenset(self._runs)

    @cached_property
    def pairs(self) -> frozenset[Pair]:
        """Every word with the next, whatever signs stand between."""
        return frozenset(pairwise(self._runs))

    @cached_property
    def places(self) -> Mapping[str, Sequence[int]]:
        """By word, where it stands."""
        places: dict[str, list[int]] = {}
        for run in RUN.finditer(self.text):
            places.setdefault(run.group(), []).append(run.start())
        return places

    def has_any(self, parts: Iterable[str]) -> bool:
        """Whether one of these is in it."""
        return any(part in self.text for part in parts)

    @cached_property
    def utf8(self) -> bytes:
        """It as RE2 takes it, which else would be worked out anew for every pattern."""
        return self.marked.encode()

    @cached_property
    def _runs(self) -> Sequence[str]:
        return RUN.findall(self.text)


def all_places(part: str, text: str) -> Iterator[int]:
    """Where a part of a text stands in it."""
    place = text.find(part)
    while place >= 0:
        yield place
        place = text.find(part, place + 1)
