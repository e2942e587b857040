"""HTML as a reader sees it: plain text with line breaks where blocks end, `> ` before quoted mails, nothing hidden.

`plainText` of `deploy/app-shared/gate.js` does the same in the agent's browser, so that offsets agree.
"""

from collections import Counter
from html import unescape

import re2
from selectolax.lexbor import LexborHTMLParser, LexborNode

from policies.html_unseen import drop_unseen, take_out

_LONGEST = 512 * 1024
"""Characters of HTML that are parsed; a comment of 64 KiB of text has room for seven times its length in marks."""
_DEEPEST = 400
"""Open elements at once. The parser's work grows with depth times length, so deeper ones are stripped by a scan."""

# Gmail, Freshdesk, Zendesk, Thunderbird, Yahoo, Proton: where each puts the mail that is answered.
_QUOTED = (
    "blockquote, .gmail_quote, .gmail_attr, .freshdesk_quote, .zd_quoted, .moz-cite-prefix, .yahoo_quoted, "
    ".protonmail_quote"
)
# Outlook on the web marks only where the old mail begins; it goes on to the end of its parent.
_OLD_MAIL_BEGINS = "#divRplyFwdMsg, #appendonsend"
# Stand where a quotation begins and ends while the text is taken; who writes them himself only quotes himself.
_OPENS, _CLOSES = "\ue000", "\ue001"
_NO_MARKS = str.maketrans("", "", _OPENS + _CLOSES)
# Line breaks are written in before parsing: moving nodes about in a parsed tree takes quadratic time.
_BREAKS = re2.compile(
    r"(?i)</?(?:br|p|div|li|ul|ol|tr|table|h[1-6]|pre|section|article|header|footer|hr|blockquote)(?:\s[^<>]*)?/?>"
)
# Cells stand side by side, and what is in them is not one word.
_CELL_ENDS = re2.compile(r"(?i)</t[dh]\s*>")
_TAG = re2.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]*>")
# These close themselves, or are closed by the next of their kind.
_SELF_CLOSED = "br hr img input link meta wbr col area base embed source track p li td th tr dt dd option"


def from_html(html: str, *, quotes: bool = True) -> str:
    """The visible text of at most the first 512 Ki characters of HTML; each line of a quoted mail after `> `, or none.

    `quotes`: whether quoted mails are told at all.
    """
    html = html[:_LONGEST].replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    html = _CELL_ENDS.sub(r" \g<0>", html)
    if _is_too_deep(html):
        return _lines(unescape(_TAG.sub("", _BREAKS.sub("\n", html))))
    tree = LexborHTMLParser(_BREAKS.sub(r"\n\g<0>", " ".join(html.split())))
    if tree.body is None:
        return ""
    drop_unseen(tree.body)
    (_mark_quotes if quotes else _drop_quotes)(tree.body)
    return _lines(tree.body.text())


def _mark_quotes(body: LexborNode) -> None:
    opening = body.css_first(_OLD_MAIL_BEGINS)
    if opening is not None and opening.parent is not None:
        opening.insert_before(_OPENS)
        opening.parent.insert_child(_CLOSES)
    for node in body.css(_QUOTED):
        node.insert_before(_OPENS)
        node.insert_after(_CLOSES)


def _drop_quotes(body: LexborNode) -> None:
    opening = body.css_first(_OLD_MAIL_BEGINS)
    while opening is not None and opening.next is not None:
        opening.next.decompose()
    take_out(body.css(f"{_QUOTED}, {_OLD_MAIL_BEGINS}"))


def _is_too_deep(html: str) -> bool:
    opened: Counter[str] = Counter()
    shallow = frozenset(_SELF_CLOSED.split())
    for match in _TAG.finditer(html):
        closes, name = match.group(1), match.group(2).lower()
        # A closing tag counts only for an element that is open: stray ones must not hide the depth.
        if name not in shallow and (not closes or opened[name]):
            opened[name] += -1 if closes else 1
            if opened.total() > _DEEPEST:
                return True
    return False


def _lines(text: str) -> str:
    """Runs of spaces as one, no more than one empty line, nothing at the ends; quoted lines after `> `."""
    lines: list[str] = []
    depth = 0
    for line in text.replace(_OPENS, f"\n{_OPENS}").replace(_CLOSES, f"{_CLOSES}\n").split("\n"):
        depth += line.count(_OPENS)
        words = " ".join(line.translate(_NO_MARKS).split())
        if words or (lines and lines[-1]):
            lines.append(f"> {words}" if words and depth else words)
        depth = max(0, depth - line.count(_CLOSES))
    return "\n".join(lines).strip()
