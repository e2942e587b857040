"""Where the sentences of a text begin and end."""

import re
from collections.abc import Iterator

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


def split(text: str) -> Iterator[Span]:
    """Where each sentence starts and ends, its closing mark included. Lines of one paragraph belong together."""
    start = 0
    for end in _END.finditer(text):
        yield start, end.end()
        start = end.end()
    if start < len(text):
        yield start, len(text)
