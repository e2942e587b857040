"""What of a page nobody sees: it neither adds words nor splits any."""

import re
from collections.abc import Sequence

import re2
from selectolax.lexbor import LexborNode

_UNSEEN = "script, style, head, title, template, noscript, object, svg, iframe, datalist, [hidden]"
_ENDS = r"\s*(?:!\s*important\s*)?(?:;|$)"
_ZERO = r"[+-]?(?:0+(?:\.0*)?|\.0+)"
_NOTHING = rf"{_ZERO}(?:[a-z]+|%)?{_ENDS}"
# Nothing inside can be seen, whatever it says itself.
_HIDDEN = re.compile(rf"(?i)(?:^|;)\s*(?:display\s*:\s*none{_ENDS}|opacity\s*:\s*{_NOTHING})")
# What is inside may say otherwise: newsletters set the size of a row to 0 and that of its cells to 14.
_SIZE = re.compile(r"(?i)(?:^|;)\s*font-size\s*:")
_NO_SIZE = re.compile(rf"(?i)(?:^|;)\s*font-size\s*:\s*{_NOTHING}")
_VISIBILITY = re.compile(r"(?i)(?:^|;)\s*visibility\s*:")
_INVISIBLE = re.compile(rf"(?i)(?:^|;)\s*visibility\s*:\s*(?:hidden|collapse){_ENDS}")
# The same in a page that is not read yet.
_MAY_HIDE = re2.compile(
    r"(?i)\sstyle\s*=[^<>]*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|"
    rf"(?:font-size|opacity)\s*:\s*{_ZERO}[a-z%\s;\"'!>])|<[^<>]*\shidden[\s=>/]"
)


def may_hide(html: str) -> bool:
    """Whether a page hides something from its reader; now and then also where it does not."""
    return _MAY_HIDE.search(html) is not None


def drop_unseen(body: LexborNode) -> None:
    """Takes out of a page what is not shown. Rules of style sheets are not read: helpdesks take them out of mails."""
    take_out(body.css(_UNSEEN))
    styled = [(node, node.attributes.get("style") or "") for node in body.css("[style]")]
    if any(_NO_SIZE.search(style) or _INVISIBLE.search(style) for _, style in styled):
        _drop_texts(body)
    take_out([node for node, style in styled if _HIDDEN.search(style)])


def take_out(nodes: Sequence[LexborNode]) -> None:
    """Takes nodes out of their page, given in its order: inner ones first, for nothing is left of them afterwards."""
    for node in reversed(nodes):
        node.decompose()


def _drop_texts(body: LexborNode) -> None:
    left = [(body, False, False)]
    while left:
        node, without_size, invisible = left.pop()
        for child in list(node.iter(include_text=True)):
            if not child.is_text_node:
                style = child.attributes.get("style") or ""
                left.append(
                    (
                        child,
                        bool(_NO_SIZE.search(style)) if _SIZE.search(style) else without_size,
                        bool(_INVISIBLE.search(style)) if _VISIBILITY.search(style) else invisible,
                    )
                )
            elif without_size or invisible:
                child.decompose()
