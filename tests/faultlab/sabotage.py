"""`ombuds` with a promise broken on purpose: `sabotage.py NAME[,NAME] serve ...`. The lab must notice.

The service itself has no such switch, and must not: what is broken here is put in place of its own functions.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

WRITE_BEHIND_S = 0.4


def ack_before_commit() -> None:
    """The answer leaves first, the commit comes a moment later."""
    from service.webhooks import Webhooks

    later: set[asyncio.Task[Any]] = set()

    async def keep(self: Webhooks, delivery: Any) -> str:
        async def write() -> None:
            await asyncio.sleep(WRITE_BEHIND_S)
            await self.store.accept(delivery, self.clock())
            self.accepted()

        task = asyncio.create_task(write())
        later.add(task)
        task.add_done_callback(later.discard)
        return "accepted"

    Webhooks._keep = keep  # noqa: SLF001


def sync_off() -> None:
    """What is committed reaches the disk some time later."""
    from sqlalchemy import event

    from service.store import postgres, sqlite

    for module, order in ((sqlite, "PRAGMA synchronous=OFF"), (postgres, "SET synchronous_commit=off")):

        def open_engine(*given: Any, _real: Any = module.open_engine, _order: str = order, **named: Any) -> Any:
            engine = _real(*given, **named)

            @event.listens_for(engine, "connect")
            def prepare(connection: Any, _: Any) -> None:
                connection.execute(_order)
                connection.commit()

            return engine

        module.open_engine = open_engine


def no_dedup() -> None:
    """A webhook that comes again counts as another one."""
    from service.store import intake

    real = intake.accept_all
    intake.accept_all = lambda connection, received: real(
        connection, [(replace(each, id=f"{each.id}-{uuid4().hex[:6]}"), now) for each, now in received]
    )


def no_fencing() -> None:
    """Whoever once held a ticket may write to it for ever."""
    from sqlalchemy import update

    from service.store import dead_letters, inbox, ledger
    from service.store.schema import tickets

    def seize(connection: Any, visit: Any) -> None:
        held = {"owner": visit.owner, "token": visit.token}
        connection.execute(update(tickets).where(tickets.c.seq == visit.ticket_seq).values(**held))

    def for_one(connection: Any, visit: Any, *, _real: Any = inbox.fenced_update, **values: Any) -> None:
        seize(connection, visit)
        _real(connection, visit, **values)

    def for_many(real: Any, visit_of: Callable[[Any], Any]) -> Callable[..., Any]:
        def do(connection: Any, items: Any) -> Any:
            for item in items:
                seize(connection, visit_of(item))
            return real(connection, items)

        return do

    for module in (inbox, dead_letters):
        module.fenced_update = for_one
    inbox.settle_all = for_many(inbox.settle_all, lambda settled: settled.visit)
    ledger.record_all = for_many(ledger.record_all, lambda recorded: recorded[0])


def no_readback() -> None:
    """A write without an answer is simply made again."""
    from connectors.freshdesk.writing import Writer
    from connectors.zendesk.client import Zendesk

    async def nothing(self: Any, action: Any, ticket_id: str) -> None:
        return None

    Zendesk._was_applied = Writer._note_of = nothing  # type: ignore[assignment,method-assign]  # noqa: SLF001


def no_takeover() -> None:
    """A lease never runs out, so that a dead worker's tickets wait for it."""
    from service.store import inbox

    real_claim, real_renew = inbox.claim, inbox.renew
    inbox.claim = lambda *given, **named: real_claim(*given, **{**named, "lease_s": 1e6})
    inbox.renew = lambda *given, **named: real_renew(*given, **{**named, "lease_s": 1e6})


def follows_any_clock() -> None:
    """Waits and leases go by the machine's clock, and count as they were written when it is put back."""
    from service.steady import SteadyClock
    from service.store import timekeeping

    SteadyClock.__call__ = lambda _: _now()
    timekeeping.set_back = lambda connection, now: None  # noqa: ARG005


def deaf() -> None:
    """SIGTERM is heard and not heeded."""
    from service.serve import _Server

    _Server._stop = lambda _: None  # noqa: SLF001


def gives_up_at_once() -> None:
    """The first trouble of the helpdesk ends a visit for good."""
    from service import failures

    real = failures.after
    failures.after = lambda *given, **named: real(*given, **{**named, "tries": 1_000})


def ignores_retry_after() -> None:
    """What the helpdesk asks for is not heard."""
    from connectors import transport

    transport.retry_after_s = lambda *_: None


def one_delivery_a_visit() -> None:
    """Each webhook of a ticket costs a visit of its own."""
    from service.store import inbox
    from service.store.many import Many
    from service.store.schema import tickets

    inbox.MAX_TAKEN = 1
    inbox._PENDING = Many((tickets.c.seq,), inbox._select_pending)  # noqa: SLF001


def migrates_in_pieces() -> None:
    """Every table and column that a migration makes is committed by itself."""
    from sqlalchemy import Engine, event

    @event.listens_for(Engine, "after_cursor_execute")
    def commit(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if not statement.lstrip().upper().startswith(("CREATE", "ALTER")):
            return
        raw = connection.connection.dbapi_connection
        if connection.dialect.name == "sqlite":
            raw.execute("COMMIT")
            raw.execute("BEGIN IMMEDIATE")
        else:
            raw.commit()


def reads_half_a_change() -> None:
    """One file is always read as it was before its last change."""
    from service import policy_files, watched_folder

    real, seen = policy_files.read_folder, [b""]

    def read(folder: Path) -> dict[str, bytes]:
        files = real(folder)
        if files.get("right.yaml", seen[-1]) != seen[-1]:
            seen.append(files["right.yaml"])
        return {**files, "right.yaml": seen[-2]} if len(seen) > 2 else files

    policy_files.read_folder = watched_folder.read_folder = read


def never_lets_go() -> None:
    """A visit that fails keeps its place, so that whatever comes after it waits."""
    from service.pipeline import Pipeline

    async def fail(self: Any, visit: Any, error: Any) -> None:
        await asyncio.Event().wait()

    Pipeline._fail = fail  # type: ignore[method-assign]  # noqa: SLF001


def counts_no_tries() -> None:
    """Every visit is its ticket's first."""
    from service.pipeline import Pipeline

    real = Pipeline.run

    async def run(self: Any, visit: Any) -> None:
        await real(self, replace(visit, tries=1))

    Pipeline.run = run  # type: ignore[method-assign]


def dies_of_deadly() -> None:
    """A worker dies as soon as it looks at the ticket that a file names. No sabotage, but an accident."""
    from service.pipeline import Pipeline

    real, deadly = Pipeline._try, Path(os.environ["FAULTLAB_DEADLY"])  # noqa: SLF001

    async def look(self: Any, visit: Any, *given: Any) -> None:
        if visit.ticket.id == deadly.read_text():  # noqa: ASYNC240 - it is the last thing but one that happens here
            os.kill(os.getpid(), signal.SIGKILL)
        await real(self, visit, *given)

    Pipeline._try = look  # type: ignore[method-assign]  # noqa: SLF001


def wrong_clock() -> None:
    """The clock is wrong by as many seconds as a file says. No sabotage, but an accident that needs the same door."""
    from service.app import create_app

    defaults: Any = create_app.__kwdefaults__
    defaults["clock"] = _now


def _now() -> datetime:
    """The time by the wrong clock."""
    return datetime.now(UTC) + timedelta(seconds=float(Path(os.environ["FAULTLAB_CLOCK"]).read_text()))


SABOTAGES: dict[str, Callable[[], None]] = {
    each.__name__: each
    for each in (
        ack_before_commit,
        sync_off,
        no_dedup,
        no_fencing,
        no_readback,
        no_takeover,
        follows_any_clock,
        deaf,
        gives_up_at_once,
        ignores_retry_after,
        one_delivery_a_visit,
        migrates_in_pieces,
        reads_half_a_change,
        never_lets_go,
        counts_no_tries,
        dies_of_deadly,
        wrong_clock,
    )
}

if __name__ == "__main__":
    for name in sys.argv.pop(1).split(","):
        SABOTAGES[name]()
    from service.cli import main

    main()
