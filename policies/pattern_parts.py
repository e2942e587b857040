r"""The parts of a pattern: the texts each may stand for, in lower case, with three marks.

A space is whatever parts words, `*` is anything or nothing, and `~` is what RE2 takes for no part of a word, such as a
letter beyond ASCII. So `(?:clos|end)(?:ed)?` is `clos` or `end`, then `ed` or nothing. What is not understood is `*`.
"""

import re
from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

from policies.wording import lowered

_LAST_LETTER = "\u024f"
"""Up to here the lower case of a letter is one letter, and RE2 thinks so too."""
_ODD_LETTERS = frozenset("\u0130\u0131\u0149\u017f\u01f0")

_CLASS = r"\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]"
TOKEN = re.compile(
    r"(?P<open>\((?:\?(?:P<\w+>|[ims]*(?:-[ims]+)?:))?(?!\?))"
    r"|(?P<times>(?:[?*+]|\{(?P<least>\d+)(?P<more>,\d*)?\})\??)"
    rf"|(?P<one_of>{_CLASS})"
    r"|(?P<escape>\\.)"
    r"|(?P<edge>[\^$])"
    r"|(?P<any>\.)"
    r"|(?P<letters>[^?*+{()\[\]\\.^$|]+(?![?*+{])|[^()\[\\])",
    re.DOTALL,
)
_PARENTHESIS = re.compile(rf"\\.|{_CLASS}|[()]", re.DOTALL)
_MEMBER = re.compile(r"\\.|.-[^\]]|.", re.DOTALL)
_PLAIN = re.compile(r"[a-z \n|'-]+(?:[a-z']\?[a-z \n|'-]*)*")
_SIGNS = {at: " " for at in range(128) if not (chr(at).isalnum() or chr(at) == "_")}
_PLAIN_SIGNS = {at: sign for at, sign in _SIGNS.items() if chr(at) not in "|?"}


class UnreadError(Exception):
    """A pattern has something in it that is not read here."""


class Part(NamedTuple):
    """What a part of a pattern may stand for, and what it surely begins and ends with where it is not left out."""

    texts: frozenset[str]
    opens: str
    """A space, `~` or nothing."""
    closes: str

    @property
    def is_optional(self) -> bool:
        """Whether it may be left out."""
        return "" in self.texts


def part(texts: frozenset[str]) -> Part:
    """The part that may stand for these."""
    return Part(texts, _edge({text[:1] for text in texts}), _edge({text[-1:] for text in texts}))


_SPACES, _EDGES = {"", " "}, {"", " ", "~"}


def _edge(chars: set[str]) -> str:
    return " " if chars <= _SPACES else "~" if chars <= _EDGES else ""


ANYTHING = part(frozenset({"*"}))
_NOTHING = part(frozenset({""}))
SPACE = part(frozenset({" "}))
_NO_LETTER = part(frozenset({"~"}))


def plain(written: str) -> Part | None:
    """A choice of plain words, which nearly every group is; None for any other."""
    if not _PLAIN.fullmatch(written):
        return None
    return part(frozenset(chain.from_iterable(map(_spellings, written.translate(_PLAIN_SIGNS).split("|")))))


def _spellings(choice: str) -> Sequence[str]:
    """A choice in which a `?` makes the letter before it optional, as often as there is one."""
    before, mark, after = choice.partition("?")
    if not mark:
        return (choice,)
    return [one + rest for rest in _spellings(after) for one in (before, before[:-1])]


def closings(source: str) -> dict[int, int]:
    """Where each group ends, by where it begins."""
    closings: dict[int, int] = {}
    opened: list[int] = []
    for sign in _PARENTHESIS.finditer(source):
        if sign.group() == "(":
            opened.append(sign.start())
        elif sign.group() == ")":
            if not opened:
                raise UnreadError
            closings[opened.pop()] = sign.start()
    return closings


def read(written: str, kind: str | None) -> Part:
    """What a token stands for that is no bracket, bar or number of times. Raises UnreadError."""
    match kind:
        case "letters":
            return _spelled(written)
        case "one_of":
            return _one_of(written)
        case "edge":
            return SPACE
        case "escape":
            return _escaped(written)
        case _:
            return ANYTHING


def _escaped(written: str) -> Part:
    char = written[1]
    if char in "snrtfvAz":
        return SPACE
    if char in "bW":
        return _NO_LETTER
    if char in "BSwdD":
        return ANYTHING
    if char.isalnum():
        raise UnreadError
    return _spelled(char)


def _one_of(written: str) -> Part:
    """The characters of a class, where they are few and written one by one."""
    if written[1] == "^" or "[:" in written:
        return ANYTHING
    members = [_member(member) for member in _MEMBER.findall(written[1:-1])]
    return ANYTHING if ANYTHING in members else part(frozenset().union(*(member.texts for member in members)))


def _member(written: str) -> Part:
    if written[0] == "\\":
        return _escaped(written)
    if len(written) == 1:
        return _spelled(written)
    first, last = ord(written[0]), ord(written[2])
    is_signs = last < ord("\x7f") and not any(chr(at).isalnum() or at == ord("_") for at in range(first, last + 1))
    return SPACE if is_signs else ANYTHING


def _spelled(letters: str) -> Part:
    """Letters as they are told here."""
    if letters.isascii():
        return part(frozenset({letters.lower().translate(_SIGNS)}))
    return part(frozenset({"".join(map(_letter, lowered(letters)))}))


def _letter(char: str) -> str:
    if char.isascii():
        return char if char.isalnum() or char == "_" else " "
    if char > "\U000fffff":
        return " "
    return "*" if char > _LAST_LETTER or char in _ODD_LETTERS or not char.isalpha() else char


def repeated(one: Part, token: re.Match[str]) -> Part:
    """A part as often as the token says."""
    sign, least, more = token.group()[0], token["least"], token["more"]
    is_once = sign == "?" or (more or least) in ("1", ",1")
    several = one if is_once or one in (SPACE, _NO_LETTER) else _several(one)
    may_be_none = "*" not in several.texts and (sign in "?*" or (least and int(least) == 0))
    return several._replace(texts=several.texts | {""}) if may_be_none else several


def _several(one: Part) -> Part:
    """One after the other."""
    if one.is_optional:
        return ANYTHING
    return part(frozenset({f"{one.opens}*{one.closes}"}))
