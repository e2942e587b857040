"""How long things have been going wrong."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Nothing is known of it at first: what fails now begins to fail now."""
    op.add_column("tickets", sa.Column("tried_since", sa.BigInteger()))
