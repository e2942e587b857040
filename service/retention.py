"""Throws away what has been kept long enough, once an hour."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import structlog

from service.pipeline import Clock
from service.settings import StoreSettings
from service.store.errors import StoreError
from service.store.store import Store
from service.topics import KEEP_DOUBTS

EVERY_S = 3_600.0
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Runs until it is cancelled. Several processes may do so: what is gone already is gone."""

    store: Store
    settings: StoreSettings
    clock: Clock

    async def run(self) -> None:
        """At start, and then every hour."""
        while True:
            now = self.clock()
            try:
                await self.store.prune(
                    deliveries_before=now - timedelta(days=self.settings.keep_deliveries_days),
                    decisions_before=now - timedelta(days=self.settings.keep_decisions_days),
                    doubts_before=now - KEEP_DOUBTS,
                )
            except StoreError as error:
                log.warning("what is old could not be thrown away; it is tried again in an hour", error=str(error))
            await asyncio.sleep(EVERY_S)
