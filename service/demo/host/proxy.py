"""Zendesk's proxy, through which an app's requests go: it fills in the secure settings and signs tokens.

Source: Zendesk, "Making API requests from a Zendesk app" and "Using secure settings"; read 2026-11.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import jwt
import msgspec

TIMEOUT_S = 10.0


class Signing(msgspec.Struct, frozen=True, kw_only=True):
    """The token that an app wants made: `expiry` is in seconds."""

    algorithm: str
    secret_key: str
    expiry: int = 60
    claims: dict[str, str] = {}


class Asked(msgspec.Struct, frozen=True, kw_only=True, rename={"method": "type"}):
    """A request as an app makes it. Whatever else Zendesk would understand is left aside."""

    url: str
    method: str = "GET"
    headers: dict[str, str] = {}
    data: str | None = None
    content_type: str = msgspec.field(default="application/x-www-form-urlencoded", name="contentType")
    secure: bool = False
    jwt: Signing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """Sends for an app, to addresses that begin as its manifest says and nowhere else."""

    client: httpx.AsyncClient
    allowed: str
    secure_settings: Mapping[str, str]
    clock: Callable[[], datetime]

    async def forward(self, asked: Asked) -> dict[str, Any]:
        """`status`, `headers` and `text` of the answer; 502 or 504 where there is none."""
        if not asked.url.startswith(self.allowed):
            return _told(403, "This address is not in the app's domainWhitelist.")
        filled = self._filler(asked)
        headers = {name: filled(value) for name, value in asked.headers.items()}
        headers["Content-Type"] = asked.content_type
        content = None if asked.data is None else filled(asked.data)
        try:
            answer = await self.client.request(asked.method, filled(asked.url), headers=headers, content=content)
        except httpx.TimeoutException:
            return _told(504, "The service did not answer in time.")
        except httpx.TransportError:
            return _told(502, "The service cannot be reached.")
        return {"status": answer.status_code, "headers": dict(answer.headers), "text": answer.text}

    def _filler(self, asked: Asked) -> Callable[[str], str]:
        """What puts settings and the token in their places; without `secure` it leaves all as it is."""
        if not asked.secure:
            return str
        values = {f"{{{{setting.{name}}}}}": value for name, value in self.secure_settings.items()}
        if asked.jwt is not None:
            values["{{jwt.token}}"] = self._token(asked.jwt, values)
        return lambda text: _filled(text, values)

    def _token(self, wanted: Signing, values: Mapping[str, str]) -> str:
        now = self.clock()
        claims = {name: _filled(value, values) for name, value in wanted.claims.items()}
        times = {"iat": now, "exp": now + timedelta(seconds=wanted.expiry)}
        return jwt.encode({**claims, **times}, _filled(wanted.secret_key, values), algorithm=wanted.algorithm)


def _filled(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(name, value)
    return text


def _told(status: int, text: str) -> dict[str, Any]:
    return {"status": status, "headers": {}, "text": text}
