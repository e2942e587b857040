"""Comparing a fact's value with what a policy asks: the one place where texts are matched.

RE2 only, so the time taken is linear in the text whatever an admin wrote or a customer sent.
"""

import functools
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import re2

from policies.policy import Test
from policies.reading import FactType
from policies.verdict import Value

LONGEST_PROSE = 64 * 1024
"""Characters of a text that are searched; what comes after them is not judged."""
LONGEST_ENTRY = 200
"""Characters of a text a policy may ask for; with MAX_MEMORY this always compiles."""
MOST_SPANS = 20

_ENTRIES_A_PATTERN = 250
_MAX_MEMORY_BYTES = 64 * 1024 * 1024
_NOT_A_WORD = r"[^\pL\pM\pN_]"
_SPACE = r"[\s\pZ]+"
_APOSTROPHES = ("'", "\u2019", "\u02bc")

_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "is": operator.eq,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Whether a test holds, and on what: character spans of a prose, or those of several short texts."""

    holds: bool
    spans: tuple[tuple[int, int], ...] = ()
    texts: tuple[str, ...] = ()


def compare(test: Test, kind: FactType, value: Value) -> Comparison:
    """The known value of a fact of this kind, compared. Raises TypeError if the value is of another kind."""
    match kind:
        case FactType.BOOL | FactType.CHOICE if test.operator == "in":
            return Comparison(holds=value in _texts(test.wanted))
        case FactType.BOOL | FactType.CHOICE | FactType.COUNT | FactType.HOURS:
            return Comparison(holds=_ORDER[test.operator](value, test.wanted))
        case FactType.TEXT | FactType.TEXTS:
            found = tuple(text for text in _texts(value) if _fits(_texts(test.wanted), text))
            return Comparison(holds=bool(found), texts=found)
        case FactType.PROSE:
            spans = tuple(_search(_texts(test.wanted), _text(value)))
            return Comparison(holds=bool(spans), spans=spans)


def _texts(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (_text(value),)


def _text(value: Value) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a text was expected, not {type(value).__name__}")
    return value


def _fits(patterns: tuple[str, ...], text: str) -> bool:
    """Whether the whole text is one of the patterns; `*` stands for anything, case does not matter."""
    return any(compiled.search(_encodable(text)) for compiled in _compiled(patterns, _whole))


def _search(phrases: tuple[str, ...], text: str) -> Iterator[tuple[int, int]]:
    """Where the phrases stand in the text as whole words, in order, at most MOST_SPANS of them."""
    searched = _encodable(text[:LONGEST_PROSE])
    spans = {found.span(1) for compiled in _compiled(phrases, _words) for found in compiled.finditer(searched)}
    yield from sorted(spans)[:MOST_SPANS]


def _encodable(text: str) -> str:
    """The text as RE2 can read it: lone surrogates become `?`, one for one, so offsets stay true."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


@functools.lru_cache(maxsize=1024)
def _compiled(entries: tuple[str, ...], write: Callable[[tuple[str, ...]], str]) -> tuple[Any, ...]:
    """The entries as a few patterns; one alone could outgrow RE2's memory. Cached, for re2's own cache holds 128."""
    options = re2.Options()
    options.max_mem = _MAX_MEMORY_BYTES
    options.log_errors = False
    parts = [entries[at : at + _ENTRIES_A_PATTERN] for at in range(0, len(entries), _ENTRIES_A_PATTERN)]
    return tuple(re2.compile(write(part), options) for part in parts)


def _whole(patterns: tuple[str, ...]) -> str:
    return r"(?is)\A(?:" + "|".join(".*".join(map(re2.escape, text.split("*"))) for text in patterns) + r")\z"


def _words(phrases: tuple[str, ...]) -> str:
    """RE2's own word boundary knows ASCII only, so the neighbours are matched by Unicode classes."""
    words = "|".join(_SPACE.join(map(_word, phrase.split())) for phrase in phrases)
    return rf"(?is)(?:\A|{_NOT_A_WORD})({words})(?:\z|{_NOT_A_WORD})"


def _word(word: str) -> str:
    for apostrophe in _APOSTROPHES:
        word = word.replace(apostrophe, "'")
    escaped: str = re2.escape(word)
    return escaped.replace(re2.escape("'"), f"[{''.join(_APOSTROPHES)}]")
