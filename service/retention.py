"""Throws away what has been kept long enough, once an hour: words first, decisions and deliveries later."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from service.hourly import hourly
from service.pipeline import Clock
from service.settings import StoreSettings
from service.store.store import Store
from service.topics import KEEP_DOUBTS

_AT_LEAST = timedelta(hours=1)
"""Words are left for so long: by then nobody's commit that began earlier is still to come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Runs until it is cancelled. Several processes may do so: what is gone already is gone."""

    store: Store
    settings: StoreSettings
    clock: Clock

    async def run(self) -> None:
        """At start, and then every hour."""
        await hourly(self._look_now, "what is old could not be thrown away; it is tried again in an hour")

    async def _look_now(self) -> None:
        await self.look(self.clock())

    async def look(self, now: datetime) -> None:
        """Words first, then what they stood in. Raises StoreError."""
        days = self.settings
        keep_words = max(timedelta(days=min(days.keep_text_days, days.keep_decisions_days)), _AT_LEAST)
        deliveries_before = now - timedelta(days=days.keep_deliveries_days)
        await self.store.forget_words(before=now - keep_words, failed_before=deliveries_before)
        await self.store.prune(
            deliveries_before=deliveries_before,
            decisions_before=now - timedelta(days=days.keep_decisions_days),
            doubts_before=now - KEEP_DOUBTS,
        )
