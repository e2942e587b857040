"""Why words are about a declared change, for whoever wrote it: what in them spoke for it, and with how many points."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from policies.bulletin_matching import Asked, Profile
from policies.terms import alike, terms


class ReasonKind(StrEnum):
    """What speaks for a bulletin, or against it."""

    ALIAS = "alias"
    WORDS = "words"
    EXAMPLE = "example"
    TONE = "tone"
    MEANING = "meaning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One of them, with its share of the score."""

    kind: ReasonKind
    points: float
    found: tuple[str, ...] = ()
    """The alias, the shared words as they were written, or the example."""


def reasons(asked: Asked, profile: Profile, text: str, rarity: Mapping[str, float]) -> Iterator[Reason]:
    """What the score is made of; what counts nothing is left out."""
    grounds, said = asked.grounds, text[asked.start : asked.end]
    there = frozenset(terms(said))
    shared = (there - grounds.name) & profile.words.keys()
    told = (
        Reason(kind=ReasonKind.ALIAS, points=grounds.named, found=_alias(profile, grounds.name)),
        Reason(kind=ReasonKind.WORDS, points=grounds.beside, found=_written(said, shared)),
        Reason(kind=ReasonKind.EXAMPLE, points=grounds.like_example, found=_example(profile, there, rarity)),
        Reason(kind=ReasonKind.TONE, points=grounds.tone),
        Reason(kind=ReasonKind.MEANING, points=grounds.means),
    )
    return (reason for reason in told if reason.points)


def _alias(profile: Profile, name: frozenset[str]) -> tuple[str, ...]:
    return tuple(alias for alias in profile.bulletin.aliases if name and frozenset(terms(alias)) == name)[:1]


def _written(said: str, shared: frozenset[str]) -> tuple[str, ...]:
    """The words that stand for these terms, as they were written, each once."""
    words = {word.casefold(): word for word in map(_bare, said.split()) if shared.intersection(terms(word))}
    return tuple(words.values())


def _bare(word: str) -> str:
    """The word without what stands around it."""
    inside = [place for place, char in enumerate(word) if char.isalnum()]
    return word[inside[0] : inside[-1] + 1] if inside else ""


def _example(profile: Profile, there: frozenset[str], rarity: Mapping[str, float]) -> tuple[str, ...]:
    """The example question that is most alike."""
    examples = zip(profile.bulletin.asked_like, profile.examples, strict=True)
    closest = max(examples, key=lambda example: alike(there, example[1], rarity), default=None)
    return (closest[0],) if closest else ()
