"""An entry of a phrase pack as an admin writes it, and what finding one yields."""

from dataclasses import dataclass
from enum import StrEnum


class Tier(StrEnum):
    """How sure a phrase is: BLOCK is narrow and nearly never wrong, NOTE is broad."""

    BLOCK = "block"
    NOTE = "note"


class Reach(StrEnum):
    """Where an `unless` is looked for: all over the sentence, or beside the wording unless it tells a condition."""

    SENTENCE = "sentence"
    CLAUSE = "clause"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseEntry:
    """One entry of a pack as an admin wrote it; either `phrase` or `pattern`, with examples that prove it."""

    id: str
    tier: Tier
    language: str
    phrase: str | None = None
    pattern: str | None = None
    unless: tuple[str, ...] = ()
    unless_message: tuple[str, ...] = ()
    reach: Reach = Reach.SENTENCE
    """Of `unless`."""
    throughout: frozenset[str] = frozenset()
    """Those of `unless` that hold for all of the sentence whatever their reach: "as you asked"."""
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    is_proven: bool = False
    """It comes from a pack that was proven before, and is not tried again."""


class PhraseError(Exception):
    """An entry cannot be used: it does not compile, or one of its own examples fails."""

    def __init__(self, entry_id: str, message: str) -> None:
        super().__init__(f"{entry_id}: {message}")
        self.entry_id = entry_id
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A phrase that was found: offsets in characters into the text that was searched."""

    start: int
    end: int
    tier: Tier
    pattern: str
    """The entry's id."""
    language: str
