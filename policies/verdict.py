"""What judging yields: results, findings, a verdict; and the action that enforcement makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from policies.phrases import Tier

Value = bool | int | float | str | tuple[str, ...] | None
"""The value of a fact; None is unknown."""

ALL_TICKETS = 100
"""Per cent: a policy goes as far as its mode everywhere."""


class Mode(StrEnum):
    """How far a policy may go, in rising order."""

    DISABLED = "disabled"
    OBSERVE = "observe"
    NOTE = "note"
    BLOCK = "block"

    @property
    def rank(self) -> int:
        """0 for DISABLED up to 3 for BLOCK."""
        return list(Mode).index(self)

    @staticmethod
    def lowest(*modes: "Mode") -> "Mode":
        """The mildest of several: a policy, an account's ceiling and a kill switch each may only lower."""
        return min(modes, key=lambda mode: mode.rank)


class Point(StrEnum):
    """When a change is judged: before it is sent, or after it happened."""

    DRAFT = "draft"
    EVENT = "event"


class Severity(StrEnum):
    """How bad a violation is. It orders notes and never raises a mode."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for INFO up to 4 for CRITICAL."""
        return list(Severity).index(self)


class Tell(StrEnum):
    """Who hears of a finding."""

    AGENTS = "agents"
    """A note on the ticket."""
    OPS = "ops"
    """Whoever runs the desk: a metric, a log line and `ombuds report topics`. The ticket is left alone."""


class Result(StrEnum):
    """What one policy says of one change."""

    SKIPPED = "skipped"
    """It does not apply."""
    PASS = "pass"  # noqa: S105 - a result, not a password
    EXEMPT = "exempt"
    """Violated, but `unless` holds."""
    EXCEPTED = "excepted"
    """Violated, but an approved exception covers it."""
    UNKNOWN = "unknown"
    """It cannot be told: a fact it needs is unknown."""
    VIOLATION = "violation"
    ERROR = "error"
    """The policy could not be evaluated: a fault of ours, never of the change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a finding rests on, in the words of the ticket.

    `start` and `end` are offsets in characters into the text of the comment of the change `change_id`; None for
    evidence that is no text, such as a macro or an address.
    """

    text: str
    change_id: str
    start: int | None = None
    end: int | None = None
    tier: Tier | None = field(default=None, compare=False)
    """How sure the phrase is that was found; None for what no phrase pack found."""
    pattern: str | None = field(default=None, compare=False)
    """The id of the phrase pack's entry that was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """What a block does after the event: what can still be undone, and who looks next."""

    reopen: bool = False
    tags: tuple[str, ...] = ()
    """Tags to add, so that the helpdesk's own rules and views see the ticket."""
    remove_tags: tuple[str, ...] = ()
    """Tags to take off; `*` at the end stands for anything. Tags the change itself added, if they match."""
    group: str | None = None
    """The group, by name or id, that takes the second look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A policy that was violated (or could not be told and asks to be seen), with place, evidence and reason."""

    id: str
    """Short enough to type, e.g. `F7K2QX`; the same for the same policy, ticket and change."""
    policy: str
    title: str
    why: str
    severity: Severity
    mode: Mode
    advice: str
    explanation: str
    """One sentence or two with the actual values: what was seen, and what would have been required."""
    evidence: tuple[Evidence, ...] = ()
    undo: Undo | None = None
    overridable: bool = True
    """Whether an agent may set it aside with a reason; a second look by a colleague always may."""
    tell: Tell = Tell.AGENTS
    covers: tuple[str, ...] = ()
    """Policies of which nothing need be said in a note beside this one."""
    rollout: int = ALL_TICKETS
    """On so many per cent of tickets it is told; which these are hangs on the policy and the ticket alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one policy said of one change: the result, the mode in force and the reason, in a sentence."""

    policy: str
    result: Result
    mode: Mode
    explanation: str
    exception: str | None = None
    """Where it is EXCEPTED: the id of the exception."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """All outcomes for one change. `revision` names the exact rulebook (a content hash)."""

    change_id: str
    point: Point
    at: datetime
    revision: str
    outcomes: tuple[Outcome, ...] = ()
    findings: tuple[Finding, ...] = ()
    facts: Mapping[str, Value] = field(default_factory=dict)
    """Every fact that was read, with its value: what a later reader can judge again from."""

    @property
    def mode(self) -> Mode:
        """The strictest mode of all findings; OBSERVE when there is none."""
        return max((finding.mode for finding in self.findings), key=lambda mode: mode.rank, default=Mode.OBSERVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What Ombuds will do to one ticket, in one go: a note, and what is undone.

    Written down before it is sent. `id` is the marker the helpdesk keeps, so that after an ambiguous answer the
    connector can look whether it arrived instead of repeating it. Every part of it may be applied twice without
    a second effect, except the note; hence the marker.
    """

    id: str
    ticket_id: str
    change_id: str
    """The newest change it answers."""
    note_html: str | None = None
    """Safe HTML: p, strong, em, blockquote, ul, li, code, br. Everything quoted is escaped."""
    reopen: bool = False
    group: str | None = None
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    make_private: tuple[str, ...] = ()
    """Comments, by id, that only agents may read from now on."""
    ends_hold: bool = False
    """Replies that the helpdesk holds back are mailed now; where none is left that could be, nothing is."""
