"""The HTTP client of both connectors: what every answer, and every missing one, becomes."""

import asyncio
import gzip
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from connectors.errors import (
    ConflictError,
    CredentialsError,
    HelpdeskError,
    NotFoundError,
    RateLimitError,
    RefusedError,
    TransientError,
    UnaskedError,
)
from connectors.rates import LONGEST_WAIT_S, retry_after_s
from connectors.sandbox.faults import Fault, Faults
from connectors.sandbox.serving import serving
from connectors.transport import Exchange, Transport

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
THING = "/things/{id}"


class Helpdesk:
    """Answers every request with the answers it was given, in turn; the last one for good."""

    def __init__(self, *answers: Response) -> None:
        self.requests: list[Request] = []
        self._answers = list(answers)
        routes = [Route(THING, self._answer, methods=["GET", "PUT"])]
        self.app = Starlette(routes=routes)

    async def _answer(self, request: Request) -> Response:
        self.requests.append(request)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


Opened = Callable[..., AbstractAsyncContextManager[Transport]]


@pytest.fixture
def exchanges() -> list[Exchange]:
    return []


@pytest.fixture
def speaking_to(exchanges: list[Exchange]) -> Opened:
    """A transport that speaks to a helpdesk over a real socket."""

    @asynccontextmanager
    async def opened(helpdesk: Helpdesk, *faults: Fault) -> AsyncGenerator[Transport, None]:
        async with serving(Faults(helpdesk.app, list(faults))) as address:
            auth = httpx.BasicAuth("us", "secret")
            transport = Transport(address, auth=auth, observe=exchanges.append)
            yield transport
            await transport.aclose()

    return opened


async def get(transport: Transport) -> Any:
    return await transport.get("/things/1", route=THING)


async def put(transport: Transport, headers: Mapping[str, str] | None = None) -> Any:
    return await transport.send("PUT", "/things/1", route=THING, json={"a": ("ä",)}, headers=headers)


async def test_the_last_requests_of_a_window_are_kept_for_writes(speaking_to: Opened) -> None:
    nearly_used_up = Response("{}", headers={"X-RateLimit-Total": "200", "X-RateLimit-Remaining": "10.0"})

    async with speaking_to(Helpdesk(nearly_used_up)) as transport:
        await get(transport)
        with pytest.raises(RateLimitError) as caught:
            await get(transport)
        await put(transport)

    assert caught.value.retry_after_s == pytest.approx(60, abs=5)


@pytest.mark.parametrize("status", [429, 503])
async def test_nobody_asks_before_the_wait_is_over_that_one_was_told_of(speaking_to: Opened, status: int) -> None:
    """Neither reads nor writes, nor tickets that were not meant: the limit is the account's."""
    helpdesk = Helpdesk(Response("", status, {"Retry-After": "1"}), Response('"again"'))

    async with speaking_to(helpdesk) as transport:
        with pytest.raises(RateLimitError):
            await get(transport)
        for ask in (get, put):
            with pytest.raises(UnaskedError) as caught:
                await ask(transport)
        assert caught.value.retry_after_s == pytest.approx(1, abs=0.5)
        assert len(helpdesk.requests) == 1

        await asyncio.sleep(1.05)
        assert await get(transport) == "again"


async def test_an_answer_is_its_json(speaking_to: Opened) -> None:
    async with speaking_to(Helpdesk(Response('{"a": 1}'), Response(status_code=204))) as transport:
        assert await get(transport) == {"a": 1}
        assert await get(transport) is None


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (301, TransientError),
        (400, RefusedError),
        (401, CredentialsError),
        (403, CredentialsError),
        (404, NotFoundError),
        (408, TransientError),
        (409, ConflictError),
        (410, NotFoundError),
        (422, RefusedError),
        (429, RateLimitError),
        (500, TransientError),
        (503, TransientError),
    ],
)
async def test_every_status_is_a_decision_of_the_caller(
    speaking_to: Opened, status: int, error: type[HelpdeskError]
) -> None:
    async with speaking_to(Helpdesk(Response("<html>", status, {"Location": "/things/2"}))) as transport:
        with pytest.raises(HelpdeskError) as caught:
            await put(transport)

    assert type(caught.value) is error
    assert str(status) in str(caught.value)


@pytest.mark.parametrize("status", [429, 503])
async def test_the_wait_a_helpdesk_asks_for_is_handed_on(speaking_to: Opened, status: int) -> None:
    async with speaking_to(Helpdesk(Response("", status, {"Retry-After": "7"}))) as transport:
        with pytest.raises(RateLimitError) as caught:
            await get(transport)

    assert caught.value.retry_after_s == 7.0


async def test_a_refusal_carries_the_vendors_words(speaking_to: Opened) -> None:
    body = '{"error": "RecordInvalid", "details": {"base": [{"description": "Status: closed prevents ticket update"}]}}'
    async with speaking_to(Helpdesk(Response(body, 422))) as transport:
        with pytest.raises(RefusedError) as caught:
            await put(transport)

    assert caught.value.code == "RecordInvalid; Status: closed prevents ticket update"


async def test_a_huge_refusal_is_read_without_delay(speaking_to: Opened) -> None:
    """Taking a list's first element again and again would take minutes here."""
    body = '{"errors": [' + "1," * 2_000_000 + '{"code": "last"}]}'
    async with speaking_to(Helpdesk(Response(body, 422))) as transport:
        with pytest.raises(RefusedError) as caught:
            await put(transport)

    assert caught.value.code == "last"


@pytest.mark.parametrize("body", ["<html>", "{", "[" * 100_000, '"\ud83d"'.encode("utf-8", "surrogatepass")])
async def test_a_success_without_json_is_no_success(speaking_to: Opened, body: str | bytes) -> None:
    async with speaking_to(Helpdesk(Response(body))) as transport:
        with pytest.raises(TransientError):
            await put(transport)


async def test_a_read_is_tried_three_times_at_once(speaking_to: Opened) -> None:
    helpdesk = Helpdesk(Response(status_code=500), Response(status_code=502), Response('"at last"'))
    async with speaking_to(helpdesk) as transport:
        assert await get(transport) == "at last"

    assert len(helpdesk.requests) == 3


async def test_a_read_that_keeps_failing_is_given_up(speaking_to: Opened) -> None:
    helpdesk = Helpdesk(Response(status_code=500))
    async with speaking_to(helpdesk) as transport:
        with pytest.raises(TransientError):
            await get(transport)

    assert len(helpdesk.requests) == 3


async def test_a_write_is_sent_once(speaking_to: Opened) -> None:
    """Whether to repeat it is for those to say who can look whether it arrived."""
    helpdesk = Helpdesk(Response(status_code=500))
    async with speaking_to(helpdesk) as transport:
        with pytest.raises(TransientError):
            await put(transport)

    assert len(helpdesk.requests) == 1


async def test_who_asks_us_to_wait_is_not_asked_again_at_once(speaking_to: Opened) -> None:
    helpdesk = Helpdesk(Response(status_code=429))
    async with speaking_to(helpdesk) as transport:
        with pytest.raises(RateLimitError) as caught:
            await get(transport)

    assert (len(helpdesk.requests), caught.value.retry_after_s) == (1, None)


@pytest.mark.parametrize("mode", ["apply_then_drop", "drop_before_apply"])
async def test_a_broken_connection_may_have_carried_the_write(speaking_to: Opened, mode: str) -> None:
    fault = Fault(method="PUT", route=THING, mode=mode)
    async with speaking_to(Helpdesk(Response("{}")), fault) as transport:
        with pytest.raises(TransientError):
            await put(transport)


async def test_where_nobody_listens_there_is_no_answer(exchanges: list[Exchange]) -> None:
    async with serving(Helpdesk(Response("{}")).app) as address:
        pass
    transport = Transport(address, auth=httpx.BasicAuth("us", "secret"), observe=exchanges.append)

    with pytest.raises(TransientError):
        await put(transport)
    await transport.aclose()

    assert [(exchange.status, exchange.route) for exchange in exchanges] == [(0, THING)]


async def test_an_answer_that_is_too_large_is_refused(speaking_to: Opened) -> None:
    async def large() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 1_000_000

    async with speaking_to(Helpdesk(StreamingResponse(large()))) as transport:
        with pytest.raises(RefusedError, match="16 MiB"):
            await get(transport)


async def test_an_answer_packed_twice_is_not_unpacked(speaking_to: Opened) -> None:
    """Some hundred bytes would become gigabytes, before there is anything to count."""
    packed = gzip.compress(gzip.compress(b"1" + b" " * 1_000))
    bomb = Response(packed, headers={"Content-Encoding": "gzip, gzip"})

    async with speaking_to(Helpdesk(bomb)) as transport:
        with pytest.raises(RefusedError, match="packed"):
            await get(transport)


async def test_an_answer_that_drips_is_not_waited_for_without_end() -> None:
    async def dripping() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.02)

    async with serving(Helpdesk(StreamingResponse(dripping())).app) as address:
        transport = Transport(address, auth=httpx.BasicAuth("us", "secret"), longest_answer_s=0.1)
        with pytest.raises(TransientError, match="end"):
            await put(transport)
        await transport.aclose()


async def test_a_write_says_what_it_is_and_who_we_are(speaking_to: Opened) -> None:
    helpdesk = Helpdesk(Response("{}"))
    async with speaking_to(helpdesk) as transport:
        await put(transport, headers={"Idempotency-Key": "act-1"})

    headers = helpdesk.requests[0].headers
    assert headers["content-type"] == "application/json"
    assert headers["idempotency-key"] == "act-1"
    assert headers["authorization"].startswith("Basic ")
    assert headers["user-agent"] == "ombuds"


async def test_a_session_is_not_kept(speaking_to: Opened) -> None:
    """Its cookie would speak for us after the token was revoked."""
    helpdesk = Helpdesk(Response("{}", headers={"Set-Cookie": "session=1; Path=/"}))
    async with speaking_to(helpdesk) as transport:
        await get(transport)
        await get(transport)

    assert "cookie" not in helpdesk.requests[1].headers


@pytest.mark.parametrize(
    ("headers", "remaining", "limit"),
    [
        ({"X-Rate-Limit-Remaining": "699", "X-Rate-Limit": "700"}, 699.0, 700.0),
        ({"X-RateLimit-Remaining": "100.0", "X-RateLimit-Total": "200"}, 100.0, 200.0),
        ({"RateLimit-Remaining": "5", "RateLimit-Limit": "100"}, 5.0, 100.0),
        ({"X-Rate-Limit-Remaining": "plenty"}, None, None),
        ({}, None, None),
    ],
)
async def test_what_is_left_of_the_limit_is_observed(
    speaking_to: Opened,
    exchanges: list[Exchange],
    headers: dict[str, str],
    remaining: float | None,
    limit: float | None,
) -> None:
    async with speaking_to(Helpdesk(Response("{}", headers=headers))) as transport:
        await get(transport)

    (exchange,) = exchanges
    assert (exchange.method, exchange.route, exchange.status) == ("GET", THING, 200)
    assert (exchange.remaining, exchange.limit) == (remaining, limit)
    assert exchange.duration_s >= 0


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0", 0.0),
        ("1.5", 1.5),
        (" 30 ", 30.0),
        ("-5", 0.0),
        ("999999", 999_999.0),
        ("1e9", 31_622_400.0),
        ("Mon, 02 Mar 2026 09:01:30 GMT", 90.0),
        ("Mon, 02 Mar 2026 08:00:00 GMT", 0.0),
        ("Mon, 02 Mar 2026 09:01:30 -0000", None),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, expected: float | None) -> None:
    assert retry_after_s({"retry-after": value}, NOW) == expected


def test_without_retry_after_there_is_no_wait_to_tell() -> None:
    assert retry_after_s({}, NOW) is None


@given(value=st.text(max_size=40))
def test_no_retry_after_is_more_than_a_wait_or_nothing(value: str) -> None:
    wait_s = retry_after_s({"retry-after": value}, NOW)

    assert wait_s is None or 0.0 <= wait_s <= LONGEST_WAIT_S
