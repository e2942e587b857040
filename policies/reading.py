"""What a fact is, and what it is read from: the two types that every signal shares."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from policies.bulletin_matching import Bulletins
from policies.calendar import STANDARD, USUAL_DAY_HOURS, Calendar
from policies.phrases import PhraseSet
from policies.searched import Searched
from policies.ticket import Change, Ticket
from policies.topic_words import Usage
from policies.verdict import Evidence, Point, Value


class FactType(StrEnum):
    """What kind of value a fact has, and so which operators a policy may use on it."""

    BOOL = "true or false"
    COUNT = "a whole number"
    HOURS = "hours"
    BUSINESS_HOURS = "business hours"
    """Hours in which the desk works: no nights, weekends and holidays."""
    CHOICE = "one of several words"
    TEXT = "a short text"
    """An address, a title, an id: matched as a whole, `*` stands for anything, case does not matter."""
    TEXTS = "several short texts"
    PROSE = "what somebody wrote"
    """Searched for whole words and phrases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """All that a fact may be read from: one change, the ticket it belongs to, and the time it is judged at."""

    ticket: Ticket
    change: Change
    now: datetime
    point: Point = Point.EVENT
    phrases: Mapping[str, PhraseSet] = field(default_factory=dict)
    """Phrase packs by signal, e.g. `termination`."""
    calendar: Calendar = STANDARD
    """When the desk works."""
    texts: dict[str, Searched] = field(default_factory=dict, init=False, repr=False, compare=False)
    """The texts searched so far that are no comment's own words as they stand: a sentence, several together."""
    bulletins: Bulletins = field(default_factory=Bulletins)
    """The changes that were declared."""
    astray: Mapping[str, int] = field(default_factory=dict)
    """By bulletin: on how many other tickets an answer about it went wrong within the last day."""
    usage: Mapping[str, Usage] = field(default_factory=dict)
    """By the key of a word: how often doubtful answers were about it."""
    worked_out: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What several facts need and one has worked out."""

    @property
    def past(self) -> Sequence[Change]:
        """What happened up to and with this change, oldest first."""
        return self.ticket.up_to(self.change)

    @property
    def earlier(self) -> Sequence[Change]:
        """What happened before this change, oldest first."""
        return self.past[:-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A fact's value at one moment, with the words it rests on. `value` None: it cannot be told.

    A PROSE that stands in a comment as one piece says where, by one piece of evidence: phrases found are placed by it.
    """

    value: Value
    evidence: tuple[Evidence, ...] = ()
    day_hours: float = USUAL_DAY_HOURS
    """For BUSINESS_HOURS: the hours of a business day."""


UNKNOWN = Reading(value=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One typed, named value that a policy may ask for."""

    name: str
    """Dotted: `actor.role`, `change.solves`, `reply.sender`, `thread.customer_agreed`."""
    type: FactType
    means: str
    """One sentence for the admin."""
    unknown: str
    """When it cannot be told; "never" if it always can."""
    example: str
    """A condition as an admin writes it, e.g. `{change.solves: true}`."""
    read: Callable[[Moment], Reading]
    choices: tuple[str, ...] = ()
    ticks: bool = False
    """Grows by one an hour while nobody touches the ticket, so a policy can fire by the clock."""
    beside: str | None = None
    """A fact that is kept with it where it is true or tells something: without it no record could be understood."""
    said: tuple[str, str] = ("", "")
    """How a sentence tells it. For BOOL true and false, e.g. ("the customer agreed", "the customer did not agree").

    For the others the value, `{}` standing for it, e.g. ("the customer waited {}", ""); else `means` serves.
    """
