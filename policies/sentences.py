"""Where the sentences of a text begin and end."""

import re
from collections.abc import Iterator

from policies.abbreviations import AMIDST, BEFORE_NUMBERS, TITLES_AND_LEADS

Span = tuple[int, int]

# A sentence ends at . ! ? … followed by white space, at an empty line, and before a list's bullet. Nothing is given
# back once it is taken (`++`), so a thousand full stops take a thousand steps, not a million. The pattern begins with
# a class and looks back from there, for Python's engine skips to a class quickly, and to nothing else.
# No sentence ends in a German date ("am 3. Mai").
_IN_A_DATE = r"[ \t](?:[a-zäöü]|Jan|Feb|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez)"
_END = re.compile(
    r"(?a)[.!?…\n](?:"
    rf"(?<=[.!?…])(?<![.!?…].)(?!(?<=\b\d\.){_IN_A_DATE})(?!(?<=\b\d\d\.){_IN_A_DATE})"
    r"[.!?…]*+[\"')\]]*+(?:\s++|\Z)"
    r"|(?<=\n)\s*\n|(?<=\n)\s*[-*•]\s)"
)


# The word before a stop, with stops of its own ("z.B"), and a number or a letter before that.
_BEFORE = re.compile(r"(?:(\d|\b[^\W\d_]\.)[ \t]?)?(?<![^\W_])((?:[^\W_]+\.)*[^\W_]+)\Z")
_LONGEST = 12
_DAY_AND_MONTH = re.compile(r"\d\d?\.\d\d?")
_ALONE_AT_ENDS = frozenset("iu")
"""Letters that customers end a sentence with: "thank u. bye"."""


def split(text: str) -> Iterator[Span]:
    """Where each sentence starts and ends, its closing mark included. Lines of one paragraph belong together."""
    start = 0
    for end in _END.finditer(text):
        if not _is_abbreviation(text, end):
            yield start, end.end()
            start = end.end()
    if start < len(text):
        yield start, len(text)


def _is_abbreviation(text: str, end: re.Match[str]) -> bool:
    """Whether it is a full stop that goes on: "No. 5", "z. B. heute", "5 p.m. today"."""
    stop, after = end.start(), text[end.end() : end.end() + 2]
    is_lone_stop = bool(after) and end.group()[0] == "." and end.group()[1:].isspace() and "\n\n" not in end.group()
    found = _BEFORE.search(text, max(0, stop - _LONGEST), stop) if is_lone_stop else None
    return found is not None and _goes_on(found[1] or "", found[2], after)


def _goes_on(before: str, written: str, after: str) -> bool:
    word, is_amidst = written.lower(), after[0].islower() or after[0].isdigit()
    if word in TITLES_AND_LEADS:
        return True
    if word in BEFORE_NUMBERS and after[0].isdigit():
        return True
    if word in AMIDST or _DAY_AND_MONTH.fullmatch(word):
        return is_amidst
    if len(word) > 1 or not word.isalpha() or before.isdigit() or (word in _ALONE_AT_ENDS and after[1:] != "."):
        return False
    return written.islower() or before.endswith(".")
