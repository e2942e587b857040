"""What a text has to hold for a phrase to be in it: looked up first, it spares nearly every search and decides none."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, groupby, pairwise

from policies.stretch import RUN, Pair
from policies.terms import FUNCTION_WORDS, SUPPORT_WORDS

Word = tuple[str, ...]
"""What stands before, between and after the `*` of a word; one text for a word without any."""
Choice = tuple[Word, ...]
"""Words that follow each other, to choose among others; none for the whole word it is listed under."""
Told = str | Pair
"""What a text tells: a word, with a `*` before it a part of one, or a pair of words."""
Need = frozenset[Told]
"""What a text has to hold for a phrase to be in it: one of these."""

JUST_THE_WORD: Choice = ()
_COMMON = frozenset(
    re.findall(
        r"\w+",
        "the of it is to we you as in on and not for are was be no do us our me my an at by or so if he "
        "with this that have will your from been more just",
    )
)
_OFTEN: Mapping[str, int] = {
    **dict.fromkeys(FUNCTION_WORDS | SUPPORT_WORDS, 15),
    **dict.fromkeys(
        re.findall(
            r"\w+",
            "on be have are with as can my if do will t s from but or was no at so me an by our us has he they all don "
            "one there would could isn doesn didn won m ll ve an es zu ein mit ich sie und nicht ist auf im den von "
            "pas vous nous et un une est pour que dans os as um uma con por se los las para",
        ),
        60,
    ),
    **dict.fromkeys(
        re.findall(
            r"\w+", "the to you i a and is it in of for that your not we this die der das de la le les el en o e"
        ),
        250,
    ),
}
"""In how many of a thousand sentences a word is; roughly, and of five languages together."""
_RARE = 2
_PART_LENGTHS = (900, 700, 400, 120, 20)
"""The same of a part of a word, by its length."""


def commonness(need: Iterable[Told]) -> int:
    """How likely a text meets it: what is short, or in every text, is in most."""
    return sum(map(commonness_of, need))


def commonness_of(told: Told) -> int:
    """The same of one word, of a part of one, or of a pair: in about so many of a thousand sentences."""
    if isinstance(told, tuple):
        return 1 + min(_OFTEN.get(word, _RARE) for word in told) // 8
    letters = told.removeprefix("*")
    often = _OFTEN.get(letters, _RARE)
    if len(letters) < len(told):
        return max(often, _PART_LENGTHS[len(letters)] if len(letters) < len(_PART_LENGTHS) else 5)
    return often


def parts_in(need: Need) -> Sequence[str]:
    """The parts of words among them."""
    return tuple(told[1:] for told in need if isinstance(told, str) and told.startswith("*"))


def need_of(by_word: Mapping[str, Sequence[Choice]], others: Sequence[Choice], *, is_whole: bool) -> Need:
    """Of each choice two words side by side, else the longest word; without a whole word, the longest part of any.

    `is_whole`: no choice may begin or end within a word.
    """
    needed: set[Told] = {word for word, choices in by_word.items() if JUST_THE_WORD in choices}
    for choice in filter(None, chain(others, *by_word.values())):
        stretches = _stretches(choice)
        told = [pair for runs in stretches for pair in pairwise(runs)] if is_whole else []
        if told:
            needed.add(told[0] if len(told) == 1 else max(told, key=_pair_weight))
        elif any(stretches):
            needed.add(max(chain.from_iterable(stretches), key=_weight))
        else:
            needed.add("*" + max(chain.from_iterable(choice), key=len))
    return frozenset(needed)


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
