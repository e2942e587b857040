"""The tables. Times are whole microseconds since 1970 in UTC: exact, and the same in every database."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TextClause,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeDecorator

from policies.verdict import Point
from service.forgetting import GONE

REVISION = "0011"
"""The last step in `migrations/versions`: what the tables below look like after it."""
WORKS_FROM = "0008"
"""The oldest version whose code still works on these tables, by its REVISION: a step that takes away or changes what
older code reads or writes moves it up, and ends the way back to what is older."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SEQ = BigInteger().with_variant(Integer, "sqlite")


def microseconds(time: datetime) -> int:
    """A time as it is kept."""
    return (time - _EPOCH) // _MICROSECOND


class Moment(TypeDecorator[datetime]):
    """An aware datetime, kept as microseconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> int | None:  # noqa: ARG002 - SQLAlchemy's
        """Into the database."""
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, dialect: Any) -> datetime | None:  # noqa: ARG002
        """Out of it."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


def keepable(text: str) -> str:
    """The text, with U+FFFD for every letter that PostgreSQL or UTF-8 cannot carry."""
    if text.isascii() and "\0" not in text:
        return text
    return _LONE_SURROGATE.sub("\ufffd", text.replace("\0", "\ufffd"))


class Words(TypeDecorator[str]):
    """A text of any length, as far as it can be kept.

    What one webhook holds must not fail the commit that it shares with others.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:  # noqa: ARG002
        """Into the database."""
        return None if value is None else keepable(value)


metadata = MetaData()


def _index_where(name: str, *columns: Column[Any], where: ColumnElement[bool] | TextClause) -> None:
    """An index of some rows only, on either database."""
    Index(name, *columns, sqlite_where=where, postgresql_where=where)


meta = Table("meta", metadata, Column("key", Words, primary_key=True), Column("value", Words, nullable=False))

accounts = Table(
    "accounts",
    metadata,
    Column("helpdesk", Words, primary_key=True),
    Column("account", Words, primary_key=True),
    Column("since", Moment, nullable=False),
    Column("cursor", Words),
    Column("reconcile_at", Moment),
    Column("opened_at", Moment),
    Column("probe_at", Moment),
    Column("failed_probes", Integer, nullable=False, server_default="0"),
    Column("heard_seq", BigInteger, nullable=False, server_default="0"),
    Column("unheard", Integer, nullable=False, server_default="0"),
)

tickets = Table(
    "tickets",
    metadata,
    Column("seq", _SEQ, primary_key=True, autoincrement=True),
    Column("helpdesk", Words, nullable=False),
    Column("account", Words, nullable=False),
    Column("ticket_id", Words, nullable=False),
    Column("bookmark", Words),
    Column("watched_since", Moment),
    Column("due_at", Moment),
    Column("recheck_at", Moment),
    Column("not_before", Moment),
    Column("tries", Integer, nullable=False, default=0),
    Column("tried_since", Moment),
    Column("owner", Words),
    Column("token", Integer, nullable=False, default=0),
    Column("lease_until", Moment),
    Column("read_as_of", Moment),
    UniqueConstraint("helpdesk", "account", "ticket_id"),
)
# Deadlines have an index of their own: a hundred thousand of them must not slow down the tickets that are due now.
# And accounts come first: ten thousand tickets of one must not slow down the search for another's.
_ACCOUNT = (tickets.c.helpdesk, tickets.c.account)
_index_where("tickets_due", *_ACCOUNT, tickets.c.due_at, where=tickets.c.due_at.is_not(None))
_index_where("tickets_recheck", *_ACCOUNT, tickets.c.recheck_at, where=tickets.c.recheck_at.is_not(None))
_index_where("tickets_leased", tickets.c.lease_until, where=tickets.c.lease_until.is_not(None))

deliveries = Table(
    "deliveries",
    metadata,
    Column("seq", _SEQ, primary_key=True, autoincrement=True),
    Column("helpdesk", Words, nullable=False),
    Column("account", Words, nullable=False),
    Column("id", Words, nullable=False),
    Column("ticket_seq", _SEQ, ForeignKey("tickets.seq")),
    Column("event", Words, nullable=False),
    Column("defect", Words),
    Column("occurred_at", Moment, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("state", Words, nullable=False),
    UniqueConstraint("helpdesk", "account", "id"),
)
_index_where("deliveries_pending", deliveries.c.ticket_seq, deliveries.c.seq, where=deliveries.c.state == "pending")

decisions = Table(
    "decisions",
    metadata,
    Column("seq", _SEQ, primary_key=True, autoincrement=True),
    Column("ticket_seq", _SEQ, ForeignKey("tickets.seq"), nullable=False, index=True),
    Column("change_id", Words, nullable=False),
    Column("point", Words, nullable=False),
    Column("revision", Words, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("verdict", LargeBinary, nullable=False),
)

OF_EVENTS = decisions.c.point == Point.EVENT
"""Decisions on what happened, and not on drafts: what is sent after all is judged once more."""

rulebooks = Table(
    "rulebooks",
    metadata,
    Column("revision", Words, primary_key=True),
    Column("version", Words, nullable=False),
    Column("first_used_at", Moment, nullable=False),
    Column("sources", LargeBinary, nullable=False),
)

findings = Table(
    "findings",
    metadata,
    Column("ticket_seq", _SEQ, ForeignKey("tickets.seq"), primary_key=True),
    Column("id", Words, primary_key=True),
    Column("policy", Words, nullable=False),
    Column("change_id", Words, nullable=False),
    Column("actor_id", Words, nullable=False),
    Column("mode", Words, nullable=False),
    Column("action_id", Words),
    Column("recorded_at", Moment, nullable=False),
    Column("held_by", Words),
    Column("followed_by", Words),
    Column("followed_at", Moment),
)

Index("findings_id", findings.c.id)
_index_where("findings_told", findings.c.policy, findings.c.recorded_at, where=findings.c.action_id.is_not(None))

actions = Table(
    "actions",
    metadata,
    Column("id", Words, primary_key=True),
    Column("ticket_seq", _SEQ, ForeignKey("tickets.seq"), nullable=False, index=True),
    Column("action", LargeBinary, nullable=False),
    Column("state", Words, nullable=False),
    Column("planned_at", Moment, nullable=False),
    Column("marked_at", Moment),
)

answers = Table(
    "answers",
    metadata,
    Column("ticket_seq", _SEQ, ForeignKey("tickets.seq"), primary_key=True),
    Column("id", Words, primary_key=True),
    Column("finding_id", Words, nullable=False),
    Column("policy", Words, nullable=False),
    Column("command", Words, nullable=False),
    Column("actor_id", Words, nullable=False),
    Column("reason", Words, nullable=False),
    Column("refusal", Words),
    Column("given_at", Moment, nullable=False),
)

HAS_REASON = text(f"reason NOT IN ('', '{GONE}')")
"""An answer whose reason is still kept. As plain text, or a database would not see that the index is about it."""
_index_where("answers_reasons", answers.c.given_at, where=HAS_REASON)

mentions = Table(
    "mentions",
    metadata,
    Column("ticket_seq", _SEQ, ForeignKey("tickets.seq"), primary_key=True),
    Column("change_id", Words, primary_key=True),
    Column("topic", Words, primary_key=True),
    Column("kind", Words, primary_key=True),
    Column("policy", Words, primary_key=True),
    Column("at", Moment, nullable=False, index=True),
)

doubts = Table(
    "doubts",
    metadata,
    Column("seq", _SEQ, primary_key=True, autoincrement=True),
    Column("ticket_seq", _SEQ, ForeignKey("tickets.seq"), nullable=False),
    Column("change_id", Words, nullable=False),
    Column("word", Words, nullable=False),
    Column("name", Words),
    Column("customer", Words, nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("ticket_seq", "change_id", "word"),
    Index("ix_doubts_word_at", "word", "at"),
)

views = Table(
    "views",
    metadata,
    Column("ticket_seq", _SEQ, ForeignKey("tickets.seq"), primary_key=True, autoincrement=False),
    Column("read_at", Moment, nullable=False, index=True),
    Column("people", Words, nullable=False),
    Column("ticket", LargeBinary, nullable=False),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("seq", _SEQ, primary_key=True, autoincrement=True),
    Column("helpdesk", Words, nullable=False),
    Column("account", Words, nullable=False),
    Column("ticket_seq", _SEQ, ForeignKey("tickets.seq")),
    Column("delivery_seq", _SEQ, ForeignKey("deliveries.seq")),
    Column("reason", Words, nullable=False),
    Column("detail", Words, nullable=False),
    Column("parked_at", Moment, nullable=False),
    Column("replayed_at", Moment),
)
_index_where("dead_letters_delivery", dead_letters.c.delivery_seq, where=dead_letters.c.delivery_seq.is_not(None))
