r"""Words in RE2's eyes: where one starts and ends in any script, and what a phrase of an admin's says as a pattern.

RE2's own word boundary knows ASCII only, and a class such as `[^\pL\pM\pN_]` makes every pattern that holds it a
hundred times as large. So the text tells instead: `marked` moves each sign that is no part of a word to the last
plane of Unicode, one character for one, and two plain ranges tell words from signs. Patterns are marked alike.
"""

import re
import unicodedata
from itertools import pairwise
from typing import Any

import re2

from policies.folding import fold

_WORD = r"0-9A-Z_a-z\x{80}-\x{FFFFF}"
_FIRST_SIGN = 0x100000
_SPACE = r"[,;:]?\s+"
_GAP = _SPACE + r"(?:[^\s.!?]+\s+){0,3}"
_BY_CLASS = re.compile(r"\\[pP]\{?\^?[PSZC][a-z]?\b|\\x[{89a-fA-F]")
_TOKEN = re.compile(r"\([^()]*\)|\S+")


def marked(text: str) -> str:
    """The text, offsets kept, in which `edged` patterns tell words from signs. Every separator is a space."""
    if text.isascii():
        return text
    kinds = {char: unicodedata.category(char)[0] for char in set(text) if not char.isascii()}
    signs = {ord(char): _sign(char, kind) for char, kind in kinds.items() if kind not in "LMN"}
    return text.translate(signs) if signs else text


def _sign(char: str, kind: str) -> int:
    return ord(" ") if kind == "Z" else _FIRST_SIGN | ord(char) & 0xFFFF


def edged(source: str, *, opens: bool = True, closes: bool = True) -> str:
    """The pattern as group 1, at the edges of words."""
    left = rf"(?:^|[^{_WORD}])" if opens else ""
    right = rf"(?:$|[^{_WORD}])" if closes else ""
    return f"{left}({source}){right}"


def admitted(pattern: str) -> str:
    """The RE2 source of an admin's pattern, for a marked text; raises ValueError in his words."""
    if _BY_CLASS.search(pattern):
        raise ValueError(r"a pattern writes a sign as it is: `«`, not `\pP` or `\x{AB}`")
    return edged(f"(?:{marked(pattern)})")


def spelled(phrase: str) -> str:
    """The RE2 source of a phrase, for a marked text; raises ValueError in the admin's words."""
    tokens = _TOKEN.findall(marked(fold(phrase).text))
    if not tokens or tokens[0] == "*" or tokens[-1] == "*":
        raise ValueError("a phrase starts and ends with a word; `*` stands between words")
    source = _word(tokens[0])
    for before, word in pairwise(tokens):
        if word != "*":
            source += (_GAP if before == "*" else _SPACE) + _word(word)
    return edged(f"(?:{source})", opens=_is_wordlike(phrase.strip()[0]), closes=_is_wordlike(phrase.strip()[-1]))


def compiled(source: str) -> Any:
    """The pattern, for a marked text; raises ValueError with RE2's reason."""
    try:
        return re2.compile(source, options())
    except re2.error as error:
        reason = error.args[0] if error.args else error
        plain = reason.decode(errors="replace") if isinstance(reason, bytes) else reason
        raise ValueError(f"RE2 does not take it: {plain}") from error


def options() -> Any:
    """How every phrase is compiled: case does not matter; errors are raised, not printed."""
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    return options


def _word(word: str) -> str:
    """One word, or several to choose from; in round brackets a choice may be more than one word."""
    is_group = word.startswith("(") and word.endswith(")")
    choices = (word[1:-1] if is_group else word).split("|")
    return f"(?:{'|'.join(_choice(choice) for choice in choices)})"


def _choice(choice: str) -> str:
    return _SPACE.join(_with_endings(re.escape(part)) for part in choice.split())


def _with_endings(word: str) -> str:
    """`*` as any letters. An apostrophe may be missing, but not beside a `*`: `*n't` must not find "want"."""
    return word.replace(r"\*", f"[{_WORD}]*") if "*" in word else word.replace("'", "'?")


def _is_wordlike(char: str) -> bool:
    return char.isalnum() or char in "_(*)"
