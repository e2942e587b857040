"""The policies that decisions were made by, so that each can be explained for good."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Those of earlier decisions are not known."""
    op.create_table(
        "rulebooks",
        sa.Column("revision", sa.Text(), primary_key=True),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("first_used_at", sa.BigInteger(), nullable=False),
        sa.Column("sources", sa.LargeBinary(), nullable=False),
    )
    op.create_index("findings_id", "findings", ["id"])
