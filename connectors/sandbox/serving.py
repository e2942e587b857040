"""A real server for an ASGI app, inside the running event loop."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.types import ASGIApp

POLL_S = 0.01


class _GuestServer(uvicorn.Server):
    """Leaves the signals, and the decision to exit, to the program it is a guest of."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit as error:
            raise RuntimeError("the app did not start; the log of uvicorn.error says why") from error


@asynccontextmanager
async def serving(app: ASGIApp, port: int = 0) -> AsyncGenerator[str, None]:
    """The address of the running app, e.g. `http://127.0.0.1:40123`; its lifespan ends with the block.

    Port 0 takes a free one. Raises RuntimeError if the app's lifespan fails to start.
    """
    config = uvicorn.Config(app, lifespan="on", log_config=None, access_log=False, ws="none")
    config.timeout_graceful_shutdown = 2
    server = _GuestServer(config)
    with socket.create_server(("127.0.0.1", port)) as listener:
        # asyncio does this only for sockets it made itself; without it every answer waits 40 ms for an ACK.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        running = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            while not (server.started or running.done()):  # noqa: ASYNC110 - there is nothing to wait on
                await asyncio.sleep(POLL_S)
            if server.started:
                yield address
        finally:
            server.should_exit = True
            await running
