"""Comparing a fact's value with what a policy asks: the one place where texts are matched.

RE2 only, so the time taken is linear in the text whatever an admin wrote or a customer sent.
"""

import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import re2

from policies.folding import fold
from policies.policy import Test
from policies.reading import FactType
from policies.verdict import Value
from policies.wording import edged, marked

LONGEST_PROSE = 64 * 1024
"""Characters of a text that are searched; what comes after them is not judged."""
LONGEST_ENTRY = 200
"""Characters of a text a policy may ask for; _ENTRIES_A_PATTERN of them always fit RE2's 8 MiB."""
MOST_SPANS = 20

_ENTRIES_A_PATTERN = 50
"""A list becomes several patterns; one alone could outgrow RE2's memory."""
_NEVER = r"[^\x{0}-\x{10FFFF}]"

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


def is_too_long(entry: str) -> bool:
    """Whether a policy asks for more than LONGEST_ENTRY characters, as they are searched: one may stand for many."""
    return len(fold(entry).text) > LONGEST_ENTRY


def compare(test: Test, kind: FactType, value: Value) -> Comparison:
    """The known value of a fact of this kind, compared. Raises TypeError if the value is of another kind."""
    match kind:
        case FactType.BOOL | FactType.CHOICE if test.operator == "in":
            return Comparison(holds=value in _texts(test.wanted))
        case FactType.BOOL | FactType.CHOICE | FactType.COUNT | FactType.HOURS | FactType.BUSINESS_HOURS:
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
    folded = fold(text).text
    return any(compiled.search(folded) for compiled in _compiled(patterns, _whole))


def _search(phrases: tuple[str, ...], text: str) -> Sequence[tuple[int, int]]:
    """Where the phrases stand in the text as whole words, in order, at most MOST_SPANS of them."""
    folded = fold(text[:LONGEST_PROSE])
    searched = marked(folded.text)
    found = (match.span(1) for compiled in _compiled(phrases, _words) for match in compiled.finditer(searched))
    return sorted({folded.original(start, end) for start, end in found})[:MOST_SPANS]


@functools.lru_cache(maxsize=4096)
def _compiled(entries: tuple[str, ...], write: Callable[[Sequence[str]], str]) -> tuple[Any, ...]:
    """The entries as a few patterns. Kept, for re2's own cache holds 128 and compiling a long list takes its time."""
    options = re2.Options()
    options.log_errors = False
    texts = [fold(entry).text for entry in entries]
    parts = [texts[at : at + _ENTRIES_A_PATTERN] for at in range(0, len(texts), _ENTRIES_A_PATTERN)]
    return tuple(re2.compile(write(part), options) for part in parts)


def _whole(patterns: Sequence[str]) -> str:
    return r"(?is)\A(?:" + "|".join(".*".join(map(re2.escape, text.split("*"))) for text in patterns) + r")\z"


def _words(phrases: Sequence[str]) -> str:
    """For a marked text, in which every separator is a white space."""
    words = [r"\s+".join(map(re2.escape, marked(phrase).split())) for phrase in phrases]
    return "(?i)" + edged("|".join(filter(None, words)) or _NEVER)
