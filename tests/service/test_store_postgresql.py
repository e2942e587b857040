"""What a store on PostgreSQL does where several processes meet in it, and when the server goes away."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from service.secret import Secret
from service.store import intake
from service.store.databases import locate, open_engine
from service.store.errors import LeaseLostError, StoreError
from service.store.records import DeadFilter
from service.store.store import Store

sys.path.insert(0, str(Path(__file__).parent))
from store_world import NOW, claim, delivery


@pytest.fixture
def url(postgresql_server: Any) -> str:
    return str(postgresql_server.new_database())


async def opened(url: str, count: int) -> list[Store]:
    """Several stores on one database, as several processes have them."""
    return [await Store.open(url) for _ in range(count)]


async def close(stores: list[Store]) -> None:
    for store in stores:
        await store.close()


async def test_a_delivery_accepted_while_a_visit_ends_leaves_the_ticket_due(url: str) -> None:
    """The other process has written and not yet committed: the visit cannot see what it must not undo."""
    (store,) = await opened(url, 1)
    await store.accept(delivery(1), NOW)
    (visit,) = await claim(store)
    other = open_engine(locate(url), writes=True)

    with other.begin() as connection:
        intake.hold(connection, [visit.ticket], ())
        intake.accept_all(connection, [(delivery(2), NOW)])
        settling = asyncio.create_task(store.settle(visit, NOW, recheck_at=None))
        await asyncio.sleep(0.3)
        assert not settling.done()
    await settling

    (again,) = await claim(store)
    assert len(again.deliveries) == 1
    other.dispose()
    await store.close()


async def test_processes_that_share_a_database_lose_nothing_and_visit_no_ticket_together(url: str) -> None:
    stores = await opened(url, 4)
    held: set[str] = set()
    taken: list[int] = []

    async def send(store: Store, first: int) -> None:
        # In an order of their own, so that they would wait for each other in a circle.
        numbers = [(first * 7 + step * 13) % 100 for step in range(100)]
        await asyncio.gather(
            *(store.accept(delivery(first * 1000 + number, str(number % 10)), NOW) for number in numbers)
        )

    async def work(store: Store, owner: str) -> None:
        idle = 0
        while idle < 20:
            visits = await claim(store, owner=owner, limit=3)
            for visit in visits:
                assert visit.ticket.id not in held
                held.add(visit.ticket.id)
            await asyncio.sleep(0.005)
            for visit in visits:
                held.discard(visit.ticket.id)
                taken.extend(one.seq for one in visit.deliveries)
                await store.settle(visit, NOW, recheck_at=None)
            idle = 0 if visits else idle + 1

    await asyncio.gather(
        *(send(store, number) for number, store in enumerate(stores)),
        *(work(store, f"w{number}") for number, store in enumerate(stores)),
    )
    await close(stores)

    assert len(taken) == len(set(taken)) == 400


async def test_a_replay_of_many_takes_tickets_in_the_order_in_which_webhooks_do(url: str) -> None:
    """In another order the two would wait for each other in a circle."""
    (store,) = await opened(url, 1)
    for ticket_id in ("9", "1"):
        await store.accept(delivery(int(ticket_id), ticket_id), NOW)
    for visit in await claim(store):
        await store.park(visit, NOW, reason="refused")
    other = open_engine(locate(url), writes=True)

    async def replay() -> int:
        return len([letter async for letter in store.replay_all(DeadFilter(), NOW, up_to=2)])

    with other.begin() as connection:
        intake.hold(connection, (), [1])
        replaying = asyncio.create_task(replay())
        await asyncio.sleep(0.3)
        connection.execute(text("SET LOCAL lock_timeout = 100"))
        intake.hold(connection, (), [2])

    assert await replaying == 2
    other.dispose()
    await store.close()


async def test_a_ticket_due_wakes_who_listens_elsewhere(url: str) -> None:
    sender, listener = await opened(url, 2)
    woken = asyncio.Event()
    listener.listen(woken.set)
    await asyncio.wait_for(woken.wait(), 5)  # once when it begins, for what came before
    woken.clear()

    await sender.accept(delivery(1), NOW)

    await asyncio.wait_for(woken.wait(), 5)
    await close([sender, listener])


async def test_a_server_that_restarts_is_found_again_by_writers_and_listeners(own_postgresql_server: Any) -> None:
    server = own_postgresql_server
    sender, listener = await opened(server.new_database(), 2)
    woken = asyncio.Event()
    listener.listen(woken.set)
    await sender.accept(delivery(1), NOW)
    await listener.next_due()

    await asyncio.to_thread(server.stop, "immediate")
    with pytest.raises(StoreError):
        await sender.accept(delivery(2), NOW)
    with pytest.raises(StoreError):
        await sender.next_due()
    await asyncio.to_thread(server.start)

    woken.clear()
    assert await listener.next_due() == NOW
    assert not await sender.accept(delivery(1), NOW)
    assert await sender.accept(delivery(2), NOW)
    await asyncio.wait_for(woken.wait(), 10)
    await close([sender, listener])


async def test_a_lease_lost_to_another_process_stops_the_first(url: str) -> None:
    first, second = await opened(url, 2)
    await first.accept(delivery(1), NOW)
    (lost,) = await claim(first, owner="frozen")
    await asyncio.sleep(0)
    (held,) = await claim(second, NOW.replace(hour=13), owner="alive")

    with pytest.raises(LeaseLostError):
        await first.settle(lost, NOW, recheck_at=None)

    await second.settle(held, NOW, recheck_at=None)
    await close([first, second])


async def test_a_database_without_an_encoding_is_served_too(postgresql_server: Any) -> None:
    """What `createdb` makes on a server that was set up in the locale C."""
    url = postgresql_server.new_database("TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'")
    store = await Store.open(url)

    assert await store.accept(delivery(1, "Bücher"), NOW)
    (visit,) = await claim(store)
    assert visit.ticket.id == "Bücher"
    await close([store])


async def test_a_server_that_cannot_be_reached_is_told_without_the_password() -> None:
    with pytest.raises(StoreError) as refused:
        await Store.open("postgresql://ombuds@127.0.0.1:9/ombuds", password=Secret("geheim"))

    assert "postgresql://ombuds:***@127.0.0.1:9/ombuds cannot be used as the store: " in str(refused.value)
    assert "geheim" not in str(refused.value)
    assert str(refused.value).endswith("and that the server runs.")


async def test_other_databases_are_refused() -> None:
    with pytest.raises(StoreError, match="a store on mysql is not served"):
        await Store.open("mysql://ombuds@db.example/ombuds")
