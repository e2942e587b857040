"""Puts a pretend helpdesk together: the vendor's routes, the control API, faults in front, webhooks behind."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from connectors.sandbox.control import Control
from connectors.sandbox.desk import Desk
from connectors.sandbox.effects import Effects
from connectors.sandbox.faults import Fault, Faults
from connectors.sandbox.hooks import HookSender
from connectors.sandbox.vendor import Vendor


def sandbox_app(desk: Desk, vendor: Vendor, effects: Effects) -> Starlette:
    """The whole sandbox as one app. Its lifespan sends the webhooks; without it they wait."""
    faults: list[Fault] = []
    hooks = HookSender(vendor, desk.hooks)
    desk.listeners.append(hooks.tell)
    control = Control(desk, vendor, effects, faults, hooks)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None, None]:
        async with hooks.running():
            yield

    return Starlette(
        routes=[*control.routes, *vendor.routes],
        middleware=[Middleware(Faults, faults), Middleware(OnTime, desk)],
        lifespan=lifespan,
    )


class OnTime:
    """Middleware: what was due by the desk's clock has happened before anybody asks for anything."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self._app, self._desk = app, desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets the timers run, and passes the request on."""
        if scope["type"] == "http":
            for timer in self._desk.timers:
                timer()
        await self._app(scope, receive, send)
