"""The store as the service sees it: every method returns once what it promises is on disk."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from connectors.helpdesk import Delivery, Mover
from service.secret import Secret
from service.store import backlog, dead_letters, inbox, intake, ledger, past, pruning, rounds, topics
from service.store.databases import is_postgresql, locate, open_engine, prepare_schema, probe
from service.store.errors import StoreError
from service.store.listener import Listener
from service.store.records import (
    ActionState,
    Counts,
    DeadLetter,
    Past,
    Record,
    Round,
    StoredDecision,
    TicketKey,
    Topic,
    Visit,
)
from service.store.writer import Operation, Rank, Writer

T = TypeVar("T")


class Store:
    """One database, one thread that writes, one that reads. Made by `Store.open`; every method may raise StoreError."""

    def __init__(self, writing: Engine, reading: Engine, *, observe: Callable[[int], None]) -> None:
        self._engines = (writing, reading)
        self._reading = reading
        self._writer = Writer(writing, observe=observe)
        self._reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ombuds-reader")
        self._listener: Listener | None = None

    @classmethod
    async def open(
        cls, url: str, *, password: Secret | None = None, observe: Callable[[int], None] = lambda _: None
    ) -> "Store":
        """A store on `url` (`sqlite:///file`, `postgresql://user@host/name`), its tables made if it is new.

        `observe` gets batch sizes.
        """
        located = locate(url, password)
        writing = open_engine(located, writes=True)
        try:
            await asyncio.get_running_loop().run_in_executor(None, prepare_schema, writing)
        except StoreError:
            writing.dispose()
            raise
        return cls(writing, open_engine(located, writes=False), observe=observe)

    async def close(self) -> None:
        """Waits for what is being written and lets go of the database."""
        if self._listener is not None:
            await asyncio.to_thread(self._listener.close)
        await self._writer.close()
        await asyncio.get_running_loop().run_in_executor(None, self._reader.shutdown)
        for engine in self._engines:
            engine.dispose()

    def listen(self, wake: Callable[[], None]) -> None:
        """Calls `wake` in this event loop when another process makes a ticket due; a file has no other processes.

        It may come late or not at all: whoever relies on it looks for himself from time to time.
        """
        url = self._reading.url
        if is_postgresql(url):
            self._listener = Listener(url, partial(asyncio.get_running_loop().call_soon_threadsafe, wake))

    async def accept(self, delivery: Delivery, now: datetime) -> bool:
        """Whether the delivery is new; False: it came before, and nothing was changed."""
        is_new: bool = await self._writer.add(
            Operation(
                do=intake.accept_all,
                item=(delivery, now),
                rank=Rank.INTAKE,
                ticket=intake.ticket_of(delivery),
                makes_due=True,
            )
        )
        return is_new

    async def claim(self, owner: str, now: datetime, *, limit: int, lease_s: float) -> tuple[Visit, ...]:
        """Visits for tickets that are due and that nobody holds, the longest waiting first."""
        return await self._writer.run(
            lambda connection: inbox.claim(connection, owner, now, limit=limit, lease_s=lease_s)
        )

    async def renew(self, visit: Visit, now: datetime, *, lease_s: float) -> None:
        """Holds the ticket for another while. Raises LeaseLostError."""
        await self._write_to(visit, lambda connection: inbox.renew(connection, visit, now, lease_s=lease_s))

    async def record(self, visit: Visit, new: Record) -> None:
        """Decisions, the intended action and the bookmark, in one commit. Raises LeaseLostError."""
        await self._writer.add(
            Operation(do=ledger.record_all, item=(visit, new), rank=Rank.RECORD, ticket=visit.ticket_seq)
        )

    async def mark_action(self, visit: Visit, action_id: str, state: ActionState, at: datetime) -> None:
        """Notes what became of an action. Raises LeaseLostError."""
        await self._write_to(visit, lambda connection: ledger.mark_action(connection, visit, action_id, state, at))

    async def settle(
        self, visit: Visit, now: datetime, *, recheck_at: datetime | None, read_as_of: datetime | None = None
    ) -> None:
        """Ends the visit; what arrived meanwhile leaves the ticket due again. Raises LeaseLostError.

        `read_as_of` is the helpdesk's time of the ticket as it was last read.
        """
        settled = inbox.Settled(visit=visit, now=now, recheck_at=recheck_at, read_as_of=read_as_of)
        await self._writer.add(Operation(do=inbox.settle_all, item=settled, rank=Rank.END, ticket=visit.ticket_seq))

    async def take_round(self, helpdesk: str, account: str, now: datetime, *, every: timedelta) -> Round | None:
        """The account's turn to be compared with its helpdesk; None if it has not come, or another process has it."""
        return await self._writer.run(
            lambda connection: rounds.take_round(connection, helpdesk, account, now, every), rank=Rank.ACCOUNT
        )

    async def take_in(self, helpdesk: str, account: str, movers: Sequence[Mover], *, cursor: str, now: datetime) -> int:
        """How many of these tickets had moved since they were last read; they are due now."""
        return await self._writer.run(
            lambda connection: rounds.take_in(connection, helpdesk, account, movers, cursor, now),
            makes_due=True,
        )

    async def retry_later(self, visit: Visit, at: datetime) -> None:
        """Ends the visit unfinished; the ticket is not due before `at`. Raises LeaseLostError."""
        await self._write_to(visit, lambda connection: inbox.retry_later(connection, visit, at))

    async def release(self, visit: Visit, now: datetime) -> None:
        """Gives the ticket back as if it had not been taken. Raises LeaseLostError."""
        await self._write_to(visit, lambda connection: inbox.release(connection, visit, now), makes_due=True)

    async def park(
        self, visit: Visit, now: datetime, *, reason: str, detail: str = "", gives_up_actions: bool = False
    ) -> None:
        """Ends the visit as dead letters. `detail` holds no customer's words. Raises LeaseLostError."""
        await self._write_to(
            visit,
            lambda connection: dead_letters.park(
                connection, visit, now, reason=reason, detail=detail, gives_up_actions=gives_up_actions
            ),
        )

    async def replay(self, dead_id: int, now: datetime) -> DeadLetter:
        """Makes a dead letter's ticket due again, with its tries reset. Raises ReplayError."""
        return await self._writer.run(lambda connection: dead_letters.replay(connection, dead_id, now), makes_due=True)

    async def check_writable(self) -> None:
        """Nothing, after a real commit of as much as a delivery needs. Raises StoreError."""
        await self._writer.run(probe)

    async def prune(self, *, deliveries_before: datetime, decisions_before: datetime) -> None:
        """Throws away what is older, in many small commits."""
        for prune, before in (
            (pruning.prune_deliveries, deliveries_before),
            (pruning.prune_decisions, decisions_before),
        ):
            after: int | None = 0
            while after is not None:
                after = await self._writer.run(partial(prune, before=before, after_seq=after))

    async def past(self, visit: Visit) -> Past:
        """All that Ombuds found, did and was told on the visit's ticket."""
        return await self._read(lambda connection: past.past(connection, visit.ticket_seq))

    async def past_of(self, ticket: TicketKey) -> Past:
        """The same for a ticket by name; empty for one that was never seen."""
        return await self._read(lambda connection: past.past_of(connection, ticket))

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

    async def _write_to(self, visit: Visit, operation: Callable[[Connection], T], *, makes_due: bool = False) -> T:
        return await self._writer.run(operation, rank=Rank.VISIT, ticket=visit.ticket_seq, makes_due=makes_due)

    async def _read(self, question: Callable[[Connection], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._reader, self._ask, question)
        except SQLAlchemyError as error:
            raise StoreError(f"the store could not be read: {type(error).__name__}") from error

    def _ask(self, question: Callable[[Connection], T]) -> T:
        with self._reading.begin() as connection:
            return question(connection)
