"""The entries of one signal in one language, ready to search with, each proven by its own examples."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import re2

from policies.phrase_entries import Match, PhraseEntry, PhraseError
from policies.phrase_index import Index
from policies.phrasing import Phrase
from policies.searched import Searched
from policies.spelling import read_phrase
from policies.stretch import Stretch
from policies.wording import admitted


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
    """The entries of one language, by the numbers they have in the index."""

    phrases: Mapping[int, Ready]
    patterns: Mapping[int, Ready]
    index: Index

    def likely(self, searched: Searched) -> Iterator[tuple[Ready, Iterable[Stretch]]]:
        """The entries that may be in the text, with the sentences to look in."""
        hits = self.index.phrases_in(searched) if self.phrases else {}
        for number in self.phrases.keys() & hits.keys():
            ready = self.phrases[number]
            if ready.phrase is not None:
                yield ready, filter(ready.phrase.may_stand_in, hits[number])
        likely = self.index.patterns_in(searched) if self.patterns else ()
        for number in self.patterns.keys() & likely:
            ready = self.patterns[number]
            if ready.pattern is not None and ready.pattern.search(searched.whole.utf8):
                yield ready, searched.sentences

    def prove(self) -> None:
        """Hold every entry against its own examples; raises PhraseError for the first that fails."""
        for one in self.phrases.values():
            _prove(one, partial(_finds, one))
        for number, one in self.patterns.items():
            finds_nothing = one.pattern is not None and one.pattern.search("")  # found, it would be no place at all
            _prove(one, partial(_finds, one) if finds_nothing else partial(self._sieve_finds, number, one))

    def _sieve_finds(self, number: int, ready: Ready, text: str) -> bool:
        """Whether it is in the text: the sieve does not tell where, and is the quicker by far."""
        searched = Searched(text)
        try:
            if number not in self.index.patterns_found(searched.whole):
                return False
            is_one = len(searched.sentences) == 1
            places = [one for one in searched.sentences if is_one or number in self.index.patterns_found(one)]
        except re2.error as error:
            raise PhraseError(ready.entry.id, "it and the others are too long to be searched together") from error
        is_excused = _any_stands(ready.unless_message, searched.whole)
        return not is_excused and any(not _any_stands(ready.unless, place) for place in places)


def pack(entries: Sequence[PhraseEntry], index: Index) -> Pack:
    """The entries of one language, not proven yet; raises PhraseError for the first that does not compile."""
    read = cache(read_phrase)  # guards stand in many entries
    patterns: dict[int, Ready] = {}
    phrased: list[Ready] = []
    for entry in entries:
        number, ready = _made_ready(entry, index, read)
        if ready.phrase is None:
            patterns[number] = ready
        else:
            phrased.append(ready)
    numbers = index.add([one.phrase for one in phrased if one.phrase is not None])
    return Pack(phrases=dict(zip(numbers, phrased, strict=True)), patterns=patterns, index=index)


def _made_ready(entry: PhraseEntry, index: Index, read: Callable[[str], Phrase]) -> tuple[int, Ready]:
    """The entry with the number of its pattern; -1 without one."""
    if (entry.phrase is None) == (entry.pattern is None):
        raise PhraseError(entry.id, "needs either a phrase or a pattern, and not both")
    try:
        number, pattern = (-1, None) if entry.pattern is None else index.add_pattern(admitted(entry.pattern))
        return number, Ready(
            entry=entry,
            phrase=None if entry.phrase is None else read(entry.phrase),
            pattern=pattern,
            unless=tuple(map(read, entry.unless)),
            unless_message=tuple(map(read, entry.unless_message)),
        )
    except ValueError as error:
        raise PhraseError(entry.id, str(error)) from error


def _prove(one: Ready, finds: Callable[[str], bool]) -> None:
    for text in one.entry.yes:
        if not finds(text):
            raise PhraseError(one.entry.id, f'does not find its own example "{text}"')
    for text in one.entry.no:
        if finds(text):
            raise PhraseError(one.entry.id, f'finds "{text}", which it says it leaves alone')


def _finds(one: Ready, text: str) -> bool:
    searched = Searched(text)
    sentences = filter(one.phrase.may_stand_in, searched.sentences) if one.phrase else searched.sentences
    return any(True for _ in one.found_in(searched, sentences))
