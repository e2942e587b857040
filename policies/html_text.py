"""HTML as a reader sees it: plain text with line breaks where blocks end, quoted mails left out."""

from collections import Counter

import re2
from selectolax.lexbor import LexborHTMLParser

_LONGEST = 512 * 1024
"""Characters of HTML that are parsed; a comment of 64 KiB of text has room for seven times its length in marks."""
_DEEPEST = 400
"""Open elements at once. The parser's work grows with depth times length, so deeper ones are stripped by a scan."""

_UNSEEN = "script, style, head, title, template, noscript, object, svg"
# Gmail, Freshdesk, Zendesk, Thunderbird, Yahoo, Proton: where each puts the mail that is answered.
_QUOTED = (
    "blockquote, .gmail_quote, .gmail_attr, .freshdesk_quote, .zd_quoted, .moz-cite-prefix, .yahoo_quoted, "
    ".protonmail_quote"
)
# Outlook on the web marks only where the old mail begins; it goes on to the end of its parent.
_OLD_MAIL_BEGINS = "#divRplyFwdMsg, #appendonsend"
# Line breaks are written in before parsing: moving nodes about in a parsed tree takes quadratic time.
_BREAKS = re2.compile(
    r"(?i)</?(?:br|p|div|li|ul|ol|tr|table|h[1-6]|pre|section|article|header|footer|hr|blockquote)(?:\s[^<>]*)?/?>"
)
_TAG = re2.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]*>")
# These close themselves, or are closed by the next of their kind.
_SELF_CLOSED = "br hr img input link meta wbr col area base embed source track p li td th tr dt dd option"


def from_html(html: str) -> str:
    """The visible text without quoted mails; at most as much as the first 512 Ki characters of HTML hold."""
    html = html[:_LONGEST].replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    if _is_too_deep(html):
        return _collapsed(_TAG.sub(" ", html))
    tree = LexborHTMLParser(_BREAKS.sub(r"\n\g<0>", " ".join(html.split())))
    if tree.body is None:
        return ""
    opening = tree.css_first(_OLD_MAIL_BEGINS)
    while opening is not None and opening.next is not None:
        opening.next.decompose()
    for node in tree.css(f"{_UNSEEN}, {_QUOTED}, {_OLD_MAIL_BEGINS}"):
        node.decompose()
    return _collapsed(tree.body.text())


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


def _collapsed(text: str) -> str:
    """Runs of spaces as one, no more than one empty line, nothing at the ends."""
    lines = [" ".join(line.split()) for line in text.split("\n")]
    kept = [line for index, line in enumerate(lines) if line or (index and lines[index - 1])]
    return "\n".join(kept).strip()
