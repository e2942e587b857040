"""What a benchmark hands back, and how it is shown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured number. `rounds`: what each round gave, where there were several; `value` is their median."""

    what: str
    value: float
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None
    rounds: Sequence[float] = ()

    @property
    def aim(self) -> str:
        """What was to be reached; empty if it is only told."""
        if self.at_least is not None:
            return f"at least {_number(self.at_least)}{self.unit and ' '}{self.unit}"
        return "" if self.at_most is None else f"at most {_number(self.at_most)}{self.unit and ' '}{self.unit}"

    @property
    def is_met(self) -> bool:
        """Whether it was reached; True where there is no aim."""
        is_enough = self.at_least is None or self.value >= self.at_least
        return is_enough and (self.at_most is None or self.value <= self.at_most)

    @property
    def shown(self) -> str:
        """The value with its unit, and the span of the rounds."""
        span = f" ({_number(min(self.rounds))}-{_number(max(self.rounds))})" if len(self.rounds) > 1 else ""
        return f"{_number(self.value)}{span}{self.unit and ' '}{self.unit}"

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        given = {"what": self.what, "value": round(self.value, 4), "unit": self.unit, "aim": self.aim}
        return {**given, "is_met": self.is_met, "rounds": [round(one, 4) for one in self.rounds]}


def line(figure: Figure) -> str:
    """For the eye."""
    verdict = "" if not figure.aim else f"   [{figure.aim}: {'met' if figure.is_met else 'MISSED'}]"
    return f"{figure.what}: {figure.shown}{verdict}\n"


def table(figures: Iterable[Figure]) -> str:
    """For the README, in Markdown."""
    rows = [f"| {one.what} | {one.shown} | {_told_aim(one)} |" for one in figures]
    return "\n".join(["| what | measured | aim |", "| --- | --- | --- |", *rows]) + "\n"


def _told_aim(figure: Figure) -> str:
    return f"{figure.aim or '-'}{'' if figure.is_met else ': missed'}"


def _number(value: float) -> str:
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
