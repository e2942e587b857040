"""Throws away what is old enough: deliveries that are done, decisions, and doubts. Each function runs in a transaction.

What was found, done and answered on a ticket stays: it is little, and it keeps a deadline from being told twice.
"""

from datetime import datetime

from sqlalchemy import Column, Connection, Table, delete, select

from service.store import words
from service.store.schema import dead_letters, decisions, deliveries, doubts

CHUNK = 500
"""Rows that one commit looks at, so that no webhook waits long behind it."""


def prune_deliveries(connection: Connection, before: datetime, after_seq: int) -> int | None:
    """Looks at the next CHUNK deliveries after a number, and deletes the done ones received before a time.

    The last number looked at; None where younger ones begin. Those that wait or are dead letters are kept.
    """
    # As EXISTS, PostgreSQL would gather all dead letters first.
    letter = select(dead_letters.c.seq).where(dead_letters.c.delivery_seq == deliveries.c.seq).limit(1)
    told = letter.scalar_subquery().is_not(None)
    page = (
        select(deliveries.c.seq, deliveries.c.received_at, deliveries.c.state, told.label("is_dead"))
        .where(deliveries.c.seq > after_seq)
        .order_by(deliveries.c.seq)
        .limit(CHUNK)
    )
    rows = connection.execute(page).all()
    old = [row for row in rows if row.received_at < before]
    gone = [row.seq for row in old if row.state == "done" and not row.is_dead]
    connection.execute(delete(deliveries).where(deliveries.c.seq.in_(gone)))
    return old[-1].seq if old and len(old) == len(rows) else None


def prune_decisions(connection: Connection, before: datetime, after_seq: int) -> int | None:
    """The same for decisions recorded before a time."""
    last = _prune(connection, decisions, decisions.c.recorded_at, before, after_seq)
    words.expect_numbers_again(connection)
    return last


def prune_doubts(connection: Connection, before: datetime, after_seq: int) -> int | None:
    """The same for doubts written down before a time."""
    return _prune(connection, doubts, doubts.c.at, before, after_seq)


def _prune(
    connection: Connection, table: Table, written: Column[datetime], before: datetime, after_seq: int
) -> int | None:
    page = select(table.c.seq, written.label("written")).where(table.c.seq > after_seq)
    rows = connection.execute(page.order_by(table.c.seq).limit(CHUNK)).all()
    old = [row.seq for row in rows if row.written < before]
    connection.execute(delete(table).where(table.c.seq.in_(old)))
    return old[-1] if old and len(old) == len(rows) else None
