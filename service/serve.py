"""The service on a socket, stopped in good order: first no longer ready, then no longer listening, then done."""

import asyncio
import signal
import socket
import time
from types import FrameType

import structlog
import uvicorn
from starlette.applications import Starlette

from service.accounts import build_connectors
from service.app import Parts, create_app
from service.operations import Draining
from service.patience import patient_protocol
from service.settings import Settings
from service.store.errors import StoreError
from service.store.store import Store
from service.supervisor import Supervisor

log = structlog.get_logger(__name__)


class ServeError(Exception):
    """The service did not start. The message tells the operator why, in a sentence."""


def run(settings: Settings, parts: Parts = Parts(), supervisor: Supervisor = Supervisor()) -> None:  # noqa: B008 - frozen
    """Serves until SIGTERM or SIGINT; returns once everything is in order.

    Raises ServeError, and what `create_app` raises.
    """
    app = create_app(settings, parts=parts)
    try:
        asyncio.run(_rehearse(settings))
    except (StoreError, ValueError) as error:
        raise ServeError(str(error)) from error
    listener = _listen(settings.server.host, settings.server.port)
    server = _Server(app, settings, supervisor)
    server.run(sockets=[listener])
    if not server.started:
        raise ServeError("The service did not start; the log says why.")


async def _rehearse(settings: Settings) -> None:
    """Accounts and store, opened once beforehand, so that what is wrong is told plainly."""
    for connector in build_connectors(settings, lambda *_: None).values():
        await connector.helpdesk.aclose()
    await (await Store.open(settings.store.url, password=settings.store.password)).close()


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise ServeError(
            f"Cannot listen on {host}:{port}: {error.strerror}. Another program may have it: stop that one, or change "
            "[server] port or OMBUDS_SERVER_PORT."
        ) from error


class _Server(uvicorn.Server):
    """Tells /readyz on the first signal, and stops listening `notice_s` later. A second one waits for nothing."""

    def __init__(self, app: Starlette, settings: Settings, supervisor: Supervisor) -> None:
        server = settings.server
        super().__init__(
            uvicorn.Config(
                app,
                host=server.host,
                port=server.port,
                http=patient_protocol(server.body_read_s),
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=max(int(min(server.body_read_s + 1, server.grace_s / 2)), 1),
            )
        )
        self._draining: Draining = app.state.draining
        self._notice_s = min(server.notice_s, server.grace_s / 2)
        self._grace_s = server.grace_s
        self._supervisor = supervisor

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Called by uvicorn; returns once webhooks are taken."""
        await super().startup(sockets)
        self._supervisor.tell("READY=1")
        if self._supervisor.watchdog_s:
            self._beat()

    def _beat(self) -> None:
        """From the event loop, so that a loop that hangs is noticed; until it ends, the drain included."""
        self._supervisor.tell("WATCHDOG=1")
        asyncio.get_running_loop().call_later(self._supervisor.watchdog_s / 2, self._beat)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Called by uvicorn in the main thread, between two steps of the loop.

        Nothing is handed on to uvicorn's own handler: it would raise the signal again once everything is in order.
        """
        del frame
        name = signal.Signals(sig).name
        if not self._draining.is_set:
            self._draining.is_set = True
            self._draining.ends_s = time.monotonic() + self._grace_s
            self._supervisor.tell("STOPPING=1")
            log.info("stopping: not ready from now on", signal=name, notice_s=self._notice_s, grace_s=self._grace_s)
            asyncio.get_running_loop().call_later(self._notice_s, self._stop)
            return
        log.info("stopping at once: what is under way is given back", signal=name)
        self._stop()
        self._draining.hurry.set()
        for connection in list(self.server_state.connections):
            connection.transport.abort()

    def _stop(self) -> None:
        self.should_exit = True
