"""Erasing what is kept of a person: which tickets that concerns, and one after the other of them."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from service.store import erasing
from service.store.records import TicketKey
from service.store.store import Store
from service.topics import fingerprint

PATIENCE_S = 30.0
"""How long a ticket that is being visited is waited for: nearly all visits are over by then."""
_LOOK_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whose: a requester by the helpdesk's id, tickets by theirs, or both."""

    helpdesk: str
    account: str
    requester: str | None = None
    tickets: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Erased:
    """What was taken of which tickets by kind, and those that could not be had: workers are on them."""

    tickets: list[TicketKey] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    visited: list[TicketKey] = field(default_factory=list)
    is_log_empty: bool = True


async def find(store: Store, wanted: Wanted) -> dict[int, TicketKey]:
    """The tickets of which something is kept, by number."""
    return await store.ask(partial(_find, wanted=wanted))


def _find(connection: Connection, wanted: Wanted) -> dict[int, TicketKey]:
    where = wanted.helpdesk, wanted.account
    found = erasing.tickets_named(connection, *where, list(wanted.tickets))
    if wanted.requester is not None:
        print_of = fingerprint(*where, wanted.requester)
        found |= erasing.tickets_of(connection, *where, wanted.requester, print_of)
    return found


async def count(store: Store, found: Mapping[int, TicketKey]) -> Counter[str]:
    """What erasing these tickets would take."""
    counts: Counter[str] = Counter()
    for seq in found:
        counts.update(await store.ask(partial(erasing.counted, ticket_seq=seq)))
    return counts


async def erase_all(
    store: Store,
    found: Mapping[int, TicketKey],
    clock: Callable[[], Awaitable[datetime]],
    *,
    person: str | None,
    patience_s: float = PATIENCE_S,
) -> Erased:
    """Erases them, each in a commit of its own, and writes down that it was done. `clock`: that of the leases."""
    done = Erased()
    loop = asyncio.get_running_loop()
    until = loop.time() + patience_s
    for seq, key in found.items():
        while (counts := await store.erase(seq, await clock(), person=person)) is None:
            if loop.time() >= until:
                done.visited.append(key)
                break
            await asyncio.sleep(_LOOK_S)
        else:
            done.tickets.append(key)
            done.counts.update(counts)
    if done.tickets:
        number, counts = len(done.tickets), {**done.counts}
        await store.tell(partial(erasing.note_erasure, at=await clock(), number=number, counts=counts))
    done.is_log_empty = await store.empty_log()
    return done
