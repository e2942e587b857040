"""The demo's stand-in for Zendesk's proxy: the app's secret must reach the service and nobody else."""

import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import httpx
import jwt
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from service.demo.host.proxy import Asked, Proxy, Signing

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SECRET = "a-secret-of-forty-letters-for-the-proxies"
URL = "http://service.example/gate"
SIGNING = Signing(algorithm="HS256", secret_key="{{setting.shared_secret}}", expiry=120, claims={"aud": "zendesk/acme"})


async def echo(request: Request) -> Response:
    return JSONResponse({"headers": dict(request.headers), "body": (await request.body()).decode()}, 201)


ECHO = Starlette(routes=[Route("/gate", echo, methods=["GET", "POST"])])


@pytest.fixture
async def make_proxy() -> AsyncIterator[Callable[..., Proxy]]:
    """For an app that may ask one service: one that tells what it was asked, or whoever is at an address."""
    async with AsyncExitStack() as open_clients:

        def make(allowed: str = "") -> Proxy:
            transport = None if allowed else httpx.ASGITransport(ECHO)
            client = httpx.AsyncClient(transport=transport, trust_env=False, timeout=0.1)
            open_clients.push_async_callback(client.aclose)
            return Proxy(
                client=client,
                allowed=allowed or "http://service.example/",
                secure_settings={"shared_secret": SECRET},
                clock=lambda: NOW,
            )

        yield make


async def test_a_secure_request_carries_a_token_signed_with_the_setting(make_proxy: Any) -> None:
    headers = {"Authorization": "Bearer {{jwt.token}}"}
    asked = Asked(url=URL, method="POST", headers=headers, data='{"a": 1}', secure=True, jwt=SIGNING)

    told = await make_proxy().forward(asked)

    assert told["status"] == 201
    token = json.loads(told["text"])["headers"]["authorization"].removeprefix("Bearer ")
    options = {"verify_exp": False, "verify_iat": False}
    claims = jwt.decode(token, SECRET, algorithms=["HS256"], audience="zendesk/acme", options=options)
    assert claims["exp"] - NOW.timestamp() == 120


async def test_without_secure_nothing_is_filled_in(make_proxy: Any) -> None:
    told = await make_proxy().forward(Asked(url=URL, method="POST", data="{{setting.shared_secret}}"))

    assert "{{setting.shared_secret}}" in told["text"]
    assert SECRET not in told["text"]


async def test_an_address_that_the_manifest_does_not_name_is_refused(make_proxy: Any) -> None:
    for url in ("http://elsewhere.example/", "http://service.example.evil.example/", "file:///etc/passwd"):
        assert (await make_proxy().forward(Asked(url=url, secure=True)))["status"] == 403


async def test_a_service_that_does_not_answer_is_a_bad_gateway(make_proxy: Any) -> None:
    """As for the app's own timer: a service that is slow is not one that is gone."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        slow = await make_proxy(url).forward(Asked(url=url))
    gone = await make_proxy(url).forward(Asked(url=url))

    assert (slow["status"], gone["status"]) == (504, 502)
