"""Which phrases are worth a closer look in a text: all signals of a language are looked up at once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property

from policies.phrasing import Phrase
from policies.searched import Searched

Hits = Mapping[int, Sequence[str]]
"""By a phrase's number, those of its rarest words, or parts of words, that stand in a text."""


class Index:
    """The phrases of one language by the rarest of the words they need."""

    def __init__(self) -> None:
        self._phrases: list[Phrase] = []

    def add(self, phrases: Sequence[Phrase]) -> range:
        """Takes phrases up, which goes on until the first search; their numbers."""
        first = len(self._phrases)
        self._phrases += phrases
        return range(first, len(self._phrases))

    def hits(self, searched: Searched) -> Hits:
        """The phrases that may be in the text; worked out once for a text, whichever signal asks."""
        known: Hits | None = searched.hits.get(self)
        if known is None:
            known = searched.hits[self] = self._hits(searched)
        return known

    def _hits(self, searched: Searched) -> Hits:
        by_word, by_part = self.by_need
        found: dict[int, list[str]] = {}
        for word in by_word.keys() & searched.whole.words:
            for number in by_word[word]:
                found.setdefault(number, []).append(word)
        for part, numbers in by_part.items():
            for number in numbers if part in searched.whole.text else ():
                found.setdefault(number, []).append(part)
        return found

    @cached_property
    def by_need(self) -> tuple[Mapping[str, Sequence[int]], Mapping[str, Sequence[int]]]:
        """The numbers of the phrases by word, and by part of a word."""
        uses = Counter(word for phrase in self._phrases for need in phrase.needs for word in (*need.words, *need.parts))
        by_word: dict[str, list[int]] = {}
        by_part: dict[str, list[int]] = {}
        for number, phrase in enumerate(self._phrases):
            rarest = min(phrase.needs, key=lambda need: need.commonness(uses))
            for word in rarest.words:
                by_word.setdefault(word, []).append(number)
            for part in rarest.parts:
                by_part.setdefault(part, []).append(number)
        return by_word, by_part
