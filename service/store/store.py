"""The store as the service sees it: every method returns once what it promises is on disk."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, Engine, func
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import SQLAlchemyError

from connectors.helpdesk import Delivery
from service.store import backlog, dead_letters, inbox, ledger, topics
from service.store.errors import StoreError
from service.store.records import (
    ActionState,
    Counts,
    DeadLetter,
    Past,
    Record,
    StoredDecision,
    TicketKey,
    Topic,
    Visit,
)
from service.store.schema import meta
from service.store.sqlite import open_engine, prepare_schema
from service.store.writer import Writer

T = TypeVar("T")
_PROBE = func.hex(func.randomblob(20_000))
"""Ten pages, about what a delivery needs; and new each time, since SQLite does not write what is there already."""


class Store:
    """One file, one thread that writes, one that reads. Made by `Store.open`; every method may raise StoreError."""

    def __init__(self, writing: Engine, reading: Engine, *, observe: Callable[[int], None]) -> None:
        self._engines = (writing, reading)
        self._reading = reading
        self._writer = Writer(writing, observe=observe)
        self._reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ombuds-reader")

    @classmethod
    async def open(cls, url: str, *, observe: Callable[[int], None] = lambda _: None) -> "Store":
        """A store on `url` (`sqlite:///file`), its tables made if the file is new. `observe` gets batch sizes."""
        writing = open_engine(url, writes=True)
        await asyncio.get_running_loop().run_in_executor(None, prepare_schema, writing)
        return cls(writing, open_engine(url, writes=False), observe=observe)

    async def close(self) -> None:
        """Waits for what is being written and lets go of the file."""
        await self._writer.close()
        await asyncio.get_running_loop().run_in_executor(None, self._reader.shutdown)
        for engine in self._engines:
            engine.dispose()

    async def accept(self, delivery: Delivery, now: datetime) -> bool:
        """Whether the delivery is new; False: it came before, and nothing was changed."""
        return await self._writer.run(lambda connection: inbox.accept(connection, delivery, now))

    async def claim(self, owner: str, now: datetime, *, limit: int, lease_s: float) -> tuple[Visit, ...]:
        """Visits for tickets that are due and that nobody holds, the longest waiting first."""
        return await self._writer.run(
            lambda connection: inbox.claim(connection, owner, now, limit=limit, lease_s=lease_s)
        )

    async def renew(self, visit: Visit, now: datetime, *, lease_s: float) -> None:
        """Holds the ticket for another while. Raises LeaseLostError."""
        await self._writer.run(lambda connection: inbox.renew(connection, visit, now, lease_s=lease_s))

    async def record(self, visit: Visit, new: Record) -> None:
        """Decisions, the intended action and the bookmark, in one commit. Raises LeaseLostError."""
        await self._writer.run(lambda connection: ledger.record(connection, visit, new))

    async def mark_action(self, visit: Visit, action_id: str, state: ActionState, at: datetime) -> None:
        """Notes what became of an action. Raises LeaseLostError."""
        await self._writer.run(lambda connection: ledger.mark_action(connection, visit, action_id, state, at))

    async def settle(self, visit: Visit, now: datetime, *, recheck_at: datetime | None) -> None:
        """Ends the visit; what arrived meanwhile leaves the ticket due again. Raises LeaseLostError."""
        await self._writer.run(lambda connection: inbox.settle(connection, visit, now, recheck_at=recheck_at))

    async def retry_later(self, visit: Visit, at: datetime) -> None:
        """Ends the visit unfinished; the ticket is not due before `at`. Raises LeaseLostError."""
        await self._writer.run(lambda connection: inbox.retry_later(connection, visit, at))

    async def release(self, visit: Visit, now: datetime) -> None:
        """Gives the ticket back as if it had not been taken. Raises LeaseLostError."""
        await self._writer.run(lambda connection: inbox.release(connection, visit, now))

    async def park(
        self, visit: Visit, now: datetime, *, reason: str, detail: str = "", gives_up_actions: bool = False
    ) -> None:
        """Ends the visit as dead letters. `detail` holds no customer's words. Raises LeaseLostError."""
        await self._writer.run(
            lambda connection: dead_letters.park(
                connection, visit, now, reason=reason, detail=detail, gives_up_actions=gives_up_actions
            )
        )

    async def replay(self, dead_id: int, now: datetime) -> DeadLetter:
        """Makes a dead letter's ticket due again, with its tries reset. Raises ReplayError."""
        return await self._writer.run(lambda connection: dead_letters.replay(connection, dead_id, now))

    async def check_writable(self) -> None:
        """Nothing, after a real commit of as much as a delivery needs. Raises StoreError."""
        probe = insert(meta).values(key="probe", value=_PROBE)
        probe = probe.on_conflict_do_update(index_elements=["key"], set_={"value": _PROBE})
        await self._writer.run(lambda connection: connection.execute(probe).rowcount)

    async def past(self, visit: Visit) -> Past:
        """All that Ombuds found, did and was told on the visit's ticket."""
        return await self._read(lambda connection: ledger.past(connection, visit.ticket_seq))

    async def past_of(self, ticket: TicketKey) -> Past:
        """The same for a ticket by name; empty for one that was never seen."""
        return await self._read(lambda connection: ledger.past_of(connection, ticket))

    async def decisions_of(self, ticket: TicketKey) -> tuple[StoredDecision, ...]:
        """Every decision on a ticket, oldest first."""
        return await self._read(lambda connection: ledger.decisions_of(connection, ticket))

    async def astray(self, visit: Visit, since: datetime) -> dict[str, int]:
        """By bulletin, on how many other tickets an answer about it went wrong since then."""
        return await self._read(lambda connection: topics.astray(connection, since, besides=visit.ticket_seq))

    async def topics(self, since: datetime) -> tuple[Topic, ...]:
        """What tickets spoke of since then, the most tickets first."""
        return await self._read(lambda connection: topics.topics(connection, since))

    async def dead_letters(self, *, include_replayed: bool = False, limit: int = 100) -> tuple[DeadLetter, ...]:
        """Dead letters, newest first."""
        return await self._read(
            lambda connection: dead_letters.list_dead(connection, include_replayed=include_replayed, limit=limit)
        )

    async def dead_letter(self, dead_id: int) -> DeadLetter | None:
        """One dead letter; None if there is none of that number."""
        return await self._read(lambda connection: dead_letters.show_dead(connection, dead_id))

    async def next_due(self) -> datetime | None:
        """When the next ticket may be claimed; None if nothing waits."""
        return await self._read(backlog.next_due)

    async def counts(self, now: datetime) -> Counts:
        """How full the store is."""
        return await self._read(lambda connection: backlog.counts(connection, now))

    async def _read(self, question: Callable[[Connection], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._reader, self._ask, question)
        except SQLAlchemyError as error:
            raise StoreError(f"the store could not be read: {type(error).__name__}") from error

    def _ask(self, question: Callable[[Connection], T]) -> T:
        with self._reading.begin() as connection:
            return question(connection)
