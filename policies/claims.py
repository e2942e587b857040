"""What a text claims, clause by clause: its terms, and whether it denies. "Still" and "no longer" share the rest."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from policies.phrases import sentences
from policies.terms import terms

_CLAUSE = re.compile(r"[;:]\s|,\s+(?:and|but|so|please|und|aber|bitte|et|mais|y|pero|e|mas)\s")
_NO = (
    r"(?:\b(?:not|no|never|nobody|nothing|none|without|cannot|neither|nicht|kein\w*|nie|niemand|nichts|ohne|"
    r"pas|jamais|rien|aucune?|sans|nunca|nada|ning[úu]n\w*|sin|n[ãa]o|nenhum\w*|sem)\b|n['’]t\b)"
)
_ENDED = (
    r"\b(?:gone|end(?:s|ed)?|stopped|discontinued|expired|cancell?ed|abolished|ran out|removed|withdrawn|terminated|"
    r"closed|beendet|abgeschafft|eingestellt|ausgelaufen|abgelaufen|vorbei|weggefallen|gestrichen|"
    r"termin[ée]e?s?|supprim[ée]e?s?|arr[êe]t[ée]e?s?|expir[ée]e?s?|pris fin|"
    r"terminad[oa]s?|termin[óo]u?|eliminad[oa]s?|caducad[oa]s?|acab[óo]u?|acabad[oa]s?|expirou|encerrad[oa]s?)\b"
)
_OVER = re.compile(f"(?i){_ENDED}")
_DENIES = re.compile(f"(?i){_NO}|{_ENDED}")
_NOT_ENDED = re.compile(rf"(?i){_NO}\s+(?:\w+\s+){{0,2}}{_ENDED}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A clause: offsets in characters into the text it stands in."""

    start: int
    end: int
    text: str
    terms: frozenset[str]
    denies: bool
    """Says no, or that something is over; "it has not ended" denies nothing."""

    def holds(self, position: int) -> bool:
        """Whether something that begins there stands in it."""
        return self.start <= position < self.end


def claims(text: str) -> Iterator[Claim]:
    """The clauses of a text that are not empty, in order."""
    for start, end in _clauses(text):
        words = text[start:end]
        if words.strip():
            one_end = _OVER.sub(" ended ", words)  # gone, over or expired: it is all the same
            denies = _DENIES.search(_NOT_ENDED.sub(" ", words)) is not None
            yield Claim(start=start, end=end, text=words, terms=frozenset(terms(one_end)), denies=denies)


def _clauses(text: str) -> Iterator[tuple[int, int]]:
    """Sentences, parted once more where a new clause begins."""
    for start, end in sentences(text):
        cuts = [found.span() for found in _CLAUSE.finditer(text, start, end)]
        yield from zip((start, *(after for _, after in cuts)), (*(before for before, _ in cuts), end), strict=True)
