"""SQLite, set up so that what was committed survives a power cut and no writer meets another."""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from service.store.errors import StoreError
from service.store.schema import VERSION, meta, metadata

BUSY_TIMEOUT_MS = 5_000


def open_engine(url: str, *, writes: bool) -> Engine:
    """An engine on one file. A writer's transaction takes the lock when it begins.

    One that takes it later fails at once with "database is locked" if it has read before, whatever the busy timeout.
    """
    engine = create_engine(url, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: Any) -> None:
        connection.isolation_level = None
        # FULL: with NORMAL, rows that were answered with 202 are lost on a power cut.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={BUSY_TIMEOUT_MS}", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def prepare_schema(engine: Engine) -> None:
    """Makes the tables in an empty file. Raises StoreError for a file that is not ours to write."""
    try:
        with engine.begin() as connection:
            is_new = not inspect(connection).has_table(meta.name)
            # Also in a file that is not new: a table that was added since is one an older Ombuds does not miss.
            metadata.create_all(connection)
            if is_new:
                connection.execute(insert(meta).values(key="schema_version", value=VERSION))
            found = connection.scalar(select(meta.c.value).where(meta.c.key == "schema_version"))
    except SQLAlchemyError as error:
        raise StoreError(_complaint(engine, error)) from error
    if found != VERSION:
        raise StoreError(
            f"{engine.url.database} was written by another version of Ombuds (its tables are {found}, ours {VERSION})."
            " Start the version that wrote it, or name another file in [store] url."
        )


def _complaint(engine: Engine, error: SQLAlchemyError) -> str:
    file = Path(engine.url.database or "")
    if not file.parent.is_dir():
        return f"the folder {file.parent} for the store does not exist: create it, or change [store] url."
    return f"{file} cannot be used as the store: {getattr(error, 'orig', None) or type(error).__name__}."
