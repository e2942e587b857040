"""The policies in force, and the folder they come from: what is changed there comes into force, or nothing.

A visit takes the set of the moment and keeps it, so a decision is made by exactly one.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path

import structlog

from policies.meaning import Likeness
from policies.policy import Rulebook
from service.metrics import Metrics
from service.store.errors import StoreError
from service.watched_folder import WatchedFolder

log = structlog.get_logger(__name__)
Remember = Callable[[Rulebook], Awaitable[None]]


class Rulebooks:
    """The rulebook in force; `watch` lets another take its place."""

    def __init__(
        self,
        current: Rulebook,
        *,
        folder: Path,
        metrics: Metrics,
        clock: Callable[[], datetime],
        likeness: Likeness | None = None,
    ) -> None:
        self.current = current
        self.likeness = likeness
        self._folder = WatchedFolder(
            folder,
            success=metrics.policy_reload_success,
            refused=self._tell_refused,
            likeness=likeness,
            in_use=current.revision,
        )
        self._metrics = metrics
        self._clock = clock
        metrics.show_policies(current, clock().timestamp())

    async def watch(self, remember: Remember) -> None:
        """Takes over every change until it is cancelled. `remember` keeps a new set before anything is judged by it."""
        await self._folder.watch(partial(self.refresh, remember))

    async def refresh(self, remember: Remember) -> None:
        """Takes the folder's set over if it is another than the one looked at last, and sound."""
        loaded = await self._folder.changed()
        if loaded is None:
            return
        try:
            await remember(loaded)
        except StoreError as error:
            self._folder.refuse(f"{error}.")
            return
        self._take_over(loaded)
        self._folder.take(loaded)

    def _take_over(self, loaded: Rulebook) -> None:
        before, self.current = self.current, loaded
        self._metrics.show_policies(loaded, self._clock().timestamp())
        old, new = ({policy.id: policy for policy in one.policies} for one in (before, loaded))
        log.info(
            "policies changed",
            revision=loaded.revision,
            revision_before=before.revision,
            policies=len(new),
            added=sorted(new.keys() - old.keys()),
            removed=sorted(old.keys() - new.keys()),
        )

    def _tell_refused(self, told: Mapping[str, object]) -> None:
        self._metrics.policy_reload_failures.inc()
        log.error(
            "policies not changed: the files have problems, and the last good set stays in force",
            **told,
            revision=self.current.revision,
        )
