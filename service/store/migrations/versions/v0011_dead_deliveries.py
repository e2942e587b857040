"""Which deliveries have a dead letter, without reading all dead letters for each."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """For throwing away old deliveries, page by page: a page took seconds with a hundred thousand dead letters."""
    tells = sa.text("delivery_seq IS NOT NULL")
    columns = ["delivery_seq"]
    op.create_index("dead_letters_delivery", "dead_letters", columns, sqlite_where=tells, postgresql_where=tells)
