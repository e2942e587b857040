"""Where the sentences of a text begin and end."""

import re
from collections.abc import Iterator

# A sentence ends at . ! ? … followed by white space, at an empty line, and before a list's bullet. Nothing is given
# back once it is taken (`++`), so a thousand full stops take a thousand steps, not a million.
# No sentence ends in a German date ("am 3. Mai").
_IN_A_DATE = r"\.[ \t](?:[a-zäöü]|Jan|Feb|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez)"
_END = re.compile(
    rf"(?a)(?!(?<=\b\d){_IN_A_DATE})(?!(?<=\b\d\d){_IN_A_DATE})"
    r"(?<![.!?…])[.!?…]++[\"')\]]*+(?:\s++|\Z)|\n\s*\n|\n\s*[-*•]\s"
)


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Where each sentence starts and ends, its closing mark included. Lines of one paragraph belong together."""
    start = 0
    for end in _END.finditer(text):
        yield start, end.end()
        start = end.end()
    if start < len(text):
        yield start, len(text)
