"""The one HTTP client: time limits, quick retries, rate limits, and HTTP statuses told as our errors."""

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import httpx
import msgspec
import tenacity

from connectors.errors import (
    ConflictError,
    CredentialsError,
    MaintenanceError,
    NotFoundError,
    RateLimitError,
    RefusedError,
    TransientError,
    UnansweredError,
    UnaskedError,
)
from connectors.rates import RateBudget, date, limit, remaining, retry_after_s
from connectors.silences import silence_of

MAX_ANSWER_BYTES = 16 * 1024 * 1024
TOO_LARGE = "too_large"
"""The code of the RefusedError for an answer of more than that; of a list, a smaller page may still be read."""
TIMEOUT = httpx.Timeout(10.0, connect=5.0)
QUICK_TRIES = 3
"""For reads only, within one visit; anything longer waits in the store, where it survives a restart."""
LONGEST_QUICK_WAIT_S = 2.0
LONGEST_ANSWER_S = 60.0
"""`TIMEOUT` counts from piece to piece: an answer that drips would hold a visit for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer, for metrics. `status` 0: no answer. `route` holds no ids."""

    method: str
    route: str
    status: int
    duration_s: float
    remaining: float | None = None
    """Requests left in the current window, as the helpdesk says."""
    limit: float | None = None
    """Requests in a whole window."""
    date: datetime | None = None
    """The helpdesk's time of its answer, to the second."""


class Transport:
    """Requests to one helpdesk account. Never follows a redirect, never leaves `base_url`.

    Never put `asyncio.timeout` around a call: httpx 0.28 loses the connection for good when it is cancelled from
    outside (https://github.com/encode/httpcore/pull/1099). The limits are in `TIMEOUT`.
    """

    def __init__(
        self,
        base_url: str,
        *,
        auth: httpx.BasicAuth,
        observe: Callable[[Exchange], None] = lambda _: None,
        transport: httpx.AsyncBaseTransport | None = None,
        longest_answer_s: float = LONGEST_ANSWER_S,
    ) -> None:
        self._observe = observe
        self._longest_answer_s = longest_answer_s
        self._budget = RateBudget()
        self._client = httpx.AsyncClient(
            base_url=base_url.rstrip("/"),
            auth=auth,
            timeout=TIMEOUT,
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": "ombuds", "Accept": "application/json"},
            transport=transport,
        )
        # A session's cookie would speak for us beside the credentials, and outlive them.
        self._client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    async def aclose(self) -> None:
        """Closes connections."""
        await self._client.aclose()

    async def get(self, path: str, *, route: str, params: Mapping[str, str | int] | None = None) -> Any:
        """The answer's JSON. Tried again at once, twice at most, if there was no answer or a 5xx."""
        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception(_is_worth_a_quick_try),
            stop=tenacity.stop_after_attempt(QUICK_TRIES),
            wait=tenacity.wait_random_exponential(multiplier=0.1, max=LONGEST_QUICK_WAIT_S),
            reraise=True,
        )
        return await retrying(self._ask, "GET", path, route, params=params)

    async def send(
        self,
        method: str,
        path: str,
        *,
        route: str,
        json: object,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The answer's JSON to a write. Sent once: after a TransientError it may have been carried out."""
        return await self._ask(method, path, route, content=msgspec.json.encode(json), headers=headers)

    async def delete(self, path: str, *, route: str) -> None:
        """Removes one thing. Sent once, and without a body."""
        await self._ask("DELETE", path, route)

    async def _ask(
        self,
        method: str,
        path: str,
        route: str,
        *,
        params: Mapping[str, str | int] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        wait_s = self._budget.waits_s(time.monotonic(), is_write=content is not None)
        if wait_s:
            raise UnaskedError(f"{method} {route} waits, to stay within the rate limit", retry_after_s=wait_s)
        headers = {"Content-Type": "application/json", **(headers or {})} if content is not None else headers
        request = self._client.build_request(method, path, params=params, content=content, headers=headers)
        started = time.monotonic()
        self._budget.begin()
        status, answer_headers = 0, httpx.Headers()
        try:
            response = await self._client.send(request, stream=True)
            status, answer_headers = response.status_code, response.headers
            body = await _read_limited(response, until=started + self._longest_answer_s)
        except (httpx.TransportError, httpx.DecodingError) as error:
            silence = silence_of(error)
            told = f"no answer to {method} {route}: {silence} ({type(error).__name__})"
            raise UnansweredError(told, silence=silence) from error
        finally:
            duration_s = time.monotonic() - started
            asked_s = retry_after_s(answer_headers, datetime.now(UTC)) if status in (429, 503) else None
            self._budget.end(answer_headers, started + duration_s, stop_s=asked_s)
            self._observe(
                Exchange(
                    method=method,
                    route=route,
                    status=status,
                    duration_s=duration_s,
                    remaining=remaining(answer_headers),
                    limit=limit(answer_headers),
                    date=date(answer_headers),
                )
            )
        return _decipher(f"{method} {route}", status, answer_headers, body)


async def _read_limited(response: httpx.Response, *, until: float) -> bytes:
    body = bytearray()
    try:
        # Packed twice, less than a kilobyte unpacks to gigabytes before there is anything to count.
        if "," in response.headers.get("content-encoding", ""):
            raise RefusedError("the answer is packed more than once", status=response.status_code, code="packed_twice")
        async for chunk in response.aiter_bytes():
            body += chunk
            if time.monotonic() > until:
                raise TransientError(f"an answer of {response.status_code} did not come to an end")
            if len(body) > MAX_ANSWER_BYTES:
                raise RefusedError("the answer is larger than 16 MiB", status=response.status_code, code=TOO_LARGE)
    finally:
        await response.aclose()
    return bytes(body)


def _decipher(request: str, status: int, headers: httpx.Headers, body: bytes) -> Any:
    """The JSON of a 2xx answer (None if empty); everything else as an error."""
    if 200 <= status < 300:
        if not body:
            return None
        try:
            return msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise TransientError(f"{request} was answered with {status} and no JSON") from error
    message = f"{request} was answered with {status}"
    match status:
        case 429:
            raise RateLimitError(message, retry_after_s=retry_after_s(headers, datetime.now(UTC)))
        case 401 | 403:
            raise CredentialsError(f"{message}: check the credentials and their rights")
        case 404 | 410:
            raise NotFoundError(message, status=status)
        case 409:
            raise ConflictError(message)
        case _ if status < 400:  # a maintenance page, a login page, or an address that has moved
            raise TransientError(f"{message}, which leads elsewhere: check base_url")
        case _ if status >= 500 or status == 408:
            wait_s = retry_after_s(headers, datetime.now(UTC))
            raise TransientError(message) if wait_s is None else MaintenanceError(message, retry_after_s=wait_s)
        case _:
            raise RefusedError(message, status=status, code=_vendor_code(body))


def _vendor_code(body: bytes) -> str:
    """The vendor's words for a refusal, at most 300 characters: codes and descriptions, never a customer's text."""
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    found: list[str] = []
    pending: deque[object] = deque([answer], maxlen=1_000)
    while pending and len(found) < 6:
        match pending.popleft():
            case dict() as fields:
                words = (fields.get(key) for key in ("error", "code", "description", "message", "field"))
                found += [word for word in words if isinstance(word, str)]
                pending += [value for value in fields.values() if isinstance(value, dict | list)]
            case list() as items:
                pending += items
            case _:
                continue
    return "; ".join(found)[:300]


def _is_worth_a_quick_try(error: BaseException) -> bool:
    return isinstance(error, TransientError) and not isinstance(error, RateLimitError)
