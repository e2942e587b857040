"""The tables of an older version become ours, all or nothing, whoever starts first."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from service.store.databases import locate, open_engine, prepare_schema
from service.store.errors import StoreError
from service.store.migrating import FOLDER
from service.store.schema import REVISION, metadata
from service.store.store import Store

sys.path.insert(0, str(Path(__file__).parent))
from store_world import NOW, claim, delivery


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = open_engine(locate(url), writes=True)
    yield engine
    engine.dispose()


def run(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement))


def test_the_steps_end_where_the_code_believes() -> None:
    assert ScriptDirectory(str(FOLDER)).get_heads() == [REVISION]


def test_the_steps_make_the_tables_that_the_code_works_with(engine: Engine) -> None:
    prepare_schema(engine)

    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), metadata)

    assert found == []


async def test_tables_of_the_first_version_are_taken_over_with_what_they_hold(url: str, engine: Engine) -> None:
    """It made its tables without counting steps."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    run(engine, "DROP TABLE alembic_version")
    run(engine, "INSERT INTO accounts VALUES ('zendesk', 'acme', 0)")
    run(engine, "INSERT INTO tickets VALUES (1, 'zendesk', 'acme', '42', 'b1', NULL, 0, NULL, NULL, 0, NULL, 0, NULL)")

    store = await Store.open(url)

    (visit,) = await claim(store)
    assert (visit.ticket.id, visit.bookmark) == ("42", "b1")
    await store.close()


def test_tables_of_a_newer_version_are_refused_with_the_way_out(engine: Engine) -> None:
    prepare_schema(engine)
    run(engine, "UPDATE alembic_version SET version_num = '9999'")
    run(engine, "UPDATE meta SET value = '9998' WHERE key = 'works_from'")

    with pytest.raises(StoreError, match=r"its tables are 9999, ours .*Start the version that wrote it"):
        prepare_schema(engine)


async def test_a_version_may_be_rolled_back_where_the_newer_tables_say_that_it_works_on_them(
    url: str, engine: Engine
) -> None:
    """Whoever upgrades must be able to go back without a backup."""
    prepare_schema(engine)
    run(engine, "UPDATE alembic_version SET version_num = '9999'")

    store = await Store.open(url)

    assert await store.accept(delivery(1), NOW)
    await store.close()


def test_a_step_that_fails_half_way_leaves_nothing_behind(engine: Engine) -> None:
    run(engine, "CREATE TABLE dead_letters (x INTEGER)")

    with pytest.raises(StoreError):
        prepare_schema(engine)

    assert inspect(engine).get_table_names() == ["dead_letters"]


async def test_several_processes_may_start_on_an_empty_database_at_once(url: str) -> None:
    stores = await asyncio.gather(*(Store.open(url) for _ in range(4)))

    assert await stores[0].accept(delivery(1), NOW)
    assert not await stores[3].accept(delivery(1), NOW)
    for store in stores:
        await store.close()
