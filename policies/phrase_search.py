"""The entries of one signal in one language, ready to search with, each proven by its own examples."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import re2

from policies.phrase_entries import Match, PhraseEntry, PhraseError
from policies.phrase_index import Index
from policies.phrasing import Phrase, Stretch
from policies.searched import Searched
from policies.spelling import read_phrase
from policies.wording import admitted, compiled, options


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """An entry, ready to search with: either `phrase` or `pattern`."""

    entry: PhraseEntry
    phrase: Phrase | None
    pattern: Any | None
    unless: Sequence[Phrase]
    unless_message: Sequence[Phrase]

    def found_in(self, searched: Searched, sentences: Iterable[Stretch]) -> Iterator[Match]:
        """Where it holds in these sentences of the text, guards heeded."""
        places = [place for sentence in sentences for place in self._places(sentence)]
        if places and not _any_stands(self.unless_message, searched.whole):
            yield from (self._match(*searched.original(start, end)) for start, end in places)

    def _places(self, sentence: Stretch) -> Sequence[tuple[int, int]]:
        spans = self.phrase.spans(sentence) if self.phrase else self._pattern_spans(sentence)
        places = [(sentence.start + start, sentence.start + end) for start, end in spans]
        return () if places and _any_stands(self.unless, sentence) else places

    def _pattern_spans(self, sentence: Stretch) -> Iterator[tuple[int, int]]:
        matches = self.pattern.finditer(sentence.marked) if self.pattern else ()
        return (match.span(1) for match in matches if match.group(1))

    def _match(self, start: int, end: int) -> Match:
        entry = self.entry
        return Match(start=start, end=end, tier=entry.tier, pattern=entry.id, language=entry.language)


def _any_stands(phrases: Iterable[Phrase], stretch: Stretch) -> bool:
    return any(phrase.stands_in(stretch) for phrase in phrases)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """The entries of one language."""

    phrases: Mapping[int, Ready]
    """By the number they have in the index."""
    index: Index
    patterns: Sequence[Ready]
    sieve: Any
    """The patterns: tells in one pass over a text which of them are worth a closer look."""

    def likely(self, searched: Searched) -> Iterator[tuple[Ready, Iterable[Stretch]]]:
        """The entries that may be in the text, with the sentences to look in."""
        hits = self.index.hits(searched)
        for number in self.phrases.keys() & hits.keys():
            ready = self.phrases[number]
            if ready.phrase is not None and ready.phrase.may_stand_in(searched.whole):
                yield ready, filter(ready.phrase.may_stand_in, searched.sentences_with(hits[number]))
        if self.patterns:
            for number in self.sieve.Match(searched.whole.marked) or ():
                yield self.patterns[number], searched.sentences


def pack(entries: Sequence[PhraseEntry], index: Index) -> Pack:
    """The entries of one language, proven; raises PhraseError for the first that does not compile or prove itself."""
    sieve = re2.Filter()
    read = cache(read_phrase)  # guards stand in many entries
    ready = [_made_ready(entry, sieve, read) for entry in entries]
    for one in ready:
        _prove(one)
    patterns = [one for one in ready if one.pattern is not None]
    if patterns:
        _compile(sieve, patterns[-1].entry)
    phrased = [one for one in ready if one.phrase is not None]
    numbers = index.add([one.phrase for one in phrased if one.phrase is not None])
    return Pack(phrases=dict(zip(numbers, phrased, strict=True)), index=index, patterns=patterns, sieve=sieve)


def _compile(sieve: Any, last: PhraseEntry) -> None:
    try:
        sieve.Compile()
    except re2.error as error:
        raise PhraseError(last.id, "it and those before it are too long to be searched together") from error


def _made_ready(entry: PhraseEntry, sieve: Any, read: Callable[[str], Phrase]) -> Ready:
    """The entry; its pattern, if it has one, is added to the sieve."""
    if (entry.phrase is None) == (entry.pattern is None):
        raise PhraseError(entry.id, "needs either a phrase or a pattern, and not both")
    try:
        return Ready(
            entry=entry,
            phrase=None if entry.phrase is None else read(entry.phrase),
            pattern=None if entry.pattern is None else _pattern(admitted(entry.pattern), sieve),
            unless=tuple(map(read, entry.unless)),
            unless_message=tuple(map(read, entry.unless_message)),
        )
    except ValueError as error:
        raise PhraseError(entry.id, str(error)) from error


def _pattern(source: str, sieve: Any) -> Any:
    """The pattern, compiled once, by the sieve; raises ValueError with the reason."""
    try:
        return sieve.re(sieve.Add(source, options()))
    except re2.error:  # It does not say why; this does.
        return compiled(source)


def _prove(one: Ready) -> None:
    """Hold the entry against its own examples; raises PhraseError for the first that fails."""
    for text in one.entry.yes:
        if not _finds(one, text):
            raise PhraseError(one.entry.id, f'does not find its own example "{text}"')
    for text in one.entry.no:
        if _finds(one, text):
            raise PhraseError(one.entry.id, f'finds "{text}", which it says it leaves alone')


def _finds(one: Ready, text: str) -> bool:
    searched = Searched(text)
    if one.phrase is not None:
        return any(True for _ in one.found_in(searched, filter(one.phrase.may_stand_in, searched.sentences)))
    is_likely = one.pattern is not None and one.pattern.search(searched.whole.marked) is not None
    return is_likely and any(True for _ in one.found_in(searched, searched.sentences))
