"""How long things have been going wrong, account by account."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Nothing is known of it at first: what fails now begins to fail now."""
    op.add_column("tickets", sa.Column("tried_since", sa.BigInteger()))
    op.add_column("accounts", sa.Column("opened_at", sa.BigInteger()))
    op.add_column("accounts", sa.Column("probe_at", sa.BigInteger()))
    op.add_column("accounts", sa.Column("failed_probes", sa.Integer(), nullable=False, server_default="0"))
    for name, column in (("tickets_due", "due_at"), ("tickets_recheck", "recheck_at")):
        waits = sa.text(f"{column} IS NOT NULL")
        op.drop_index(name, "tickets")
        op.create_index(name, "tickets", ["helpdesk", "account", column], sqlite_where=waits, postgresql_where=waits)
