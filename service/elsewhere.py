"""A review that knows of other tickets: how often answers about the same went wrong there, and who heard of it.

The store is asked only where something is in doubt or is to be told; then the round is judged once more.
"""

import asyncio
from dataclasses import replace
from datetime import datetime
from functools import partial

from policies.policy import Rulebook
from service import budgets
from service.review import Material, Review, left_in_doubt, review
from service.store import doubts, topics
from service.store.records import Visit
from service.store.store import Store
from service.topics import A_DAY, InDoubt, fingerprint, spans


async def astray(store: Store, rulebook: Rulebook, visit: Visit, now: datetime) -> dict[str, int]:
    """By bulletin, on how many other tickets an answer went wrong; nobody asks where nothing is declared."""
    return await store.astray(visit, now - A_DAY) if rulebook.bulletins.profiles else {}


async def review_with_doubts(store: Store, visit: Visit, material: Material) -> Review:
    """The round's review, its verdicts final; what comes of them does not know yet what was told elsewhere.

    Raises StoreError.
    """
    return (await _doubted(store, visit, material))[1]


async def review_among_others(store: Store, visit: Visit, material: Material) -> Review:
    """The round's review. Raises StoreError."""
    material, reviewed = await _doubted(store, visit, material)
    known = await store.ask(partial(topics.told, since=material.now - A_DAY)) if reviewed.ops_notes else frozenset()
    spent = await _spent(store, visit, material, reviewed)
    if not known and not spent:
        return reviewed
    limits = replace(material.limits, spent=spent)
    return await asyncio.to_thread(review, replace(material, ops_told=known, limits=limits))


async def _doubted(store: Store, visit: Visit, material: Material) -> tuple[Material, Review]:
    # In a thread: a customer's thousand mails take seconds to judge, and webhooks do not wait for them.
    reviewed = await asyncio.to_thread(review, material)
    if reviewed.hedged:
        material = replace(material, in_doubt=await _in_doubt(store, visit, material, reviewed))
        reviewed = await asyncio.to_thread(review, material) if material.in_doubt.words else reviewed
    return material, reviewed


async def _spent(store: Store, visit: Visit, material: Material, reviewed: Review) -> frozenset[str]:
    """Those of the policies with something to tell agents that have no note left today on the visit's account."""
    if not any(ruling.is_told for ruling in reviewed.plan.rulings):
        return frozenset()
    # Also of those that another covers: if that one is held, it is they that speak.
    policies = {ruling.found.finding.policy for ruling in reviewed.plan.rulings}
    found = await budgets.spent(store, policies, material.limits.notes_per_policy_and_day, material.now)
    account = (visit.ticket.helpdesk, visit.ticket.account)
    return frozenset(policy for *of_account, policy in found if tuple(of_account) == account)


async def _in_doubt(store: Store, visit: Visit, material: Material, reviewed: Review) -> InDoubt:
    """What the hedged changes leave in doubt that nobody has declared, and how usual that is."""
    found = await asyncio.to_thread(left_in_doubt, material, reviewed.hedged)
    known = {fingerprint(word.key): word.key for words in found.words.values() for word in words}
    if not known:
        return found
    within = spans(material.now, visit.account_since)
    usage = await store.ask(partial(doubts.usage, words=known, customer=found.customer, spans=within))
    return replace(found, usage={known[word]: used for word, used in usage.items()})
