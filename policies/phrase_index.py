"""What is worth a closer look in a text: all signals of a language are looked up at once."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any

import re2

from policies.needs import Need
from policies.phrasing import Phrase
from policies.searched import Searched
from policies.stretch import Stretch
from policies.wording import compiled, options

Hits = Mapping[int, Sequence[Stretch]]
"""By a phrase's number, the sentences that meet the rarest of its needs."""


class Index:
    """The phrases of one language by the rarest of what they need, and its patterns behind one sieve."""

    def __init__(self) -> None:
        self._phrases: list[Phrase] = []
        self._sieve: Any = re2.Filter()
        self._patterns = 0

    def add(self, phrases: Sequence[Phrase]) -> range:
        """Takes phrases up, which goes on until the first search; their numbers."""
        first = len(self._phrases)
        self._phrases += phrases
        return range(first, len(self._phrases))

    def add_pattern(self, source: str) -> tuple[int, Any]:
        """Takes a pattern up, until the first search; its number, and it itself. Raises ValueError with the reason."""
        try:
            number = self._sieve.Add(source, options())
        except re2.error:  # It does not say why; this does.
            return -1, compiled(source)
        self._patterns += 1
        return number, self._sieve.re(number)

    def phrases_in(self, searched: Searched) -> Hits:
        """The phrases that may be in the text; worked out once for a text, whichever signal asks."""
        known: Hits | None = searched.hits.get(self)
        if known is None:
            known = searched.hits[self] = self._hits(searched.sentences)
        return known

    def patterns_in(self, searched: Searched) -> Collection[int]:
        """The patterns that may be in the text; worked out once for a text too."""
        known: Collection[int] | None = searched.likely.get(self)
        if known is None:
            known = searched.likely[self] = frozenset(self._ready.Match(searched.whole.utf8, True) or ())
        return known

    def patterns_found(self, stretch: Stretch) -> Collection[int]:
        """The patterns that are in it; raises re2.error if they are too many to be told apart."""
        return self._ready.Match(stretch.utf8) or ()

    @cached_property
    def _ready(self) -> Any:
        if self._patterns:
            self._sieve.Compile()
        return self._sieve

    def _hits(self, sentences: Sequence[Stretch]) -> Hits:
        found: dict[int, list[Stretch]] = {}
        by_word, by_pair, by_part = self._by_need
        for sentence in sentences:
            numbers = [number for word in by_word.keys() & sentence.words for number in by_word[word]]
            numbers += [number for pair in by_pair.keys() & sentence.pairs for number in by_pair[pair]]
            numbers += [number for part in by_part if part in sentence.text for number in by_part[part]]
            for number in set(numbers):
                found.setdefault(number, []).append(sentence)
        return found

    @cached_property
    def _by_need(self) -> tuple[Mapping[str, Sequence[int]], ...]:
        """The numbers of the phrases by word, by pair of words, and by part of a word."""
        uses = Counter(word for phrase in self._phrases for need in phrase.needs for word in (*need.words, *need.parts))
        by_need: tuple[dict[Any, list[int]], ...] = ({}, {}, {})
        for number, phrase in enumerate(self._phrases):
            rarest: Need = min(phrase.needs, key=lambda need: need.commonness(uses))
            for numbers, ones in zip(by_need, (rarest.words, rarest.pairs, rarest.parts), strict=True):
                for one in ones:
                    numbers.setdefault(one, []).append(number)
        return by_need
