"""What other tickets tell of the matter of this one: how often answers about it went wrong within a day."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from policies.policy import Rulebook
from policies.ticket import Change, Ticket
from service.review import words_in_doubt
from service.store.records import Visit
from service.store.store import Store
from service.topics import A_DAY, InDoubt, fingerprint, spans


async def astray(store: Store, rulebook: Rulebook, visit: Visit, now: datetime) -> dict[str, int]:
    """By bulletin, on how many other tickets; nobody asks where nothing is declared."""
    return await store.astray(visit, now - A_DAY) if rulebook.bulletins.profiles else {}


async def in_doubt(
    store: Store, rulebook: Rulebook, visit: Visit, ticket: Ticket, unjudged: Sequence[Change], now: datetime
) -> InDoubt:
    """What the new changes leave in doubt that nobody has declared; the store is asked only where something is."""
    found = await asyncio.to_thread(words_in_doubt, rulebook, ticket, unjudged, now)
    known = {fingerprint(word.key): word.key for words in found.words.values() for word in words}
    if not known:
        return found
    usage = await store.usage(known, found.customer, spans(now, visit.account_since))
    return replace(found, usage={known[word]: used for word, used in usage.items()})
