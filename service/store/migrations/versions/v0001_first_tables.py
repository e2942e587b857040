"""The tables of the first version. Times are microseconds, see `service.store.schema.Moment`."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
SEQ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """From an empty database."""
    _create("meta", _text("key", key=True), _text("value"))
    _create("accounts", _text("helpdesk", key=True), _text("account", key=True), _time("since"))
    _tickets()
    _deliveries()
    _decisions()
    _create(
        "dead_letters",
        _seq(),
        *map(_text, ("helpdesk", "account")),
        _of("tickets", optional=True),
        _of("deliveries", "delivery_seq", optional=True),
        *map(_text, ("reason", "detail")),
        _time("parked_at"),
        _time("replayed_at", optional=True),
    )


def _tickets() -> None:
    _create(
        "tickets",
        _seq(),
        *map(_text, ("helpdesk", "account", "ticket_id")),
        _text("bookmark", optional=True),
        *(_time(name, optional=True) for name in ("watched_since", "due_at", "recheck_at", "not_before")),
        sa.Column("tries", sa.Integer(), nullable=False),
        _text("owner", optional=True),
        sa.Column("token", sa.Integer(), nullable=False),
        _time("lease_until", optional=True),
        sa.UniqueConstraint("helpdesk", "account", "ticket_id"),
    )
    for name, column in (("due", "due_at"), ("recheck", "recheck_at"), ("leased", "lease_until")):
        _index(f"tickets_{name}", "tickets", [column], where=f"{column} IS NOT NULL")


def _deliveries() -> None:
    _create(
        "deliveries",
        _seq(),
        *map(_text, ("helpdesk", "account", "id")),
        _of("tickets", optional=True),
        _text("event"),
        _text("defect", optional=True),
        *map(_time, ("occurred_at", "received_at")),
        _text("state"),
        sa.UniqueConstraint("helpdesk", "account", "id"),
    )
    _index("deliveries_pending", "deliveries", ["ticket_seq", "seq"], where="state = 'pending'")


def _decisions() -> None:
    _create(
        "decisions",
        _seq(),
        _of("tickets"),
        *map(_text, ("change_id", "point", "revision")),
        _time("recorded_at"),
        sa.Column("verdict", sa.LargeBinary(), nullable=False),
    )
    _create(
        "findings",
        _of("tickets", key=True),
        _text("id", key=True),
        *map(_text, ("policy", "change_id", "actor_id", "mode")),
        _text("action_id", optional=True),
        _time("recorded_at"),
    )
    _create(
        "actions",
        _text("id", key=True),
        _of("tickets"),
        sa.Column("action", sa.LargeBinary(), nullable=False),
        _text("state"),
        _time("planned_at"),
        _time("marked_at", optional=True),
    )
    _create(
        "answers",
        _of("tickets", key=True),
        _text("id", key=True),
        *map(_text, ("finding_id", "policy", "command", "actor_id", "reason")),
        _text("refusal", optional=True),
        _time("given_at"),
    )
    for table in ("decisions", "actions"):
        op.create_index(f"ix_{table}_ticket_seq", table, ["ticket_seq"])


def _create(name: str, *parts: sa.schema.SchemaItem) -> None:
    op.create_table(name, *parts)


def _index(name: str, table: str, columns: list[str], *, where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _seq() -> "sa.Column[int]":
    return sa.Column("seq", SEQ, primary_key=True, autoincrement=True)


def _text(name: str, *, key: bool = False, optional: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), primary_key=key, nullable=optional)


def _time(name: str, *, optional: bool = False) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger(), nullable=optional)


def _of(table: str, name: str = "ticket_seq", *, key: bool = False, optional: bool = False) -> "sa.Column[int]":
    return sa.Column(name, SEQ, sa.ForeignKey(f"{table}.seq"), primary_key=key, nullable=optional)
