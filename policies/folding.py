"""A text as it is searched: compatibility forms, quotes and invisible characters evened out, offsets kept.

People paste from word processors, and some hide words from a filter with characters nobody sees. A search runs
in the folded text; what it finds is told as a place in the original.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

# Curly and slanted quotes, dashes, and what UTF-8 cannot carry; each becomes one character, so offsets stay.
_ONE_TO_ONE = {
    **dict.fromkeys(map(ord, "\u2018\u2019\u201a\u201b\u2032\u00b4\u0060\uff07"), "'"),
    **dict.fromkeys(map(ord, "\u201c\u201d\u201e\u201f\u2033\uff02"), '"'),
    **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-"),
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),
    0: " ",
}
_SOFT_HYPHEN, _MONGOLIAN_SEPARATOR = "\u00ad", "\u180e"


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """A text ready to be searched. `offsets[i]` is where character i came from; the last entry is the end."""

    text: str
    offsets: Sequence[int]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The place in the original that [start, end) of the folded text, not empty, was made from."""
        return self.offsets[start], max(self.offsets[end], self.offsets[end - 1] + 1)


def fold(text: str) -> Folded:
    """The text with NFKC, straight quotes, plain dashes, and without characters nobody can see."""
    text = text.translate(_ONE_TO_ONE)
    if text.isascii() or (unicodedata.is_normalized("NFKC", text) and not any(map(_is_invisible, set(text)))):
        return Folded(text=text, offsets=range(len(text) + 1))
    return _fold_clusters(text)


def _fold_clusters(text: str) -> Folded:
    pieces: list[str] = []
    offsets: list[int] = []
    visible = [(place, char) for place, char in enumerate(text) if not _is_invisible(char)]
    position = 0
    while position < len(visible):
        after = position + 1
        while after < len(visible) and unicodedata.combining(visible[after][1]):
            after += 1
        # A letter and its marks are normalised together, so that e + acute meets é.
        folded = unicodedata.normalize("NFKC", "".join(char for _, char in visible[position:after]))
        folded = folded.translate(_ONE_TO_ONE)
        pieces.append(folded)
        offsets.extend([visible[position][0]] * len(folded))
        position = after
    offsets.append(len(text))
    return Folded(text="".join(pieces), offsets=offsets)


def _is_invisible(char: str) -> bool:
    if char.isascii():
        return False
    return char in (_SOFT_HYPHEN, _MONGOLIAN_SEPARATOR) or unicodedata.category(char) == "Cf"
