"""What connecting an account does at its helpdesk: a plan, made before anything is done. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol

from connectors.errors import HelpdeskError


class Doing(StrEnum):
    """What happens to a thing."""

    CREATE = "create"
    CHANGE = "change"
    KEEP = "keep"
    REMOVE = "remove"


class StepError(HelpdeskError):
    """A step has to wait for something; the message says for what, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One webhook, trigger or rule of ours, wanted or there.

    `part` tells ours apart: one of each is wanted at most. `fields` hold what has to be so, in one form for both; the
    rest is left alone.
    """

    kind: str
    part: str
    name: str
    fields: Mapping[str, object]
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing and what happens to it; `differs` names the fields that are changed."""

    doing: Doing
    thing: Thing
    differs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is there of ours, in the order in which it depends on each other, and what the reader should know."""

    things: tuple[Thing, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand:
    """What a person has to set up: where, and each setting with its value."""

    title: str
    settings: Mapping[str, str] = field(default_factory=dict)


class Setup(Protocol):
    """A helpdesk account as something to be set up. Every method that waits may raise HelpdeskError."""

    async def whoami(self) -> str:
        """The user our credentials belong to, as people call it."""

    async def look(self) -> Found:
        """What is there of ours; what is not ours is never part of a plan."""

    def wanted(self, found: Found) -> tuple[Thing, ...]:
        """What should be there, each after what it depends on."""

    async def do(self, step: Step) -> bool:
        """Carries out one step that is not KEEP; False if the helpdesk leaves it to a person. In the plan's order."""

    async def aclose(self) -> None:
        """Closes connections."""


def plan(there: Iterable[Thing], wanted: Iterable[Thing]) -> tuple[Step, ...]:
    """The steps from what is there to what is wanted: what is wanted in its order, then removals, backwards.

    Of several of one part the first is kept. Carried out, the next plan has nothing but KEEP.
    """
    there, wanted = tuple(there), tuple(wanted)
    first = {(thing.kind, thing.part): thing for thing in reversed(there)}
    steps = [_step(first.get((thing.kind, thing.part)), thing) for thing in wanted]
    used = {(step.thing.kind, step.thing.id) for step in steps}
    surplus = [thing for thing in reversed(there) if (thing.kind, thing.id) not in used]
    return (*steps, *(Step(doing=Doing.REMOVE, thing=thing) for thing in surplus))


def _step(there: Thing | None, wanted: Thing) -> Step:
    if there is None:
        return Step(doing=Doing.CREATE, thing=wanted)
    differs = tuple(name for name, value in wanted.fields.items() if there.fields.get(name) != value)
    return Step(doing=Doing.CHANGE if differs else Doing.KEEP, thing=replace(wanted, id=there.id), differs=differs)
