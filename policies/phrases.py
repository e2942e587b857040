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
class PhraseEntry:
    """One entry of a phrase pack as its author wrote it. Exactly one of `phrase` and `pattern` is set.

    `phrase` is literal words, `pattern` is RE2. `unless` guards the sentence, `unless_message` the whole message.
    `yes` and `no` are the author's own examples: they must match and must not.
    """

    id: str
    tier: Tier
    language: str
    phrase: str | None = None
    pattern: str | None = None
    unless: tuple[str, ...] = ()
    unless_message: tuple[str, ...] = ()
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()


class PhraseError(Exception):
    """An entry was refused: a bad pattern, or an example it fails."""

    def __init__(self, entry_id: str, message: str) -> None:
        super().__init__(f"{entry_id}: {message}")
        self.entry_id = entry_id
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseSet:
    """All entries of one signal, every language."""

    signal: str

    def find(self, text: str) -> Sequence[Match]:  # noqa: ARG002 - the search comes with the packs
        """Every place in `text` where an entry holds and none of its guards does, in order of place."""
        return ()


def build(signal: str, entries: Sequence[PhraseEntry]) -> PhraseSet:  # noqa: ARG001 - the search comes with the packs
    """All entries of one signal, ready to search with. Raises PhraseError."""
    return PhraseSet(signal=signal)
