"""Log lines that anybody on the network can cause: the first at once, then one a minute."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

PAUSE_S = 60.0
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seldom:
    """Warns, and keeps still about the same again for a minute. The next line tells how many it left out.

    What is warned of must come from settings and from words of ours, so that there is no end of other lines either.
    """

    steady_s: Callable[[], float] = time.monotonic
    _left_out: dict[tuple[str, ...], tuple[float, int]] = field(default_factory=dict)

    def warn(self, sentence: str, **fields: str) -> None:
        """One line, or one more that is left out."""
        same, now = (sentence, *fields.values()), self.steady_s()
        until, count = self._left_out.get(same, (now, 0))
        if now < until:
            self._left_out[same] = until, count + 1
            return
        self._left_out[same] = now + PAUSE_S, 0
        log.warning(sentence, **fields, **({"left_out": count} if count else {}))
