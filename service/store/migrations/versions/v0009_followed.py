"""Of each finding: what held it back, and how and when an agent made it good."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Null: nothing did, or it was found before this was kept; so the version before may go on writing beside us."""
    op.add_column("findings", sa.Column("held_by", sa.Text()))
    op.add_column("findings", sa.Column("followed_by", sa.Text()))
    op.add_column("findings", sa.Column("followed_at", sa.BigInteger()))
