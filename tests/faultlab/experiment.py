"""What an experiment is, and one run of it: set up, break, come to rest, check."""

import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
from checker import check, figures
from grounds import PLAIN, Ground, RuinedError, SkipError
from lab import Lab, Plan, open_lab

SQLITE, POSTGRESQL = "sqlite", "postgresql"
CREWS = {SQLITE: ("both",), POSTGRESQL: ("web", "work1", "work2")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much of it: `repeats` of the fault, webhooks sent before and between, and how many a second."""

    repeats: int = 1
    sends: int = 60
    rate: float = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """The promise, sabotaged. The run must then end with one of these findings."""

    name: str
    finds: frozenset[str]
    plan: Mapping[str, Any] | None = None
    """What is set up otherwise; None: the service is sabotaged, see `sabotage.py` for the name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One row of the table."""

    name: str
    promise: str
    breaks: str
    """What is broken, and when."""
    fault: Callable[[Lab, Size], Awaitable[None]]
    short: Size = Size()
    long: Size = Size()
    backends: tuple[str, ...] = (SQLITE, POSTGRESQL)
    short_on: tuple[str, ...] = (SQLITE,)
    """The backends of the short mode; empty: it takes too long for that."""
    controls: tuple[Control, ...] = ()
    allows: frozenset[str] = frozenset()
    """Findings that this fault may have and that break no promise."""
    plan: Mapping[str, Any] = field(default_factory=dict)
    crews: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: CREWS)
    ground: str = PLAIN
    prepared: Callable[[Path], Mapping[str, Any]] = lambda _: {}
    """The same as `plan`, made in the folder of a run. Raises SkipError."""
    known_to_fail: str = ""
    """Why it does not hold yet."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """One run, as a line of JSON."""

    experiment: str
    backend: str
    control: str
    size: str
    seed: int
    at: float
    duration_s: float
    figures: dict[str, float]
    findings: dict[str, int]
    broken: list[str]
    """Findings that must not be."""
    examples: dict[str, list[str]]
    held: bool
    """Whether the run ended as it must: nothing broken, or under sabotage what it was meant to break."""
    skipped: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Which experiment, where and how much of it."""

    experiment: Experiment
    backend: str
    folder: Path
    ground: Ground = field(default_factory=lambda: Ground(database=""))
    size: str = "short"
    control: Control | None = None
    seed: int = 1
    repeats: int | None = None
    """Instead of what the size says."""

    @property
    def amount(self) -> Size:
        """How much of it is done."""
        size = self.experiment.long if self.size == "long" else self.experiment.short
        return size if self.repeats is None else replace(size, repeats=self.repeats)

    def outcome(self, began: float, **came_of_it: Any) -> Outcome:
        """A line for it."""
        nothing: dict[str, Any] = {"figures": {}, "findings": {}, "broken": [], "examples": {}, "held": True}
        return Outcome(
            experiment=self.experiment.name,
            backend=self.backend,
            control=self.control.name if self.control else "",
            size=self.size,
            seed=self.seed,
            at=began,
            duration_s=round(time.time() - began, 1),
            **{**nothing, **came_of_it},
        )


async def carry_out(run: Run) -> Outcome:
    """Does it. A machine that cannot do it yields an outcome that says so."""
    began = time.time()
    try:
        async with open_lab(_plan(run)) as lab:
            await run.experiment.fault(lab, run.amount)
            await lab.quiet()
            return _judged(run, lab, began)
    except Exception as error:  # noqa: BLE001 - a run that breaks must not end the others
        return _broken_off(run, began, error)


def _broken_off(run: Run, began: float, error: Exception) -> Outcome:
    if skipped := _inside(error, SkipError):
        return run.outcome(began, skipped=str(skipped))
    ruined = _inside(error, RuinedError)
    broken = "corrupt" if ruined else "the run"
    told = str(ruined) if ruined else "".join(traceback.format_exception(error))
    return run.outcome(
        began,
        broken=[broken],
        findings={broken: 1},
        examples={broken: [told[-2_000:]]},
        held=bool(run.control and broken in run.control.finds),
    )


def _inside(error: BaseException, kind: type[BaseException]) -> BaseException | None:
    """The first error of that kind, also where several came together."""
    if isinstance(error, kind):
        return error
    parts = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    return next((found for part in parts if (found := _inside(part, kind))), None)


def _plan(run: Run) -> Plan:
    experiment, control = run.experiment, run.control
    plan = Plan(
        folder=run.folder,
        ground=run.ground,
        crew=experiment.crews[run.backend],
        seed=run.seed,
        **experiment.plan,
        **experiment.prepared(run.folder),
    )
    if control is None:
        return plan
    return replace(plan, **({"sabotage": control.name} if control.plan is None else control.plan))


def _judged(run: Run, lab: Lab, began: float) -> Outcome:
    history = lab.history()
    findings = check(history)
    counted = {**findings.counts(), **lab.extra, "corrupt": int(not lab.stored.is_sound())}
    broken = [name for name, number in counted.items() if number and name not in run.experiment.allows]
    held = bool(run.control.finds & set(broken)) if run.control else not broken
    return run.outcome(
        began,
        figures={**figures(history), **lab.figures},
        findings=counted,
        broken=broken,
        examples={name: list(getattr(findings, name, ()))[:3] for name in broken},
        held=held,
    )
