"""PostgreSQL 13 or newer, where one machine is not enough: many processes on many machines share one store."""

import importlib.util
from typing import Any

from sqlalchemy import URL, ColumnElement, Connection, Engine, Text, cast, create_engine, func, text
from sqlalchemy.exc import SQLAlchemyError

from service.store.errors import StoreError

DRIVER = "postgresql+psycopg"
CHANNEL = "ombuds_due"
"""What a process tells, and workers elsewhere hear, when a ticket is due."""
LOCK_TIMEOUT_MS = 10_000
"""Rows are held for one commit; who waits longer stands behind a process that hangs."""

PATIENCE: dict[str, Any] = {
    "connect_timeout": 5,
    "application_name": "ombuds",
    "client_encoding": "utf8",
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 15_000,
}
"""How every connection is made. A server that acknowledges nothing for 15 seconds is gone, and the connection too.

A cluster that was made in the locale C has databases without an encoding, whose texts psycopg gives as bytes unless it
is told one. Source: github.com/psycopg/psycopg/issues/561.
"""

READERS = 3
"""Connections for reading, made as they are needed."""
_WRITING: dict[str, Any] = {"pool_size": 1, "pool_pre_ping": True}
_READING: dict[str, Any] = {"pool_size": READERS, "isolation_level": "AUTOCOMMIT"}

# A deadlock, a failed serialisation, a lock that took too long. Source: PostgreSQL, appendix A, error codes.
_CONFLICTS = frozenset({"40P01", "40001", "55P03"})


def open_engine(url: URL, *, writes: bool) -> Engine:
    """An engine with one connection for writing, or some for reading. Raises StoreError without the driver.

    One for writing is made anew when the server went away. One for reading is used as it is, and outside a transaction:
    looking after it first, beginning and ending would each be a journey, and an agent waits. See `Questions.ask`.
    """
    if importlib.util.find_spec("psycopg") is None:
        raise StoreError("A store on PostgreSQL needs its driver: pip install 'ombuds[postgres]'.")
    # Whatever the server's default: what was answered with 202 is on disk.
    options = f"-c synchronous_commit=on -c lock_timeout={LOCK_TIMEOUT_MS}"
    return create_engine(
        url.set(drivername=DRIVER),
        max_overflow=0,
        hide_parameters=True,
        connect_args={"options": options, **PATIENCE},
        **(_WRITING if writes else _READING),
    )


def others(connection: Connection) -> int:
    """How many other connections of Ombuds there are to the database at this moment."""
    connection.execute(text("SELECT pg_stat_clear_snapshot()"))  # else it is told what it was told before
    asked = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = :ours"
        " AND pid <> pg_backend_pid()"
    )
    return int(connection.scalar(asked, {"ours": PATIENCE["application_name"]}) or 0)


def probe() -> ColumnElement[str]:
    """A value of about what a delivery needs."""
    return func.repeat(func.md5(cast(func.random(), Text)), 1_250)


def is_conflict(error: BaseException) -> bool:
    """Whether processes got into each other's way: nothing has happened, and trying again will do."""
    cause: Any = getattr(error, "orig", None)
    return getattr(cause, "sqlstate", None) in _CONFLICTS


def complaint(engine: Engine, error: SQLAlchemyError) -> str:
    """Why the database cannot be used, for the operator; without the password."""
    cause = str(getattr(error, "orig", None) or type(error).__name__).splitlines()[0]
    where = engine.url.set(drivername="postgresql").render_as_string(hide_password=True)
    return f"{where} cannot be used as the store: {cause}. Check [store] url and password, and that the server runs."
