"""What only comparing told of, account by account, since its last webhook."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Nothing was counted before."""
    op.add_column("accounts", sa.Column("heard_seq", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("accounts", sa.Column("unheard", sa.Integer(), nullable=False, server_default="0"))
