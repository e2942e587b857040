"""Where somebody else's words begin in a message: quoted mails, forwarded mails, the helpdesk's own reply line.

Offsets are characters into the text as given. Each rule looks at one line and at most a few after it, so the
work is linear in the length of the text.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

import msgspec
import re2

Span = tuple[int, int]
_LONGEST_MARKER = 400
# French sets a space that does not break before a colon, and RE2's \s does not know it.
_COLON = "[\\s\u00a0\u202f]*:"

# "On 3 Mar 2026 at 10:12, Anna <anna@shop.example> wrote:" and its kin, which mail programs may wrap.
_ATTRIBUTION = re2.compile(
    r"(?i)^\s*(?:on|am|le|el|em|il|op|no dia|w dniu|den)\b.{0,300}"
    r"(?:wrote|schrieb(?: .{1,120})?|a écrit|escribió|escreveu|ha scritto|schreef(?: .{1,120})?|"
    rf"napisał\(?a?\)?|skrev(?: .{{1,120}})?){_COLON}\s*$"
)
# A mail program's line holds a time, a year or an address; "On Monday you wrote:" is somebody speaking.
_STAMP = re2.compile(r"\d{1,2}[:.h]\d\d|\b(?:19|20)\d\d\b|@")
_DIVIDER = re2.compile(
    r"(?i)^\s*(?:-{2,}|_{2,}|\*{2,})\s*(?:original message|original appointment|forwarded message|forwarded by .{1,80}|"
    r"ursprüngliche nachricht|weitergeleitete nachricht|message d'origine|message d’origine|message transféré|"
    r"mensaje original|mensaje reenviado|mensagem original|mensagem encaminhada)\s*(?:-{2,}|_{2,}|\*{2,})?\s*$"
)
# Zendesk: "##- Please type your reply above this line -##", in whatever language the account chose.
_REPLY_LINE = re2.compile(
    r"^\s*>*\s*##-.{1,200}-##|(?i)^\s*-{2,}\s*(?:please )?(?:reply|type your reply) above this line"
)
_HEADER_FROM = re2.compile(rf"(?i)^\s*\*?(?:from|von|de|da|van){_COLON}\*?\s+\S")
_HEADER_NEXT = re2.compile(
    r"(?i)^\s*\*?(?:sent|date|to|subject|cc|gesendet|datum|an|betreff|envoyé|objet|à|enviad[oa](?: el| em)?|fecha|para|"
    rf"asunto|data|assunto|inviato|oggetto|importan(?:ce|cia)|wichtigkeit|prioridade|importância){_COLON}\*?\s+\S"
)
_QUOTE_MARK = re2.compile(r"^\s{0,3}(?:>|&gt;|\|\s)")
_MARKER_BEGINS = frozenset("-_*#>")
_QUOTE_BEGINS = frozenset(">&|")
_MARKS = re2.compile(r"^\s*(?:(?:>|&gt;|\|\s)\s*)+")
# With what mail programs and helpdesks put before it: "RE: [Ticket 7] ".
_SUBJECT = re2.compile(
    rf"(?i)^\s*\*?(?:subject|betreff|objet|asunto|assunto|oggetto){_COLON}\*?\s+"
    rf"(?:(?:re|aw|wg|fwd?|tr|rv|res|enc){_COLON}\s*|\[[^\]]{{1,24}}\]\s*)*"
)
_HEADERS = 6
"""Lines of Outlook's header that are looked at."""
_RULE = re2.compile(r"^\s*[_-]{8,}\s*$")


class Line(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One line of a text: where it starts, and what it says without its line break."""

    start: int
    text: str

    @property
    def end(self) -> int:
        """Where its line break stands."""
        return self.start + len(self.text)


def lines_of(text: str) -> tuple[Line, ...]:
    """The lines of a text, broken at line feeds only, so that offsets stay plain to see."""
    lines: list[Line] = []
    start = 0
    for piece in text.split("\n"):
        lines.append(Line(start=start, text=piece))
        start += len(piece) + 1
    return tuple(lines)


def quoted_spans(text: str, lines: Sequence[Line] | None = None) -> tuple[Span, ...]:
    """The stretches of `text` that quote somebody, in order: `>` lines one by one, an old mail down to the end."""
    return tuple(_quoted(lines or lines_of(text), len(text)))


def _quoted(lines: Sequence[Line], end: int) -> Iterator[Span]:
    position = 0
    while position < len(lines):
        line = lines[position]
        if not line.text:
            position += 1
            continue
        attribution = _attribution_length(lines, position)
        if attribution and not _is_answered_below(lines, position + attribution):
            yield line.start, end
            return
        if _opens_old_mail(lines, position):
            yield line.start, end
            return
        taken = attribution or int(_is_marked(line))
        if taken:
            yield line.start, lines[position + taken - 1].end
        position += taken or 1


def _attribution_length(lines: Sequence[Line], position: int) -> int:
    """How many lines an "On ... wrote:" takes here, at most three; 0 when there is none."""
    joined = ""
    if not any(line.text.rstrip().endswith(":") for line in lines[position : position + 3]):
        return 0
    for length, line in enumerate(lines[position : position + 3], start=1):
        joined = f"{joined} {line.text}".strip()
        if len(joined) > _LONGEST_MARKER or not line.text.strip():
            return 0
        if joined.endswith(":") and _ATTRIBUTION.search(joined) and _STAMP.search(joined):
            return length
    return 0


def _is_answered_below(lines: Sequence[Line], position: int) -> bool:
    """Whether `>` lines follow: then what is not marked is the author's answer between or under them."""
    after = next((line for line in islice(lines, position, position + 3) if line.text.strip()), None)
    return after is not None and _is_marked(after)


def _is_marked(line: Line) -> bool:
    return line.text.lstrip()[:1] in _QUOTE_BEGINS and bool(_QUOTE_MARK.search(line.text))


def _opens_old_mail(lines: Sequence[Line], position: int) -> bool:
    text = lines[position].text
    may_open = text.lstrip()[:1] in _MARKER_BEGINS or ":" in text  # nearly no line does
    if not may_open or len(text) > _LONGEST_MARKER:
        return False
    if _DIVIDER.search(text) or _REPLY_LINE.search(text):
        return True
    if _RULE.search(text):
        return position + 1 < len(lines) and _is_header_block(lines, position + 1)
    return _is_header_block(lines, position)


def _is_header_block(lines: Sequence[Line], position: int) -> bool:
    """Outlook's way of quoting: From, and at least two of Sent, To, Subject in the lines after it."""
    if not _HEADER_FROM.search(lines[position].text[:_LONGEST_MARKER]):
        return False
    following = islice(lines, position + 1, position + _HEADERS)
    return sum(bool(_HEADER_NEXT.search(line.text[:_LONGEST_MARKER])) for line in following) >= 2


def bared(quoted: str) -> str:
    """What a quotation says, as long as it is: blank are its marks and who wrote when, but not what a subject says."""
    marked = "\n".join(_unmarked(line) for line in quoted.split("\n"))
    lines = lines_of(marked)
    told = [line.text for line in lines]
    for position, line in enumerate(lines):
        for taken in _header_lines(lines, position) if line.text else ():
            subject = _SUBJECT.match(told[taken])
            kept = told[taken][subject.end() :] if subject else ""
            told[taken] = kept.rjust(len(told[taken]), "\n")
    return "\n".join(told)


def _unmarked(line: str) -> str:
    marks = _MARKS.match(line) if line.lstrip()[:1] in _QUOTE_BEGINS else None
    return line[marks.end() :].rjust(len(line)) if marks else line


def _header_lines(lines: Sequence[Line], position: int) -> Sequence[int]:
    """Which lines, from this one on, tell who wrote when. Long ones may be wrapped, and each be a paragraph."""
    if not _is_header_block(lines, position):
        length = _attribution_length(lines, position) or int(_opens_old_mail(lines, position))
        return range(position, position + length)
    after = range(position + 1, min(position + 2 * _HEADERS, len(lines)))
    written = [at for at in after if lines[at].text.strip()]
    return [position, *(at for at in written[:_HEADERS] if _HEADER_NEXT.search(lines[at].text[:_LONGEST_MARKER]))]
