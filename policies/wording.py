r"""Where a word starts and ends in any script, for RE2 and for our own search alike.

RE2's own word boundary knows ASCII only, and a class such as `[^\pL\pM\pN_]` makes every pattern that holds it a
hundred times as large. So the text tells instead: `marked` moves each sign that is no part of a word to the last
plane of Unicode, one character for one, and two plain ranges tell words from signs. Patterns are marked alike.
"""

import re
import unicodedata
from typing import Any

import re2

WORD = "0-9A-Z_a-z\x80-\U000fffff"
"""The characters of words, in a class of Python's."""
_WORD = r"0-9A-Z_a-z\x{80}-\x{FFFFF}"
_FIRST_SIGN = 0x100000
_MOST_BYTES = 1 << 20
"""Of one pattern and what it keeps of the texts it has seen; with RE2's own 8 MiB, hundreds of them fill a machine."""
_BY_CLASS = re.compile(r"\\[pP]\{?\^?[PSZC][a-z]?\b|\\x[{89a-fA-F]")


def marked(text: str) -> str:
    """The text, offsets kept, in which `edged` patterns tell words from signs. Every separator is a space."""
    if text.isascii():
        return text
    kinds = {char: unicodedata.category(char)[0] for char in set(text) if not char.isascii()}
    signs = {ord(char): _sign(char, kind) for char, kind in kinds.items() if kind not in "LMN"}
    return text.translate(signs) if signs else text


def lowered(text: str) -> str:
    """The text in lower case, offsets kept: a letter that would become two stays as it is."""
    lower = text.lower()
    if len(lower) != len(text):
        lower = "".join(low if len(low := char.lower()) == 1 else char for char in text)
    return lower.replace("ς", "σ")


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


def compiled(source: str) -> Any:
    """The pattern, for a marked text; raises ValueError with RE2's reason."""
    try:
        return re2.compile(source, options())
    except re2.error as error:
        reason = error.args[0] if error.args else error
        plain = reason.decode(errors="replace") if isinstance(reason, bytes) else reason
        # RE2 repeats the whole pattern, which is longer than what was written.
        raise ValueError(f"RE2 does not take it: {plain.removesuffix(source).removesuffix(': ')}") from error


def options() -> Any:
    """How every phrase is compiled: case does not matter; errors are raised, not printed."""
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = _MOST_BYTES
    return options
