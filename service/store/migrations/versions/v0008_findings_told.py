"""What agents were told of each policy, to be counted by the day."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Only what was told is looked for: most findings are not."""
    is_told = sa.text("action_id IS NOT NULL")
    columns = ["policy", "recorded_at"]
    op.create_index("findings_told", "findings", columns, sqlite_where=is_told, postgresql_where=is_told)
