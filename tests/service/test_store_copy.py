"""Everything that is kept moves to another database, all of it or nothing, and goes on there."""

import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, inspect, select, text

from policies.ticket import Ticket
from service.store import copying
from service.store.archive import in_use, remember_rulebook
from service.store.databases import locate, open_alone, open_engine, upsert
from service.store.errors import StoreError
from service.store.records import Visit
from service.store.schema import meta, metadata
from service.store.store import Store
from service.store.topic_records import Doubt, Mention, MentionKind
from service.store.views import pack
from service.store.words import PROGRESS

sys.path.insert(0, str(Path(__file__).parent))
from store_world import ACTION, NOW, claim, delivery, record_of

DOUBT = Doubt(change_id="7", word="w", name=None, customer="c")
MENTION = Mention(change_id="7", topic="t", kind=MentionKind.ASK, policy="p")
Copy = Callable[..., dict[str, int]]


@pytest.fixture
def other(url: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of the other kind."""
    if url.startswith("postgresql"):
        return f"sqlite:///{tmp_path}/other.db"
    return str(request.getfixturevalue("postgresql_server").new_database())


@pytest.fixture
async def visit(url: str, rulebook: Any, make_ticket: Callable[..., Ticket]) -> Visit:
    """A visit that was parked after something was written into every table."""
    store = await Store.open(url)
    await remember_rulebook(store, in_use(rulebook, NOW))
    await store.take_round("zendesk", "acme", NOW, every=timedelta(minutes=5))
    await store.accept(delivery(1), NOW)
    (visit,) = await claim(store)
    left = replace(record_of(ACTION), doubts=(DOUBT,), mentions=(MENTION,), view=pack(make_ticket(), NOW))
    await store.record(visit, left)
    await store.park(visit, NOW, reason="refused")
    await store.accept(delivery(2, "43"), NOW)
    await store.close()
    return visit


def meanwhile(happens: Callable[[], object]) -> copying.Progress:
    """A progress that lets something happen before the first row."""

    @contextmanager
    def progress(total: int) -> Iterator[Callable[[int], None]]:
        assert total
        happens()
        yield lambda _: None

    return progress


@pytest.fixture
def copy(url: str, other: str) -> Iterator[Copy]:
    """Copies from one to the other."""

    def run(progress: copying.Progress | None = None) -> dict[str, int]:
        with ExitStack() as stack:
            engines = [open_alone(locate(one)) for one in (url, other)]
            for engine in engines:
                stack.callback(engine.dispose)
            return copying.copy(*engines, progress=progress or meanwhile(int))

    return run


@pytest.fixture
def engines(url: str, other: str) -> Iterator[tuple[Engine, Engine]]:
    """To look into both."""
    both = open_engine(locate(url), writes=True), open_engine(locate(other), writes=True)
    yield both
    for engine in both:
        engine.dispose()


def rows(engine: Engine) -> dict[str, list[Any]]:
    with engine.begin() as connection:
        found = {
            table.name: connection.execute(select(table).order_by(*table.primary_key)).all()
            for table in metadata.sorted_tables
        }
    engine.dispose()
    return found


def do(engine: Engine, what: Callable[[Connection], Any]) -> Any:
    with engine.begin() as connection:
        done = what(connection)
    engine.dispose()
    return done


async def test_every_row_of_every_table_arrives_and_numbers_go_on(
    visit: Visit, other: str, copy: Copy, engines: tuple[Engine, Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "CHUNK", 1)
    before = rows(engines[0])
    assert all(before.values()), "a table without a row tests nothing"

    counts = copy()

    assert rows(engines[1]) == rows(engines[0]) == before
    assert counts == {name: len(found) for name, found in before.items()}
    store = await Store.open(other)
    assert [await store.accept(delivery(number, "44"), NOW) for number in (1, 2, 3)] == [False, False, True]
    assert [one.ticket.id for one in await claim(store)] == ["43", "44"]
    assert await store.replay(1, NOW)
    (again,) = await claim(store)
    await store.record(again, replace(record_of(), answers=()))
    assert len(await store.decisions_of(visit.ticket)) == 2
    await store.close()


@pytest.mark.usefixtures("visit")
async def test_a_database_that_holds_something_is_left_as_it_is(copy: Copy, engines: tuple[Engine, Engine]) -> None:
    copy()
    there = rows(engines[1])

    with pytest.raises(StoreError, match=r"The target is not empty: .* Name an empty database"):
        copy()

    assert rows(engines[1]) == there


@pytest.mark.usefixtures("visit")
async def test_while_somebody_works_on_the_store_it_is_not_copied(
    url: str, copy: Copy, engines: tuple[Engine, Engine]
) -> None:
    serving = await Store.open(url)

    with pytest.raises(StoreError, match="Stop every `ombuds serve` and `ombuds work` first"):
        copy(meanwhile(lambda: pytest.fail("it was begun")))

    assert inspect(engines[1]).get_table_names() == []
    await serving.close()


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
@pytest.mark.usefixtures("visit")
async def test_nothing_is_copied_if_somebody_begins_meanwhile(
    url: str, copy: Copy, engines: tuple[Engine, Engine]
) -> None:
    """He would go on writing to what was left behind."""
    late = open_engine(locate(url), writes=True)

    with pytest.raises(StoreError, match="Somebody works on"):
        copy(meanwhile(late.connect))

    assert inspect(engines[1]).get_table_names() == []
    late.dispose()


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("visit")
async def test_nobody_can_begin_on_a_file_meanwhile(copy: Copy, tmp_path: Path) -> None:
    late = sqlite3.connect(tmp_path / "ombuds.db", timeout=0)

    def begin() -> None:
        with pytest.raises(sqlite3.OperationalError, match="database is locked"):
            late.execute("SELECT * FROM meta")

    assert copy(meanwhile(begin))
    late.close()


@pytest.mark.usefixtures("visit")
async def test_what_goes_wrong_half_way_leaves_the_target_as_it_was(copy: Copy, engines: tuple[Engine, Engine]) -> None:
    @contextmanager
    def break_off(total: int) -> Iterator[Callable[[int], None]]:
        assert total
        tables = iter(range(4))
        yield lambda _: next(tables, None) is None and pytest.fail("as told")

    with pytest.raises(pytest.fail.Exception, match="as told"):
        copy(break_off)

    assert inspect(engines[1]).get_table_names() == []


@pytest.mark.parametrize(
    ("revision", "told"),
    [("0001", "the store is at 0001: run `ombuds store migrate` first"), ("9999", "copy with that one")],
)
@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("visit")
async def test_tables_of_another_version_are_not_copied(
    revision: str, told: str, copy: Copy, engines: tuple[Engine, Engine]
) -> None:
    step = text("UPDATE alembic_version SET version_num = :found").bindparams(found=revision)
    do(engines[0], lambda connection: connection.execute(step))

    with pytest.raises(StoreError, match=told):
        copy()


@pytest.mark.usefixtures("visit")
async def test_new_decisions_lose_their_words_also_where_numbers_begin_lower_again(
    copy: Copy, engines: tuple[Engine, Engine]
) -> None:
    """A server counts on from decisions that were erased; the other database cannot know of them."""
    far = '{"decision":99,"waits":[]}'
    do(engines[0], lambda connection: upsert(connection, meta, "key", key=PROGRESS, value=far))

    copy()

    kept = do(engines[1], lambda connection: connection.scalar(select(meta.c.value).where(meta.c.key == PROGRESS)))
    assert '"decision":1,' in kept
