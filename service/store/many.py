"""Statements for many rows at once, which go to the database as one JSON text.

With a statement a row, the writer's thread would give up Python's lock, and wait for it again, as often as there are
rows; and on a server each would be a journey of its own.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    Column,
    Connection,
    CursorResult,
    Executable,
    FromClause,
    Text,
    bindparam,
    cast,
    column,
    func,
    select,
    type_coerce,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeEngine

from service.store.databases import POSTGRESQL

_ROWS = "given_rows"

Build = Callable[[Any, Any], Executable]
"""From the rows, as something to select from, and the database's own `insert`, to the statement."""


class Many:
    """One statement, built once for each database."""

    def __init__(self, columns: Sequence[Column[Any]], build: Build) -> None:
        types: dict[str, TypeEngine[Any]] = {each.name: each.type for each in columns}
        self._on_sqlite: Executable = build(_from_sqlite(types), sqlite.insert)
        self._on_postgresql: Executable = build(_from_postgresql(types), postgresql.insert)

    def run(
        self, connection: Connection, rows: Sequence[Mapping[str, object]], **values: object
    ) -> CursorResult[tuple[Any, ...]]:
        """Runs it on all rows. Texts must be `keepable` and times `microseconds`; a column left out is null."""
        statement = self._on_postgresql if connection.dialect.name == POSTGRESQL else self._on_sqlite
        return connection.execute(statement, {_ROWS: msgspec.json.encode(rows).decode(), **values})


def _from_sqlite(types: Mapping[str, TypeEngine[Any]]) -> FromClause:
    each = func.json_each(bindparam(_ROWS, type_=Text)).table_valued("value")
    fields = [
        type_coerce(func.json_extract(each.c.value, f"$.{name}"), kind).label(name) for name, kind in types.items()
    ]
    return select(*fields).subquery("given")


def _from_postgresql(types: Mapping[str, TypeEngine[Any]]) -> FromClause:
    rows = func.json_to_recordset(cast(bindparam(_ROWS, type_=Text), postgresql.JSON))
    given = rows.table_valued(*(column(name, kind) for name, kind in types.items()), name="given")
    return given.render_derived(with_types=True)
