"""What somebody said, in his own words: plain text, without quoted history, the signature apart.

Spans stay true: the own words are as long as the text they were taken from, with blanks where somebody else
speaks, so an offset into one is an offset into the other. Blanks are line breaks, so no sentence runs across.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from policies.html_text import from_html
from policies.html_unseen import may_hide
from policies.quoted import Span, bared, lines_of, quoted_spans
from policies.searched import OwnWords, sentences
from policies.signature import signature_start
from policies.ticket import Comment

LONGEST = 64 * 1024
"""Characters of a comment that are judged; what comes later is not looked at."""

# Half a character: UTF-8 cannot carry it, so neither RE2 nor a helpdesk takes it.
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_ASKING = re.compile(r"\?[^\w\s]{0,4}\s*\Z")
_SAID, _QUOTATIONS = "said", "quotations"
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
    """The comment as plain text, at most 64 Ki: the helpdesk's own; made from HTML that hides something, or alone."""
    text = from_html(comment.html or "") if is_read_from_html(comment) else comment.text
    return _LONE_SURROGATE.sub("\ufffd", text[:LONGEST])


def is_read_from_html(comment: Comment) -> bool:
    """Whether its plain text is made from its HTML, whatever its text says."""
    return bool(comment.html) and (not comment.text.strip() or may_hide(comment.html or ""))


def said(comment: Comment) -> Said:
    """The author's own words and his signature; worked out once for a comment."""
    own: Said | None = comment.memo.get(_SAID)
    if own is None:
        own = comment.memo[_SAID] = _said(comment)
    return own


def quotations(comment: Comment) -> str:
    """What it quotes, as long as the plain text: line breaks where its author speaks, and no marks and mail headers.

    Empty if it quotes nothing; worked out once for a comment.
    """
    quoted: str | None = comment.memo.get(_QUOTATIONS)
    if quoted is None:
        text = _in_lines(comment)
        spans = quoted_spans(text)
        quoted = comment.memo[_QUOTATIONS] = bared(_only(text, spans)) if spans else ""
    return quoted


def _in_lines(comment: Comment) -> str:
    # One character for one, so that offsets stay; and a line of Windows' is still one line.
    return plain(comment).replace("\r\n", " \n").translate(_LINE_ENDS)


def _said(comment: Comment) -> Said:
    text = _in_lines(comment)
    lines = lines_of(text)
    spans = quoted_spans(text, lines)
    own = _without(text, spans, quotations(comment), comment.own_quotes) if spans else text
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


def _only(text: str, spans: Sequence[Span]) -> str:
    """The text with line breaks for all but these spans."""
    gaps = zip((0, *(end for _, end in spans)), (*(start for start, _ in spans), len(text)), strict=True)
    return _laid_over(text, ((start, "\n" * (end - start)) for start, end in gaps))


def _without(text: str, spans: Sequence[Span], quoted: str, kept: Sequence[Span]) -> str:
    """The text with line breaks for these spans, but for what is to be kept of what they say."""
    blank = _laid_over(text, ((start, "\n" * (end - start)) for start, end in spans))
    return _laid_over(blank, ((start, quoted[start:end]) for start, end in kept))


def _laid_over(text: str, patches: Iterable[tuple[int, str]]) -> str:
    """The text with others in place of what stands at these places, given in order."""
    pieces: list[str] = []
    position = 0
    for start, patch in patches:
        pieces += [text[position:start], patch]
        position = start + len(patch)
    pieces.append(text[position:])
    return "".join(pieces)
