"""What a text has to hold for a phrase to be in it: looked up first, it spares nearly every search and decides none."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, groupby, pairwise
from types import MappingProxyType

from policies.stretch import RUN, Pair, Stretch

Word = tuple[str, ...]
"""What stands before, between and after the `*` of a word; one text for a word without any."""
Choice = tuple[Word, ...]
"""Words that follow each other, to choose among others; none for the whole word it is listed under."""

JUST_THE_WORD: Choice = ()
_NO_USES: Mapping[str, int] = MappingProxyType({})
_COMMON = frozenset(
    re.findall(
        r"\w+",
        "the of it is to we you as in on and not for are was be no do us our me my an at by or so if he "
        "with this that have will your from been more just",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a text has to hold for a phrase to be in it: one of these words, pairs of words, or parts of words."""

    words: frozenset[str]
    pairs: frozenset[Pair] = frozenset()
    parts: tuple[str, ...] = ()

    def is_met(self, stretch: Stretch) -> bool:
        """Whether one of them is there."""
        if not self.words.isdisjoint(stretch.words) or not self.pairs.isdisjoint(stretch.pairs):
            return True
        return bool(self.parts) and any(part in stretch.text for part in self.parts)

    def commonness(self, uses: Mapping[str, int] = _NO_USES) -> int:
        """How likely a text meets it: what is short, or what many phrases use, is in most texts."""
        single = sum(uses.get(one, 1) + 10 * (len(one) <= 3) for one in (*self.words, *self.parts))
        return single + len(self.pairs)


def need_of(by_word: Mapping[str, Sequence[Choice]], others: Sequence[Choice], *, is_whole: bool) -> Need:
    """Of each choice two words side by side, else the longest word; without a whole word, the longest part of any.

    `is_whole`: no choice may begin or end within a word.
    """
    words = {word for word, choices in by_word.items() if JUST_THE_WORD in choices}
    pairs: set[Pair] = set()
    parts: set[str] = set()
    for choice in filter(None, chain(others, *by_word.values())):
        stretches = _stretches(choice)
        told = [pair for runs in stretches for pair in pairwise(runs)] if is_whole else []
        if told:
            pairs.add(told[0] if len(told) == 1 else max(told, key=_pair_weight))
        elif any(stretches):
            words.add(max(chain.from_iterable(stretches), key=_weight))
        else:
            parts.add(max(chain.from_iterable(choice), key=len))
    return Need(words=frozenset(words), pairs=frozenset(pairs), parts=tuple(parts))


def _stretches(choice: Choice) -> Sequence[Sequence[str]]:
    """The words of a choice that are whole, as they stand side by side: one with a `*` parts them."""
    alone = [word[0] for word in choice if len(word) == 1 and word[0].isalnum()]
    if len(alone) == len(choice):  # of nearly every choice, and quicker than what follows
        return [alone]
    plain = (words for is_plain, words in groupby(choice, key=lambda word: len(word) == 1) if is_plain)
    return [RUN.findall(" ".join([word[0] for word in words])) for words in plain]


def _pair_weight(pair: Pair) -> int:
    return _weight(pair[0]) + _weight(pair[1])


def _weight(run: str) -> int:
    """How much a word tells: what is in every text, little."""
    return len(run) + (0 if run in _COMMON else 100)
