"""Faults on demand: an answer we choose, an answer that is lost after the work was done, or lost before it."""

import asyncio
from enum import StrEnum
from typing import Any

import msgspec
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class FaultMode(StrEnum):
    """What goes wrong."""

    ANSWER = "answer"
    """The given status, headers and body instead of the real answer; nothing is done."""
    APPLY_THEN_DROP = "apply_then_drop"
    """The work is done, then the connection breaks; `delay_s` lies between the two."""
    DROP_BEFORE_APPLY = "drop_before_apply"
    """The connection breaks and nothing is done."""


class Fault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One fault for requests to one route, e.g. `/api/v2/tickets/{id}`. It heals after `times` requests."""

    method: str
    route: str
    mode: FaultMode = FaultMode.ANSWER
    status: int = 503
    headers: dict[str, str] = {}
    body: str = ""
    delay_s: float = 0.0
    times: int = 1

    def strikes(self, method: str, path: str) -> bool:
        """Whether this request is hit. `.json` at the end of a path makes no difference."""
        pattern, *_ = compile_path(self.route)
        return self.times > 0 and method == self.method.upper() and bool(pattern.fullmatch(path.removesuffix(".json")))


class Faults:
    """Middleware that lets faults strike. It must stand outermost, so that a lost answer is truly lost."""

    def __init__(self, app: ASGIApp, faults: list[Fault]) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, unless a fault strikes."""
        fault = self._take(scope) if scope["type"] == "http" else None
        if fault is None:
            await self._app(scope, receive, send)
            return
        if fault.mode is FaultMode.APPLY_THEN_DROP:
            await self._app(scope, receive, _into_the_void)
        await asyncio.sleep(fault.delay_s)
        if fault.mode is FaultMode.ANSWER:
            await Response(fault.body, fault.status, fault.headers)(scope, receive, send)
            return
        await _break_off(send)

    def _take(self, scope: Scope) -> Fault | None:
        for fault in self._faults:
            if fault.strikes(scope["method"], scope["path"]):
                fault.times -= 1
                return fault
        return None


async def _into_the_void(_: Message) -> None:
    """Takes an answer nobody will see."""


async def _break_off(send: Send) -> None:
    """Begins an answer and never ends it: the server then closes the connection, the client sees it break."""
    headers: list[Any] = [(b"content-length", b"1")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
