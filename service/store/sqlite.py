"""SQLite, set up so that what was committed survives a power cut and no writer meets another."""

import contextlib
import os
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

import tenacity
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


def open_engine(url: URL, *, writes: bool, alone: bool = False) -> Engine:
    """An engine on one file, which only its owner may read if it is new. A writer takes the lock when it begins.

    One that takes it later fails at once with "database is locked" if it has read before, whatever the busy timeout.
    `alone`: it fails while anybody has the file open, idle or not, and keeps everybody out until it is disposed of.
    """
    patience_s = 1 if alone else 5
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": patience_s})
    pragmas = ("locking_mode=EXCLUSIVE", *_PRAGMAS) if alone else _PRAGMAS
    # Several who turn a new file to WAL at once are told "locked" without any wait, whatever the busy timeout.
    patiently = tenacity.Retrying(
        retry=tenacity.retry_if_exception(is_busy),
        wait=tenacity.wait_random(0.005, 0.05),
        stop=tenacity.stop_after_delay(patience_s),
        reraise=True,
    )

    @event.listens_for(engine, "do_connect")
    def make_private(*_: Any) -> None:
        # SQLite gives -wal and -shm the same mode and owner, and complains of a bad place itself, in better words.
        file = Path(url.database or "")
        with contextlib.suppress(OSError), open(file, "xb", opener=_for_its_owner) as made:
            folder = file.parent.stat()
            # Root may make it for the user Ombuds runs as, who might put another file in its place: not by its name.
            os.chown(made.fileno(), folder.st_uid, folder.st_gid)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: Any) -> None:
        connection.isolation_level = None
        # FULL: with NORMAL, rows that were answered with 202 are lost on a power cut.
        for pragma in pragmas:
            patiently(connection.execute, f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def back_up(engine: Engine, file: Path) -> None:
    """Writes all of it, as it is at one moment, to a new file that only its owner may read. Others go on meanwhile.

    Raises OSError, and sqlite3.Error for what could not be read, written or was found damaged.
    """
    descriptor, made = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with contextlib.closing(engine.raw_connection()) as connection:
            connection.cursor().execute("VACUUM INTO ?", (made,))
        _check_sound(made)
        os.fsync(descriptor)  # VACUUM INTO leaves that to us. Source: sqlite.org/lang_vacuum.html
        Path(made).rename(file)
    finally:
        os.close(descriptor)
        Path(made).unlink(missing_ok=True)


def _check_sound(file: str) -> None:
    with contextlib.closing(sqlite3.connect(file)) as written:
        [found] = written.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise sqlite3.DatabaseError(f"the copy is damaged: {found}")


def empty_log(engine: Engine) -> bool:
    """Whether all that was committed is in the file itself, and the log beside it is empty."""
    with contextlib.closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        is_busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not is_busy


def is_busy(error: BaseException) -> bool:
    """Whether somebody else has the file."""
    code: int | None = getattr(getattr(error, "orig", error), "sqlite_errorcode", None)
    return code is not None and code & 0xFF == sqlite3.SQLITE_BUSY


def probe() -> ColumnElement[str]:
    """Ten pages, about what a delivery needs; and new each time, since SQLite does not write what is there already."""
    return func.hex(func.randomblob(20_000))


def complaint(engine: Engine, error: SQLAlchemyError) -> str:
    """Why the file cannot be used, for the operator."""
    file = Path(engine.url.database or "")
    if not file.parent.is_dir():
        return f"the folder {file.parent} for the store does not exist: create it, or change [store] url."
    at = file if file.exists() else file.parent
    if not os.access(at, os.R_OK | os.W_OK):
        owner = f"--reference={file.parent}" if at is file else "USER"
        told = f"{file} cannot be used as the store: the user who asks may not write to {at}"
        return f"{told}. Let it belong to the user Ombuds runs as: `chown {owner} {at}`."
    return f"{file} cannot be used as the store: {getattr(error, 'orig', None) or type(error).__name__}."
