"""What is worth a closer look in a text: the entries of all signals in one language are looked up at once.

An entry is looked for in a sentence only where all is told that it needs: words, pairs of words, parts of words (with a
`*` before them). The rarest of its needs leads to it, so what no word of a sentence leads to costs nothing.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import pairwise

from policies.needs import Need, Told, parts_in
from policies.pattern_needs import PatternReader
from policies.phrase_entries import PhraseEntry
from policies.phrase_search import Found, Ready
from policies.searched import Searched
from policies.spelling import read_phrase
from policies.stretch import RUN, Stretch
from policies.wording import lowered

Likely = Mapping[str, Mapping[Ready, Sequence[tuple[Stretch, Found]]]]
"""By signal, the entries that may be in a text, with the sentences to look in, and what was found there before."""

_ASCII_RUN = re.compile("[0-9A-Z_a-z]+")
_MOST_WORDS = 20_000
"""Words whose parts are remembered."""
_LONGEST_WORD = 40
"""Characters of such a word: what is longer is no word."""
_MOST_SENTENCES = 4_000
"""Sentences of which is remembered what may be in them: a ticket is read again at every visit, and many are alike."""
_LONGEST_REMEMBERED = 300
"""Characters of such a sentence, so that all of a language take a few MiB at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Clue:
    """A reason to look for an entry in a sentence: what leads to it is there, and of each of these one as well."""

    signal: str
    ready: Ready
    others: Sequence[Need]


class Index:
    """The entries of one language."""

    def __init__(self) -> None:
        self._entries: list[tuple[str, Ready]] = []
        self._read = cache(read_phrase)
        self._parts_of = lru_cache(_MOST_WORDS)(self._find_parts)
        self._remembered = lru_cache(_MOST_SENTENCES)(self._met)

    def add(self, signal: str, entries: Iterable[PhraseEntry]) -> Sequence[Ready]:
        """Takes entries up, until the first search; raises PhraseError for one that cannot be read."""
        ready = tuple(Ready(entry=entry, read=self._read) for entry in entries)
        for one in ready:
            if not one.entry.is_proven:
                one.check()
        self._entries += [(signal, one) for one in ready]
        return ready

    def likely(self, searched: Searched) -> Likely:
        """What may be in the text; worked out once for a text, whichever signal asks."""
        known: Likely | None = searched.likely.get(self)
        if known is None:
            known = searched.likely[self] = self._likely(searched)
        return known

    def _likely(self, searched: Searched) -> Likely:
        found: dict[str, dict[Ready, list[tuple[Stretch, Found]]]] = {}
        for sentence in searched.sentences:
            is_usual = len(sentence.marked) <= _LONGEST_REMEMBERED
            clues, known = (self._remembered if is_usual else self._met)(sentence.marked)
            for clue in clues:
                here = found.setdefault(clue.signal, {}).setdefault(clue.ready, [])
                if not here or here[-1][0] is not sentence:
                    here.append((sentence, known))
        return found

    def _met(self, marked: str) -> tuple[Sequence[Clue], Found]:
        """The clues of which all is told in a sentence, and room for what is found there."""
        told = self._told(lowered(marked))
        clues = [clue for lead in self._leads.keys() & told for clue in self._leads[lead]]
        met = tuple(clue for clue in dict.fromkeys([*clues, *self._without]) if _is_met(clue.others, told))
        return met, {}

    def _told(self, text: str) -> set[Told]:
        words = RUN.findall(text)
        told: set[Told] = set(words)
        told.update(*[self._parts_of(word) if len(word) <= _LONGEST_WORD else self._find_parts(word) for word in words])
        told.update(pairwise(words))
        if not text.isascii():  # RE2 parts words at letters beyond ASCII
            runs = _ASCII_RUN.findall(text)
            told.update(runs)
            told.update(pairwise(runs))
        return told

    @cached_property
    def _clues(self) -> Sequence[tuple[frozenset[Told], Clue]]:
        """All clues, each with what leads to it; nothing does to those that are looked for in any text."""
        patterns = PatternReader()
        read = ((signal, ready, needs) for signal, ready in self._entries for needs in ready.clues(patterns))
        clues = []
        for signal, ready, needs in read:
            lead, *others = [need for need in needs if _is_of_words(need)] or [Need()]
            clues.append((lead, Clue(signal=signal, ready=ready, others=tuple(others))))
        return clues

    @cached_property
    def _leads(self) -> Mapping[Told, Sequence[Clue]]:
        leads: dict[Told, list[Clue]] = {}
        for lead, clue in self._clues:
            for told in lead:
                leads.setdefault(told, []).append(clue)
        return leads

    @cached_property
    def _without(self) -> Sequence[Clue]:
        return [clue for lead, clue in self._clues if not lead]

    @cached_property
    def _parts(self) -> Mapping[str, Sequence[str]]:
        """The parts of words that are needed, by their first two letters."""
        needed = {told for lead, clue in self._clues for need in (lead, *clue.others) for told in need}
        parts: dict[str, list[str]] = {}
        for told in needed:
            if isinstance(told, str) and told.startswith("*"):
                parts.setdefault(told[1:3], []).append(told)
        return parts

    def _find_parts(self, word: str) -> Sequence[str]:
        """The parts that are needed which stand in this word."""
        starts = (word[at : at + 2] for at in range(len(word)))
        return [part for two in {*starts, *word} & self._parts.keys() for part in self._parts[two] if part[1:] in word]


def _is_of_words(need: Need) -> bool:
    """Whether all of it is told by words; a sign is not."""
    return all(RUN.fullmatch(part) for part in parts_in(need))


def _is_met(needs: Iterable[Need], told: set[Told]) -> bool:
    for need in needs:  # noqa: SIM110 - asked more often than anything else, so without a generator
        if need.isdisjoint(told):
            return False
    return True
