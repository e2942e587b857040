"""What a doubtful or wrong reply is about, counted over tickets: a declared change, or what nobody has declared yet.

An undeclared topic is a word, or two side by side, of the question that was left with a maybe. It is told only where
several customers have used it, and weighed against how often this desk is in doubt about it anyway.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from policies.phrases import sentences
from policies.reading import UNKNOWN, Fact, FactType, Moment, Reading
from policies.signals.bulletins import tickets_astray
from policies.signals.hedging import definite_questions, hedges
from policies.signals.matter import matter_or_spoken_of
from policies.signals.thread import Message
from policies.topic_words import LEAST_CUSTOMERS, Usage, Word, topic_words

_WORDS, _TOPIC = "words in doubt", "topic"
_NEVER = Usage()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Topic:
    """The word that stands out most among those of one question."""

    name: str
    customers: int
    times_usual: float | None
    is_told: bool


def words_in_doubt(moment: Moment) -> tuple[Word, ...]:
    """The words under which a hedged reply counts; none where it does not hedge, or the matter was declared."""
    if _WORDS not in moment.worked_out:
        moment.worked_out[_WORDS] = _words(moment)
    words: tuple[Word, ...] = moment.worked_out[_WORDS]
    return words


def _words(moment: Moment) -> tuple[Word, ...]:
    asked = definite_questions(moment) if _is_undeclared(moment) else None
    if asked is None:
        return ()
    message, spans = asked
    ticket = moment.ticket
    people = {ticket.requester, *(change.actor for change in ticket.changes)}
    names = [part for person in people for part in (person.name, (person.email or "").partition("@")[0])]
    words = topic_words(_around(message, spans), names)
    opens = bool(ticket.changes) and ticket.changes[0].id == message.change.id
    # Helpdesks and forms make many subjects themselves ("Chat with ..."), so one counts only where nothing else does.
    return words if words or not opens else topic_words([ticket.subject], names)


def _is_undeclared(moment: Moment) -> bool:
    return hedges(moment).value is True and matter_or_spoken_of(moment) is None


def _around(message: Message, questions: Sequence[tuple[int, int]]) -> list[str]:
    """The questions, and then what was said just before each: people complain in one sentence and ask in the next."""
    text = message.said.text
    before = {second: first for first, second in pairwise(sentences(text))}
    told = dict.fromkeys([*questions, *(before[span] for span in questions if span in before)])
    return [text[start:end] for start, end in told]


def _topic(moment: Moment) -> _Topic | None:
    """None where not even three customers share a word."""
    if _TOPIC not in moment.worked_out:
        shared = [word for word in words_in_doubt(moment) if _customers(moment, word) >= LEAST_CUSTOMERS]
        moment.worked_out[_TOPIC] = max((_weighed(moment, word) for word in shared), key=_rank, default=None)
    topic: _Topic | None = moment.worked_out[_TOPIC]
    return topic


def _weighed(moment: Moment, word: Word) -> _Topic:
    used = moment.usage.get(word.key, _NEVER)
    customers = _customers(moment, word)
    times = None if used.usual is None else customers / _on_a_busy_day(used.usual)
    return _Topic(
        name=used.told_as or word.name, customers=customers, times_usual=times, is_told=used.told_as is not None
    )


def _rank(topic: _Topic) -> tuple[float, int, bool, bool]:
    """What stands out more; of two alike what was told today, then the pair, which says more."""
    return topic.times_usual or 0.0, topic.customers, topic.is_told, " " in topic.name


def _on_a_busy_day(usual: float) -> float:
    """Chance alone brings twice the root more than usual on one day in forty."""
    return max(1.0, usual + 2 * math.sqrt(usual))


def _customers(moment: Moment, word: Word) -> int:
    return moment.usage.get(word.key, _NEVER).customers + 1


def topic(moment: Moment) -> Reading:
    """The title of the declared change, or the word or two of an undeclared matter."""
    matter = matter_or_spoken_of(moment)
    if matter is not None:
        return Reading(value=matter.bulletin.title)
    found = _topic(moment)
    return UNKNOWN if found is None else Reading(value=found.name)


def topic_tickets_astray(moment: Moment) -> Reading:
    """On how many tickets a reply went wrong about the topic within the last day, this one included."""
    if matter_or_spoken_of(moment) is not None:
        return tickets_astray(moment)
    if hedges(moment).value is not True:
        return UNKNOWN
    return Reading(value=max((_customers(moment, word) for word in words_in_doubt(moment)), default=1))


def topic_times_usual(moment: Moment) -> Reading:
    """How many times as many as on a busy day of this desk."""
    found = _topic(moment)
    return UNKNOWN if found is None or found.times_usual is None else Reading(value=math.floor(found.times_usual))


_NO_DOUBT = "where the reply goes against no declared change and leaves no definite question in doubt"
FACTS = (
    Fact(
        name="reply.topic",
        type=FactType.TEXT,
        means="What a human agent's wrong or doubtful reply is about: the title of the declared change; where none is "
        "declared, a word or two of the question that at least three customers in doubt have used within 24 hours.",
        unknown="where the reply leaves no question in doubt, and where too few customers share a word: so always "
        "offline, where there is no store",
        example="{reply.topic: {matches: '*promotion*'}}",
        read=topic,
        beside="bulletin.id",
        said=("the topic is {}", ""),
    ),
    Fact(
        name="reply.topic_tickets_astray",
        type=FactType.COUNT,
        means="Tickets on which a reply went wrong about this topic within the last 24 hours, this one included: as "
        "bulletin.tickets_astray, or of an undeclared topic, tickets of different customers whose question was left "
        "in doubt and shares a word with this one. Judged offline, it counts this ticket alone.",
        unknown=_NO_DOUBT,
        example="{reply.topic_tickets_astray: {gte: 5}}",
        read=topic_tickets_astray,
        said=("tickets with a wrong or doubtful answer about it in a day: {}", ""),
    ),
    Fact(
        name="reply.topic_times_usual",
        type=FactType.COUNT,
        means="How many times as many tickets in doubt share this undeclared topic's word as on a busy day of the four "
        "weeks before, rounded down. A busy day is the average and twice its root, and one at least.",
        unknown="in the first week of an account; where a change is declared; where too few customers share a word; "
        "offline",
        example="{reply.topic_times_usual: {gte: 3}}",
        read=topic_times_usual,
        said=("times as many as on a busy day: {}", ""),
    ),
)
"""What a policy may ask about topics that answers go wrong on."""
