"""Which words stand in questions that were left in doubt."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Nothing was counted before."""
    seq = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "doubts",
        sa.Column("seq", seq, primary_key=True, autoincrement=True),
        sa.Column("ticket_seq", seq, sa.ForeignKey("tickets.seq"), nullable=False),
        sa.Column("change_id", sa.Text(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("ticket_seq", "change_id", "word"),
    )
    op.create_index("ix_doubts_word_at", "doubts", ["word", "at"])
