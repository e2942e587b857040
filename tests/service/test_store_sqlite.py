"""What a store in a file does when the disk or the folder is not what it should be."""

import os
import resource
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, make_url
from sqlalchemy.exc import SQLAlchemyError

from service.store.databases import locate, open_engine, prepare_schema
from service.store.errors import StoreError
from service.store.pruning import prune_deliveries
from service.store.sqlite import complaint
from service.store.store import Store

sys.path.insert(0, str(Path(__file__).parent))
from store_world import NOW, delivery


def size_of_log(folder: Path) -> int:
    (log,) = folder.glob("*-wal")
    return log.stat().st_size


def modes(folder: Path) -> dict[str, int]:
    """Who may do what with each file, by its ending."""
    return {file.suffix: file.stat().st_mode & 0o777 for file in folder.iterdir()}


def begun(url: str) -> bool:
    """Whether a connection of its own got as far as a transaction."""
    engine = open_engine(locate(url), writes=True)
    with engine.begin() as connection:
        is_begun = connection.in_transaction()
    engine.dispose()
    return is_begun


def test_those_who_make_a_file_at_once_wait_for_each_other(tmp_path: Path) -> None:
    """SQLite itself does not while it changes the kind of log; of forty files one or two would be refused."""
    with ThreadPoolExecutor(4) as workers:
        for number in range(40):
            assert all(workers.map(begun, [f"sqlite:///{tmp_path}/{number}.db"] * 4))


async def test_a_disk_without_room_for_a_delivery_is_not_writable(store: Store, tmp_path: Path) -> None:
    """A single page more would still fit."""
    await store.check_writable()
    await store.accept(delivery(1), NOW)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    written = size_of_log(tmp_path)

    resource.setrlimit(resource.RLIMIT_FSIZE, (written + 5_000, hard))
    try:
        with pytest.raises(StoreError):
            await store.check_writable()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    await store.check_writable()


async def test_a_new_store_is_for_its_owner_alone(store: Store, tmp_path: Path) -> None:
    """It holds people's words, and what lies beside it as well."""
    await store.accept(delivery(1), NOW)

    assert modes(tmp_path) == dict.fromkeys((".db", ".db-shm", ".db-wal"), 0o600)


async def test_a_store_in_a_missing_folder_says_which_folder(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"the folder .*nowhere for the store does not exist"):
        await Store.open(f"sqlite:///{tmp_path}/nowhere/ombuds.db")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else for a moment")
@pytest.mark.parametrize(("made", "named"), [("", "state"), ("ombuds.db", "state/ombuds.db")])
def test_who_may_not_write_is_told_what_to_hand_over(tmp_path: Path, made: str, named: str) -> None:
    """A file that is not there yet cannot be handed over: then it is the folder."""
    (folder := tmp_path / "state").mkdir(mode=0o700)
    if made:
        (folder / made).touch(mode=0o600)
    engine = open_engine(make_url(f"sqlite:///{folder}/ombuds.db"), writes=False)

    os.setreuid(61_184, -1)
    try:
        told = complaint(engine, SQLAlchemyError())
    finally:
        os.setreuid(0, -1)

    assert "may not write to" in told
    assert told.endswith(f"{tmp_path / named}`.")


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ombuds.db").write_text("a letter, and a long one, to nobody in particular" * 50)

    with pytest.raises(StoreError, match="cannot be used as the store"):
        await Store.open(f"sqlite:///{tmp_path}/ombuds.db")


def test_throwing_away_looks_at_no_dead_letters_but_those_of_the_deliveries(tmp_path: Path) -> None:
    """As SQLite plans it. With a hundred thousand of them a page took two seconds, and webhooks waited behind it."""
    engine = open_engine(locate(f"sqlite:///{tmp_path}/o.db"), writes=True)
    prepare_schema(engine)
    asked: list[tuple[str, Any]] = []
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append((given[2], given[3])))

    with engine.connect() as connection:
        prune_deliveries(connection, NOW, 0)
        statement, values = next(each for each in asked if "dead_letters" in each[0])
        steps = [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    engine.dispose()

    assert not [step for step in steps if step.startswith("SCAN")]
