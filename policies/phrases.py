r"""Phrase packs: the words of a signal in one language or more, as data; found by RE2, in linear time.

How a phrase is written: words as they stand, case does not matter, white space and a comma between them, apostrophes
may be missing. `*` between words stands for up to three words, `terminat*` for any ending, `closed|ended` for
either word, `(not able|unable) to` for either wording. A phrase starts and ends at the edge of a word, and stays in
one sentence. A `pattern` is RE2 with the same edges. A guard is a phrase too: `unless` is looked for in the same
sentence, `unless_message` in the whole message; the guard `?` means that the sentence (the message) asks.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Any

import re2

from policies.folding import fold

_WORD = r"\p{L}\p{M}\p{N}_"
_SPACE = r"[,;:]?\s+"
_GAP = _SPACE + r"(?:[^\s.!?]+\s+){0,3}"
_TOKEN = re.compile(r"\([^()]*\)|\S+")
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

    def match(self, start: int, end: int) -> Match:
        """This entry, found at a place."""
        entry = self.entry
        return Match(start=start, end=end, tier=entry.tier, pattern=entry.id, language=entry.language)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseSet:
    """All entries of one signal, every language."""

    signal: str
    compiled: tuple[_Compiled, ...] = field(default=(), repr=False)
    """Made by `build`."""
    sieve: Any = field(default=None, repr=False, compare=False)
    """All patterns in one automaton: tells in one pass which entries are worth a closer look."""

    def find(self, text: str) -> Sequence[Match]:
        """Every place in `text` where an entry holds and none of its guards does, in order of place."""
        if self.sieve is None:
            return ()
        folded = fold(text)
        likely = [self.compiled[index] for index in self.sieve.Match(folded.text) or ()]
        likely = [one for one in likely if not _holds(one.unless_message, folded.text)]
        found = [one.match(*folded.original(start, end)) for one in likely for start, end in _places(one, folded.text)]
        return sorted(found, key=lambda match: (match.start, -match.end))


def build(signal: str, entries: Sequence[PhraseEntry]) -> PhraseSet:
    """The set ready to search with; raises PhraseError for the first entry that does not compile or prove itself."""
    compiled = tuple(_compile(entry) for entry in entries)
    for one in compiled:
        _prove(signal, one)
    return PhraseSet(signal=signal, compiled=compiled, sieve=_sieve(compiled) if compiled else None)


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Where each sentence starts and ends, its closing mark included. Lines of one paragraph belong together."""
    start = 0
    for end in _SENTENCE_END.finditer(text):
        yield start, end.end()
        start = end.end()
    if start < len(text):
        yield start, len(text)


def _places(one: _Compiled, text: str) -> Iterator[tuple[int, int]]:
    """Where the entry holds, guards heeded, sentence by sentence."""
    for start, end in sentences(text):
        sentence = text[start:end]
        matches = [match.span(1) for match in one.pattern.finditer(sentence)]
        if matches and not _holds(one.unless, sentence):
            yield from ((start + first, start + last) for first, last in matches)


def _holds(guard: Any | None, text: str) -> bool:
    return guard is not None and guard.search(text) is not None


def _compile(entry: PhraseEntry) -> _Compiled:
    if (entry.phrase is None) == (entry.pattern is None):
        raise PhraseError(entry.id, "needs either a phrase or a pattern, and not both")
    try:
        source = _edged(f"(?:{entry.pattern})") if entry.phrase is None else _from_phrase(entry.phrase)
        return _Compiled(
            entry=entry,
            pattern=re2.compile(source, _options()),
            unless=_guard(entry.unless),
            unless_message=_guard(entry.unless_message),
        )
    except ValueError as error:
        raise PhraseError(entry.id, str(error)) from error
    except re2.error as error:
        raise PhraseError(entry.id, f"RE2 does not take it: {_plain(error)}") from error


def _guard(phrases: Sequence[str]) -> Any | None:
    return re2.compile("|".join(map(_from_phrase, phrases)), _options()) if phrases else None


def _from_phrase(phrase: str) -> str:
    """The RE2 source of a phrase; raises ValueError in the admin's words."""
    tokens = _TOKEN.findall(fold(phrase).text)
    if not tokens or tokens[0] == "*" or tokens[-1] == "*":
        raise ValueError("a phrase starts and ends with a word; `*` stands between words")
    source = _word(tokens[0])
    for before, word in pairwise(tokens):
        if word != "*":
            source += (_GAP if before == "*" else _SPACE) + _word(word)
    return _edged(f"(?:{source})", opens=_is_wordlike(phrase.strip()[0]), closes=_is_wordlike(phrase.strip()[-1]))


def _word(word: str) -> str:
    """One word, or several to choose from; in round brackets a choice may be more than one word."""
    is_group = word.startswith("(") and word.endswith(")")
    choices = (word[1:-1] if is_group else word).split("|")
    return f"(?:{'|'.join(_choice(choice) for choice in choices)})"


def _choice(choice: str) -> str:
    return _SPACE.join(_with_endings(re.escape(part)) for part in choice.split())


def _with_endings(word: str) -> str:
    """`*` as any letters. An apostrophe may be missing, but not beside a `*`: `*n't` must not find "want"."""
    return word.replace(r"\*", f"[{_WORD}]*") if "*" in word else word.replace("'", "'?")


def _edged(source: str, *, opens: bool = True, closes: bool = True) -> str:
    """The pattern as group 1, at the edges of words. RE2's own boundary knows ASCII only."""
    left = rf"(?:^|[^{_WORD}])" if opens else ""
    right = rf"(?:$|[^{_WORD}])" if closes else ""
    return f"{left}({source}){right}"


def _is_wordlike(char: str) -> bool:
    return char.isalnum() or char in "_(*)"


def _prove(signal: str, one: _Compiled) -> None:
    """Hold the entry against its own examples; raises PhraseError for the first that fails."""
    alone = PhraseSet(signal=signal, compiled=(one,), sieve=_sieve((one,)))
    for text in one.entry.yes:
        if not alone.find(text):
            raise PhraseError(one.entry.id, f'does not find its own example "{text}"')
    for text in one.entry.no:
        if alone.find(text):
            raise PhraseError(one.entry.id, f'finds "{text}", which it says it leaves alone')


def _sieve(compiled: Sequence[_Compiled]) -> Any:
    sieve = re2.Set.SearchSet(_options())
    for one in compiled:
        sieve.Add(one.pattern.pattern)
    sieve.Compile()
    return sieve


def _options() -> Any:
    """Case does not matter; errors are raised, not printed; room for 2,000 phrases and still a bound."""
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = 64 << 20
    return options


def _plain(error: Exception) -> str:
    reason = error.args[0] if error.args else error
    return reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
