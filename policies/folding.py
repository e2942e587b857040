"""A text as it is searched: compatibility forms, quotes, invisible and disguised letters evened out, offsets kept.

People paste from word processors, and some hide words from a filter with characters nobody sees, or with letters of
another script that look the same. A search runs in the folded text; what it finds is told as a place in the original.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import re2

# Curly and slanted quotes, dashes, and what UTF-8 cannot carry; each becomes one character, so offsets stay.
_ONE_TO_ONE = {
    **dict.fromkeys(map(ord, "\u2018\u2019\u201a\u201b\u2032\u00b4\u0060\uff07"), "'"),
    **dict.fromkeys(map(ord, "\u201c\u201d\u201e\u201f\u2033\uff02"), '"'),
    **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-"),
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),
    0: " ",
}
# Nothing is drawn for them, though Unicode does not call them format characters (property Default_Ignorable).
_NOT_DRAWN = frozenset(
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180e\u180f\u3164\uffa0"
    "\ufe00\ufe01\ufe02\ufe03\ufe04\ufe05\ufe06\ufe07\ufe08\ufe09\ufe0a\ufe0b\ufe0c\ufe0d\ufe0e\ufe0f"
)
_MOST_MARKS = 30
"""On one letter; no language needs so many, and to order them takes quadratic time. Source: Unicode UAX #15, D3."""
_MANY_MARKS = re2.compile(rf"\p{{M}}{{{_MOST_MARKS + 1}}}")
# What stays as it is: its last character may be the first of a cluster, and is left to the others then.
_PLAIN = re.compile(r"[\x00-\x7f]+(?![^\x00-\x7f])")

# Cyrillic, Greek and Armenian letters that look like these Latin ones. Source: Unicode UTS #39, confusables.
_LOOK_ALIKES = str.maketrans(
    "аеорсухѕіјԁԛԝһӏѵгкАВЕІЈКМНОРСЅТУҮХԚԜѴӀαγικνορσυϲϳΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹօսոհցյզ",
    "aeopcyxsijdqwhlvrkABEIJKMHOPCSTYYXQWVIayikvopoucjABEZHIKMNOPTYXCounhgjq",
)
_LATIN = r"A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"
_ALIKE = frozenset(map(chr, _LOOK_ALIKES))
_LOOKS_LATIN = "".join(sorted(_ALIKE))
# A word in which letters that look Latin stand beside Latin ones, and no others. One wholly of them is left alone.
_DISGUISED = re.compile(
    rf"(?<![^\W_])(?=[{_LOOKS_LATIN}\d]*[{_LATIN}])(?=[{_LATIN}\d]*[{_LOOKS_LATIN}])"
    rf"[{_LATIN}{_LOOKS_LATIN}\d]+(?![^\W_])"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """A text ready to be searched. `offsets[i]` is where character i came from; the last entry is the end."""

    text: str
    offsets: Sequence[int]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The place in the original that [start, end) of the folded text, not empty, was made from."""
        return self.offsets[start], max(self.offsets[end], self.offsets[end - 1] + 1)


def fold(text: str) -> Folded:
    """The text with NFKC, straight quotes, plain dashes, Latin letters in Latin words, and nothing nobody can see."""
    text = text.translate(_ONE_TO_ONE)
    if text.isascii():
        return Folded(text=text, offsets=range(len(text) + 1))
    letters = set(text)
    is_piled = any(map(unicodedata.combining, letters)) and _MANY_MARKS.search(text)
    is_even = not is_piled and unicodedata.is_normalized("NFKC", text) and not any(map(_is_invisible, letters))
    folded = Folded(text=text, offsets=range(len(text) + 1)) if is_even else _fold_clusters(text)
    if _ALIKE.isdisjoint(letters if is_even else folded.text):  # nearly every text
        return folded
    latin = _DISGUISED.sub(lambda word: word[0].translate(_LOOK_ALIKES), folded.text)
    if latin == folded.text:
        return folded
    again = fold(latin)  # a Latin letter may meet a mark that the other one did not
    return Folded(text=again.text, offsets=[folded.offsets[offset] for offset in again.offsets])


def _fold_clusters(text: str) -> Folded:
    pieces: list[str] = []
    offsets: list[int] = []
    done = 0
    for start, end in (*(plain.span() for plain in _PLAIN.finditer(text)), (len(text), len(text))):
        for place, folded in _clusters(text, done, start):
            pieces.append(folded)
            offsets.extend([place] * len(folded))
        pieces.append(text[start:end])
        offsets.extend(range(start, end))
        done = end
    offsets.append(len(text))
    return Folded(text="".join(pieces), offsets=offsets)


def _clusters(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    """Each letter with its first marks, normalised together so that e + acute meets é, and where it stood."""
    visible = [place for place in range(start, end) if not _is_invisible(text[place])]
    position = 0
    while position < len(visible):
        after = position + 1
        while after < len(visible) and unicodedata.combining(text[visible[after]]):
            after += 1
        cluster = "".join(text[place] for place in visible[position : min(after, position + 1 + _MOST_MARKS)])
        yield visible[position], unicodedata.normalize("NFKC", cluster).translate(_ONE_TO_ONE)
        position = after


def _is_invisible(char: str) -> bool:
    return not char.isascii() and (char in _NOT_DRAWN or unicodedata.category(char) == "Cf")
