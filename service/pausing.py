"""What is paused right now: asked anew at each visit, and before each action."""

from dataclasses import dataclass, field

import structlog

from service.paused import Paused
from service.store.pauses import paused_in
from service.store.store import Store

log = structlog.get_logger(__name__)


@dataclass(slots=True, kw_only=True)
class Pauses:
    """Whatever was said in the store, by whoever shares it."""

    store: Store
    _told: Paused = field(default_factory=Paused)

    async def current(self) -> Paused:
        """At this moment: one row by its key, never remembered. Told in the log when it changes. Raises StoreError."""
        paused = await paused_in(self.store)
        if paused != self._told:
            self._told = paused
            _tell(paused)
        return paused


def _tell(paused: Paused) -> None:
    if paused.everything is not None:
        log.warning("everything is paused: judged and recorded, nothing is done", reason=paused.everything.reason)
    elif paused.policies:
        log.warning("policies are paused: judged and recorded, nothing is done", policies=sorted(paused.policies))
    else:
        log.info("nothing is paused any more")
