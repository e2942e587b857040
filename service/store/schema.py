"""The tables. Times are whole microseconds since 1970 in UTC: exact, and the same in every database."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

VERSION = "1"
"""Raised with every change of the tables that an older Ombuds could not read."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SEQ = BigInteger().with_variant(Integer, "sqlite")


class Moment(TypeDecorator[datetime]):
    """An aware datetime, kept as microseconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> int | None:  # noqa: ARG002 - SQLAlchemy's
        """Into the database."""
        return None if value is None else (value - _EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: Any) -> datetime | None:  # noqa: ARG002
        """Out of it."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


metadata = MetaData()

meta = Table("meta", metadata, Column("key", String(64), primary_key=True), Column("value", Text, nullable=False))

accounts = Table(
    "accounts",
    metadata,
    Column("helpdesk", String(32), primary_key=True),
    Column("account", String(64), primary_key=True),
    Column("since", Moment, nullable=False),
)

tickets = Table(
    "tickets",
    metadata,
    Column("seq", _SEQ, primary_key=True, autoincrement=True),
    Column("helpdesk", String(32), nullable=False),
    Column("account", String(64), nullable=False),
    Column("ticket_id", String(64), nullable=False),
    Column("bookmark", Text),
    Column("watched_since", Moment),
    Column("due_at", Moment),
    Column("recheck_at", Moment),
    Column("not_before", Moment),
    Column("tries", Integer, nullable=False, default=0),
    Column("owner", String(64)),
    Column("token", Integer, nullable=False, default=0),
    Column("lease_until", Moment),
    UniqueConstraint("helpdesk", "account", "ticket_id"),
)
# Deadlines have an index of their own: a hundred thousand of them must not slow down the tickets that are due now.
Index("tickets_due", tickets.c.due_at, sqlite_where=tickets.c.due_at.is_not(None))
Index("tickets_recheck", tickets.c.recheck_at, sqlite_where=tickets.c.recheck_at.is_not(None))
Index("tickets_leased", tickets.c.lease_until, sqlite_where=tickets.c.lease_until.is_not(None))

deliveries = Table(
    "deliveries",
    metadata,
    Column("seq", _SEQ, primary_key=True, autoincrement=True),
    Column("helpdesk", String(32), nullable=False),
    Column("account", String(64), nullable=False),
    Column("id", String(255), nullable=False),
    Column("ticket_seq", _SEQ, ForeignKey("tickets.seq")),
    Column("event", String(64), nullable=False),
    Column("defect", String(64)),
    Column("occurred_at", Moment, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("state", String(16), nullable=False),
    UniqueConstraint("helpdesk", "account", "id"),
)
Index("deliveries_pending", deliveries.c.ticket_seq, deliveries.c.seq, sqlite_where=deliveries.c.state == "pending")

decisions = Table(
    "decisions",
    metadata,
    Column("seq", _SEQ, primary_key=True, autoincrement=True),
    Column("ticket_seq", _SEQ, ForeignKey("tickets.seq"), nullable=False, index=True),
    Column("change_id", String(255), nullable=False),
    Column("point", String(16), nullable=False),
    Column("revision", String(64), nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("verdict", LargeBinary, nullable=False),
)

findings = Table(
    "findings",
    metadata,
    Column("ticket_seq", _SEQ, ForeignKey("tickets.seq"), primary_key=True),
    Column("id", String(32), primary_key=True),
    Column("policy", String(128), nullable=False),
    Column("change_id", String(255), nullable=False),
    Column("actor_id", String(64), nullable=False),
    Column("mode", String(16), nullable=False),
    Column("action_id", String(64)),
    Column("recorded_at", Moment, nullable=False),
)

actions = Table(
    "actions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("ticket_seq", _SEQ, ForeignKey("tickets.seq"), nullable=False, index=True),
    Column("action", LargeBinary, nullable=False),
    Column("state", String(16), nullable=False),
    Column("planned_at", Moment, nullable=False),
    Column("marked_at", Moment),
)

answers = Table(
    "answers",
    metadata,
    Column("ticket_seq", _SEQ, ForeignKey("tickets.seq"), primary_key=True),
    Column("id", String(64), primary_key=True),
    Column("finding_id", String(32), nullable=False),
    Column("policy", String(128), nullable=False),
    Column("command", String(16), nullable=False),
    Column("actor_id", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("refusal", Text),
    Column("given_at", Moment, nullable=False),
)

mentions = Table(
    "mentions",
    metadata,
    Column("ticket_seq", _SEQ, ForeignKey("tickets.seq"), primary_key=True),
    Column("change_id", String(255), primary_key=True),
    Column("topic", String(64), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("policy", String(128), primary_key=True),
    Column("at", Moment, nullable=False, index=True),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("seq", _SEQ, primary_key=True, autoincrement=True),
    Column("helpdesk", String(32), nullable=False),
    Column("account", String(64), nullable=False),
    Column("ticket_seq", _SEQ, ForeignKey("tickets.seq")),
    Column("delivery_seq", _SEQ, ForeignKey("deliveries.seq")),
    Column("reason", String(64), nullable=False),
    Column("detail", Text, nullable=False),
    Column("parked_at", Moment, nullable=False),
    Column("replayed_at", Moment),
)
