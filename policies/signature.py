"""Where a signature begins at the end of a message: a delimiter, a closing formula, or a name set apart."""

import re
from collections.abc import Sequence
from itertools import pairwise

import re2

from policies.quoted import Line

_LOOKED_AT = 14
"""Lines from the end in which a signature may begin: an address, a phone number and a disclaimer fit in."""

_LONGEST_LINE = 200

_DELIMITER = re2.compile(r"^\s*(?:--|—|__+|-{3,}|\*{3,})\s*$")
_DASHED_NAME = re2.compile(r"^\s*(?:-{1,2}|—|–|~)\s?\p{Lu}[\p{L}'.-]+(?:\s+\p{Lu}[\p{L}'.&-]+){0,4}\s*$")
_DASHES = frozenset("-—–~_*")
# Python's own engine for these two: they look at 200 characters at most, and it answers five times as fast.
_DEVICE = re.compile(
    r"(?i)^\s*(?:sent from (?:my|the|outlook|mail|yahoo|proton)|get outlook for|von meinem .{1,30} gesendet|"
    r"envoyé de mon|enviado desde mi|enviado do meu)\b"
)
_CLOSING = re.compile(
    r"(?i)^\s*(?:(?:with )?(?:many |my |kind(?:est)? |warm(?:est)? |best |sincere )*(?:regards|wishes)|"
    r"all the best|best|(?:yours )?(?:sincerely|faithfully|truly)(?: yours)?|yours|cheers|thanks|"
    r"many thanks|thank you|thanks again|thanks in advance|respectfully|cordially|take care|"
    r"mit (?:freundlichen|besten|herzlichen) grüßen|"
    r"(?:viele|liebe|beste|schöne|freundliche|herzliche) grüße|mfg|lg|(?:bien )?cordialement|bien à vous|"
    r"(?:meilleures |sincères )?salutations|(?:un )?(?:cordial )?saludos?(?: cordiales)?|atentamente|"
    r"atenciosamente|cumprimentos|(?:com os )?melhores cumprimentos|abraços)"
    r"(?:\s+(?:from|and regards).{0,40})?\s*[,.!]*\s*$"
)
# A short line of capitalised words, set apart: "Account Review Team", "Anna Berg".
_NAME_LINE = re2.compile(
    r"^\s*(?:The )?\p{Lu}[\p{L}'.&-]*,?(?:\s+(?:\p{Lu}[\p{L}'.&-]*|&|and|of|the|for|de|van|von|at),?){0,5}\s*$"
)


def signature_start(lines: Sequence[Line]) -> int | None:
    """The index of the line where the signature begins; None without one. A message is never all signature."""
    written = [index for index, line in enumerate(lines) if line.text.strip()]
    if len(written) < 2:
        return None
    after = dict(pairwise(written))
    for index in written[1:][-_LOOKED_AT:]:
        following = lines[after[index]].text if index in after else ""
        if _opens(lines[index].text[:_LONGEST_LINE], following):
            return index
    return _name_set_apart(lines, written)


def is_closing_formula(line: str) -> bool:
    """Whether a line says "Kind regards" or the like, and no name."""
    return _CLOSING.search(line[:_LONGEST_LINE]) is not None


def _opens(text: str, following: str) -> bool:
    """Whether a signature begins with this line. After "Thanks!" it does only if no sentence follows."""
    is_dashed = text.lstrip()[:1] in _DASHES
    if any(pattern.search(text) for pattern in ((_DELIMITER, _DASHED_NAME) if is_dashed else (_DEVICE,))):
        return True
    is_name = len(following) <= 60 and not following.rstrip().endswith((".", "?", "!"))
    return is_name and is_closing_formula(text)


def _name_set_apart(lines: Sequence[Line], written: Sequence[int]) -> int | None:
    """The last line or two, where they are names and stand below an empty line or a whole sentence."""
    start = None
    for index in reversed(written[1:][-3:]):
        if len(lines[index].text) > 60 or not _NAME_LINE.search(lines[index].text):
            break
        start = index
    if start is None or lines[start - 1].text.rstrip()[-1:] not in ("", ".", "!", "?", ","):
        return None
    return start
