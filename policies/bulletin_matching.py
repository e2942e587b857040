"""Which declared change a customer's words are about. Pure, and linear in the text.

What speaks for a bulletin: one of its names stands in the sentence; the sentence shares words with it that few other
bulletins have (idf, over the bulletins themselves); it resembles an example question; and it wonders or asks, which
tells "is the discount gone?" from "how do I use the discount?".
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import repeat
from types import MappingProxyType

from policies.bulletins import Bulletin
from policies.claims import Claim, claims
from policies.meaning import Likeness, Meanings, build_meanings
from policies.terms import alike, terms, total, weight
from policies.windows import Window, named, windows

ENOUGH = 1.0
"""The score from which words are about a bulletin. It and the shares below were set on one half of
tests/cases/bulletins/asked.yaml, rounded, and are held to floors on the other."""
_NAMED = 0.85
_LOOSELY_NAMED = 0.4
_OF_NAME = 0.1
_BESIDE_NAME = 0.35
_LIKE_EXAMPLE = 0.8
_WONDERS = 0.15
_ASKS = 0.1
_PLAIN = 0.3
_MOST_WORDS = 3.0
_LEAST = 0.6
_TOPICAL = 0.8

_LONGEST_LOOK = 4_000
_NOTHING: Mapping[str, float] = MappingProxyType({})
# That something is not as it was, or that somebody does not know why; in our five languages.
_WONDER = re.compile(
    r"(?i)\b(?:no longer|any ?more|used to|still|since when|gone|missing|stopped|ended|abolished|now|why|what for|"
    r"what happened|suddenly|until|refused?|(?:last|this|every) (?:year|month|time)|new|never|no|nothing|nobody|"
    r"nicht mehr|noch|seit wann|fehlt|weg|warum|wieso|wof[üu]r|abgeschafft|keine?[rnms]?|jetzt|"
    r"encore|depuis quand|maintenant|pourquoi|n'arrive|existe|"
    r"ya no|todav[íi]a|desde cu[áa]ndo|d[óo]nde|ahora|por qu[éeê]|ainda|desde quando|j[áa] n[ãa]o|falta)\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What speaks for a bulletin, in points that add up to the score."""

    name: frozenset[str]
    """The terms of the longest of its names that stands there."""
    named: float
    beside: float
    like_example: float
    tone: float
    means: float

    @property
    def score(self) -> float:
        """All points together."""
        return self.named + self.beside + self.like_example + self.tone + self.means


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A bulletin that words are about, and where that shows: offsets in characters into the text."""

    bulletin: Bulletin
    start: int
    end: int
    score: float
    grounds: Grounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A bulletin in terms."""

    bulletin: Bulletin
    names: tuple[tuple[str, ...], ...]
    words: Mapping[str, float]
    """How much a word speaks for it: more, if several of its texts hold it; less, if other bulletins do."""
    examples: tuple[frozenset[str], ...]
    news: tuple[Claim, ...]
    """Its substance: its title, and what `changed` and the answer say first."""
    truths: tuple[Claim, ...]
    """All that is so, as the bulletin says it."""
    wrongs: tuple[Claim, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulletins:
    """All declared changes, ready to be looked for. Made by `build_bulletins`."""

    profiles: tuple[Profile, ...] = ()
    rarity: Mapping[str, float] = field(default_factory=dict, repr=False)
    meanings: Meanings | None = field(default=None, repr=False)
    """Where a sentence model is at hand."""

    def in_force(self, at: datetime) -> tuple[Profile, ...]:
        """Those that count at this time."""
        return tuple(profile for profile in self.profiles if profile.bulletin.is_in_force(at))

    def asked_in(self, text: str, among: Sequence[Profile]) -> Asked | None:
        """Which of these the text is most about; None if it is about none of them."""
        heard = (asked for asked in self._heard_in(text, among) if asked.score >= ENOUGH)
        return max(heard, key=_surest, default=None)

    def closest_in(self, text: str, among: Sequence[Profile]) -> list[Asked]:
        """For each of these that shares enough with the text to be looked at, where it is most about it; best first."""
        best: dict[str, Asked] = {}
        for asked in self._heard_in(text, among):
            best[asked.bulletin.id] = max(best.get(asked.bulletin.id, asked), asked, key=_surest)
        return sorted(best.values(), key=_surest, reverse=True)

    def _heard_in(self, text: str, among: Sequence[Profile]) -> Iterator[Asked]:
        text = text[:_LONGEST_LOOK]
        if self.meanings is None:
            among = self._likely(frozenset(terms(text)), among, _NOTHING) if among else []
        told = list(windows(text)) if among else []
        meant = self.meanings.speak_for(told) if self.meanings else repeat(_NOTHING, len(told))
        for window, means in zip(told, meant, strict=True):
            yield from self._heard(window, means, among)

    def _likely(self, said: frozenset[str], among: Sequence[Profile], means: Mapping[str, float]) -> list[Profile]:
        """Those that share enough with these terms, or their meaning, to be looked at closely."""
        return [profile for profile in among if profile.bulletin.id in means or _worth(profile, said) >= _LEAST]

    def _heard(self, window: Window, means: Mapping[str, float], among: Sequence[Profile]) -> Iterator[Asked]:
        likely = self._likely(window.terms, among, means)
        asks = _ASKS if "?" in window.words else 0.0
        wonders = _WONDERS if likely and _WONDER.search(window.words) else 0.0
        for profile in likely:
            grounds = self._grounds(window, profile, asks + wonders, means.get(profile.bulletin.id, 0.0))
            start, end, score = window.start, window.end, grounds.score
            yield Asked(bulletin=profile.bulletin, start=start, end=end, score=score, grounds=grounds)

    def _grounds(self, window: Window, profile: Profile, tone: float, means: float) -> Grounds:
        name, is_close = named(window.order, profile.names)
        of_name = (_NAMED if is_close else _LOOSELY_NAMED) if name else 0.0
        return Grounds(
            name=name,
            named=of_name + _OF_NAME * _worth(profile, name),
            beside=_BESIDE_NAME * min(_worth(profile, window.terms - name), _MOST_WORDS),
            like_example=_LIKE_EXAMPLE
            * max((alike(window.terms, one, self.rarity) for one in profile.examples), default=0.0),
            tone=tone if name or tone else -_PLAIN,
            means=means,
        )


def _surest(asked: Asked) -> tuple[float, int]:
    """By score; of two alike, the shorter stretch of text."""
    return asked.score, asked.start - asked.end


def _worth(profile: Profile, said: frozenset[str]) -> float:
    return sum(profile.words[term] for term in said & profile.words.keys())


def names(said: frozenset[str], profile: Profile) -> bool:
    """Whether the terms of a sentence name the bulletin's matter at all."""
    return total(said & profile.words.keys(), {}) >= _TOPICAL


def build_bulletins(bulletins: Sequence[Bulletin], likeness: Likeness | None = None) -> Bulletins:
    """The bulletins in terms, each term weighed by how many of them hold it; in meaning too, with a sentence model."""
    spreads = [_spread(bulletin) for bulletin in bulletins]
    most = math.log(1 + len(bulletins)) or 1.0
    holders = Counter(term for spread in spreads for term in spread)
    rarity = {term: math.log(1 + len(bulletins) / count) / most for term, count in holders.items()}
    profiles = (_profile(bulletin, spread, rarity) for bulletin, spread in zip(bulletins, spreads, strict=True))
    meanings = build_meanings(bulletins, likeness) if likeness and bulletins else None
    return Bulletins(profiles=tuple(profiles), rarity=rarity, meanings=meanings)


def _spread(bulletin: Bulletin) -> Counter[str]:
    """In how many of the bulletin's texts a term stands."""
    texts = (bulletin.title, bulletin.changed, *bulletin.aliases, *bulletin.asked_like)
    return Counter(term for text in texts for term in set(terms(text)))


def _profile(bulletin: Bulletin, spread: Counter[str], rarity: Mapping[str, float]) -> Profile:
    # "One-time code" is left with "code", which names nothing.
    names = (name for alias in bulletin.aliases if len(name := tuple(terms(alias))) > 1 or len(alias.split()) == 1)
    title, changed, answer = (tuple(claims(text)) for text in (bulletin.title, bulletin.changed, bulletin.answer))
    return Profile(
        bulletin=bulletin,
        names=tuple(filter(None, names)),
        words={term: min(0.7 + 0.15 * count, 1.3) * weight(term, rarity) for term, count in spread.items()},
        examples=tuple(frozenset(terms(text)) for text in bulletin.asked_like),
        news=(*title, *changed[:1], *answer[:1]),
        truths=(*title, *changed, *answer),
        wrongs=tuple(claim for text in bulletin.said_like for claim in claims(text)),
    )
