"""The pretend Zendesk as a process of its own: `desk.py PORT EFFECTS_FILE`. It serves until it is killed."""

import asyncio
import sys
from pathlib import Path

from connectors.sandbox.serving import serving
from connectors.sandbox.zendesk import ZendeskSandbox


async def serve(port: int, effects: Path) -> None:
    """Never returns. `effects` gets a line, fsync'd, for everything that is written through the API."""
    async with serving(ZendeskSandbox(effects_path=effects).app, port):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
