"""A pretended Freshdesk with our app installed: a ticket's page, and the proxy through which an app asks its service.

The page speaks the app platform's protocol (host/desk.js); this is the platform's server behind it. Source:
Freshworks' developer documents on request templates, read 2026-11.
"""

import asyncio
import json
import mimetypes
import re
import sys
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from connectors.sandbox.client import SandboxClient

sys.path.insert(0, str(Path(__file__).parents[3] / "deploy"))
from pack_app import APPS, files_of

PACKED = files_of(APPS["freshdesk"], None)
"""The app's files, as they are in the zip that is uploaded."""
PAGE = Path(__file__).parent / "host"
HOST = "ombuds.example.com"
PER_MINUTE = 50
_FIELD = re.compile(r"<%=\s*(iparam|context)\.(\w+)\s*%>")


class Trouble(StrEnum):
    """What an app meets on the way to its service."""

    SLOW = "slow"
    """No answer until the test lets it come."""
    NETWORK = "network"
    LIMITED = "limited"
    """More than 50 requests in a minute, from all agents of the helpdesk together."""
    TOO_MANY = "429"
    BROKEN = "503"
    HTML = "html"


@dataclass(slots=True, kw_only=True)
class FreshdeskHost:
    """The helpdesk, as a test arranges it and looks at it. `service` is where the host of the iparams really is."""

    client: httpx.AsyncClient
    service: str
    desk: SandboxClient
    api: tuple[str, str]
    """The address of Freshdesk's API and its key."""
    iparams: dict[str, str]
    agent: dict[str, Any]
    frames: str = ""
    """Where the app's frames come from: another address than the page's, so that they are strangers to each other."""
    secret: str | None = None
    """In place of the one in the iparams."""
    plan: dict[str, Any] = field(default_factory=dict)
    """Laid over the service's plan."""
    troubles: dict[str, Trouble] = field(default_factory=dict)
    """By template; "*" is all of them."""
    asked: list[tuple[str, Any]] = field(default_factory=list)
    """Every request of the app: its template and its body."""
    left: int = PER_MINUTE
    let_come: asyncio.Event = field(default_factory=asyncio.Event)
    """Ends what is slow."""

    def begin(self) -> None:
        """No trouble any more, and nothing has happened yet."""
        self.let_come.set()
        self.secret, self.plan, self.troubles, self.asked = None, {}, {}, []
        self.left, self.let_come = PER_MINUTE, asyncio.Event()

    def asked_by(self, template: str) -> list[Any]:
        """The bodies of all requests by a template, oldest first."""
        return [body for name, body in self.asked if name == template]

    def asgi(self) -> Starlette:
        """The server of the page, the proxy, and the app's files."""
        return Starlette(
            routes=[
                Route("/world.json", self._world),
                Route("/tickets/{id}.json", self._ticket),
                Route("/submit", self._submit, methods=["POST"]),
                Route("/proxy", self._proxy, methods=["POST"]),
                Route("/app/{name:path}", _app_file),
                Mount("/", StaticFiles(directory=PAGE, html=True)),
            ]
        )

    async def _world(self, _: Request) -> Response:
        shown = {name: value for name, value in self.iparams.items() if not _is_secure(name)}
        return JSONResponse({"iparams": shown, "agent": self.agent, "frames": self.frames})

    async def _ticket(self, request: Request) -> Response:
        """As Freshdesk's own API tells it, which is what its page has."""
        address, key = self.api
        url = f"{address}/tickets/{request.path_params['id']}"
        answer = await self.client.get(url, params={"include": "requester"}, auth=(key, "X"))
        return Response(answer.content, media_type="application/json")

    async def _submit(self, request: Request) -> Response:
        told = await request.json()
        await self.desk.submit(str(told.pop("ticket")), str(self.agent["id"]), **told)
        return Response(status_code=204)

    async def _proxy(self, request: Request) -> Response:
        asked = await request.json()
        self.asked.append((asked["name"], json.loads(asked["body"]) if "body" in asked else None))
        try:
            status, text = await self._answer(asked, request)
        except httpx.TransportError as error:
            return JSONResponse({"ok": False, "value": {"message": str(error)}})
        value = {"status": status, "headers": {}, "response": text}
        return JSONResponse({"ok": status < 300, "value": value})

    async def _answer(self, asked: dict[str, Any], request: Request) -> tuple[int, str]:
        self.left -= 1
        trouble = self.troubles.get(asked["name"], self.troubles.get("*"))
        match trouble:
            case Trouble.NETWORK:
                raise httpx.ConnectError("the service could not be reached")
            case Trouble.TOO_MANY | Trouble.BROKEN:
                return int(trouble), "<html>Busy</html>"
            case Trouble.HTML:
                return 200, "<html>Please sign in</html>"
            case Trouble.SLOW:
                way = self.let_come
                while not (way.is_set() or await request.is_disconnected()):  # noqa: ASYNC110 - either may end it
                    await asyncio.sleep(0.02)
        if self.left < 0 or trouble is Trouble.LIMITED:
            return 429, "the app has used up its requests of this minute"
        status, text = await self._sent(asked)
        return status, json.dumps(json.loads(text) | self.plan) if asked["name"] == "plan" and self.plan else text

    async def _sent(self, asked: dict[str, Any]) -> tuple[int, str]:
        """What the service answers to the request that its template makes, as real HTTP."""
        listed = _config("manifest.json")["modules"]["common"]["requests"]
        assert asked["name"] in listed, "a template the manifest does not list"
        schema = _config("config/requests.json")[asked["name"]]["schema"]
        context = asked.get("context", {})
        assert schema["protocol"] == "https"
        assert self._filled(schema["host"], {}) == self.iparams["service_host"]
        headers = {name: self._filled(text, context, is_header=True) for name, text in schema["headers"].items()}
        query = {name: self._filled(text, context) for name, text in schema.get("query", {}).items()}
        url = self.service + self._filled(schema["path"], context)
        content = asked.get("body", "").encode()
        answer = await self.client.request(schema["method"], url, params=query, headers=headers, content=content)
        return answer.status_code, answer.text

    def _filled(self, text: str, context: dict[str, str], *, is_header: bool = False) -> str:
        def value(found: re.Match[str]) -> str:
            kind, name = found.groups()
            if kind == "context":
                return context[name]
            assert is_header or not _is_secure(name), "a secret outside a header"
            return self.secret if self.secret and _is_secure(name) else self.iparams[name]

        return _FIELD.sub(value, text)


async def _app_file(request: Request) -> Response:
    """A file of the packed app; in a page, Freshdesk puts its client where the app wants it."""
    name = request.path_params["name"]
    content = PACKED[f"app/{name}"].replace(b"{{{appclient}}}", b"/appclient.js")
    return Response(content, media_type=mimetypes.guess_type(name)[0])


def _is_secure(name: str) -> bool:
    return bool(_config("config/iparams.json")[name].get("secure"))


def _config(path: str) -> Any:
    return json.loads(PACKED[path])
