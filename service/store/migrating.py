"""Brings the tables of a database to what this version works with, all or nothing."""

from pathlib import Path

import structlog
from sqlalchemy import Connection, delete, insert, inspect, select, text

from service.store.errors import StoreError
from service.store.schema import REVISION, WORKS_FROM, meta

FOLDER = Path(__file__).parent / "migrations"
VERSIONS = "alembic_version"
OLDEST = "works_from"
"""The row of `meta` by which tables tell older code, which cannot know them, whether it may work on them."""
_LOCK = 0x6F6D62756473
"""Any number will do that nobody else locks on this server."""
log = structlog.get_logger(__name__)


def migrate(connection: Connection) -> tuple[str | None, str | None]:
    """From which revision to which, having run what is missing inside the transaction that is open.

    Tables of a newer version are left as they are, if they say that this one works on them; else raises StoreError.
    Several processes may start at once: on PostgreSQL the first does it and the others wait; in a file, the
    transaction of a writer keeps them out.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    found = revision_of(connection)
    if found == REVISION:
        return found, found
    _upgrade(connection, found)
    return found, revision_of(connection)


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
        _accept(connection, found)
        return
    config.attributes["connection"] = connection
    if found is None and inspect(connection).has_table(meta.name):
        command.stamp(config, "0001")  # 0.1.0 made the first tables without counting steps
    command.upgrade(config, "head")
    connection.execute(delete(meta).where(meta.c.key == OLDEST))
    connection.execute(insert(meta).values(key=OLDEST, value=WORKS_FROM))


def works_on_newer(connection: Connection) -> bool:
    """Whether tables of a newer version say that this one may work on them."""
    oldest = connection.scalar(select(meta.c.value).where(meta.c.key == OLDEST))
    return oldest is not None and oldest <= REVISION


def _accept(connection: Connection, found: str) -> None:
    if not works_on_newer(connection):
        raise StoreError(
            f"{connection.engine.url.database} was written by a newer version of Ombuds (its tables are {found}, ours"
            f" {REVISION}), and this one cannot work on it. Start the version that wrote it, restore a backup from"
            " before it, or name another database in [store] url."
        )
    log.warning("the store's tables are of a newer version, and this one works on them", theirs=found, ours=REVISION)
