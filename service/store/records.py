"""What goes into the store and comes out of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from policies.correcting import Correction
from policies.verdict import Action, Mode, Verdict
from service.breaker import BreakerState
from service.store.topic_records import Doubt, Mention
from service.store.views import View


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketKey:
    """Which ticket: unique over all accounts."""

    helpdesk: str
    account: str
    id: str

    @property
    def logged(self) -> dict[str, str]:
        """The same as the fields of a log line."""
        return {"helpdesk": self.helpdesk, "account": self.account, "ticket_id": self.id}


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A delivery that a visit takes care of."""

    seq: int
    occurred_at: datetime
    received_at: datetime
    event: str


class ActionState(StrEnum):
    """How far an action has come."""

    PENDING = "pending"
    """Decided; perhaps sent, perhaps not."""
    APPLIED = "applied"
    SUPERSEDED = "superseded"
    """By the time it could be sent there was nothing left to do, or it was no longer allowed."""
    FAILED = "failed"
    """The helpdesk refuses it; a replay tries it again."""


ARRIVES = (ActionState.PENDING, ActionState.APPLIED)
"""The states of an action that agents saw, or still will."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAction:
    """An action and what became of it."""

    action: Action
    state: ActionState
    planned_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFinding:
    """A finding as it was acted upon: `mode` is the mode in force, `action_id` the action that tells of it."""

    id: str
    policy: str
    change_id: str
    actor_id: str
    mode: Mode
    action_id: str | None
    recorded_at: datetime
    held_by: str | None = None
    """What lowered the mode; None: nothing did."""
    followed_by: Correction | None = None
    """What an agent did first to make it good, after he was told; None: nothing."""
    followed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """How and when an agent first made good a finding that agents were told of."""

    finding_id: str
    policy: str
    correction: Correction
    at: datetime


class CommandKind(StrEnum):
    """What an agent may answer to a finding."""

    APPROVE = "approve"
    """A second person has looked and lets it pass."""
    OVERRIDE = "override"
    """The agent sets a note aside, with a reason."""
    WRONG = "wrong"
    """The finding is mistaken; counted against the policy."""
    UNKNOWN = "unknown"
    """None of these; answered with how they are written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an agent said to a finding. `refusal` tells why it does not count; None: it does."""

    id: str
    finding_id: str
    policy: str
    command: CommandKind
    actor_id: str
    reason: str
    refusal: str | None
    given_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What Ombuds found, did and was told on one ticket, oldest first."""

    findings: tuple[StoredFinding, ...] = ()
    actions: tuple[StoredAction, ...] = ()
    answers: tuple[Answer, ...] = ()

    @property
    def arrived(self) -> frozenset[str]:
        """The actions that agents saw, or still will, by id."""
        return frozenset(stored.action.id for stored in self.actions if stored.state in ARRIVES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One worker's turn at one ticket, with everything that waited for it.

    Whoever holds it holds the ticket, until the lease runs out; `token` proves it to the store.
    """

    ticket_seq: int
    ticket: TicketKey
    owner: str
    token: int
    tries: int
    """1 at the first try."""
    tried_since: datetime | None = None
    """When the first of these tries began."""
    deliveries: tuple[Taken, ...] = ()
    bookmark: str | None = None
    watched_since: datetime | None = None
    recheck_at: datetime | None = None
    """The deadline that has come; None if the visit is not due to the clock."""
    account_since: datetime | None = None
    """When the account's first delivery came: a ticket opened later has no past from before Ombuds."""
    past: Past = Past()
    """As it was when the ticket was taken; nobody but the visit adds to it."""
    is_probe: bool = False
    """The helpdesk was down, and this is to see whether it answers again."""
    is_suspect: bool = False
    """Its last visits ended without a word, as if their workers had died of it; see `turns`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What one round of judging leaves behind, in one commit."""

    bookmark: str
    watched_since: datetime | None
    at: datetime
    verdicts: tuple[Verdict, ...] = ()
    findings: tuple[StoredFinding, ...] = ()
    answers: tuple[Answer, ...] = ()
    mentions: tuple[Mention, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    action: Action | None = None
    view: View | None = None
    """The ticket as it was read; None: it is not kept, and what was kept before stays."""

    @property
    def adds_to_past(self) -> bool:
        """Whether the ticket's past is another with it."""
        return bool(self.findings or self.answers or self.action)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDecision:
    """A verdict as it was reached, frozen."""

    id: int
    ticket: TicketKey
    recorded_at: datetime
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRulebook:
    """A set of policies that was in force, as its files said."""

    revision: str
    version: str
    """Of Ombuds."""
    first_used_at: datetime
    sources: Mapping[str, str]
    """The files by name, phrase packs and bulletins left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A delivery (or a deadline, then `delivery_id` is None) that could not be finished, and why."""

    id: int
    helpdesk: str
    account: str
    ticket_id: str | None
    delivery_id: str | None
    event: str | None
    reason: str
    detail: str
    parked_at: datetime
    replayed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadFilter:
    """Which dead letters are meant; None: whatever it is. Those replayed before count only if asked for."""

    helpdesk: str | None = None
    account: str | None = None
    ticket_id: str | None = None
    reason: str | None = None
    since: datetime | None = None
    include_replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """An account's turn to be compared with its helpdesk: from a cursor on, or since a time if there is none."""

    cursor: str | None
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountState:
    """How it stands with one account: its breaker, and how many of its tickets wait for what."""

    helpdesk: str
    account: str
    breaker: BreakerState
    down_since: datetime | None
    probe_at: datetime | None
    due: int
    waiting: int
    """Due later: tried before, and put off."""
    deadlines: int
    dead_letters: int
    """Not replayed."""
    unheard: int
    """How often comparing alone told of something, since the last webhook."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How full the store is."""

    due: int
    leased: int
    rechecks: int
    waiting: int
    """Tickets that are due later: tried before, and put off."""
    oldest_due_at: datetime | None
    """Of accounts whose helpdesk answers."""
    dead_letters: dict[str, int]
    """By reason, those not replayed."""
    breakers: dict[tuple[str, str], BreakerState] = field(default_factory=dict)
    """By (helpdesk, account)."""
    unheard: dict[tuple[str, str], int] = field(default_factory=dict)
    """How often comparing alone told of something, since the account's last webhook."""
