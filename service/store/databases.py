"""The database a URL names: its engines, its tables, and what differs between the two that are served."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import URL, ColumnElement, Connection, Engine, Table, func, make_url, select
from sqlalchemy.dialects import postgresql as postgresql_dialect
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from service.secret import Secret
from service.store import postgres, sqlite
from service.store.errors import StoreError
from service.store.migrating import migrate, revision_of, works_on_newer
from service.store.schema import REVISION, meta

POSTGRESQL = "postgresql"


def locate(url: str, password: Secret | None = None) -> URL:
    """The URL with its password. Raises StoreError for one of no database that is served."""
    try:
        located = make_url(url)
    except ArgumentError as error:
        raise StoreError("[store] url is no URL of a database.") from error
    if located.get_backend_name() not in ("sqlite", POSTGRESQL):
        raise StoreError(f"[store] url: a store on {located.get_backend_name()} is not served.")
    return located.set(password=password.reveal()) if password else located


def open_engine(url: URL, *, writes: bool) -> Engine:
    """The way to it, for writing or for reading."""
    open_one = postgres.open_engine if is_postgresql(url) else sqlite.open_engine
    return open_one(url, writes=writes)


def open_alone(url: URL) -> Engine:
    """The same for writing where nobody else may work on it; on a server nothing keeps others out by itself."""
    if is_postgresql(url):
        return postgres.open_engine(url, writes=True)
    return sqlite.open_engine(url, writes=True, alone=True)


def found_revision(url: URL) -> tuple[str | None, bool]:
    """How far the tables have come, None for an empty database, and whether this version works on them as they are.

    Nothing is changed. Raises StoreError.
    """
    engine = open_engine(url, writes=False)
    try:
        with engine.begin() as connection:
            found = revision_of(connection)
            is_newer = found is not None and found > REVISION
            return found, found == REVISION or (is_newer and works_on_newer(connection))
    except SQLAlchemyError as error:
        raise StoreError(_complaint(engine, error)) from error
    finally:
        engine.dispose()


def prepare_schema(engine: Engine) -> tuple[str | None, str | None]:
    """From which revision to which the tables were brought. Raises StoreError for a database not ours to write."""
    try:
        with engine.begin() as connection:
            return migrate(connection)
    except SQLAlchemyError as error:
        raise StoreError(_complaint(engine, error)) from error


def _complaint(engine: Engine, error: SQLAlchemyError) -> str:
    return (postgres.complaint if is_postgresql(engine.url) else sqlite.complaint)(engine, error)


def upsert(connection: Connection, table: Table, *key: str, **values: object) -> None:
    """Writes the row; one with the same key gets the new values."""
    statement = _insert(connection, table).values(**values)
    connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))


def insert_new(connection: Connection, table: Table, **values: object) -> bool:
    """Whether the row is new; a row that is there already stays as it is."""
    statement = _insert(connection, table).values(**values).on_conflict_do_nothing()
    # Nobody asks for the new number; and SQLAlchemy forgets how many rows an INSERT wrote unless it is told not to.
    return connection.execute(statement.inline(), execution_options={"preserve_rowcount": True}).rowcount > 0


def insert_all_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Writes the rows that are not there yet; the others stay as they are."""
    if rows:
        connection.execute(_insert(connection, table).on_conflict_do_nothing(), rows)


def upsert_all(connection: Connection, table: Table, *key: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Writes the rows; those with the same key get the new values."""
    if rows:
        statement = _insert(connection, table)
        changed = {name: statement.excluded[name] for name in rows[0] if name not in key}
        connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=changed), rows)


def announce(connection: Connection) -> None:
    """Tells workers elsewhere, once it is committed, that a ticket is due. In a file nobody else waits."""
    if connection.dialect.name == POSTGRESQL:
        connection.execute(select(func.pg_notify(postgres.CHANNEL, "")))


def server_time(connection: Connection) -> datetime:
    """The time of the server's clock. PostgreSQL alone has one."""
    found: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return found.astimezone(UTC)


def probe(connection: Connection) -> None:
    """Writes as much as a delivery needs."""
    value: ColumnElement[str] = postgres.probe() if connection.dialect.name == POSTGRESQL else sqlite.probe()
    upsert(connection, meta, "key", key="probe", value=value)


def _insert(connection: Connection, table: Table) -> "sqlite_dialect.Insert | postgresql_dialect.Insert":
    is_postgresql = connection.dialect.name == POSTGRESQL
    return postgresql_dialect.insert(table) if is_postgresql else sqlite_dialect.insert(table)


def is_postgresql(url: URL) -> bool:
    """Whether it names a server, and not a file."""
    return url.get_backend_name() == POSTGRESQL
