"""What a reply says of a declared change: that it is so, or that it is not. Pure.

Sentence by sentence. A sentence that asks, doubts, or tells of the past or of what somebody else said claims nothing.
The others are held against the bulletin's own sentences and against its examples of wrong answers; "still" and "no
longer" share all their other words, so two sentences agree only if both deny something or neither does. Wrong answers
that need no example ("it still applies") stand in phrase packs, one for each kind of change.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from policies.bulletin_matching import Profile, is_next_to_nothing, names
from policies.bulletins import BulletinKind
from policies.phrases import Match, sentences
from policies.terms import alike, terms, total

Find = Callable[[str, str], Sequence[Match]]
"""Where the phrase pack of a signal holds in a text."""

DENIALS = {
    BulletinKind.TOOK_AWAY: "unchanged",
    BulletinKind.CHANGED: "unchanged",
    BulletinKind.ADDED: "not_offered",
    BulletinKind.BROKEN: "all_well",
}
"""The pack that denies a change of this kind."""

_WRONG = 0.5
"""How alike a sentence is to an example of a wrong answer, from which it is one."""
_TOLD = 0.5
"""How much of a bulletin's sentence a reply must hold to tell it."""
_LONGEST_LOOK = 8_000
_CLAUSE = re.compile(r"[;:]\s|,\s+(?:and|but|so|please|und|aber|bitte|et|mais|y|pero|e|mas)\s")
_DENIES = re.compile(
    r"(?i)\b(?:not|no|never|nobody|nothing|none|without|cannot|neither|nicht|kein\w*|nie|niemand|nichts|ohne|"
    r"pas|jamais|rien|aucune?|sans|nunca|nada|ning[úu]n\w*|sin|n[ãa]o|nenhum\w*|sem)\b|n['’]t\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sentence:
    """A sentence that claims something."""

    start: int
    end: int
    text: str
    terms: frozenset[str]
    denies: bool


def contradiction(profile: Profile, text: str, find: Find) -> tuple[int, int] | None:
    """The first sentence that says the opposite of the bulletin; None if there is none."""
    for said in _claims(text, find):
        if _is_wrong(profile, said) or _is_denial(profile, said, find):
            return said.start, said.end
    return None


def telling(profile: Profile, text: str, find: Find) -> tuple[int, int] | None:
    """The first sentence that tells the bulletin in substance; None if there is none."""
    claims = (said for said in _claims(text, find) if not _is_wrong(profile, said))
    return next(((said.start, said.end) for said in claims if _is_told(profile, said)), None)


def _is_told(profile: Profile, said: _Sentence) -> bool:
    """Whether it holds enough of what one of the bulletin's sentences says beside the matter's name."""
    name = frozenset(term for name in profile.names for term in name)
    for true in _news(profile):
        news = true.terms - name
        if news and said.denies == true.denies and total(said.terms & news, {}) >= _TOLD * total(news, {}):
            return True
    return False


def _is_wrong(profile: Profile, said: _Sentence) -> bool:
    wrong = _closest(said, [_sentence(text) for text in profile.bulletin.said_like])
    return wrong >= _WRONG and wrong > _closest(said, _truths(profile))


def _is_denial(profile: Profile, said: _Sentence, find: Find) -> bool:
    """Whether it denies such a change in so many words, and the answer itself does not say the same of something."""
    pack = DENIALS[profile.bulletin.kind]
    found = find(pack, said.text)
    if not found:
        return False
    beside = said.text[: found[0].start] + " " + said.text[found[0].end :]
    if not names(said.terms, profile) and not is_next_to_nothing(frozenset(terms(beside)), profile):
        return False
    return _closest(said, [true for true in _truths(profile) if find(pack, true.text)]) < _WRONG


def _closest(said: _Sentence, others: Sequence[_Sentence]) -> float:
    return max((alike(said.terms, one.terms, {}) for one in others if one.denies == said.denies), default=0.0)


def _news(profile: Profile) -> list[_Sentence]:
    """The bulletin's substance: its title, and what `changed` and the answer say first."""
    bulletin = profile.bulletin
    return [_sentence(text) for text in (bulletin.title, *_split(bulletin.changed)[:1], *_split(bulletin.answer)[:1])]


def _truths(profile: Profile) -> list[_Sentence]:
    """All that is so, as the bulletin says it."""
    bulletin = profile.bulletin
    texts = (bulletin.title, *_split(bulletin.changed), *_split(bulletin.answer))
    return [_sentence(text) for text in texts]


def _split(text: str) -> list[str]:
    return [text[start:end] for start, end in _clauses(text)]


def _clauses(text: str) -> Iterator[tuple[int, int]]:
    """Sentences, parted once more where a new clause begins."""
    for start, end in sentences(text):
        cuts = [found.span() for found in _CLAUSE.finditer(text, start, end)]
        yield from zip((start, *(after for _, after in cuts)), (*(before for before, _ in cuts), end), strict=True)


def _claims(text: str, find: Find) -> Iterator[_Sentence]:
    for start, end in _clauses(text[:_LONGEST_LOOK]):
        words = text[start:end]
        if words.strip() and "?" not in words and not find("hedge", words) and not find("not_claimed", words):
            yield _sentence(words, start)


def _sentence(text: str, start: int = 0) -> _Sentence:
    denials = len(_DENIES.findall(text))
    return _Sentence(
        start=start, end=start + len(text), text=text, terms=frozenset(terms(text)), denies=denials % 2 == 1
    )
