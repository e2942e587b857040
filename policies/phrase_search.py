"""An entry of a pack, ready to search with: where it holds in a text, its guards heeded."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import Any

from policies.clauses import Clauses, clauses_of, holds_for_all
from policies.needs import Need
from policies.pattern_needs import PatternReader
from policies.phrase_entries import Match, PhraseEntry, PhraseError, Reach
from policies.phrasing import Phrase
from policies.searched import Searched
from policies.spelling import read_phrase
from policies.stretch import Stretch
from policies.wording import admitted, compiled, marked

Found = dict["Ready", Sequence[tuple[int, int]]]
"""Where entries hold in a sentence, those that were looked for."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Ready:
    """An entry, ready to search with. Its words are read when they are first needed: most guards never are."""

    entry: PhraseEntry
    read: Callable[[str], Phrase] = field(default=read_phrase, repr=False)
    """Reads a phrase, or remembers it: guards stand in many entries."""

    def check(self) -> None:
        """Read all of it; raises PhraseError, in the admin's words, for what cannot be read."""
        entry = self.entry
        if (entry.phrase is None) == (entry.pattern is None):
            raise PhraseError(entry.id, "needs either a phrase or a pattern, and not both")
        try:
            _ = self.phrase, self._pattern, self._unless, self._unless_message
        except ValueError as error:
            raise PhraseError(entry.id, str(error)) from error

    def clues(self, patterns: PatternReader) -> Sequence[Sequence[Need]]:
        """Lists of needs: it is in no sentence that does not meet all needs of one of them."""
        return [self.phrase.needs] if self.phrase else patterns.conditions(marked(self.entry.pattern or ""))

    def found_in(self, searched: Searched, sentences: Iterable[tuple[Stretch, Found]]) -> Iterator[Match]:
        """Where it holds in these sentences of the text, guards heeded; what is found in one is kept beside it."""
        places: list[tuple[int, int]] = []
        for sentence, known in sentences:
            if self not in known:
                known[self] = tuple(self._spans(sentence))
            places += [(sentence.start + start, sentence.start + end) for start, end in known[self]]
        if places and self._may_hold_in(searched):
            yield from (self._match(*searched.original(start, end)) for start, end in places)

    def _spans(self, sentence: Stretch) -> Sequence[tuple[int, int]]:
        spans = list(self.phrase.spans(sentence) if self.phrase else self._pattern_spans(sentence))
        if not spans or not _any_stands(self._unless, sentence):
            return spans
        clauses = clauses_of(sentence.text) if self.entry.reach is Reach.CLAUSE else None
        return self._unguarded(spans, sentence, clauses) if clauses else ()

    def _unguarded(
        self, spans: Sequence[tuple[int, int]], sentence: Stretch, clauses: Clauses
    ) -> Sequence[tuple[int, int]]:
        """Those in whose clause no guard stands."""
        standing = [
            (told, guard)
            for told, guard in zip(self.entry.unless, self._unless, strict=True)
            if guard.stands_in(sentence)
        ]
        if any(told in self.entry.throughout or holds_for_all(told) for told, _ in standing):
            return ()
        guarded = sorted(span for _, guard in standing for span in guard.spans(sentence))
        begun = [start for start, _ in guarded]
        reached = list(accumulate((end for _, end in guarded), max, initial=0))
        around = ((span, clauses.around(*span)) for span in spans)
        return [span for span, (start, end) in around if reached[bisect_left(begun, end)] <= start]

    def _pattern_spans(self, sentence: Stretch) -> Iterator[tuple[int, int]]:
        if self._pattern.search(sentence.utf8):  # which places in a text need not be told is told much sooner
            yield from (match.span(1) for match in self._pattern.finditer(sentence.marked) if match.group(1))

    def _may_hold_in(self, searched: Searched) -> bool:
        """A pattern that is tied to the ends of a sentence has to find the ends of the message as well."""
        whole = searched.whole
        is_there = self.phrase or self._pattern.search(whole.utf8)
        guards = [guard for guard in self._unless_message if guard.may_stand_in(whole)]
        return bool(is_there) and not any(_any_stands(guards, sentence) for sentence in searched.sentences)

    def _match(self, start: int, end: int) -> Match:
        entry = self.entry
        return Match(start=start, end=end, tier=entry.tier, pattern=entry.id, language=entry.language)

    @cached_property
    def phrase(self) -> Phrase | None:
        """The phrase; None for a pattern."""
        return None if self.entry.phrase is None else self.read(self.entry.phrase)

    @cached_property
    def _pattern(self) -> Any:
        return None if self.entry.pattern is None else compiled(admitted(self.entry.pattern))

    @cached_property
    def _unless(self) -> Sequence[Phrase]:
        return tuple(map(self.read, self.entry.unless))

    @cached_property
    def _unless_message(self) -> Sequence[Phrase]:
        return tuple(map(self.read, self.entry.unless_message))


def _any_stands(phrases: Iterable[Phrase], stretch: Stretch) -> bool:
    return any(phrase.stands_in(stretch) for phrase in phrases)
