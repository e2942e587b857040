"""Which part of a sentence speaks of one thing: "we closed your account, and | we wish you a nice weekend".

A guard that tells another subject, a time or a wish says nothing of the clause beside it. One that tells a condition, a
question or a contrast does: "if you do not pay, the account is closed, and no appeal is possible".
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

_BORDER = re.compile(r"[;,](?:(?<=;)\s|(?<=,)\s(?=(?:and|but|und|aber|y|pero|et|mais|e|mas)\s))")
_FOR_ALL = re.compile(
    r"\?|\b(?:but|however|yet|aber|doch|pero|mais|mas|"
    r"if|unless|when|whenever|whether|would|could|might|may|case|should|once|until|till|provided|"
    r"wenn|falls|sofern|solange|sobald|ob|bis|würde\w*|könnte\w*|"
    r"si|sauf|moins|quand|lorsque|dès|jusqu\w*|cuando|caso|se|quando|salvo|menos|hasta|até)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clauses:
    """A sentence by clauses. `starts`, `ends`: of what parts two of them, in order."""

    starts: Sequence[int]
    ends: Sequence[int]
    length: int

    def around(self, start: int, end: int) -> tuple[int, int]:
        """Where the clause or clauses begin and end that [start, end) stands in."""
        before, after = bisect_right(self.ends, start), bisect_left(self.starts, end)
        return self.ends[before - 1] if before else 0, self.starts[after] if after < len(self.starts) else self.length


def clauses_of(sentence: str) -> Clauses | None:
    """Its clauses; None where it is but one."""
    borders = [border.span() for border in _BORDER.finditer(sentence)]
    if not borders:
        return None
    return Clauses(starts=[start for start, _ in borders], ends=[end for _, end in borders], length=len(sentence))


def holds_for_all(guard: str) -> bool:
    """Whether a guard, as it is written, tells of the whole sentence wherever in it it stands."""
    return bool(_FOR_ALL.search(guard))
