"""What can be asked of the store without changing anything."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from service.breaker import Breaker
from service.store import backlog, breakers, dead_letters, ledger, past, topics
from service.store.errors import StoreError
from service.store.postgres import READERS
from service.store.records import (
    AccountState,
    Counts,
    DeadFilter,
    DeadLetter,
    Past,
    StoredDecision,
    TicketKey,
    Visit,
)

T = TypeVar("T")


class Questions:
    """The half of the store that reads, in threads of its own. Every method may raise StoreError."""

    def __init__(self, reading: Engine) -> None:
        self._reading = reading
        self._reader = ThreadPoolExecutor(max_workers=READERS, thread_name_prefix="ombuds-reader")

    async def breakers(self) -> dict[tuple[str, str], Breaker]:
        """Each account's breaker, by (helpdesk, account)."""
        return await self.ask(breakers.all_breakers)

    async def past(self, visit: Visit) -> Past:
        """All that Ombuds found, did and was told on the visit's ticket."""
        return await self.ask(lambda connection: past.past(connection, visit.ticket_seq))

    async def past_of(self, ticket: TicketKey) -> Past:
        """The same for a ticket by name; empty for one that was never seen."""
        return await self.ask(lambda connection: past.past_of(connection, ticket))

    async def decisions_of(self, ticket: TicketKey) -> tuple[StoredDecision, ...]:
        """Every decision on a ticket, oldest first."""
        return await self.ask(lambda connection: ledger.decisions_of(connection, ticket))

    async def astray(self, visit: Visit, since: datetime) -> dict[str, int]:
        """By bulletin, on how many other tickets an answer about it went wrong since then."""
        return await self.ask(lambda connection: topics.astray(connection, since, besides=visit.ticket_seq))

    async def dead_letters(self, wanted: DeadFilter = DeadFilter(), *, limit: int = 100) -> tuple[DeadLetter, ...]:  # noqa: B008 - frozen
        """Dead letters, newest first."""
        return await self.ask(lambda connection: dead_letters.list_dead(connection, wanted, limit=limit))

    async def count_dead(self, wanted: DeadFilter) -> dict[str, int]:
        """How many dead letters match, by reason."""
        return await self.ask(lambda connection: dead_letters.count_dead(connection, wanted))

    async def dead_letter(self, dead_id: int) -> DeadLetter | None:
        """One dead letter; None if there is none of that number."""
        return await self.ask(lambda connection: dead_letters.show_dead(connection, dead_id))

    async def next_due(self) -> datetime | None:
        """When the next ticket may be claimed, deadlines aside; None if nothing waits."""
        return await self.ask(backlog.next_due)

    async def is_made_due_ahead(self, now: datetime) -> bool:
        """Whether a ticket waits that should not: it is due at once, by a clock ahead of ours."""
        return await self.ask(lambda connection: backlog.is_made_due_ahead(connection, now))

    async def next_deadline(self) -> datetime | None:
        """When the next deadline comes; None if none is pending."""
        return await self.ask(backlog.next_deadline)

    async def account_states(self, now: datetime) -> tuple[AccountState, ...]:
        """How it stands with each account, by name."""
        return await self.ask(lambda connection: backlog.account_states(connection, now))

    async def counts(self, now: datetime) -> Counts:
        """How full the store is."""
        return await self.ask(lambda connection: backlog.counts(connection, now))

    async def ask(self, question: Callable[[Connection], T]) -> T:
        """The answer to a question about what is kept.

        A file is read as it was at one moment; on a server each statement may see what was committed since the last.
        """
        try:
            return await asyncio.get_running_loop().run_in_executor(self._reader, self._ask, question)
        except SQLAlchemyError as error:
            raise StoreError(f"the store could not be read: {type(error).__name__}") from error

    def _ask(self, question: Callable[[Connection], T]) -> T:
        try:
            return self._answer(question)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
        return self._answer(question)  # the server went away since the last one, and may be back

    def _answer(self, question: Callable[[Connection], T]) -> T:
        with self._reading.begin() as connection:
            return question(connection)
