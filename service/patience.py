"""HTTP as uvicorn speaks it, with an end to its patience: it would hold a silent connection for ever."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


def patient_protocol(limit_s: float) -> type[HttpToolsProtocol]:
    """A protocol that hangs up on whoever has not sent a request's whole head `limit_s` after it could.

    Without it, as many idle sockets as the system has file descriptors keep every webhook out.
    """

    class PatientProtocol(HttpToolsProtocol):
        _waiting: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._wait()

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            self._stop_waiting()

        def on_headers_complete(self) -> None:
            super().on_headers_complete()
            self._stop_waiting()

        def on_response_complete(self) -> None:
            has_more = bool(self.pipeline)
            super().on_response_complete()
            if not has_more:
                self._wait()

        def _wait(self) -> None:
            self._stop_waiting()
            if not self.transport.is_closing():
                self._waiting = self.loop.call_later(limit_s, self.transport.close)

        def _stop_waiting(self) -> None:
            if self._waiting is not None:
                self._waiting.cancel()

    return PatientProtocol
