"""A folder of policy files, watched: what is changed there is taken over whole, or not at all.

A set that has a mistake, or is gone, is told of once, however often it is seen, and the last good one stays.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path

from prometheus_client import Gauge
from watchfiles import awatch

from policies.loader import revision_of
from policies.meaning import Likeness
from policies.policy import PolicyError, Rulebook
from service.policy_files import forget_unused, load_folder, read_folder

POLL_S = 30.0
"""How often the folder is read even if nobody told of a change: some file systems tell of none."""
SETTLE_S = 0.2
"""Files are taken once they were the same for so long: whoever writes several is not done with the first."""
_MOST_TOLD = 10

Refused = Callable[[Mapping[str, object]], None]
"""Tells of `problems`, and how many `more` there are."""


class WatchedFolder:
    """What was last seen in the folder, and which set of it is in use. `success` is 1 while that is the same."""

    def __init__(
        self,
        folder: Path,
        *,
        success: Gauge,
        refused: Refused,
        likeness: Likeness | None = None,
        in_use: str | None = None,
    ) -> None:
        self._folder = folder
        self._success = success
        self._tell_refused = refused
        self._likeness = likeness
        self._in_use = self._seen = in_use
        self._refused: Sequence[str] = ()

    async def watch(self, look: Callable[[], Awaitable[None]]) -> None:
        """Looks at once, and whenever the folder may have changed, until it is cancelled."""
        async with aclosing(_changes(self._folder)) as changes:
            async for _ in changes:
                await look()

    async def changed(self) -> Rulebook | None:
        """The folder's set, to be taken or refused, if it is another than the one seen last, and sound."""
        try:
            revision = await asyncio.to_thread(_settled_revision, self._folder)
            if revision in (None, self._seen):
                self._back_again(revision)
                return None
            self._seen = revision
            return await asyncio.to_thread(load_folder, self._folder, likeness=self._likeness)
        except PolicyError as error:
            self._refuse([str(problem) for problem in error.problems])
        except (OSError, ValueError) as error:
            self._refuse([f"{error}."])
        return None

    def take(self, loaded: Rulebook) -> None:
        """The set is in use now, and the one before it is not any more."""
        self._in_use = self._seen = loaded.revision
        self._refused = ()
        self._success.set(1)
        forget_unused()

    def refuse(self, problem: str) -> None:
        """The set is sound and cannot be used yet: it is looked at again."""
        self._seen = self._in_use
        self._refuse([problem])

    def _back_again(self, revision: str | None) -> None:
        """The files in use stand there as before: a mistake was taken back, or the folder was gone for a while."""
        if revision is not None and revision == self._in_use:
            self._success.set(1)
            self._refused = ()

    def _refuse(self, problems: Sequence[str]) -> None:
        self._success.set(0)
        if problems != self._refused:
            self._refused = problems
            self._tell_refused({"problems": problems[:_MOST_TOLD], "more": max(len(problems) - _MOST_TOLD, 0)})


async def _changes(folder: Path) -> AsyncGenerator[None, None]:
    """Something, whenever the folder may have changed."""
    yield None
    while True:
        try:
            async for _ in awatch(folder, rust_timeout=int(POLL_S * 1000), yield_on_timeout=True, debounce=400):
                yield None
        except OSError:
            yield None  # it is gone, which `changed` tells
            await asyncio.sleep(POLL_S)


def _settled_revision(folder: Path) -> str | None:
    """The revision of the files; None while they are being written. Raises as `read_folder` does."""
    first = revision_of(read_folder(folder))
    time.sleep(SETTLE_S)
    return first if revision_of(read_folder(folder)) == first else None
