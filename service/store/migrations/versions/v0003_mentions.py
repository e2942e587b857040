"""Which declared changes tickets spoke of, and how."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Nothing was counted before."""
    seq = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "mentions",
        sa.Column("ticket_seq", seq, sa.ForeignKey("tickets.seq"), primary_key=True),
        *(sa.Column(name, sa.Text(), primary_key=True) for name in ("change_id", "topic", "kind", "policy")),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_mentions_at", "mentions", ["at"])
