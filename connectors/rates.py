"""What a helpdesk's headers say of its rate limits: how long to wait, and how much is left. Pure."""

import email.utils
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

WINDOW_S = 60.0
"""Both vendors count by the minute; what was told longer ago says nothing any more."""
RESERVE = 0.05
"""The share of a window that reads leave for writes: an account's requests are shared with all its other apps."""

LONGEST_WAIT_S = 366 * 86_400.0
"""Longer than anybody waits: what asks for more is given up all the same."""

_REMAINING = ("x-rate-limit-remaining", "x-ratelimit-remaining", "ratelimit-remaining")
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


@dataclass(slots=True)
class RateBudget:
    """What is left of an account's requests, as its answers tell. Times are of a monotonic clock, in seconds."""

    _remaining: float = math.inf
    _total: float = 0.0
    _told_at_s: float = -math.inf

    def learn(self, headers: Mapping[str, str], now_s: float) -> None:
        """Takes in one answer's headers; those that tell nothing change nothing."""
        left = remaining(headers)
        if left is not None:
            self._remaining, self._told_at_s = left, now_s
            self._total = _first_number(headers, _TOTAL) or self._total

    def read_waits_s(self, now_s: float) -> float:
        """Seconds a read has to wait so that a write still gets through; 0.0 if it need not."""
        window_left_s = self._told_at_s + WINDOW_S - now_s
        is_short = self._remaining <= max(self._total * RESERVE, 1.0)
        return window_left_s if is_short and window_left_s > 0.0 else 0.0


def _first_number(headers: Mapping[str, str], names: tuple[str, ...]) -> float | None:
    for name in names:
        try:
            number = float(headers[name])
        except (KeyError, ValueError):
            continue
        if math.isfinite(number):
            return number
    return None
