"""Words of questions that were left in doubt, counted over tickets. Each function runs inside one transaction."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, and_, case, func, select

from policies.topic_words import LEAST_CUSTOMERS, Usage
from service.store import topics
from service.store.databases import insert_all_new
from service.store.schema import doubts, mentions
from service.store.topic_records import UNDECLARED, Doubt, MentionKind, Spans, Topic

_MOST_SHOWN = 10
_MOSTLY = 0.8
"""A word that shares so many of its tickets with another is the same topic."""


def remember(connection: Connection, ticket_seq: int, new: Iterable[Doubt], at: datetime) -> None:
    """Writes doubts down; one that is there already stays as it is."""
    insert_all_new(
        connection,
        doubts,
        [
            {
                "ticket_seq": ticket_seq,
                "change_id": doubt.change_id,
                "word": doubt.word,
                "name": doubt.name,
                "customer": doubt.customer,
                "at": at,
            }
            for doubt in new
        ],
    )


def topics_since(connection: Connection, since: datetime) -> tuple[Topic, ...]:
    """What tickets spoke of since then, the most tickets first; what nobody has declared comes last."""
    return (*topics.declared(connection, since), *undeclared(connection, since))


def usage(connection: Connection, words: Collection[str], customer: str, spans: Spans) -> dict[str, Usage]:
    """How often these words were in doubt, besides this customer's tickets."""
    is_new = doubts.c.at >= spans.new_since
    found = (
        select(
            doubts.c.word,
            func.count(case((is_new, doubts.c.customer)).distinct()).label("customers"),
            func.count(doubts.c.customer.distinct()).label("known_by"),
            func.count(case((~is_new, doubts.c.ticket_seq)).distinct()).label("before"),
        )
        .where(doubts.c.word.in_(words), doubts.c.at >= spans.usual_since, doubts.c.customer != customer)
        .group_by(doubts.c.word)
    )
    told = _told(connection, words, spans.new_since)
    counted = {
        row.word: Usage(
            customers=row.customers,
            known_by=row.known_by,
            usual=None if spans.days is None else row.before / spans.days,
            told_as=told.get(row.word),
        )
        for row in connection.execute(found)
    }
    unheard = Usage(usual=None if spans.days is None else 0.0)
    return {word: counted.get(word, unheard) for word in words}


def _told(connection: Connection, words: Collection[str], since: datetime) -> dict[str, str]:
    """The topics under which ops heard since then of changes that left these words in doubt."""
    same = and_(doubts.c.ticket_seq == mentions.c.ticket_seq, doubts.c.change_id == mentions.c.change_id)
    found = (
        select(doubts.c.word, func.min(mentions.c.topic).label("topic"))
        .join(mentions, same)
        .where(
            doubts.c.word.in_(words),
            doubts.c.name.is_not(None),
            doubts.c.at >= since,
            mentions.c.kind == MentionKind.OPS_NOTE,
            mentions.c.topic.like(f"{UNDECLARED}%"),
        )
        .group_by(doubts.c.word)
    )
    return {row.word: row.topic.removeprefix(UNDECLARED) for row in connection.execute(found)}


@dataclass(slots=True)
class _Heard:
    """What is known of one word."""

    names: Counter[str] = field(default_factory=Counter)
    tickets: set[int] = field(default_factory=set)
    customers: set[str] = field(default_factory=set)
    answers: set[tuple[int, str]] = field(default_factory=set)
    times: list[datetime] = field(default_factory=list)


def undeclared(connection: Connection, since: datetime) -> Iterator[Topic]:
    """What answers were in doubt about since then and no bulletin declared, what ops were told first.

    Only words that several customers used, the ten with the most tickets, and of words that go together one.
    """
    heard = _heard(connection, since)
    notes = _notes(connection, since)
    names = {word: _name(one, notes) for word, one in heard.items() if len(one.customers) >= LEAST_CUSTOMERS}
    ranked = sorted(
        (word for word, name in names.items() if name),
        key=lambda word: (names[word] not in notes, -len(heard[word].tickets), " " not in names[word], names[word]),
    )
    shown: list[_Heard] = []
    for word in ranked:
        one = heard[word]
        if names[word] not in notes and _goes_with(one, shown):
            continue
        shown.append(one)
        yield _topic(names[word], one, notes.get(names[word], {}))
        if len(shown) == _MOST_SHOWN:
            return


def _goes_with(one: _Heard, others: Iterable[_Heard]) -> bool:
    return any(len(one.tickets & other.tickets) >= _MOSTLY * len(one.tickets) for other in others)


def _heard(connection: Connection, since: datetime) -> dict[str, _Heard]:
    heard: dict[str, _Heard] = {}
    for row in connection.execute(select(doubts).where(doubts.c.at >= since).order_by(doubts.c.seq)):
        one = heard.setdefault(row.word, _Heard())
        one.names.update([row.name] if row.name else [])
        one.tickets.add(row.ticket_seq)
        one.customers.add(row.customer)
        one.answers.add((row.ticket_seq, row.change_id))
        one.times.append(row.at)
    return heard


def _notes(connection: Connection, since: datetime) -> dict[str, dict[str, int]]:
    """How often ops were told of undeclared topics since then, by name and policy."""
    is_theirs = and_(mentions.c.kind == MentionKind.OPS_NOTE, mentions.c.topic.like(f"{UNDECLARED}%"))
    found = (
        select(mentions.c.topic, mentions.c.policy, func.count().label("number"))
        .where(mentions.c.at >= since, is_theirs)
        .group_by(mentions.c.topic, mentions.c.policy)
    )
    notes: dict[str, dict[str, int]] = {}
    for row in connection.execute(found):
        notes.setdefault(row.topic.removeprefix(UNDECLARED), {})[row.policy] = row.number
    return notes


def _name(one: _Heard, told: Collection[str]) -> str:
    """As ops were told of it, else as most customers write it; empty while it is not to be told."""
    names = [name for name, _ in one.names.most_common()]
    return next((name for name in names if name in told), names[0] if names else "")


def _topic(name: str, one: _Heard, notes: dict[str, int]) -> Topic:
    return Topic(
        id=name,
        is_declared=False,
        tickets=len(one.tickets),
        asks=0,
        hedges=len(one.answers),
        contradictions=0,
        ops_notes=notes,
        newest_at=max(one.times),
    )
