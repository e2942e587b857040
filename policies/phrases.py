r"""Phrase packs: the words of a signal in one language or more, as data; found by RE2, in linear time.

How a phrase is written: words as they stand, case does not matter, white space and a comma between them, apostrophes
may be missing. `*` between words stands for up to three words, `terminat*` for any ending, `closed|ended` for
either word, `(not able|unable) to` for either wording. A phrase starts and ends at the edge of a word, and stays in
one sentence. A `pattern` is RE2 with the same edges; it writes a sign such as `«` as it is. A guard is a phrase too:
`unless` is looked for in the same sentence, `unless_message` in the whole message; the guard `?` means that the
sentence (the message) asks. What a pack names once and uses often: `pack_words.py`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import re2

from policies.folding import Folded, fold
from policies.wording import admitted, compiled, marked, options, spelled

_ENTRIES_A_PART = 200
"""As many long ones as fit the memory RE2 grants a sieve, several times over."""
# A sentence ends at . ! ? … followed by white space, at an empty line, and before a list's bullet.
_SENTENCE_END = re2.compile(r"[.!?…]+[\"')\]]*(?:\s+|$)|\n\s*\n|\n\s*[-*•]\s")


class Tier(StrEnum):
    """How sure a phrase is: BLOCK is narrow and nearly never wrong, NOTE is broad."""

    BLOCK = "block"
    NOTE = "note"


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
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compiled:
    entry: PhraseEntry
    pattern: Any
    unless: Any | None
    unless_message: Any | None

    def spans(self, sentence: str) -> Sequence[tuple[int, int]]:
        """Where the entry holds in a sentence."""
        spans = [match.span(1) for match in self.pattern.finditer(sentence) if match.group(1)]
        return () if spans and _holds(self.unless, sentence) else spans

    def match(self, start: int, end: int) -> Match:
        """This entry, found at a place."""
        entry = self.entry
        return Match(start=start, end=end, tier=entry.tier, pattern=entry.id, language=entry.language)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Entries that are searched together."""

    compiled: tuple[_Compiled, ...]
    sieve: Any
    """All patterns: tells in one pass over a text which entries are worth a closer look."""

    def likely(self, text: str) -> list[_Compiled]:
        """The entries whose pattern is in the marked text."""
        return [self.compiled[index] for index in sorted(self.sieve.Match(text) or ())]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseSet:
    """All entries of one signal, every language."""

    signal: str
    parts: tuple[_Part, ...] = field(default=(), repr=False)
    """Made by `build`."""

    def find(self, text: str) -> Sequence[Match]:
        """Every place in `text` where an entry holds and none of its guards does, in order of place."""
        folded = fold(text)
        searched = marked(folded.text)
        likely = [one for part in self.parts for one in part.likely(searched)]
        return sorted(_found(likely, folded, searched), key=lambda match: (match.start, -match.end))


def build(signal: str, entries: Sequence[PhraseEntry]) -> PhraseSet:
    """The set ready to search with; raises PhraseError for the first entry that does not compile or prove itself."""
    cuts = range(0, len(entries), _ENTRIES_A_PART)
    return PhraseSet(signal=signal, parts=tuple(_part(entries[cut : cut + _ENTRIES_A_PART]) for cut in cuts))


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Where each sentence starts and ends, its closing mark included. Lines of one paragraph belong together."""
    start = 0
    for end in _SENTENCE_END.finditer(text):
        yield start, end.end()
        start = end.end()
    if start < len(text):
        yield start, len(text)


def _found(likely: Iterable[_Compiled], folded: Folded, searched: str) -> Iterator[Match]:
    """Where these entries hold, guards heeded, sentence by sentence; `searched` is the folded text, marked."""
    likely = [one for one in likely if not _holds(one.unless_message, searched)]
    parts = [(start, searched[start:end]) for start, end in sentences(folded.text)] if likely else []
    for one in likely:
        for offset, sentence in parts:
            for start, end in one.spans(sentence):
                yield one.match(*folded.original(offset + start, offset + end))


def _holds(guard: Any | None, text: str) -> bool:
    return guard is not None and guard.search(text) is not None


def _part(entries: Sequence[PhraseEntry]) -> _Part:
    sieve = re2.Filter()
    ready = tuple(_compile(entry, sieve) for entry in entries)
    for one in ready:
        _prove(one)
    try:
        sieve.Compile()
    except re2.error as error:
        raise PhraseError(entries[-1].id, "it and those before it are too long to be searched together") from error
    return _Part(compiled=ready, sieve=sieve)


def _compile(entry: PhraseEntry, sieve: Any) -> _Compiled:
    """The entry, its pattern added to the sieve."""
    if (entry.phrase is None) == (entry.pattern is None):
        raise PhraseError(entry.id, "needs either a phrase or a pattern, and not both")
    try:
        source = admitted(entry.pattern or "") if entry.phrase is None else spelled(entry.phrase)
        return _Compiled(
            entry=entry,
            pattern=_pattern(source, sieve),
            unless=_guard(entry.unless),
            unless_message=_guard(entry.unless_message),
        )
    except ValueError as error:
        raise PhraseError(entry.id, str(error)) from error


def _pattern(source: str, sieve: Any) -> Any:
    """The pattern, compiled once, by the sieve; raises ValueError with the reason."""
    try:
        return sieve.re(sieve.Add(source, options()))
    except re2.error:  # It does not say why; this does.
        return compiled(source)


def _guard(phrases: Sequence[str]) -> Any | None:
    return compiled("|".join(map(spelled, phrases))) if phrases else None


def _prove(one: _Compiled) -> None:
    """Hold the entry against its own examples; raises PhraseError for the first that fails."""
    for text in one.entry.yes:
        if not _finds(one, text):
            raise PhraseError(one.entry.id, f'does not find its own example "{text}"')
    for text in one.entry.no:
        if _finds(one, text):
            raise PhraseError(one.entry.id, f'finds "{text}", which it says it leaves alone')


def _finds(one: _Compiled, text: str) -> bool:
    folded = fold(text)
    searched = marked(folded.text)
    return _holds(one.pattern, searched) and any(True for _ in _found([one], folded, searched))
