"""Exceptions that nobody needs or that match too much, counted once an hour for whoever watches the metrics."""

from dataclasses import dataclass

from service.exception_use import Use, use_of
from service.hourly import hourly
from service.metrics import Metrics
from service.pipeline import Clock
from service.rulebooks import Rulebooks
from service.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionCount:
    """Runs until it is cancelled."""

    store: Store
    rulebooks: Rulebooks
    metrics: Metrics
    clock: Clock

    async def run(self) -> None:
        """At start, and then every hour."""
        await hourly(self.count, "exceptions were not counted; it is tried again in an hour")

    async def count(self) -> None:
        """Sets the gauges. Without exceptions the store is not asked. Raises StoreError."""
        exceptions, now = self.rulebooks.current.exceptions, self.clock()
        use = await use_of(self.store, now) if exceptions else Use(is_whole=False)
        self.metrics.exceptions_unused.set(sum(use.is_unused(one, now.date()) for one in exceptions))
        self.metrics.exceptions_over_wide.set(sum(use.is_over_wide(one, now.date()) for one in exceptions))
