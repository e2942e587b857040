"""What is done once an hour, as long as the service runs."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from service.store.errors import StoreError

EVERY_S = 3_600.0
log = structlog.get_logger(__name__)


async def hourly(do: Callable[[], Awaitable[None]], complaint: str) -> None:
    """At start, and then every hour, until it is cancelled; `complaint` is logged where the store does not work."""
    while True:
        try:
            await do()
        except StoreError as error:
            log.warning(complaint, error=str(error))
        await asyncio.sleep(EVERY_S)
