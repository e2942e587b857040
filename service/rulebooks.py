"""The policies in force, and the folder they come from, watched: what is changed there comes into force, or nothing.

A set of files comes into force whole. One that has a mistake, or is gone, is told of in the log and on the metrics, and
the last good set stays. A visit takes the set of the moment and keeps it, so a decision is made by exactly one.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from datetime import datetime
from pathlib import Path

import structlog
from watchfiles import awatch

from policies.loader import revision_of
from policies.meaning import Likeness
from policies.policy import PolicyError, Rulebook
from service.metrics import Metrics
from service.policy_files import forget_unused, load_folder, read_folder
from service.store.errors import StoreError

POLL_S = 30.0
"""How often the folder is read even if nobody told of a change: some file systems tell of none."""
SETTLE_S = 0.2
"""Files are taken once they were the same for so long: whoever writes several is not done with the first."""
_MOST_TOLD = 10

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
        self._folder = folder
        self._metrics = metrics
        self._clock = clock
        self.likeness = likeness
        self._seen = current.revision
        self._refused: list[str] = []
        metrics.show_policies(current, clock().timestamp())

    async def watch(self, remember: Remember) -> None:
        """Takes over every change until it is cancelled. `remember` keeps a new set before anything is judged by it."""
        async with aclosing(folder_changes(self._folder)) as changes:
            async for _ in changes:
                await self.refresh(remember)

    async def refresh(self, remember: Remember) -> None:
        """Takes the folder's set over if it is another than the one looked at last, and sound."""
        try:
            revision = await asyncio.to_thread(settled_revision, self._folder)
            if revision in (None, self._seen):
                self._back_again(revision)
                return
            self._seen = str(revision)
            loaded = await asyncio.to_thread(load_folder, self._folder, likeness=self.likeness)
        except PolicyError as error:
            self._refuse([str(problem) for problem in error.problems])
            return
        except (OSError, ValueError) as error:
            self._refuse([f"{error}."])
            return
        try:
            await remember(loaded)
        except StoreError as error:
            self._seen = self.current.revision  # so that it is looked at again
            self._refuse([f"{error}."])
            return
        self._take_over(loaded)
        forget_unused()

    def _back_again(self, revision: str | None) -> None:
        """The files in force stand there as before: a mistake was taken back, or the folder was gone for a while."""
        if revision == self.current.revision:
            self._metrics.policy_reload_success.set(1)
            self._refused = []

    def _take_over(self, loaded: Rulebook) -> None:
        before, self.current, self._seen = self.current, loaded, loaded.revision
        self._refused = []
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

    def _refuse(self, problems: list[str]) -> None:
        """Told once, however often the same is seen."""
        self._metrics.policy_reload_success.set(0)
        if problems == self._refused:
            return
        self._refused = problems
        self._metrics.policy_reload_failures.inc()
        log.error(
            "policies not changed: the files have problems, and the last good set stays in force",
            problems=problems[:_MOST_TOLD],
            more=max(len(problems) - _MOST_TOLD, 0),
            revision=self.current.revision,
        )


async def folder_changes(folder: Path) -> AsyncGenerator[None, None]:
    """Something, whenever the folder may have changed."""
    yield None
    while True:
        try:
            async for _ in awatch(folder, rust_timeout=int(POLL_S * 1000), yield_on_timeout=True, debounce=400):
                yield None
        except OSError:
            yield None  # it is gone, which `refresh` tells
            await asyncio.sleep(POLL_S)


def settled_revision(folder: Path) -> str | None:
    """The revision of the files; None while they are being written. Raises as `read_folder` does."""
    first = revision_of(read_folder(folder))
    time.sleep(SETTLE_S)
    return first if revision_of(read_folder(folder)) == first else None
