"""The port: what the service asks of a helpdesk, and what each method promises."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from policies.ticket import Change, Person, Ticket
from policies.verdict import Action

Bookmark = str
"""How far a ticket has been judged, as JSON text that only the connector reads; at most some kilobytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One accepted webhook: a pointer to a ticket, never evidence.

    `id` is what makes it the same delivery when it comes again: the event's signed id where the vendor gives one,
    else unique per receipt. `ticket_id` None: authentic, but it names no ticket; `defect` then says why, and it is
    parked as a dead letter. `occurred_at` is the vendor's time of the event where it gives one, else the receipt's.
    """

    helpdesk: str
    account: str
    id: str
    ticket_id: str | None
    occurred_at: datetime
    received_at: datetime
    event: str = "unknown"
    """The vendor's kind of event, from a small fixed set: a metric's label."""
    defect: str | None = None
    """What was wrong with the body, as a reason code (`broken_json_rescued`, `no_ticket_id`); None if nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A ticket as it is now: all its changes, those of them not judged yet (oldest first), and the new bookmark.

    On first sight (no bookmark) every change is unjudged; the caller decides how far back to go.
    """

    ticket: Ticket
    unjudged: tuple[Change, ...]
    bookmark: Bookmark


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """A ticket that moved, and the helpdesk's time of it."""

    ticket_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Some of the tickets that moved, and from where to go on; `is_end`: those were all, for now."""

    tickets: tuple[Mover, ...]
    cursor: str
    is_end: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Our webhook as the helpdesk knows it."""

    url: str
    is_active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a helpdesk can do, where they differ."""

    detects_conflicts: bool
    """A write may name the version it was decided on and is refused if the ticket moved on."""
    reports_macros: bool
    """The helpdesk itself says which macro was used; otherwise it is told from the text."""


class Named(StrEnum):
    """What policies call by a name that the helpdesk gave it."""

    GROUP = "group"
    BRAND = "brand"
    """A brand, at Freshdesk a product."""
    MACRO = "macro"
    """A macro, canned response or scenario."""
    TAG = "tag"
    ADDRESS = "support address"


class WebhookReader(Protocol):
    """The half of a connector that needs no network: bytes in, a delivery out."""

    def verify(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> None:
        """Nothing if the sender proved itself. Header names are lower case. Raises SignatureError, nothing else."""

    def read(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Delivery | None:
        """The delivery in a verified body; None if it is authentic and not about a ticket. Raises PayloadError."""


class Helpdesk(Protocol):
    """The half that speaks to the helpdesk, for one account. Every method may raise HelpdeskError."""

    kind: str
    account: str
    capabilities: Capabilities

    async def whoami(self) -> Person:
        """The user our credentials belong to; asked once, then remembered."""

    async def fetch_ticket(self, ticket_id: str, bookmark: Bookmark | None) -> Fetched:
        """The ticket, fresh, with its whole past. Raises NotFoundError if it is gone.

        Deleted, merged, archived and suspended tickets that can still be read come with their `standing`.
        """

    async def moved(self, cursor: str | None, since: datetime) -> Moved:
        """Tickets that moved after the cursor, oldest move first; without one, since a time.

        A ticket may be named more than once, and be gone when it is fetched. The cursor is text that only the
        connector reads.
        """

    async def webhook(self) -> Webhook | None:
        """Our webhook. Raises NotFoundError if it is gone.

        None if the helpdesk tells nothing of webhooks, or we were not told which one is ours.
        """

    async def webhook_log(self) -> Mapping[str, int] | None:
        """How many of its latest webhooks ended how, by the helpdesk's own words, from a small fixed set.

        None if it keeps no such log, or we were not told which webhook is ours.
        """

    async def apply(self, action: Action, ticket: Ticket) -> None:
        """Carries out all of the action, unless its marker shows that it was carried out before.

        Raises ConflictError if the ticket moved on since `ticket` was fetched. After a TransientError it may or may
        not have happened; calling again with the same action is safe.
        """

    async def groups_of(self, agent_id: str) -> frozenset[str]:
        """Names and ids of the groups an agent is in, names in lower case."""

    async def names(self, kind: Named) -> frozenset[str] | None:
        """What there is of a kind, by name as people write it; groups by id as well. Asked anew each time.

        None if the helpdesk keeps no list of them. What is listed is what our credentials may see.
        """

    async def aclose(self) -> None:
        """Closes connections."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """Both halves for one account."""

    webhook: WebhookReader
    helpdesk: Helpdesk
