"""What an admin wrote, after it was read and found sound: policies, their conditions, the rulebook."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

import msgspec

from policies.bulletin_matching import Bulletins
from policies.phrases import PhraseSet
from policies.verdict import ALL_TICKETS, Mode, Point, Result, Severity, Tell, Undo, Value


class Place(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where something stands: file name, line and column, both from 1. There are many: one for each word of a file."""

    source: str
    line: int
    column: int

    def __str__(self) -> str:
        """`closure.yaml:12:5`, as editors and compilers write it."""
        return f"{self.source}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with a policy file, and what to do about it."""

    place: Place
    message: str
    hint: str = ""
    is_warning: bool = False
    """The file is sound, and this was hardly meant."""

    @property
    def level(self) -> str:
        """`error` or `warning`, as compilers call them."""
        return "warning" if self.is_warning else "error"

    def __str__(self) -> str:
        """`file:line:column: error: message. hint`."""
        return f"{self.place}: {self.level}: {self.message}" + (f" {self.hint}" if self.hint else "")


class PolicyError(Exception):
    """A set of policy files was refused before it was ever enforced; `problems` holds every reason, never none."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class Unit(StrEnum):
    """What the number in a test on a time span counts."""

    HOURS = "hours"
    BUSINESS_HOURS = "business hours"
    BUSINESS_DAYS = "business days"


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """One fact compared with what the admin asked for. `wanted` is typed as the fact is; time spans are floats."""

    __test__ = False  # not a test of pytest's
    fact: str
    operator: str
    """One of `is`, `in`, `gt`, `gte`, `lt`, `lte`, `contains`, `matches`, `matches_list`."""
    wanted: Value
    place: Place
    list_name: str | None = None
    """For `matches_list`: the list's name; `wanted` then holds its entries."""
    unit: Unit = Unit.HOURS
    """For time spans: what `wanted` counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class All:
    """True when every part is; false when one is false."""

    parts: tuple["Condition", ...]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Any:
    """True when one part is; false when all are false."""

    parts: tuple["Condition", ...]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """The opposite; unknown stays unknown."""

    part: "Condition"
    place: Place


Condition = All | Any | Not | Test


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A ticket's story in a file of its own, which a test is about."""

    transcript: str
    """The file, from the folder of the policy file on."""
    change: str
    """The id of the change; empty: any of them."""
    now: datetime | None
    """Until when the clock runs; None: until the transcript's own time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineTest:
    """An example that stands inside a policy: given these facts (all others unknown), or this story, this result."""

    name: str
    given: Mapping[str, Value]
    expect: Result
    is_known_gap: bool = False
    """It is hoped for and need not hold yet."""
    told: Told | None = None
    place: Place


class ExceptionField(StrEnum):
    """By what an exception tells its tickets and people from others."""

    TICKET_ID = "ticket.id"
    TICKET_TAG = "ticket.tag"
    ACTOR_EMAIL = "actor.email"
    ACTOR_GROUP = "actor.group"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyException:
    """Somebody answers for not applying a policy to a few tickets or people, for a while."""

    id: str
    policy: str
    match: Mapping[ExceptionField, tuple[str, ...]]
    """Every field must fit, by one of its values; they are in small letters."""
    reason: str
    approver: str
    approved: date
    expires: date
    """The last day on which it counts, UTC."""
    place: Place


class Unchecked(StrEnum):
    """What becomes of a draft that nobody could judge in time."""

    ALLOW = "allow"
    BLOCK = "block"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalModes:
    """How far a policy goes on the tickets of one group or brand."""

    fact: str
    """`ticket.group` or `ticket.brand`."""
    name: str
    modes: Mapping[Point, Mode]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One entry an admin wrote."""

    id: str
    title: str
    """Completes "This was flagged because: ..."."""
    why: str
    severity: Severity
    modes: Mapping[Point, Mode]
    """The mode at every point."""
    elsewhere: tuple[LocalModes, ...] = ()
    """Where other modes than these hold; of several that do, the lowest."""
    rollout: int = ALL_TICKETS
    """On so many per cent of tickets it goes as far as its mode; on the others it observes."""
    applies_to: Condition
    when: Condition
    unless: Condition | None = None
    if_unknown: Mode = Mode.OBSERVE
    advice: str = ""
    undo: Undo | None = None
    overridable: bool = True
    """Whether the agent who was told may set a finding aside with a reason; a block always needs a second look."""
    exceptable_by: tuple[ExceptionField, ...] = ()
    """By what exceptions may be made; empty: none."""
    exception_max_days: int = 30
    unchecked: Unchecked = Unchecked.ALLOW
    """What becomes of a draft that it would be asked about, if no answer comes."""
    broad_may_block: bool = False
    """Whether phrases of the broad tier may block too; else what rests on them goes no further than a note."""
    wrong_when: str = ""
    """When a finding of this policy is wrong, for whoever weighs it."""
    status: str = "stable"
    pack: str = ""
    owner: str = ""
    replaces: str | None = None
    tell: Tell = Tell.AGENTS
    covers: tuple[str, ...] = ()
    """Policies whose notes say less than this one's: beside it they are recorded and not told."""
    tests: tuple[InlineTest, ...] = ()
    place: Place

    @property
    def may_block(self) -> bool:
        """Whether its mode is to block anywhere, at any point."""
        return any(self.strictest(point) is Mode.BLOCK for point in Point)

    def strictest(self, point: Point) -> Mode:
        """How far it goes at this point, wherever it goes furthest."""
        modes = (self.modes[point], *(one.modes[point] for one in self.elsewhere))
        return max(modes, key=lambda mode: mode.rank)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """A whole set of policy files, sound and ready to judge with."""

    policies: tuple[Policy, ...]
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    phrases: Mapping[str, PhraseSet] = field(default_factory=dict)
    bulletins: Bulletins = field(default_factory=Bulletins)
    exceptions: tuple[PolicyException, ...] = ()
    revision: str = ""
    """A hash of the content of all files: the same files, the same revision."""
    sources: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The files that policies, lists and modes were read from, so that a decision can be explained for good."""
