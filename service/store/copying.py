"""Copies everything from one database to another, all or nothing, while nobody else works on either."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, Table, delete, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from service.store import postgres, sqlite, words
from service.store.databases import is_postgresql
from service.store.errors import StoreError
from service.store.migrating import migrate, revision_of
from service.store.schema import REVISION, meta, metadata

CHUNK = 500
"""Rows that are in memory at a time."""
_LOOKS = 5
_LOOK_S = 0.2
"""A server needs a moment to notice that a process has ended, which somebody may just have stopped."""

Progress = Callable[[int], AbstractContextManager[Callable[[int], object]]]
"""Is told how many rows there are, and then how many were copied since."""


def copy(source: Engine, target: Engine, *, progress: Progress) -> dict[str, int]:
    """How many rows each table of the target holds now; what goes wrong leaves it as it was. Raises StoreError.

    The source must be at our revision; the target is brought there and must hold nothing. Both are engines of
    `databases.open_alone`.
    """
    if _place(source.url) == _place(target.url):
        raise StoreError("That is the store in use itself: name another, empty database.")
    try:
        with _held(source, _check_revision) as reading, _held(target, migrate) as writing:
            _check_empty(writing)
            counts = _copy(reading, writing, progress)
            _check_nobody_works_on(reading)  # whoever began meanwhile would go on writing to what was left behind
            return counts
    except SQLAlchemyError as error:
        raise StoreError(f"Nothing was copied: {_cause(error)}.") from error


def _copy(reading: Connection, writing: Connection, progress: Progress) -> dict[str, int]:
    writing.execute(delete(meta))  # what the target says of its tables, the source says as well
    expected = _counts(reading)
    with progress(sum(expected.values())) as advance:
        for table in metadata.sorted_tables:
            _copy_table(reading, writing, table, advance)
    arrived = _counts(writing)
    for name, number in expected.items():
        if arrived[name] != number:
            raise StoreError(f"Nothing was copied: of {number} rows of {name} {arrived[name]} arrived.")
    words.expect_numbers_again(writing)  # the source may have counted further than its last row
    return arrived


def _copy_table(reading: Connection, writing: Connection, table: Table, advance: Callable[[int], object]) -> None:
    found = reading.execute(select(table).execution_options(yield_per=CHUNK))
    for rows in found.mappings().partitions():
        writing.execute(table.insert(), [dict(row) for row in rows])
        advance(len(rows))
    number = table.autoincrement_column
    if number is not None and is_postgresql(writing.engine.url):
        # A file counts on from its greatest number by itself, a server from where it was.
        greatest = select(func.max(number)).scalar_subquery()
        sequence = func.pg_get_serial_sequence(table.name, number.name)
        writing.execute(select(func.setval(sequence, func.coalesce(greatest, 1), greatest.is_not(None))))


def _counts(connection: Connection) -> dict[str, int]:
    return {
        table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in metadata.sorted_tables
    }


@contextmanager
def _held(engine: Engine, prepare: Callable[[Connection], object]) -> Iterator[Connection]:
    """A transaction on a database that nobody else works on; until its end nobody else writes to it."""
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(engine.begin())
            prepare(connection)
            if is_postgresql(engine.url):
                _check_nobody_works_on(connection)
                names = ", ".join(table.name for table in metadata.sorted_tables)
                connection.execute(text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE"))
        except SQLAlchemyError as error:
            raise _refusal(engine.url, error) from error
        yield connection


def _check_revision(connection: Connection) -> None:
    found = revision_of(connection)
    if found is None or found < REVISION:
        where = f"at {found}" if found else "older than that, or empty"
        raise StoreError(
            f"This version copies tables at {REVISION}, and the store is {where}: run `ombuds store migrate` first."
        )
    if found > REVISION:
        raise StoreError(
            f"A newer version of Ombuds wrote this store ({found}, ours is {REVISION}): copy with that one."
        )


def _check_empty(writing: Connection) -> None:
    for name, number in _counts(writing).items():
        if number and name != meta.name:
            raise StoreError(f"The target is not empty: {name} holds {number:,}. Name an empty database.")


def _check_nobody_works_on(connection: Connection) -> None:
    """On a server. A file cannot be opened by anybody else meanwhile."""
    if not is_postgresql(connection.engine.url):
        return
    for _ in range(_LOOKS):
        if not postgres.others(connection):
            return
        time.sleep(_LOOK_S)
    raise StoreError(_in_use(connection.engine.url))


def _refusal(url: URL, error: SQLAlchemyError) -> StoreError:
    if sqlite.is_busy(error) or postgres.is_conflict(error):
        return StoreError(_in_use(url))
    look = "its name and password, and that the server runs" if is_postgresql(url) else "its folder, and who may write"
    return StoreError(f"{_place(url)} cannot be used: {_cause(error)}. Check {look}.")


def _in_use(url: URL) -> str:
    return (
        f"Somebody works on {_place(url)}, and nothing was copied. Stop every `ombuds serve` and `ombuds work` first."
        " What the helpdesk cannot deliver meanwhile it sends later, or it is found by comparing."
    )


def _place(url: URL) -> str:
    if not is_postgresql(url):
        return str(Path(url.database or "").resolve())
    return url.set(drivername="postgresql").render_as_string(hide_password=True)


def _cause(error: SQLAlchemyError) -> str:
    return str(getattr(error, "orig", None) or type(error).__name__).splitlines()[0]
