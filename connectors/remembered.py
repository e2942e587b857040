"""Answers worth keeping for a while, because each costs a request from a budget shared with the whole account."""

import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

V = TypeVar("V")


class Remembered(Generic[V]):
    """Answers by key. An answer is kept for `ttl_s` seconds, and at most `most` of them, the oldest leaving first."""

    def __init__(self, *, ttl_s: float, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._ttl_s = ttl_s
        self._most = most
        self._clock = clock
        self._kept: dict[str, tuple[float, V]] = {}

    async def get(self, key: str, load: Callable[[], Awaitable[V]], *, fits: Callable[[V], bool] = lambda _: True) -> V:
        """The answer kept for the key if it `fits`, or what `load` brings; an error is passed on and not kept."""
        kept_at, *answer = self._kept.get(key, (0.0,))
        if answer and self._clock() - kept_at < self._ttl_s and fits(answer[0]):
            return answer[0]
        loaded = await load()
        self._kept.pop(key, None)
        self._kept[key] = (self._clock(), loaded)
        while len(self._kept) > self._most:
            del self._kept[next(iter(self._kept))]
        return loaded

    def forget(self, key: str) -> None:
        """The next `get` asks again."""
        self._kept.pop(key, None)
