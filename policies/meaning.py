"""What a sentence model adds to the matching of bulletins: "full price at the till" shares no word with "discount".

The model comes from outside, ready to use: judging loads nothing. Without one, nothing is added.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from policies.bulletins import Bulletin
from policies.windows import Window

Likeness = Callable[[Sequence[str], Sequence[str]], Sequence[Sequence[float]]]
"""For each of some texts, how alike it is in meaning to each of some others: the cosine, -1.0 to 1.0.

The others are the same from call to call, as long as the bulletins are.
"""

_UNRELATED = 0.5
"""Up to here two sentences merely speak of the same trade."""
_WEIGHT = 3.0
"""Both were set on the first half of tests/cases/bulletins/asked.yaml; the second half is what is measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meanings:
    """The sentences of all bulletins, and what compares others with them."""

    likeness: Likeness
    texts: tuple[str, ...]
    owners: tuple[str, ...]
    """For each text, the id of its bulletin."""

    def speak_for(self, windows: Sequence[Window]) -> Iterator[Mapping[str, float]]:
        """For each window, by bulletin, how much its meaning speaks for it; only what does at all."""
        likenesses = self.likeness([window.words for window in windows], self.texts) if windows else ()
        for row in likenesses:
            best: dict[str, float] = {}
            for owner, like in zip(self.owners, row, strict=True):
                if like > _UNRELATED:
                    best[owner] = max(best.get(owner, 0.0), _WEIGHT * (float(like) - _UNRELATED))
            yield best


def build_meanings(bulletins: Sequence[Bulletin], likeness: Likeness) -> Meanings:
    """What each bulletin is called, says and is asked by, to be compared with."""
    told = [(text, one.id) for one in bulletins for text in (one.title, one.changed, *one.aliases, *one.asked_like)]
    return Meanings(likeness=likeness, texts=tuple(text for text, _ in told), owners=tuple(owner for _, owner in told))
