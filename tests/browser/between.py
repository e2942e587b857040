"""Stands between Zendesk's proxy and the service, and makes trouble when told to."""

import asyncio
from collections.abc import Callable

import httpx
import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

Trouble = Callable[[], Response]


class Between:
    """Passes requests on to the service. `app` is an ASGI app."""

    def __init__(self, client: httpx.AsyncClient, service_url: str) -> None:
        self._client, self._service_url = client, service_url
        self.answer: Trouble | None = None
        """What comes back for a draft instead of what the service would say."""
        self.secret: str | None = None
        """Sent in place of the token."""
        self.unchecked: str | None = None
        """What the plan says becomes of drafts that nobody judged, whatever the policies say."""
        self.way = asyncio.Event()
        """Drafts are held up until it is set."""
        self.app = Starlette(routes=[Route("/{path:path}", self._pass_on, methods=["GET", "POST"])])
        self.behave()

    def behave(self) -> None:
        """No trouble any more."""
        self.answer = self.secret = self.unchecked = None
        self.way.set()

    async def _pass_on(self, request: Request) -> Response:
        # Those that say so are told apart from a draft by one more word at the end.
        is_draft = request.method == "POST" and request.url.path.count("/") == 3
        if is_draft:
            await self.way.wait()
        if is_draft and self.answer is not None:
            return self.answer()
        headers = {name: request.headers[name] for name in ("authorization", "content-type") if name in request.headers}
        if self.secret is not None:
            headers["authorization"] = f"Bearer {self.secret}"
        url = f"{self._service_url}{request.url.path}?{request.url.query}"
        got = await self._client.request(request.method, url, headers=headers, content=await request.body())
        content = self._planned(got.content) if request.method == "GET" and "asks" in got.text else got.content
        return Response(content, got.status_code, media_type=got.headers.get("content-type"))

    def _planned(self, content: bytes) -> bytes:
        if self.unchecked is None:
            return content
        plan = msgspec.json.decode(content)
        for ask in plan["asks"].values():
            ask.update(ask=True, unchecked=self.unchecked)
        return msgspec.json.encode(plan)
