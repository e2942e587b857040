"""What somebody said, in his own words: plain text, without quoted history, the signature apart.

Spans stay true: the own words are as long as the text they were taken from, with blanks where somebody else
speaks, so an offset into one is an offset into the other. Blanks are line breaks, so no sentence runs across.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from policies.html_text import from_html
from policies.quoted import lines_of, quoted_spans
from policies.searched import OwnWords, sentences
from policies.signature import signature_start
from policies.ticket import Comment

LONGEST = 64 * 1024
"""Characters of a comment that are judged; what comes later is not looked at."""

# Half a character: UTF-8 cannot carry it, so neither RE2 nor a helpdesk takes it.
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_ASKING = re.compile(r"\?[^\w\s]{0,4}\s*\Z")
_SAID = "said"
_LINE_ENDS = str.maketrans(dict.fromkeys("\r\x0b\x0c\x85\u2028\u2029", "\n"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One author's own words in one comment."""

    text: OwnWords
    """Offsets into it are offsets into `plain(comment)`; what is not his own is blank."""
    signature: str = ""
    """Everything from the closing formula on, e.g. "Kind regards\\nAnna"."""

    @property
    def words(self) -> int:
        """How many words there are."""
        return len(self.text.split())


def plain(comment: Comment) -> str:
    """The comment as plain text: the helpdesk's own where there is one, else made from the HTML; at most 64 Ki."""
    text = comment.text if comment.text.strip() or not comment.html else from_html(comment.html)
    return _LONE_SURROGATE.sub("\ufffd", text[:LONGEST])


def said(comment: Comment) -> Said:
    """The author's own words and his signature; worked out once for a comment."""
    own: Said | None = comment.memo.get(_SAID)
    if own is None:
        own = comment.memo[_SAID] = _said(comment)
    return own


def _said(comment: Comment) -> Said:
    # One character for one, so that offsets stay; and a line of Windows' is still one line.
    text = plain(comment).replace("\r\n", " \n").translate(_LINE_ENDS)
    lines = lines_of(text)
    spans = quoted_spans(text, lines)
    own = _blanked(text, spans) if spans else text
    lines = lines_of(own) if spans else lines
    start = signature_start(lines)
    if start is None:
        return Said(text=OwnWords(own))
    cut = lines[start].start
    return Said(text=OwnWords(own[:cut]), signature=own[cut:].strip())


def asks(text: str) -> Sequence[tuple[int, int]]:
    """The sentences that end in a question mark, as spans. A `?` inside a web address ends none."""
    if "?" not in text:
        return []
    return [(start, end) for start, end in sentences(text) if _ASKING.search(text[start:end])]


def _blanked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text with these spans replaced by as many line breaks."""
    pieces: list[str] = []
    position = 0
    for start, end in spans:
        pieces += [text[position:start], "\n" * (end - start)]
        position = end
    pieces.append(text[position:])
    return "".join(pieces)
