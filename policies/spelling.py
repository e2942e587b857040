"""A phrase as an admin writes it, read into what is looked for in a text."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain, pairwise, product

from policies.folding import fold
from policies.needs import JUST_THE_WORD, Choice, Word
from policies.phrasing import Item, Phrase
from policies.stretch import RUN
from policies.wording import lowered, marked

_WRITTEN = re.compile(r"\([^()]*\)|\S+")
_GAP = "*"
_MOST_APOSTROPHES = 3


def read_phrase(phrase: str) -> Phrase:
    """The phrase, ready to be looked for; raises ValueError in the admin's words."""
    written = _WRITTEN.findall(lowered(marked(fold(phrase).text)))
    if not written or written[0] == _GAP or written[-1] == _GAP:
        raise ValueError("a phrase starts and ends with a word; `*` stands between words")
    pairs = pairwise(["", *written])
    items = tuple(_item(words, after_gap=before == _GAP) for before, words in pairs if words != _GAP)
    if items[0].is_optional or items[-1].is_optional:
        raise ValueError("the first and the last word of a phrase cannot be left out")
    stripped = phrase.strip()
    opens, closes = _is_wordlike(stripped[0]), _is_wordlike(stripped[-1])
    return Phrase(items=items, opens=opens, closes=closes)


def _item(words: str, *, after_gap: bool) -> Item:
    """One word, or several to choose from; in round brackets a choice may be more than one word."""
    by_word: dict[str, tuple[Choice, ...]] = {}
    others: list[Choice] = []
    is_optional = False
    is_group = words.startswith("(") and words.endswith(")")
    for written in (words[1:-1] if is_group else words).split("|"):
        if written.isalnum():  # nearly every one, and by far the quickest
            by_word[written] = (*by_word.get(written, ()), JUST_THE_WORD)
            continue
        is_optional = is_optional or not written.strip()
        for choice in _readings(written):
            first = _first_word(choice)
            if first:
                by_word[first] = (*by_word.get(first, ()), choice)
            else:
                others.append(choice)
    return Item(after_gap=after_gap, is_optional=is_optional, by_word=by_word, others=others)


def _readings(written: str) -> Iterable[Choice]:
    """What one choice may look like in a text."""
    if not written.strip():
        return ()
    if "'" not in written and "*" not in written:
        return (tuple(map(_alone, written.split())),)
    return product(*map(_spellings, written.split()))


@lru_cache(1 << 15)
def _alone(word: str) -> Word:
    """A word without a `*`. Kept once, for packs say the same words tens of thousands of times."""
    return (word,)


def _first_word(choice: Choice) -> str:
    """The word of a text that the choice begins with; empty if it begins with a sign, or the word goes on with `*`."""
    first = choice[0][0]
    run = RUN.match(first)
    is_whole = run is not None and (len(choice[0]) == 1 or run.end() < len(first))
    return run.group() if run is not None and is_whole else ""


def _spellings(word: str) -> Sequence[Word]:
    """An apostrophe may be missing, but not beside a `*`: `*n't` must not find "want"."""
    if "*" in word:
        return [tuple(word.split("*"))]
    parts = word.split("'", _MOST_APOSTROPHES)
    marks = product(("'", ""), repeat=len(parts) - 1)
    spelled = ("".join(chain.from_iterable(zip(parts, (*some, ""), strict=True))) for some in marks)
    return [_alone(word) for word in spelled if word]


def _is_wordlike(char: str) -> bool:
    return char.isalnum() or char in "_(*)"
