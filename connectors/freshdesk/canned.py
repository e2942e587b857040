"""Which canned response or scenario a text was made from. Freshdesk does not say, so it is told from the words. Pure.

A template matches if all its fixed words stand in the text in their order; what a placeholder became is skipped.
Agents' personal templates cannot be read with our key, and a text that was rewritten matches nothing.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.fields import mappings, text
from connectors.freshdesk.fields import identity, shown_text
from policies.searched import canonical
from policies.text import said
from policies.ticket import Comment, Macro

FEWEST_LETTERS = 30
"""Shorter templates ("Kind regards") would be found everywhere."""
WIDEST_GAP = 300
"""Characters that a placeholder may have become."""
MOST_STARTS = 50
"""A template may begin with a short word ("Hi") that stands in many others before its own place comes."""
MOST_MACROS = 5

_PLACEHOLDER = re.compile(r"\{\{[^{}]{0,200}\}\}|\{%[^{}%]{0,200}%\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CannedText:
    """One prepared text: its fixed words, canonical, in their order, without the placeholders between them."""

    macro: Macro
    pieces: tuple[str, ...]

    @property
    def size(self) -> int:
        """Characters of fixed words: how much a match means."""
        return sum(map(len, self.pieces))

    def is_in(self, text: str) -> bool:
        """Whether a canonical text was made from it. Takes time linear in the text."""
        if max(self.pieces, key=len) not in text:  # so most templates are passed over at once
            return False
        start = text.find(self.pieces[0])
        for _ in range(MOST_STARTS):
            if start < 0:
                return False
            if self._continues(text, start + len(self.pieces[0])):
                return True
            start = text.find(self.pieces[0], start + 1)
        return False

    def _continues(self, text: str, end: int) -> bool:
        for piece in self.pieces[1:]:
            found = text.find(piece, end, end + WIDEST_GAP + len(piece))
            if found < 0:
                return False
            end = found + len(piece)
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class CannedTexts:
    """All prepared texts of an account, the longest first."""

    all: tuple[CannedText, ...] = ()

    def used_in(self, comment: Comment) -> tuple[Macro, ...]:
        """Those that the author's own words were made from, at most `MOST_MACROS`."""
        if not self.all:
            return ()
        own = said(comment)
        text = canonical(f"{own.text} {own.signature}")
        return tuple(canned.macro for canned in self.all if canned.is_in(text))[:MOST_MACROS]


def canned_texts(responses: Iterable[Mapping[str, Any]], scenarios: Iterable[Mapping[str, Any]]) -> CannedTexts:
    """The templates in Freshdesk's JSON that say enough to be recognised."""
    found = [
        _canned(raw.get("id"), raw.get("title"), shown_text(raw.get("content_html"), raw.get("content")))
        for raw in responses
    ]
    for raw in scenarios:
        for action in mappings(raw.get("actions")):
            # Which field of an action holds a mail's text is nowhere told; a long text in any of them is one.
            told = [shown_text(value, value) for value in action.values() if len(text(value)) >= FEWEST_LETTERS]
            found += [_canned(raw.get("id"), raw.get("name"), text) for text in told]
    return CannedTexts(all=tuple(sorted(filter(None, found), key=lambda canned: -canned.size)))


def _canned(known: object, title: object, template: str) -> CannedText | None:
    pieces = tuple(piece for part in _PLACEHOLDER.split(template) if (piece := canonical(part)))
    canned = CannedText(macro=Macro(id=identity(known) or "", title=text(title)), pieces=pieces)
    return canned if canned.size >= FEWEST_LETTERS else None
