"""The neutral vocabulary: one customer's matter, told the same way whichever helpdesk it came from.

The unit of judgement is a Change: what one actor did to one ticket in one submit. Ids are strings, times are
aware, nothing here can be altered.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """Who acts. A requester who works for the account is still the customer of his own ticket."""

    CUSTOMER = "customer"
    AGENT = "agent"
    AUTOMATION = "automation"
    """A trigger, a timed rule, a scenario or a bot of the helpdesk."""
    SYSTEM = "system"
    """The helpdesk itself: merges, archiving, imports."""
    CLOCK = "clock"
    """Nobody: a moment has passed. See `clock_change`."""


class Visibility(StrEnum):
    """Who can read a comment."""

    PUBLIC = "public"
    INTERNAL = "internal"


class Status(StrEnum):
    """Where a ticket stands. Freshdesk's Resolved is SOLVED; an account's own statuses are mapped to these."""

    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    HOLD = "hold"
    SOLVED = "solved"
    CLOSED = "closed"

    @property
    def is_done(self) -> bool:
        """Solved or closed: the customer's matter counts as finished."""
        return self in (Status.SOLVED, Status.CLOSED)


class Standing(StrEnum):
    """Whether a ticket can still be spoken to."""

    LIVE = "live"
    CLOSED = "closed"
    """Read-only for good (Zendesk's closed); a follow-up ticket is the only way to write."""
    MERGED = "merged"
    ARCHIVED = "archived"
    DELETED = "deleted"
    SUSPENDED = "suspended"
    """Marked as spam, or held back by the helpdesk's filter."""


class Channel(StrEnum):
    """The way a ticket came in."""

    EMAIL = "email"
    WEB = "web"
    CHAT = "chat"
    PHONE = "phone"
    SOCIAL = "social"
    API = "api"
    OTHER = "other"


class Via(StrEnum):
    """The way a change was made."""

    WEB = "web"
    EMAIL = "email"
    API = "api"
    MOBILE = "mobile"
    CHAT = "chat"
    PHONE = "phone"
    SOCIAL = "social"
    RULE = "rule"
    MERGE = "merge"
    SPAM = "spam"
    CLOCK = "clock"
    OTHER = "other"


class CommentKind(StrEnum):
    """What a comment is. Only a MESSAGE is somebody's word."""

    MESSAGE = "message"
    SURVEY = "survey"
    """Survey feedback: never the customer's word on the matter."""
    AUTO_REPLY = "auto_reply"
    """An out-of-office mail, a bounce, a mail a rule sent."""
    CALL = "call"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody, or something, that acts on tickets. `email` is lower case, None where it may not be read."""

    id: str
    role: Role
    name: str = ""
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Macro:
    """A prepared text or set of steps an agent used: Zendesk's macro, Freshdesk's canned response or scenario."""

    id: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """One message on a ticket.

    `text` is plain and as the helpdesk gives it, quoted history and signature included (see `policies.text`);
    `sender` is the address the message left from, in lower case; None where the helpdesk does not tell.
    """

    id: str
    visibility: Visibility
    text: str
    html: str | None = None
    sender: str | None = None
    kind: CommentKind = CommentKind.MESSAGE
    own_quotes: tuple[tuple[int, int], ...] = ()
    """Where its plain text only seems to quote: nobody said that before. See `policies.signals.quotations`."""
    memo: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What was worked out from it and need not be again: as old as the comment, and no part of it."""

    @property
    def is_public(self) -> bool:
        """Whether the requester sees it."""
        return self.visibility is Visibility.PUBLIC


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusMove:
    """A status left for another. `before` is None where the helpdesk does not tell."""

    before: Status | None
    after: Status
    by_rule: bool = False
    """A trigger moved it inside the actor's submit; the actor did not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one actor did to one ticket in one submit.

    Zendesk: one ticket audit. Freshdesk: new conversations plus the difference to the last state we stored.
    """

    id: str
    at: datetime
    actor: Person
    via: Via
    comment: Comment | None = None
    status: StatusMove | None = None
    tags_added: tuple[str, ...] = ()
    tags_removed: tuple[str, ...] = ()
    macros: tuple[Macro, ...] = ()
    group_id: str | None = None
    """The group the ticket was handed to by this change."""
    assignee_id: str | None = None
    rule: str | None = None
    """The title of the trigger or automation that made the change."""
    is_own: bool = False
    """Made by Ombuds: recognised by its user or by its marker. Never judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One customer's matter with its whole past, oldest change first.

    `sender` is the address replies leave from unless a comment says otherwise, in lower case. `stamp` is the
    helpdesk's own version of the ticket, handed back unread when writing.
    """

    helpdesk: str
    account: str
    id: str
    subject: str
    status: Status
    requester: Person
    created_at: datetime
    updated_at: datetime
    channel: Channel = Channel.OTHER
    standing: Standing = Standing.LIVE
    tags: tuple[str, ...] = ()
    sender: str | None = None
    assignee_id: str | None = None
    group_id: str | None = None
    group: str | None = None
    """The group's name; None without a group, and where its name may not be read."""
    brand_id: str | None = None
    brand: str | None = None
    """The name of the brand the customer wrote to (Freshdesk: the product); None as for the group."""
    stamp: str | None = None
    merged_into: str | None = None
    follows: str | None = None
    """The ticket this one goes on from, closed for good: what opens this one is said after an answer."""
    watched_since: datetime | None = None
    """Since when Ombuds judges this ticket. What happened before is past and never re-litigated; None: all counts."""
    held: tuple[str, ...] | None = None
    """The changes whose public replies the helpdesk keeps from being mailed; None: it holds nothing back here."""
    changes: tuple[Change, ...] = ()
    is_whole: bool = True
    """Whether its past is known from the beginning."""

    def up_to(self, change: Change) -> Sequence[Change]:
        """The past as `change` found it, oldest first, `change` itself last.

        A change that is not in the ticket yet (a draft, the clock) comes after all that is not later than it.
        """
        for position, known in enumerate(self.changes):
            if known.id == change.id:
                return self.changes[: position + 1]
        return (*(known for known in self.changes if known.at <= change.at), change)


def clock_change(at: datetime) -> Change:
    """The change that nobody made: `at` has come."""
    nobody = Person(id="clock", role=Role.CLOCK, name="the clock")
    return Change(id=f"clock:{at.isoformat()}", at=at, actor=nobody, via=Via.CLOCK)
