"""A text as phrases are searched in it: whatever is worked out from it is worked out once, when first asked for."""

import re
from collections.abc import Collection, Sequence
from functools import cached_property
from typing import Any

from policies.folding import Folded, fold
from policies.languages import Shares, shares, to_search
from policies.phrase_entries import Match
from policies.sentences import Span, split
from policies.stretch import Stretch
from policies.wording import marked

_ALNUM = re.compile(r"[^\W_]+")


class Searched:
    """One text. Offsets are into the whole as it is searched; `original` tells where that came from."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.likely: dict[object, Any] = {}
        """What the index of a language has found likely to be in it."""
        self.matches: dict[object, Sequence[Match]] = {}
        """What a phrase set has found in it, in the languages it is in."""
        self._to_search: dict[frozenset[str], Collection[str]] = {}

    @cached_property
    def whole(self) -> Stretch:
        """All of it: folded, with signs told from words."""
        return Stretch(marked(self._folded.text))

    @cached_property
    def sentences(self) -> Sequence[Stretch]:
        """The same, sentence by sentence."""
        spans = list(split(self._folded.text))
        if len(spans) == 1:
            return [self.whole]
        return [self.whole.part(start, end) for start, end in spans]

    @cached_property
    def shares(self) -> Shares:
        """Which languages it is written in."""
        return shares(self._folded.text)

    def to_search(self, packs: frozenset[str]) -> Collection[str]:
        """Of the languages of some packs those it may be in."""
        if packs not in self._to_search:
            self._to_search[packs] = to_search(self.shares, packs)
        return self._to_search[packs]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The place in the text that [start, end) of the whole, not empty, was made from."""
        return self._folded.original(start, end)

    @cached_property
    def _folded(self) -> Folded:
        return fold(self.text)


class OwnWords(str):  # noqa: SLOT000 - what it keeps has to stand somewhere
    """A text that keeps what was worked out from it: a ticket's past is searched once, however often it is judged."""

    @cached_property
    def searched(self) -> Searched:
        """It, ready to be searched."""
        return Searched(str(self))

    @cached_property
    def sentences(self) -> Sequence[Span]:
        """Where its sentences start and end."""
        return tuple(split(self))

    @cached_property
    def canonical(self) -> str:
        """It without signs and capitals."""
        return _canonical(self)


def sentences(text: str) -> Sequence[Span]:
    """Where the sentences of a text start and end, closing marks included; worked out once for own words."""
    return text.sentences if isinstance(text, OwnWords) else tuple(split(text))


def canonical(text: str) -> str:
    """Only letters and digits, lower case, single spaces: two sendings of one text look the same."""
    return text.canonical if isinstance(text, OwnWords) else _canonical(text)


def _canonical(text: str) -> str:
    return " ".join(_ALNUM.findall(text.lower()))
