"""Phrase packs: the words of a signal in one language or more, as data; found in time that grows with the text.

How a phrase is written: words as they stand, case does not matter, white space and a comma between them, apostrophes
may be missing. `*` between words stands for up to three words, `terminat*` for any ending, `closed|ended` for
either word, `(not able|unable) to` for either wording, `(been|be|)` for a word that may be missing. A phrase starts and
ends at the edge of a word, and stays in one sentence. A `pattern` is RE2 with the same edges; it writes a sign such as
`«` as it is. A guard is a phrase too: `unless` is looked for in the same sentence, `unless_message` in the whole
message; the guard `?` means that the sentence (the message) asks. In a pack with `guards_reach: clause`, an `unless`
that tells no condition and is none of its `guards_throughout` has to stand in the clause of the wording (`clauses.py`).
What a pack names once and uses often: `pack_words.py`.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from policies.phrase_entries import Match, PhraseEntry, PhraseError, Tier
from policies.phrase_index import Index
from policies.phrase_search import Ready
from policies.searched import OwnWords, Searched, sentences

__all__ = ["Match", "PhraseEntry", "PhraseError", "PhraseSet", "Tier", "build", "sentences"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PhraseSet:
    """All entries of one signal, by language. Made by `build`."""

    signal: str
    languages: frozenset[str] = frozenset()
    """The languages it has entries in."""
    indexes: Mapping[str, Index] = field(default_factory=dict, repr=False)
    entries: Sequence[Ready] = field(default=(), repr=False)

    def find(self, text: str | Searched, languages: Collection[str] | None = None) -> Sequence[Match]:
        """Every place in `text` where an entry holds and none of its guards does, in order of place.

        Only entries in these languages; all, unless told.
        """
        searched = _searched(text) if isinstance(text, str) else text
        indexes = {index for language, index in self.indexes.items() if languages is None or language in languages}
        found = [
            match
            for index in indexes
            for ready, here in index.likely(searched).get(self.signal, {}).items()
            if languages is None or ready.entry.language in languages
            for match in ready.found_in(searched, here)
        ]
        return sorted(found, key=lambda match: (match.start, -match.end, match.pattern)) if found else ()

    def prove(self) -> None:
        """Hold every entry against its own examples; raises PhraseError for the first that fails."""
        for one in self.entries:
            entry = one.entry
            for text, belongs in (*((yes, True) for yes in entry.yes), *((no, False) for no in entry.no)):
                is_found = any(match.pattern == entry.id for match in self.find(text, {entry.language}))
                if is_found is not belongs:
                    fault = f'finds "{text}", which it says it leaves alone'
                    raise PhraseError(entry.id, fault if is_found else f'does not find its own example "{text}"')


def _searched(text: str) -> Searched:
    return text.searched if isinstance(text, OwnWords) else Searched(text)


def build(signal: str, entries: Sequence[PhraseEntry], indexes: Mapping[str, Index] | None = None) -> PhraseSet:
    """The set ready to search with; raises PhraseError for the first entry that does not compile or prove itself.

    `indexes`: by language, where sets that are searched in the same texts share one. Each proves itself by `prove`
    then, once all of them are built.
    """
    shared = indexes if indexes is not None else defaultdict(Index)
    by_language = {language: tuple(some) for language, some in groupby(sorted(entries, key=_language), key=_language)}
    ready = [one for language, some in by_language.items() for one in shared[language].add(signal, some)]
    made = PhraseSet(
        signal=signal,
        languages=frozenset(by_language),
        indexes={language: shared[language] for language in by_language},
        entries=tuple(one for one in ready if not one.entry.is_proven),
    )
    if indexes is None:
        made.prove()
    return made


def _language(entry: PhraseEntry) -> str:
    return entry.language
