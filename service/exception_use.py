"""How much exceptions served within 30 days: which nobody needed, and which cover more than an exception should."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from policies.policy import PolicyException
from policies.verdict import Result
from service.store.archive import decisions_since, reaches_back_to
from service.store.store import Store

SPAN = timedelta(days=30)
_MANY = 10
"""Fewer changes than that are never too many."""


@dataclass(slots=True, kw_only=True)
class Use:
    """What was decided within the span, counted."""

    is_whole: bool
    """Whether the store holds decisions from before; else nobody knows that an exception was not needed."""
    covered: Counter[str] = field(default_factory=Counter)
    """Changes by exception."""
    found: Counter[str] = field(default_factory=Counter)
    """Violations by policy, excepted or not."""

    def remarks(self, one: PolicyException, today: date) -> Iterator[str]:
        """What somebody should look at again."""
        covered, found = self.covered[one.id], self.found[one.policy]
        if one.expires < today:
            return
        if not covered and self.is_whole and today - one.approved >= SPAN:
            yield f"unused for {SPAN.days} days"
        if covered >= _MANY and 2 * covered > found:
            yield f"matches too much: {covered} of the {found} that its policy found"


async def use_of(store: Store, now: datetime) -> Use:
    """Counts what was decided within the span before `now`."""
    use = Use(is_whole=await reaches_back_to(store, now - SPAN))
    async for decision in decisions_since(store, now - SPAN):
        for outcome in decision.verdict.outcomes:
            if outcome.result in (Result.VIOLATION, Result.EXCEPTED):
                use.found[outcome.policy] += 1
            if outcome.result is Result.EXCEPTED and outcome.exception:
                use.covered[outcome.exception] += 1
        await asyncio.sleep(0)
    return use
