"""What a text has to hold for a pattern to be in it, read from the pattern's source.

Its parts are joined within a word and cut where words end; of each piece one of its texts has to be there. Read too
broadly, a pattern is looked for in vain; read too narrowly it would be missed.
"""

import re
from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import NamedTuple

from policies.needs import Need, Told, commonness_of
from policies.pattern_parts import ANYTHING, SPACE, TOKEN, Part, UnreadError, closings, part, plain, read, repeated

Conditions = Sequence[Sequence[Need]]
"""A pattern is in a text only if for one of these all needs are met."""

_MOST_JOINED = 64
_MOST_CHOICES = 400
_MOST_NEEDS = 5
_NOTHING_TOLD = 1 << 20
_MARKS = ("", "~", " ")
"""What may stand beside a word, the surest last."""
_PIECE = re.compile(r"[^ *~]+")


class _Piece(NamedTuple):
    """Texts, one of which has to be there, and what surely stands on either side."""

    before: str
    texts: frozenset[str]
    after: str

    def told(self) -> frozenset[str]:
        """The texts with what stands beside them."""
        return frozenset([f"{self.before}{text}{self.after}" for text in self.texts])


def _commonness(text: str) -> int:
    """Roughly, of what a text tells; without a letter it tells nothing."""
    letters = text.strip(" ~*")
    return commonness_of(letters) if letters else _NOTHING_TOLD


class PatternReader:
    """Reads patterns; what several of them share is read once."""

    def __init__(self) -> None:
        self._known: dict[str, Part] = {}
        self._need = cache(_need)
        self._commonness = cache(lambda texts: sum(map(_commonness, texts)))

    def conditions(self, source: str) -> Conditions:
        """What a text has to hold for this pattern, one that compiles, to stand in it at the edges of words."""
        source = source.replace(r"(?:\s+)", " ")
        try:
            branches = self._branches(source, 0, len(source), closings(source))
            found = [self._needs([SPACE, *branch, SPACE]) for branch in branches]
        except UnreadError:
            return [[]]
        return found if all(found) else [[]]

    def _branches(self, source: str, start: int, end: int, closed: dict[int, int]) -> list[list[Part]]:
        """What may stand there: for each choice its parts in order."""
        branches: list[list[Part]] = [[]]
        while start < end:
            token = TOKEN.match(source, start)
            if token is None:
                raise UnreadError
            start, kind = token.end(), token.lastgroup
            if kind == "open":
                closing = closed[token.start()]
                branches[-1].append(self._group(source, start, closing, closed))
                start = closing + 1
            elif kind == "times":
                branches[-1][-1] = repeated(branches[-1][-1], token)
            elif token.group() == "|":
                branches.append([])
            else:
                branches[-1].append(read(token.group(), kind))
        return branches

    def _group(self, source: str, start: int, end: int, closed: dict[int, int]) -> Part:
        written = source[start:end]
        known = self._known.get(written)
        if known is None:
            known = plain(written)
            if known is None:
                branches = self._branches(source, start, end, closed)
                known = part(frozenset(chain.from_iterable(map(self._texts, branches))))
            self._known[written] = known = known if len(known.texts) <= _MOST_CHOICES else ANYTHING
        return known

    def _texts(self, branch: Sequence[Part]) -> frozenset[str]:
        """The texts of a choice; where it was cut, those of the rarest piece with anything around it."""
        if len(branch) == 1:
            return branch[0].texts
        pieces = _cut(branch)
        if len(pieces) == 1:
            return pieces[0].texts
        opens = "" if branch[0].is_optional else branch[0].opens
        closes = "" if branch[-1].is_optional else branch[-1].closes
        ranks = [self._commonness(piece.texts) for piece in pieces]
        at = ranks.index(min(ranks))
        if ranks[at] >= _NOTHING_TOLD:
            return frozenset({f"{opens}*{closes}"})
        before, after = f"{opens}*" if at else "", f"*{closes}" if at < len(pieces) - 1 else ""
        return frozenset([f"{before}{text}{after}" for text in pieces[at].told()])

    def _needs(self, branch: Sequence[Part]) -> Sequence[Need]:
        """What a text needs for all parts of a branch, the rarest first."""
        ranked = sorted(_cut(branch), key=lambda piece: self._commonness(piece.texts))
        return [self._need(one) for one in ranked[:_MOST_NEEDS] if self._commonness(one.texts) < _NOTHING_TOLD]


def _need(piece: _Piece) -> Need:
    """One of these has to be there."""
    is_whole = piece.before == piece.after == " "
    words = frozenset([text for text in piece.texts if text.isalnum()] if is_whole else ())
    return words.union([_told(f"{piece.before}{text}{piece.after}") for text in piece.texts - words])


def _cut(parts: Sequence[Part]) -> Sequence[_Piece]:
    """The parts, joined within words; a text tells what stands beside it where a word surely ends there."""
    opens = [""] * (len(parts) + 1)
    for at in reversed(range(len(parts))):
        opens[at] = _sure(parts[at].opens, opens[at + 1], is_optional=parts[at].is_optional)
    pieces: list[_Piece] = []
    here, left, closes = frozenset({""}), "", ""
    for at, one in enumerate(parts):
        mark = max(closes, opens[at], key=_MARKS.index)
        if at and (mark or len(here) * len(one.texts) > _MOST_JOINED):
            pieces.append(_Piece(left, here, mark or "*"))
            here, left = one.texts, mark or "*"
        else:
            here = frozenset([before + after for before in here for after in one.texts]) if at else one.texts
        closes = _sure(one.closes, closes, is_optional=one.is_optional)
    return [*pieces, _Piece(left, here, "")]


def _sure(mark: str, beyond: str, *, is_optional: bool) -> str:
    """What surely stands there: of an optional part, whatever it and what is beyond have in common."""
    return min(mark, beyond, key=_MARKS.index) if is_optional else mark


def _told(text: str) -> Told:
    """What a text tells best: a word, a pair of words, or with a `*` before it a part of a word."""
    told: list[Told] = []
    before, end_before = "", -1
    for piece in _PIECE.finditer(text):
        start, end, letters = piece.start(), piece.end(), piece.group()
        edges = _MARKS[1:] if letters.isascii() else _MARKS[2:]
        is_whole = text[start - 1 : start] in edges and text[end : end + 1] in edges
        told.append(letters if is_whole else f"*{letters}")
        if is_whole and before and "*" not in text[end_before:start]:
            told.append((before, letters))
        before, end_before = (letters if is_whole else ""), end
    return min(told, key=commonness_of)
