"""How much exceptions served within 30 days: which nobody needed, and which cover more than an exception should."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from policies.policy import PolicyException, Problem
from policies.verdict import Result
from service.store.archive import outcomes_since, reaches_back_to
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
        if self.is_unused(one, today):
            yield f"unused for {SPAN.days} days"
        if self.is_over_wide(one, today):
            covered, found = self.covered[one.id], self.found[one.policy]
            yield f"matches too much: {covered} of the {found} that its policy found"

    def is_unused(self, one: PolicyException, today: date) -> bool:
        """Whether nobody needed it within the span, and it could have been needed all that time."""
        was_there = self.is_whole and today - one.approved >= SPAN
        return was_there and one.expires >= today and not self.covered[one.id]

    def is_over_wide(self, one: PolicyException, today: date) -> bool:
        """Whether it covers more than half of all that its policy found."""
        covered = self.covered[one.id]
        return one.expires >= today and covered >= _MANY and 2 * covered > self.found[one.policy]

    def warnings(self, exceptions: Iterable[PolicyException], today: date) -> Iterator[Problem]:
        """The same of several, at their places in the files."""
        for one in exceptions:
            hint = "Take it out." if self.is_unused(one, today) else "Narrow its `match`, or mend the policy."
            for remark in self.remarks(one, today):
                message = f"the exception `{one.id}`: {remark}."
                yield Problem(place=one.place, message=message, hint=hint, is_warning=True)


async def use_of(store: Store, now: datetime) -> Use:
    """Counts what was decided within the span before `now`."""
    use = Use(is_whole=await reaches_back_to(store, now - SPAN))
    async for outcomes in outcomes_since(store, now - SPAN):
        for outcome in outcomes:
            if outcome.result in (Result.VIOLATION, Result.EXCEPTED):
                use.found[outcome.policy] += 1
            if outcome.result is Result.EXCEPTED and outcome.exception:
                use.covered[outcome.exception] += 1
        await asyncio.sleep(0)
    return use
