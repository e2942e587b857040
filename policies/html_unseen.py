"""What of a page nobody sees: it neither adds words nor splits any."""

import re
from collections.abc import Mapping, Sequence

import re2
from selectolax.lexbor import LexborNode

_UNSEEN = "script, style, head, title, template, noscript, object, svg, iframe, datalist, [hidden]"
_ZERO = r"[+-]?(?:0+(?:\.0*)?|\.0+)"
_NOTHING = re.compile(rf"{_ZERO}(?:[a-z]+|%)?")
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
    styled = [(node, _declared(node)) for node in body.css("[style]")]
    if any(_has_no_size(style) or _is_invisible(style) for _, style in styled):
        _drop_texts(body)
    # Nothing inside can be seen, whatever it says itself.
    take_out([node for node, style in styled if style.get("display") == "none" or _is_nothing(style.get("opacity"))])


def take_out(nodes: Sequence[LexborNode]) -> None:
    """Takes nodes out of their page, given in its order: inner ones first, for nothing is left of them afterwards."""
    for node in reversed(nodes):
        node.decompose()


def _drop_texts(body: LexborNode) -> None:
    """What is inside may say otherwise: newsletters set the size of a row to 0 and that of its cells to 14."""
    left = [(body, False, False)]
    while left:
        node, without_size, invisible = left.pop()
        for child in list(node.iter(include_text=True)):
            if not child.is_text_node:
                style = _declared(child)
                no_size = _has_no_size(style) if "font-size" in style else without_size
                left.append((child, no_size, _is_invisible(style) if "visibility" in style else invisible))
            elif without_size or invisible:
                child.decompose()


def _has_no_size(style: Mapping[str, str]) -> bool:
    return _is_nothing(style.get("font-size"))


def _is_invisible(style: Mapping[str, str]) -> bool:
    return style.get("visibility") in ("hidden", "collapse")


def _is_nothing(value: str | None) -> bool:
    return value is not None and _NOTHING.fullmatch(value) is not None


def _declared(node: LexborNode) -> Mapping[str, str]:
    """What its style says, in small letters. Of what it says twice the last holds, but for what it calls important."""
    declared: dict[str, str] = {}
    important: set[str] = set()
    for declaration in (node.attributes.get("style") or "").lower().split(";"):
        name, value = (part.strip() for part in declaration.partition(":")[::2])
        plain = value.removesuffix("important").rstrip()
        is_important = plain != value and plain.endswith("!")
        if is_important or name not in important:
            declared[name] = plain[:-1].rstrip() if is_important else value
        if is_important:
            important.add(name)
    return declared
