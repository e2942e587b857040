"""How well signals find what people labelled: counts, and the figures they give, with intervals."""

import math
import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.measuring import SIGNALS

Z_95 = 1.959964
"""Standard deviations on either side that hold 95 %."""
EVERY_LANGUAGE = "all"

_Key = tuple[int, str | None, bool, bool | None, str | None]
"""Signal, language, label, value, tier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One labelled row, and what was said of it. `value` None: it could not be told."""

    signal: int
    label: bool
    value: bool | None
    tier: str | None
    language: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One signal at one tier in one language. At the tier `note` every fire counts, at `block` only narrow ones."""

    signal: int
    tier: str
    language: str
    hits: int
    false_fires: int
    misses: int
    passes: int
    unknown: int
    """Rows that could not be told; they count as no fire."""

    @property
    def fact(self) -> str:
        """The fact that says whether the signal is there."""
        return SIGNALS[self.signal][0]

    @property
    def rows(self) -> int:
        """All rows that were labelled for this signal."""
        return self.fires + self.misses + self.passes

    @property
    def fires(self) -> int:
        """Rows in which it fired."""
        return self.hits + self.false_fires

    @property
    def precision(self) -> float | None:
        """The share of fires that are right; None if it never fired."""
        return self.hits / self.fires if self.fires else None

    @property
    def recall(self) -> float | None:
        """The share of true rows that were found; None if there are none."""
        return self.hits / (self.hits + self.misses) if self.hits + self.misses else None

    @property
    def f1(self) -> float | None:
        """The harmonic mean of both; None if either cannot be told."""
        if self.precision is None or self.recall is None:
            return None
        return 2 * self.hits / (self.fires + self.hits + self.misses)

    @property
    def fires_per_1000(self) -> float:
        """Fires in 1,000 rows of this kind."""
        return 1000 * self.fires / self.rows if self.rows else 0.0

    def as_json(self) -> dict[str, Any]:
        """The counts and the figures, each share with its interval of 95 %."""
        return {
            "signal": self.signal,
            "fact": self.fact,
            "tier": self.tier,
            "language": self.language,
            "rows": self.rows,
            "true": self.hits + self.misses,
            "fires": self.fires,
            "hits": self.hits,
            "unknown": self.unknown,
            "precision": self.precision,
            "precision_interval": wilson(self.hits, self.fires),
            "recall": self.recall,
            "recall_interval": wilson(self.hits, self.hits + self.misses),
            "f1": self.f1,
            "fires_per_1000": self.fires_per_1000,
        }


def wilson(hits: int, of: int) -> tuple[float, float] | None:
    """The interval of 95 % for a share, after E. B. Wilson, 1927; None of nothing."""
    if not of:
        return None
    share, spread = hits / of, Z_95**2 / of
    middle = (share + spread / 2) / (1 + spread)
    half = Z_95 / (1 + spread) * math.sqrt(share * (1 - share) / of + spread / (4 * of))
    return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """All rows of one file, measured."""

    scores: tuple[Score, ...]
    latencies_ms: Sequence[float]
    """How long all facts of one message took, row by row."""
    left_out: frozenset[int] = frozenset()
    """Signals that have labels and no fact yet."""

    @property
    def median_ms(self) -> float:
        """What half of the rows took at most."""
        return statistics.median(self.latencies_ms) if self.latencies_ms else 0.0

    @property
    def p99_ms(self) -> float:
        """What 99 of 100 rows took at most."""
        ordered = sorted(self.latencies_ms)
        return ordered[int(0.99 * (len(ordered) - 1))] if ordered else 0.0


class Tally:
    """Counts rows as they come; needs no more room for more of them."""

    def __init__(self) -> None:
        self._seen: Counter[_Key] = Counter()

    def add(self, seen: Seen) -> None:
        """One more row."""
        self._seen[seen.signal, seen.language, seen.label, seen.value, seen.tier] += 1

    def scores(self) -> Iterator[Score]:
        """Signal by signal, all languages together and then each; at `block` where a narrow phrase ever fired."""
        for signal in sorted({key[0] for key in self._seen}):
            here = {key: count for key, count in self._seen.items() if key[0] == signal}
            languages = sorted({key[1] for key in here if key[1]})
            for tier in ("note", "block") if any(_fires(key, "block") for key in here) else ("note",):
                yield _score(here, signal, tier, EVERY_LANGUAGE)
                for language in languages:
                    yield _score({key: n for key, n in here.items() if key[1] == language}, signal, tier, language)


def _fires(key: _Key, tier: str) -> bool:
    *_, value, its_tier = key
    return value is True and tier in ("note", its_tier)


def _score(seen: Mapping[_Key, int], signal: int, tier: str, language: str) -> Score:
    def counted(*, label: bool, fires: bool) -> int:
        return sum(n for key, n in seen.items() if key[2] is label and _fires(key, tier) is fires)

    return Score(
        signal=signal,
        tier=tier,
        language=language,
        hits=counted(label=True, fires=True),
        false_fires=counted(label=False, fires=True),
        misses=counted(label=True, fires=False),
        passes=counted(label=False, fires=False),
        unknown=sum(n for key, n in seen.items() if key[3] is None),
    )
