"""Tickets as a worker last read them, for the gate; and which answers still hold a reason."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """The version before neither reads nor writes it; a ticket that it visits is only known as it was before."""
    op.create_table(
        "views",
        sa.Column("ticket_seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), sa.ForeignKey("tickets.seq")),
        sa.Column("read_at", sa.BigInteger(), nullable=False),
        sa.Column("people", sa.Text(), nullable=False),
        sa.Column("ticket", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("ticket_seq"),
    )
    op.create_index("ix_views_read_at", "views", ["read_at"])
    has_reason = sa.text("reason NOT IN ('', '(text no longer kept)')")
    op.create_index("answers_reasons", "answers", ["given_at"], sqlite_where=has_reason, postgresql_where=has_reason)
