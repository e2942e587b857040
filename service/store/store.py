"""The store as the service sees it: every method returns once what it promises is on disk."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from connectors.helpdesk import Delivery, Mover
from service.breaker import Breaker, BreakerRules, BreakerState
from service.secret import Secret
from service.store import (
    breakers,
    dead_letters,
    erasing,
    inbox,
    intake,
    ledger,
    pruning,
    rounds,
    sqlite,
    timekeeping,
    views,
    words,
)
from service.store.databases import is_postgresql, locate, open_engine, prepare_schema, probe, server_time
from service.store.errors import StoreError
from service.store.listener import Listener
from service.store.questions import Questions
from service.store.records import (
    ActionState,
    DeadFilter,
    DeadLetter,
    Record,
    Round,
    TicketKey,
    Visit,
)
from service.store.turns import Times
from service.store.writer import Do, Observe, Operation, Rank, Writer

T = TypeVar("T")


class Store(Questions):
    """One database, one thread that writes, some that read. Made by `Store.open`; every method may raise StoreError."""

    def __init__(self, writing: Engine, reading: Engine, *, observe: Observe) -> None:
        super().__init__(reading)
        self._engines = (writing, reading)
        self._writer = Writer(writing, observe=observe)
        self._listener: Listener | None = None

    @classmethod
    async def open(cls, url: str, *, password: Secret | None = None, observe: Observe = lambda *_: None) -> "Store":
        """A store on `url` (`sqlite:///file`, `postgresql://user@host/name`), its tables made if it is new."""
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

    async def time(self, fallback: datetime) -> datetime:
        """The database server's time, which all machines share; a file has none, and the fallback is taken."""
        return await self.ask(server_time) if is_postgresql(self._reading.url) else fallback

    async def set_back(self, now: datetime) -> timedelta | None:
        """How far the clock was set back since `keep_time`; waits and leases are shortened by as much. For a start."""
        return await self._writer.run(partial(timekeeping.set_back, now=now))

    async def keep_time(self, now: datetime) -> bool:
        """Notes the time, and makes due what a clock ahead of ours made due later than at once; whether it did."""
        return await self._writer.run(partial(timekeeping.keep_time, now=now))

    async def claim(
        self,
        owner: str,
        now: datetime,
        *,
        limit: int,
        lease_s: float,
        deadlines_at: datetime | None = None,
        most_suspects: int = 1,
    ) -> tuple[Visit, ...]:
        """Visits for tickets that are due and that nobody holds; no account waits behind another's many.

        `deadlines_at`: the time by which deadlines have come, if it is another: they are points in everybody's time.
        """
        times = Times(now=now, deadlines=deadlines_at or now)
        ask = partial(inbox.claim, owner=owner, times=times, limit=limit, lease_s=lease_s, most_suspects=most_suspects)
        return await self._writer.run(ask)

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

    async def note_unheard(self, helpdesk: str, account: str) -> None:
        """Notes that something had happened on a ticket which only comparing told of."""
        await self._writer.run(partial(rounds.note_unheard, helpdesk=helpdesk, account=account))

    async def end_round(self, helpdesk: str, account: str) -> int:
        """How often that was so since the account's last webhook; 0 as soon as one has come again."""
        return await self._writer.run(partial(rounds.end_round, helpdesk=helpdesk, account=account))

    async def retry_later(self, visit: Visit, at: datetime, *, spends_try: bool = True) -> None:
        """Ends the visit unfinished; the ticket is not due before `at`. Raises LeaseLostError."""
        await self._write_to(visit, lambda connection: inbox.retry_later(connection, visit, at, spends_try=spends_try))

    async def open_breaker(
        self, account: tuple[str, str], now: datetime, rules: BreakerRules, *, asked_s: float = 0.0
    ) -> Breaker | None:
        """Lets an account's tickets wait, for all workers: the helpdesk is down. None if they do already."""
        ask = partial(breakers.open_breaker, account=account, now=now, rules=rules, asked_s=asked_s)
        return await self._writer.run(ask)

    async def keep_open(
        self, account: tuple[str, str], now: datetime, rules: BreakerRules, *, asked_s: float = 0.0
    ) -> Breaker:
        """Lets them wait on, after a probe that failed."""
        ask = partial(breakers.keep_open, account=account, now=now, rules=rules, asked_s=asked_s)
        return await self._writer.run(ask)

    async def take_probe(self, account: tuple[str, str], now: datetime, *, lease_s: float) -> BreakerState:
        """What its breaker lets pass now; if that is one probe, it is the asker's until the lease is over."""
        return await self._writer.run(partial(breakers.take_probe, account=account, now=now, lease_s=lease_s))

    async def close_breaker(self, account: tuple[str, str]) -> bool:
        """Lets them be taken again; whether they had to wait until now."""
        return await self._writer.run(partial(breakers.close_breaker, account=account), makes_due=True)

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

    async def replay_all(self, wanted: DeadFilter, now: datetime, *, up_to: int) -> AsyncIterator[DeadLetter]:
        """Makes the tickets of all that match and are numbered up to `up_to` due again, in many small commits.

        Each is told once it is on disk; those that name no ticket are left.
        """
        ask = partial(dead_letters.replay_next, wanted=wanted, now=now, up_to=up_to)
        while replayed := await self._writer.run(ask, makes_due=True):
            for letter in replayed:
                yield letter

    async def tell(self, news: Callable[[Connection], T]) -> T:
        """What comes of writing something down that concerns no ticket."""
        return await self._writer.run(news)

    async def write_on(self, ticket: TicketKey, news: Callable[[Connection], T], *, makes_due: bool = False) -> T:
        """What comes of writing on a ticket that no visit of ours holds. Its row is made if it is new, and held."""
        return await self._writer.run(news, rank=Rank.RECORD, ticket=ticket, makes_due=makes_due)

    async def write_alike_on(self, ticket: TicketKey, do: Do, item: Any) -> None:
        """The same for what is done at once for all who ask for it meanwhile."""
        await self._writer.add(Operation(do=do, item=item, rank=Rank.RECORD, ticket=ticket))

    async def check_writable(self) -> None:
        """Nothing, after a real commit of as much as a delivery needs. Raises StoreError."""
        await self._writer.run(probe)

    async def forget_words(self, *, before: datetime, failed_before: datetime) -> None:
        """Takes the words out of what is older and settled, in many small commits; see `words` and `views`."""
        until = words.Until(words=before, failed=failed_before)
        for forget in (
            partial(words.forget_words, until=until),
            partial(words.forget_reasons, before=before),
            partial(views.forget_views, before=before),
        ):
            while await self._writer.run(forget):
                pass

    async def erase(self, ticket_seq: int, now: datetime, *, person: str | None = None) -> dict[str, int] | None:
        """What was erased of a ticket, by kind; None if a worker is on it at this moment. See `erasing`."""
        ask = partial(erasing.erase, ticket_seq=ticket_seq, now=now, person=person)
        return await self._writer.run(ask, rank=Rank.VISIT, ticket=ticket_seq)

    async def empty_log(self) -> bool:
        """Whether nothing that was erased is left beside the database: SQLite's log holds it until it is emptied."""
        writing, _ = self._engines
        return is_postgresql(writing.url) or await asyncio.to_thread(sqlite.empty_log, writing)

    async def prune(self, *, deliveries_before: datetime, decisions_before: datetime, doubts_before: datetime) -> None:
        """Throws away what is older, in many small commits."""
        for prune, before in (
            (pruning.prune_deliveries, deliveries_before),
            (pruning.prune_decisions, decisions_before),
            (pruning.prune_doubts, doubts_before),
        ):
            after: int | None = 0
            while after is not None:
                after = await self._writer.run(partial(prune, before=before, after_seq=after))

    async def _write_to(self, visit: Visit, operation: Callable[[Connection], T], *, makes_due: bool = False) -> T:
        return await self._writer.run(operation, rank=Rank.VISIT, ticket=visit.ticket_seq, makes_due=makes_due)
