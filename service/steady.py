"""A clock that nobody can set: for leases and waits, which are spans of time and not points in it."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta


def uptime_s() -> float:
    """Seconds since some moment before, those included in which the machine slept."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class SteadyClock:
    """The time as it was at the start, and the time that has passed since, whatever becomes of the machine's clock.

    By the machine's clock, an hour forward would end every lease, and an hour back would make whatever is due wait.
    """

    def __init__(self, start: datetime, *, elapsed_s: Callable[[], float] = uptime_s) -> None:
        self._start = start
        self._elapsed_s = elapsed_s
        self._begun_s = elapsed_s()

    def __call__(self) -> datetime:
        """The time by this clock."""
        return self._start + timedelta(seconds=self._elapsed_s() - self._begun_s)
