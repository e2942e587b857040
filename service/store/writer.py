"""One thread that writes, and commits for everybody who waits: what queued while the last commit ran shares the next.

Nothing is held back while it is idle, so a lone write costs one commit, and a hundred cost little more than one.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from itertools import groupby
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from service.store.databases import announce
from service.store.errors import LeaseLostError, ReplayError, StoreError
from service.store.intake import hold
from service.store.postgres import is_conflict
from service.store.records import TicketKey

MAX_BATCH = 512
MOST_TRIES = 5
MAX_WAITING = 10_000
"""Beyond this the disk cannot keep up, and the sender is better told so."""

T = TypeVar("T")


class Rank(IntEnum):
    """In which order a batch is done."""

    ACCOUNT = 0
    INTAKE = 1
    RECORD = 2
    VISIT = 3
    END = 4
    LAST = 5
    """After every ticket that is written to: a claim takes what nobody holds, and so waits for nobody."""


Observe = Callable[[int, float], None]
"""Hears of each commit, failed ones too: how many writes shared it, and how many seconds they waited for it."""
Do = Callable[[Connection, Sequence[Any]], Sequence[Any]]
"""Does the same for many at once, and answers each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """Something to be done in a commit, and what it does to others."""

    do: Do
    item: Any = None
    rank: Rank = Rank.LAST
    ticket: TicketKey | int | None = None
    """What it writes to, by name (it may be new) or by number: all of a batch are held before anything is done."""
    makes_due: bool = False
    """Workers elsewhere are to look."""


class Writer:
    """Runs operations in order, in batches of one commit. An operation that refuses leaves no trace."""

    def __init__(self, engine: Engine, *, observe: Observe = lambda *_: None) -> None:
        self._engine = engine
        self._observe = observe
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ombuds-writer")
        self._waiting: list[tuple[Operation, asyncio.Future[Any]]] = []
        self._idle = asyncio.Event()
        self._idle.set()
        self._is_closed = False

    async def run(
        self,
        operation: Callable[[Connection], T],
        *,
        rank: Rank = Rank.LAST,
        ticket: TicketKey | int | None = None,
        makes_due: bool = False,
    ) -> T:
        """The operation's answer, once it is committed. Raises StoreError if the commit failed, or its refusal."""
        alone = partial(_alone, operation)
        answer: T = await self.add(Operation(do=alone, rank=rank, ticket=ticket, makes_due=makes_due))
        return answer

    async def add(self, operation: Operation) -> Any:
        """The same for an operation that is done together with others of its kind.

        A caller that is cancelled meanwhile does not stop it: the batch belongs to the others, too.
        """
        if self._is_closed or len(self._waiting) >= MAX_WAITING:
            raise StoreError("the store is closed" if self._is_closed else "too many writes are waiting")
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((operation, future))
        if self._idle.is_set():
            self._idle.clear()
            # Not at once: who else has come by the end of this turn of the loop goes along.
            asyncio.get_running_loop().call_soon(self._start)
        return await future

    async def close(self) -> None:
        """Waits for what is under way. Whatever comes later is refused."""
        self._is_closed = True
        await self._idle.wait()
        await asyncio.get_running_loop().run_in_executor(None, self._thread.shutdown)

    def _start(self) -> None:
        batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
        batch.sort(key=lambda waiting: waiting[0].rank)
        operations = [operation for operation, _ in batch]
        committing = asyncio.get_running_loop().run_in_executor(self._thread, commit, self._engine, operations)
        committing.add_done_callback(partial(self._finish, [future for _, future in batch], time.monotonic()))

    def _finish(
        self, waiters: Sequence[asyncio.Future[Any]], begun_s: float, committed: asyncio.Future[list[Any]]
    ) -> None:
        error = committed.exception()
        answers = committed.result() if error is None else [_unavailable(error)] * len(waiters)
        self._observe(len(waiters), time.monotonic() - begun_s)
        for future, answer in zip(waiters, answers, strict=True):
            if future.done():
                continue
            if isinstance(answer, StoreError):
                future.set_exception(answer)
            else:
                future.set_result(answer)
        if self._waiting:
            self._start()
        else:
            self._idle.set()


def commit(engine: Engine, operations: Sequence[Operation]) -> list[Any]:
    """The answers of all operations, committed together; a refusal in place of an answer where there was one.

    Where one of them fails, and not the database, each is committed alone: the others have no part in it.
    """
    try:
        return _together(engine, operations)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        if len(operations) == 1:
            raise
        return [_by_itself(engine, operation) for operation in operations]


def _by_itself(engine: Engine, operation: Operation) -> Any:
    try:
        (answer,) = _together(engine, [operation])
    except Exception as error:  # noqa: BLE001 - whoever asked is told
        return _unavailable(error)
    return answer


def _together(engine: Engine, operations: Sequence[Operation]) -> list[Any]:
    """Where processes got into each other's way nothing was committed, and all of it is done again."""
    for tries_left in reversed(range(MOST_TRIES)):
        try:
            return _commit(engine, operations)
        except DBAPIError as error:
            if not tries_left or not is_conflict(error):
                raise
    return []


def _commit(engine: Engine, operations: Sequence[Operation]) -> list[Any]:
    with engine.begin() as connection:
        held = [operation.ticket for operation in operations if operation.ticket is not None]
        hold(
            connection,
            [ticket for ticket in held if isinstance(ticket, TicketKey)],
            [ticket for ticket in held if isinstance(ticket, int)],
        )
        answers: list[Any] = []
        for do, alike in groupby(operations, key=lambda operation: operation.do):
            answers += do(connection, [operation.item for operation in alike])
        if any(operation.makes_due for operation in operations):
            announce(connection)
        return answers


def _alone(operation: Callable[[Connection], Any], connection: Connection, items: Sequence[Any]) -> list[Any]:
    """One operation, of which a refusal leaves no trace."""
    del items
    savepoint = connection.begin_nested()
    try:
        answer = operation(connection)
    except (LeaseLostError, ReplayError) as refusal:
        savepoint.rollback()
        return [refusal]
    savepoint.commit()
    return [answer]


def _unavailable(error: BaseException) -> StoreError:
    """The cause, without the statement and its values: they would carry customers' words into a log.

    PostgreSQL tells both from its second line on.
    """
    cause = getattr(error, "orig", None) or error
    said = next(iter(str(cause).splitlines()), "")
    unavailable = StoreError(f"the store could not be written: {type(cause).__name__}: {said[:200]}")
    unavailable.__cause__ = error
    return unavailable
