"""Which path leads where. What answers is made later, while the application starts."""

import sys
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from service import gate, gate_answering, gate_asking
from service.gate import Handler
from service.gate_door import Bucket, Door, no_gate
from service.settings import Settings

if TYPE_CHECKING:
    from service.app import Service


def operations_routes() -> list[Route]:
    """What operators ask."""

    async def livez(request: Request) -> Response:
        return await _service(request).operations.livez(request)

    async def readyz(request: Request) -> Response:
        return await _service(request).operations.readyz(request)

    async def metrics_text(request: Request) -> Response:
        return await _service(request).operations.metrics_text(request)

    return [Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", metrics_text)]


def webhook_routes() -> list[Route]:
    """What helpdesks tell."""

    async def receive(request: Request) -> Response:
        return await _service(request).webhooks.receive(request)

    return [Route("/webhooks/{helpdesk}/{account}", receive, methods=["POST"])]


_GATE: Sequence[tuple[str, str, Handler]] = (
    ("GET", "", gate.plan),
    ("POST", "", gate_asking.ask),
    ("POST", "/override", gate_answering.override),
    ("POST", "/wrong", gate_answering.wrong),
    ("POST", "/second-look", gate_answering.second_look),
    ("GET", "/findings/{finding}", gate_answering.finding),
    ("POST", "/unchecked", gate.unchecked),
)


def gate_routes(settings: Settings) -> list[Route]:
    """What the apps of accounts with a gate ask; every other account is told that it has none."""

    async def none(_: Request) -> Response:
        return no_gate().response

    return [*_doors(settings), Route("/gate/{rest:path}", none, methods=["GET", "POST", "OPTIONS"])]


def _doors(settings: Settings) -> Iterator[Route]:
    for helpdesk in settings.helpdesks:
        if helpdesk.gate is None:
            continue
        often = helpdesk.gate.per_minute
        door = Door(
            kind=helpdesk.kind,
            account=helpdesk.account,
            settings=helpdesk.gate,
            bucket=Bucket(per_minute=often),
            strangers=Bucket(per_minute=often),
        )
        paths = dict.fromkeys(path for _, path, _ in _GATE)
        yield from (_route(door, path) for path in paths)


def _route(door: Door, path: str) -> Route:
    """One path of an account's gate; pages of other origins may ask only if the settings name them."""
    handlers = {method: handle for method, of_path, handle in _GATE if of_path == path}
    origins = door.settings.origins
    cors = Middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_methods=[*handlers],
        allow_headers=["Authorization", "Content-Type"],
    )
    return Route(
        f"/gate/{door.kind}/{door.account}{path}",
        partial(_ask_gate, door, handlers),
        methods=[*handlers, "OPTIONS"] if origins else [*handlers],
        middleware=[cors] if origins else [],
        max_body_size=sys.maxsize,  # the door counts by itself: Starlette's own refusal is no JSON
    )


async def _ask_gate(door: Door, handlers: dict[str, Handler], request: Request) -> Response:
    handle = handlers.get("GET" if request.method == "HEAD" else request.method)
    if handle is None:
        return Response(status_code=405, headers={"Allow": ", ".join(handlers)})
    serving = _service(request).gate
    return no_gate().response if serving is None else await gate.serve(serving, door, request, handle)


def _service(request: Request) -> "Service":
    service: Service = request.app.state.service
    return service
