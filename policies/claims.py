"""What a text claims, clause by clause: its terms, and whether it denies. "Still" and "no longer" share the rest."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from policies.phrases import sentences
from policies.terms import terms

_CLAUSE = re.compile(r"[;:]\s|,\s+(?:and|but|so|please|und|aber|bitte|et|mais|y|pero|e|mas)\s")
_DENIES = re.compile(
    r"(?i)\b(?:not|no|never|nobody|nothing|none|without|cannot|neither|nicht|kein\w*|nie|niemand|nichts|ohne|"
    r"pas|jamais|rien|aucune?|sans|nunca|nada|ning[úu]n\w*|sin|n[ãa]o|nenhum\w*|sem)\b|n['’]t\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A clause: offsets in characters into the text it stands in."""

    start: int
    end: int
    text: str
    terms: frozenset[str]
    denies: bool
    """Twice no is yes."""

    def holds(self, position: int) -> bool:
        """Whether something that begins there stands in it."""
        return self.start <= position < self.end


def claims(text: str) -> Iterator[Claim]:
    """The clauses of a text that are not empty, in order."""
    for start, end in _clauses(text):
        words = text[start:end]
        if words.strip():
            denies = len(_DENIES.findall(words)) % 2 == 1
            yield Claim(start=start, end=end, text=words, terms=frozenset(terms(words)), denies=denies)


def _clauses(text: str) -> Iterator[tuple[int, int]]:
    """Sentences, parted once more where a new clause begins."""
    for start, end in sentences(text):
        cuts = [found.span() for found in _CLAUSE.finditer(text, start, end)]
        yield from zip((start, *(after for _, after in cuts)), (*(before for before, _ in cuts), end), strict=True)
