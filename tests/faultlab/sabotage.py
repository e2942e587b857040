"""`ombuds` with one promise broken on purpose: `sabotage.py NAME serve ...`. The lab must notice.

The service itself has no such switch, and must not: what is broken here is put in place of its own functions.
"""

import asyncio
import sys
from collections.abc import Callable
from typing import Any

WRITE_BEHIND_S = 0.4


def ack_before_commit() -> None:
    """The answer leaves first, the commit comes a moment later."""
    from service.webhooks import Webhooks

    later: set[asyncio.Task[Any]] = set()

    async def keep(self: Webhooks, delivery: Any) -> str:
        async def write() -> None:
            await asyncio.sleep(WRITE_BEHIND_S)
            await self.store.accept(delivery, self.clock())
            self.accepted()

        task = asyncio.create_task(write())
        later.add(task)
        task.add_done_callback(later.discard)
        return "accepted"

    Webhooks._keep = keep  # type: ignore[method-assign]  # noqa: SLF001


SABOTAGES: dict[str, Callable[[], None]] = {each.__name__: each for each in (ack_before_commit,)}

if __name__ == "__main__":
    SABOTAGES[sys.argv.pop(1)]()
    from service.cli import main

    main()
