"""What a helpdesk's headers say: how long to wait, how many requests are left, what time it is. Pure."""

import email.utils
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

WINDOW_S = 60.0
"""Both vendors count by the minute; what was told longer ago says nothing any more."""
RESERVE = 0.05
"""The share of a window that reads leave for writes: an account's requests are shared with all its other apps."""

LONGEST_WAIT_S = 366 * 86_400.0
"""Longer than anybody waits: what asks for more is given up all the same."""

_REMAINING = ("x-rate-limit-remaining", "x-ratelimit-remaining", "ratelimit-remaining")
_RESET = ("ratelimit-reset", "rate-limit-reset")
"""Seconds, in recordings of Zendesk's."""
_TOTAL = ("x-rate-limit", "x-ratelimit-total", "ratelimit-limit")


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait, 0.0 to LONGEST_WAIT_S; None if the header is absent or unreadable. Source: RFC 9110, 10.2.3."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        wait_s = float(value)
    except ValueError:
        try:
            wait_s = (email.utils.parsedate_to_datetime(value) - now).total_seconds()
        except (ValueError, TypeError, OverflowError):
            return None
    return min(max(wait_s, 0.0), LONGEST_WAIT_S) if math.isfinite(wait_s) else None


def remaining(headers: Mapping[str, str]) -> float | None:
    """Requests left in this window; None if the helpdesk does not say. Freshdesk may send "100.0"."""
    return _first_number(headers, _REMAINING)


def limit(headers: Mapping[str, str]) -> float | None:
    """Requests in a whole window; None if the helpdesk does not say."""
    return _first_number(headers, _TOTAL)


def date(headers: Mapping[str, str]) -> datetime | None:
    """The helpdesk's time of an answer, to the second; None if it does not tell."""
    try:
        at = email.utils.parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


@dataclass(slots=True)
class RateBudget:
    """What is left of an account's requests, as its answers tell. Times are of a monotonic clock, in seconds.

    One for all visits to an account in this process; what other processes and apps use shows in the next answer.
    """

    _left: float = math.inf
    _total: float = 0.0
    _window_ends_s: float = -math.inf
    _stopped_until_s: float = -math.inf
    _under_way: int = 0

    def begin(self) -> None:
        """A request goes out: until its answer tells, it counts as one less."""
        self._under_way += 1

    def end(self, headers: Mapping[str, str], now_s: float, *, stop_s: float | None = None) -> None:
        """Takes in one answer's headers; those that tell nothing change little.

        `stop_s`: the answer asks for a wait. Where much is left of the account's limit, it is a limit of that one
        ticket or route, and only that one waits.
        """
        self._under_way -= 1
        left = remaining(headers)
        if left is not None:
            self._left, self._total = left, limit(headers) or self._total
            reset_s = _first_number(headers, _RESET)
            self._window_ends_s = now_s + (reset_s if reset_s is not None and 0 <= reset_s <= WINDOW_S else WINDOW_S)
        else:
            self._left -= 1
        if stop_s is not None and (left is None or left <= self._reserve):
            self._stopped_until_s = max(self._stopped_until_s, now_s + stop_s)

    def waits_s(self, now_s: float, *, is_write: bool) -> float:
        """Seconds a request has to wait, 0.0 if it need not: so that a write still gets through, and as told."""
        least = 0.0 if is_write else self._reserve
        is_short = self._left - self._under_way <= least
        window_left_s = self._window_ends_s - now_s if is_short else 0.0
        return max(window_left_s, self._stopped_until_s - now_s, 0.0)

    @property
    def _reserve(self) -> float:
        return max(self._total * RESERVE, 1.0)


def _first_number(headers: Mapping[str, str], names: tuple[str, ...]) -> float | None:
    for name in names:
        try:
            number = float(headers[name])
        except (KeyError, ValueError):
            continue
        if math.isfinite(number):
            return number
    return None
