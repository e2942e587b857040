"""Which tickets moved without a webhook: how far an account was compared, and how far a ticket was read."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Nothing is known of either at first."""
    op.add_column("accounts", sa.Column("cursor", sa.Text()))
    op.add_column("accounts", sa.Column("reconcile_at", sa.BigInteger()))
    op.add_column("tickets", sa.Column("read_as_of", sa.BigInteger()))
