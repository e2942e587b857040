"""Who is let in at the gate, and how often: every refusal is JSON that tells the app what to do next."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from service.gate_auth import is_the_app
from service.gate_bodies import MOST_BYTES, BodyError, read_body
from service.settings_gate import GateSettings
from service.store.records import TicketKey
from service.whole_body import TooLargeError, whole_body

T = TypeVar("T")

RETRY_AFTER_S = 5


class Refused(Exception):  # noqa: N818 - an answer on its way out, not an error
    """A request that is not served. `code` is what the app tells apart; the message is for whoever set it up."""

    def __init__(self, code: str, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        headers = {} if retry_after_s is None else {"Retry-After": str(math.ceil(retry_after_s))}
        body = {"error": code, "message": message}
        self.response: Response = JSONResponse(body, status_code=_STATUS[code], headers=headers)


_STATUS: Mapping[str, int] = {
    "unreadable": 400,
    "unauthorized": 401,
    "not_found": 404,
    "not_allowed": 409,
    "too_large": 413,
    "rate_limited": 429,
    "unavailable": 503,
}
CODES = ("served", *_STATUS)
"""What may become of a request."""


def unavailable() -> Refused:
    """For a moment in which nobody can be served."""
    return Refused("unavailable", "Please ask again in a few seconds.", retry_after_s=RETRY_AFTER_S)


def no_gate() -> Refused:
    """For an account of which no setting says that it has a gate."""
    return Refused("not_found", "This account has no gate: write one into the settings, or mend the app's address.")


@dataclass(slots=True, kw_only=True)
class Bucket:
    """Asks that are left: a minute's worth at once, and each minute as many again."""

    per_minute: int
    steady_s: Callable[[], float] = time.monotonic
    _left: float = field(init=False)
    _at: float = field(init=False)

    def __post_init__(self) -> None:
        self._left, self._at = float(self.per_minute), self.steady_s()

    def take(self) -> float:
        """0.0 if one was left, and it is taken; else the seconds until there is one."""
        now, per_s = self.steady_s(), self.per_minute / 60
        self._left, self._at = min(self._left + (now - self._at) * per_s, float(self.per_minute)), now
        if self._left < 1:
            return (1 - self._left) / per_s
        self._left -= 1
        return 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One account's way in."""

    kind: str
    account: str
    settings: GateSettings
    bucket: Bucket
    strangers: Bucket
    """The same for whoever cannot prove himself: it takes nothing from those who can."""

    def key(self, ticket_id: str) -> TicketKey:
        """One of the account's tickets."""
        return TicketKey(helpdesk=self.kind, account=self.account, id=ticket_id)

    def let_in(self, request: Request, now: datetime) -> None:
        """Nothing of a body is looked at before its sender has proved itself. Raises Refused."""
        proof = request.headers.get("authorization", "")
        if not is_the_app(self.kind, self.account, self.settings.secrets, proof, now):
            _take(self.strangers)
            # Always the same, so that it tells nothing.
            raise Refused("unauthorized", "Please check that the app has the secret that the service has.")
        _take(self.bucket)


def _take(bucket: Bucket) -> None:
    if wait_s := bucket.take():
        message = "The account is asked more often than gate.per_minute of its settings allows."
        raise Refused("rate_limited", message, retry_after_s=wait_s)


async def read(request: Request, kind: type[T], *, within_s: float) -> T:
    """What the request's body says. Raises Refused."""
    try:
        return read_body(await whole_body(request, within_s=within_s, most_bytes=MOST_BYTES), kind)
    except BodyError as error:
        raise Refused("unreadable", f"Please send {error}.") from error
    except (TimeoutError, ClientDisconnect) as error:
        raise Refused("unreadable", f"Please send the whole body within {within_s:g} s.") from error
    except TooLargeError as error:
        message = "Please send fewer messages of the conversation, or a shorter draft."
        raise Refused("too_large", message) from error
