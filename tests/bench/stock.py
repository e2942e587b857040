"""Fills a store by SQL, as months of use would."""

import time

from sqlalchemy import Connection, text
from webhooks_made import ACCOUNT

from service.store.databases import is_postgresql, locate, open_engine

_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)"
# As intake keeps it: turns are given to accounts.
_ACCOUNT = "INSERT INTO accounts (helpdesk, account, since) VALUES ('zendesk', :account, :since) ON CONFLICT DO NOTHING"
_RANDOM_ID = {True: "md5(random()::text || i)", False: "lower(hex(randomblob(16)))"}


def microseconds(s: float) -> int:
    """A time as the store keeps it."""
    return int(s * 1_000_000)


def stock_tickets(url: str, count: int, *, column: str, first_s: float, step_s: float = 0.0) -> None:
    """Tickets 1, 2, ... after those that are there; each due (or to be looked at again) `step_s` after the one before.

    `column`: due_at or recheck_at.
    """
    insert = (
        f"INSERT INTO tickets (helpdesk, account, ticket_id, {column}, tries, token) {_NUMBERS} "  # noqa: S608 - ours
        "SELECT 'zendesk', :account, CAST(i + :known AS TEXT), CAST(:first AS BIGINT) + CAST(:step AS BIGINT) * i, 0, 0"
        " FROM n"
    )
    with open_engine(locate(url), writes=True).begin() as connection:
        connection.execute(text(_ACCOUNT), {"account": ACCOUNT, "since": microseconds(first_s)})
        known = connection.scalar(text("SELECT count(*) FROM tickets"))
        timing = {"first": microseconds(first_s), "step": microseconds(step_s)}
        connection.execute(text(insert), {"account": ACCOUNT, "count": count, "known": known, **timing})


def stock_deliveries(url: str, count: int, *, tickets: int, state: str = "pending", ticket: int | None = None) -> None:
    """Deliveries of the first so many tickets in turn, or all of `ticket`."""
    located = locate(url)
    insert = (
        "INSERT INTO deliveries (helpdesk, account, id, ticket_seq, event, occurred_at, received_at, state) "  # noqa: S608
        f"{_NUMBERS} SELECT 'zendesk', :account, {_RANDOM_ID[is_postgresql(located)]}, "
        "COALESCE(CAST(:ticket AS BIGINT), i % :tickets + 1), 'ticket.comment_added', "
        "CAST(:now AS BIGINT) + i, CAST(:now AS BIGINT) + i, :state FROM n"
    )
    values = {"account": ACCOUNT, "count": count, "tickets": tickets, "ticket": ticket, "state": state}
    with open_engine(located, writes=True).begin() as connection:
        connection.execute(text(insert), {**values, "now": microseconds(time.time())})


def settle_down(url: str) -> None:
    """Statistics and checkpoints done, as the database does by itself in time."""
    located = locate(url)
    with open_engine(located, writes=True).connect() as connection:
        _outside_a_transaction(connection, ["ANALYZE", "CHECKPOINT"] if is_postgresql(located) else ["ANALYZE"])


def _outside_a_transaction(connection: Connection, statements: list[str]) -> None:
    connection = connection.execution_options(isolation_level="AUTOCOMMIT")
    for statement in statements:
        connection.exec_driver_sql(statement)


def stored_bytes(url: str) -> int:
    """What the database takes on disk."""
    located = locate(url)
    question = "SELECT pg_database_size(current_database())"
    if not is_postgresql(located):
        question = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    with open_engine(located, writes=False).begin() as connection:
        return int(connection.scalar(text(question)) or 0)
