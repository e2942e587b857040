"""`POST /webhooks/{helpdesk}/{account}`: proved, read, on disk, and only then answered with 202."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from connectors.errors import PayloadError, SignatureError
from connectors.helpdesk import Connector, Delivery
from service.disk import Disk, Room
from service.metrics import Metrics
from service.seldom import Seldom
from service.store.errors import StoreError
from service.store.store import Store
from service.tracing import Tracing
from service.whole_body import whole_body

RETRY_AFTER_S = 5
MOST_AT_ONCE = 1_000
"""Webhooks that are being received. Beyond this their senders are asked to come again."""
_ACCEPTED = JSONResponse({"accepted": True}, status_code=202)
"""The same for everybody, so it is made once; an answer keeps nothing of the request it was sent for."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhooks:
    """The route, with what it needs. `accepted` is called once something new is on disk."""

    store: Store
    connectors: Mapping[tuple[str, str], Connector]
    metrics: Metrics
    clock: Callable[[], datetime]
    steady: Callable[[], datetime]
    """By which a ticket is due; by the clock, a signature is fresh."""
    body_read_s: float
    accepted: Callable[[], None]
    tracing: Tracing = field(default_factory=Tracing)
    disk: Disk | None = None
    """Where the store's file stands, if it has one."""
    seldom: Seldom = field(default_factory=Seldom)
    room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MOST_AT_ONCE))

    async def receive(self, request: Request) -> Response:
        """The answer to one webhook. 2xx only for what is durable, or not ours to keep."""
        helpdesk, account = request.path_params["helpdesk"], request.path_params["account"]
        connector = self.connectors.get((helpdesk, account))
        if connector is None:
            return _refusal(404, "no such account")
        with self.metrics.ack_s.time():
            outcome, response = await self._answer(request, connector)
        self.metrics.received.labels(helpdesk=helpdesk, outcome=outcome).inc()
        if outcome not in ("accepted", "duplicate", "ignored"):
            self.seldom.warn("webhook not taken", helpdesk=helpdesk, account=account, outcome=outcome)
        return response

    async def _answer(self, request: Request, connector: Connector) -> tuple[str, Response]:
        began_s = time.monotonic()
        try:
            body = await self._body(request)
            delivery = _read(request, connector, body, self.clock())
            if delivery is None:
                return "ignored", _ACCEPTED
            outcome = await self._keep(delivery)
        except _Refused as refused:
            return refused.outcome, refused.response
        self.tracing.received(delivery, outcome, took_s=time.monotonic() - began_s)
        return outcome, _ACCEPTED

    async def _body(self, request: Request) -> bytes:
        if self.room.locked():
            raise _unavailable()
        async with self.room:
            return await _body(request, self.body_read_s)

    async def _keep(self, delivery: Delivery) -> str:
        if self.disk is not None and self.disk.room() is Room.NONE:
            raise _unavailable()
        try:
            is_new = await self.store.accept(delivery, self.steady())
        except StoreError as error:
            log.warning("webhook not stored; its sender is asked to come again", error=str(error))
            raise _unavailable() from error
        self.accepted()
        if not is_new:
            return "duplicate"
        return "parked" if delivery.ticket_id is None else "accepted"


class _Refused(Exception):  # noqa: N818 - an answer on its way out, not an error
    """A webhook that is not taken: always the same answer for the same status, so that it tells nothing."""

    def __init__(self, outcome: str, status: int, problem: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(problem)
        self.outcome = outcome
        self.response = _refusal(status, problem, headers)


def _unavailable() -> _Refused:
    return _Refused("unavailable", 503, "try again", {"Retry-After": str(RETRY_AFTER_S)})


def _refusal(status: int, problem: str, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"accepted": False, "problem": problem}, status_code=status, headers=dict(headers or {}))


async def _body(request: Request, limit_s: float) -> bytes:
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise _Refused("refused", 415, "send the body uncompressed")
    try:
        return await whole_body(request, within_s=limit_s)
    except TimeoutError as error:
        raise _Refused("refused", 408, "the body took too long") from error
    except ClientDisconnect as error:
        raise _Refused("refused", 400, "the body broke off") from error


def _read(request: Request, connector: Connector, body: bytes, now: datetime) -> Delivery | None:
    """Nothing of a body is looked at before its sender has proved itself."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        connector.webhook.verify(headers, body, now=now)
        return connector.webhook.read(headers, body, now=now)
    except SignatureError as error:
        raise _Refused("unverified", 401, "not verified") from error
    except PayloadError as error:
        raise _Refused("unreadable", 400, "the body cannot be read") from error
