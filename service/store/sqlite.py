"""SQLite, set up so that what was committed survives a power cut and no writer meets another."""

import contextlib
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, ColumnElement, Connection, Engine, create_engine, event, func
from sqlalchemy.exc import SQLAlchemyError

BUSY_TIMEOUT_MS = 5_000
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    f"busy_timeout={BUSY_TIMEOUT_MS}",
    "foreign_keys=ON",
    "secure_delete=ON",  # what is thrown away is overwritten, and not only forgotten
)


def open_engine(url: URL, *, writes: bool) -> Engine:
    """An engine on one file. A writer's transaction takes the lock when it begins.

    One that takes it later fails at once with "database is locked" if it has read before, whatever the busy timeout.
    """
    engine = create_engine(url, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: Any) -> None:
        connection.isolation_level = None
        # FULL: with NORMAL, rows that were answered with 202 are lost on a power cut.
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def empty_log(engine: Engine) -> bool:
    """Whether all that was committed is in the file itself, and the log beside it is empty."""
    with contextlib.closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        is_busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not is_busy


def probe() -> ColumnElement[str]:
    """Ten pages, about what a delivery needs; and new each time, since SQLite does not write what is there already."""
    return func.hex(func.randomblob(20_000))


def complaint(engine: Engine, error: SQLAlchemyError) -> str:
    """Why the file cannot be used, for the operator."""
    file = Path(engine.url.database or "")
    if not file.parent.is_dir():
        return f"the folder {file.parent} for the store does not exist: create it, or change [store] url."
    return f"{file} cannot be used as the store: {getattr(error, 'orig', None) or type(error).__name__}."
