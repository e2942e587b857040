"""Phrase packs: the words of a signal in one language or more, as data; found by RE2, in linear time."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Tier(StrEnum):
    """How sure a phrase is: BLOCK is narrow and nearly never wrong, NOTE is broad."""

    BLOCK = "block"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A phrase that was found: offsets in characters into the text that was searched."""

    start: int
    end: int
    tier: Tier
    pattern: str
    """The entry's id."""
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseSet:
    """All entries of one signal, every language."""

    signal: str

    def find(self, text: str) -> Sequence[Match]:  # noqa: ARG002 - the search comes with the packs
        """Every place in `text` where an entry holds and none of its guards does, in order of place."""
        return ()
