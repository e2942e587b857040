"""Which words of a question may name what it is about: letters only, no names of people, no addresses, no numbers.

A topic is a word or two that stand side by side. It is told only once several customers have used it, so that nobody's
own words are.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from policies.folding import fold
from policies.terms import FUNCTION_WORDS, is_slight, stem, without_accents

MOST = 24
"""Words and pairs that one question is counted under."""
LEAST_CUSTOMERS = 3
"""A word that fewer customers used is told to nobody."""
_LONGEST_LOOK = 2_000
_SHORTEST, _LONGEST = 3, 24
_STRETCH = re.compile(r"\S+")
_ADDRESS = re.compile(r"@|://|[^\W_]\.[^\W_]")
_TOKEN = re.compile(r"[^\W_]+(?:'[^\W\d_]{1,2}\b)?")
_SIDE_BY_SIDE = re.compile(r"'?[ \t]+|-")
_VAGUE = frozenset(
    # What asks, tells time or judges, and names no matter; days and months come back and are no news.
    """
    able accept actual actually afternoon against ain allow already answer anymore apparently appear apply aren
    available bad begin behaviour believe best better bit book check cheers choose claim clear click colleague come
    complete confirm confuse confusing correct couldn currently daily date dear decline deny didn different doesn
    don double due edit end error evening exact exactly expect expire explain far fast finally find fine first fix
    follow free full further gone good great guess happen hasn haven hope hours instead isn keep kind late later least
    left long longer look lot love madam main make manage matter mean message midnight minute minutes moment morning
    much near next nice night noon normal note notice often ones part pass perhaps place please point possible
    possibly previous proper properly quick quickly ready real receive recent recently refuse regards reject
    remember remove require right same second seconds seem sent several shouldn show simple sir situation soon speak
    specific stay step stuck suddenly suppose sure talk than thing third thought times today together tomorrow
    tonight totally tried tries trying twice two unable under understand until usual usually valid various visible
    wait wasn weekend weren whole win won wonder worry wouldn wrote yesterday
    monday tuesday wednesday thursday friday saturday sunday
    january february march april may june july august september october november december
    montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag heute morgen gestern gultig
    januar februar marz mai juni juli oktober dezember
    lundi mardi mercredi jeudi vendredi samedi dimanche aujourd demain hier valable
    janvier fevrier mars avril juin juillet aout septembre octobre novembre decembre
    lunes martes miercoles jueves viernes sabado domingo hoy manana ayer valido
    enero febrero marzo abril mayo junio julio septiembre octubre noviembre diciembre
    segunda terca quarta quinta sexta hoje amanha ontem
    janeiro fevereiro abril maio junho julho setembro outubro dezembro
    """.split()  # noqa: SIM905 - a list of three hundred lines is no easier to read
)
_VAGUE_TERMS = frozenset(map(stem, _VAGUE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word, or two side by side. `key` is the same however it is inflected; `name` is as it was written."""

    key: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """How often questions that got a doubtful answer held a word, besides the ticket that is judged."""

    customers: int = 0
    """Within the last day."""
    known_by: int = 0
    """Within four weeks and that day."""
    usual: float | None = None
    """Tickets a day in the four weeks before; None: not watched for long enough to tell."""
    told_as: str | None = None
    """The topic under which ops heard of such a ticket within the last day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    start: int
    end: int
    term: str
    name: str
    is_slight: bool


def topic_words(texts: Iterable[str], people: Iterable[str]) -> tuple[Word, ...]:
    """The words and pairs of these texts, in order; none of what `people` are called."""
    banned = frozenset(stem(word) for name in people for word in _plain_words(name))
    found: dict[str, Word] = {}
    # A full stop between two texts keeps their words from standing side by side.
    for word in _candidates(_without_addresses(fold(" . ".join(texts)[:_LONGEST_LOOK]).text), banned):
        found.setdefault(word.key, word)
    return tuple(found.values())[:MOST]


def _without_addresses(text: str) -> str:
    return _STRETCH.sub(lambda found: "." if _ADDRESS.search(found[0]) else found[0], text)


def _candidates(text: str, banned: frozenset[str]) -> Iterator[Word]:
    before: _Token | None = None
    for token in _tokens(text, banned):
        if not token.is_slight:
            yield Word(key=token.term, name=token.name)
        if before is not None and _SIDE_BY_SIDE.fullmatch(text[before.end : token.start]):
            pair = _pair(before, token)
            if pair is not None:
                yield pair
        before = token


def _pair(first: _Token, second: _Token) -> Word | None:
    if (first.is_slight and second.is_slight) or first.term == second.term:
        return None
    return Word(key=" ".join(sorted((first.term, second.term))), name=f"{first.name} {second.name}")


def _tokens(text: str, banned: frozenset[str]) -> Iterator[_Token]:
    """The words that tell something, with where they stand."""
    for found in _TOKEN.finditer(text):
        name = found[0].partition("'")[0].casefold()
        plain = without_accents(name)
        if not name.isalpha() or plain in FUNCTION_WORDS or not _SHORTEST <= len(name) <= _LONGEST:
            continue
        term = stem(plain)
        if term not in banned and term not in _VAGUE_TERMS:
            yield _Token(start=found.start(), end=found.end(), term=term, name=name, is_slight=is_slight(term))


def _plain_words(name: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", without_accents(fold(name).text.casefold()))
