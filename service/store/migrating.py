"""Brings the tables of a database to what this version works with, all or nothing."""

from pathlib import Path

from sqlalchemy import Connection, inspect, select, text

from service.store.errors import StoreError
from service.store.schema import REVISION, meta

FOLDER = Path(__file__).parent / "migrations"
VERSIONS = "alembic_version"
_LOCK = 0x6F6D62756473
"""Any number will do that nobody else locks on this server."""


def migrate(connection: Connection) -> None:
    """Runs what is missing inside the transaction that is open. Raises StoreError for tables that are newer than ours.

    Several processes may start at once: on PostgreSQL the first does it and the others wait; in a file, the
    transaction of a writer keeps them out.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    found = revision_of(connection)
    if found != REVISION:
        _upgrade(connection, found)


def revision_of(connection: Connection) -> str | None:
    """How far a database has come; None for an empty one."""
    if not inspect(connection).has_table(VERSIONS):
        return None
    found: str | None = connection.scalar(select(text("version_num")).select_from(text(VERSIONS)))
    return found


def _upgrade(connection: Connection, found: str | None) -> None:
    # Imported here: nearly every start finds the tables as they should be.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise StoreError(
            f"{connection.engine.url.database} was written by a newer version of Ombuds (its tables are {found}, ours"
            f" {REVISION}). Start the version that wrote it, or name another database in [store] url."
        )
    config.attributes["connection"] = connection
    if found is None and inspect(connection).has_table(meta.name):
        command.stamp(config, "0001")  # 0.1.0 made the first tables without counting steps
    command.upgrade(config, "head")
