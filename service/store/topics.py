"""Declared changes as tickets speak of them, counted over tickets. Each function runs inside one transaction."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from service.store.databases import insert_all_new
from service.store.schema import mentions
from service.store.topic_records import NO_TOPIC, UNDECLARED, Mention, MentionKind, Topic

_ASTRAY = (MentionKind.CONTRADICTION, MentionKind.HEDGE)


def remember(connection: Connection, ticket_seq: int, new: Iterable[Mention], at: datetime) -> None:
    """Writes mentions down; one that is there already stays as it is."""
    rows = [
        {
            "ticket_seq": ticket_seq,
            "change_id": mention.change_id,
            "topic": mention.topic,
            "kind": mention.kind,
            "policy": mention.policy,
            "at": at,
        }
        for mention in new
    ]
    insert_all_new(connection, mentions, rows)


def astray(connection: Connection, since: datetime, *, besides: int) -> dict[str, int]:
    """By topic, on how many tickets but this one an answer contradicted or hedged since then."""
    found = (
        select(mentions.c.topic, func.count(mentions.c.ticket_seq.distinct()).label("number"))
        .where(mentions.c.at >= since, mentions.c.kind.in_(_ASTRAY), mentions.c.ticket_seq != besides)
        .group_by(mentions.c.topic)
    )
    return {row.topic: row.number for row in connection.execute(found)}


def told(connection: Connection, since: datetime) -> frozenset[tuple[str, str]]:
    """The policies that ops heard of since then, each with its topic."""
    found = select(mentions.c.policy, mentions.c.topic).where(
        mentions.c.at >= since, mentions.c.kind == MentionKind.OPS_NOTE
    )
    return frozenset((row.policy, row.topic) for row in connection.execute(found))


def declared(connection: Connection, since: datetime) -> tuple[Topic, ...]:
    """Every declared topic that was mentioned since then, and what ops were told beside any, the most tickets first."""
    of_topic = (mentions.c.topic, func.count(mentions.c.ticket_seq.distinct()).label("tickets"))
    by_topic = select(*of_topic, func.max(mentions.c.at).label("newest_at")).group_by(mentions.c.topic)
    sort = (mentions.c.topic, mentions.c.kind, mentions.c.policy)
    by_sort = select(*sort, func.count().label("number")).group_by(*sort)
    counts: dict[str, list[Row[Any]]] = {}
    counted = (mentions.c.at >= since, mentions.c.topic.not_like(f"{UNDECLARED}%"))
    for row in connection.execute(by_sort.where(*counted)):
        counts.setdefault(row.topic, []).append(row)
    found = (_topic(row, counts[row.topic]) for row in connection.execute(by_topic.where(*counted)))
    return tuple(sorted(found, key=lambda topic: (-topic.tickets, topic.id)))


def _topic(row: Row[Any], counts: Iterable[Row[Any]]) -> Topic:
    numbers = {(one.kind, one.policy): one.number for one in counts}
    return Topic(
        id=row.topic,
        is_declared=True if row.topic != NO_TOPIC else None,
        tickets=row.tickets,
        asks=numbers.get((MentionKind.ASK, ""), 0),
        hedges=numbers.get((MentionKind.HEDGE, ""), 0),
        contradictions=numbers.get((MentionKind.CONTRADICTION, ""), 0),
        ops_notes={policy: number for (kind, policy), number in numbers.items() if kind == MentionKind.OPS_NOTE},
        newest_at=row.newest_at,
    )
