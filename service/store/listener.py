"""A thread that hears from PostgreSQL when another process made a ticket due.

A notice is a courtesy: it saves the wait for the next look, and nothing depends on it. So whatever goes wrong here is
answered by connecting anew, and by one call once that worked, for what may have been missed.
"""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy import URL

from service.store.postgres import CHANNEL, PATIENCE

if TYPE_CHECKING:  # an optional driver: only those who have such a store install it
    import psycopg

RECONNECT_S = 1.0
LOOK_UP_S = 0.5
"""How long a `close` may have to wait."""


class Listener:
    """Listens until it is closed."""

    def __init__(self, url: URL, wake: Callable[[], object]) -> None:
        self._wake = wake
        self._connect_with = {**url.translate_connect_args(username="user", database="dbname"), **url.query, **PATIENCE}
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ombuds-listener", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Returns once it no longer listens."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        import psycopg

        while not self._closing.is_set():
            try:
                self._listen(psycopg.connect(**self._connect_with, autocommit=True))
            except psycopg.Error:
                self._closing.wait(RECONNECT_S)

    def _listen(self, connection: "psycopg.Connection[tuple[object, ...]]") -> None:
        with connection:
            connection.execute(f"LISTEN {CHANNEL}")
            self._wake()
            while not self._closing.is_set():
                for _ in connection.notifies(timeout=LOOK_UP_S, stop_after=1):
                    self._wake()
