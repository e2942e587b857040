"""What lets an account's tickets wait while its helpdesk is down: closed, open, or half open for one probe. Pure."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from connectors.errors import HelpdeskError, MaintenanceError, RateLimitError, TransientError

LONGEST_WAIT_S = 300.0
"""Between two probes, unless the helpdesk asks for more."""


class BreakerState(StrEnum):
    """Which of an account's tickets are taken."""

    CLOSED = "closed"
    """All."""
    HALF_OPEN = "half_open"
    """One, to see whether the helpdesk answers again."""
    OPEN = "open"
    """None. They wait, and no try is spent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerRules:
    """It opens `after` different tickets in a row (0: never); the first probe comes `probe_s` seconds later."""

    after: int = 5
    probe_s: float = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """One account's, as all workers share it. `probe_at`: not before then; while a probe is under way, its end."""

    opened_at: datetime | None = None
    probe_at: datetime | None = None
    failed_probes: int = 0

    def state(self, now: datetime) -> BreakerState:
        """What it lets pass now."""
        if self.opened_at is None or self.probe_at is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if now < self.probe_at else BreakerState.HALF_OPEN

    def probed(self, now: datetime, lease_s: float) -> "Breaker":
        """While a probe is under way: nobody else sends one before its lease is over."""
        return replace(self, probe_at=now + timedelta(seconds=lease_s))

    def kept_open(self, now: datetime, rules: BreakerRules, *, asked_s: float = 0.0) -> "Breaker":
        """After a probe that failed: twice the wait, and never less than the helpdesk asks for."""
        failed = self.failed_probes + 1
        return replace(self, failed_probes=failed, probe_at=now + _wait(rules, failed, asked_s))


def opened(now: datetime, rules: BreakerRules, *, asked_s: float = 0.0) -> Breaker:
    """One that has just opened."""
    return Breaker(opened_at=now, probe_at=now + _wait(rules, 0, asked_s))


def _wait(rules: BreakerRules, failed_probes: int, asked_s: float) -> timedelta:
    doubled_s = rules.probe_s * 2 ** min(failed_probes, 16)
    return timedelta(seconds=max(min(doubled_s, max(LONGEST_WAIT_S, rules.probe_s)), asked_s))


def is_down(error: HelpdeskError) -> bool:
    """Whether it says that the helpdesk is down, and not that it refuses us, a ticket, or so many requests."""
    return isinstance(error, TransientError) and (
        not isinstance(error, RateLimitError) or isinstance(error, MaintenanceError)
    )


@dataclass(slots=True)
class Streak:
    """The tickets of an account whose visits failed, one after the other, because the helpdesk was down.

    Tickets, not tries: one ticket that makes the helpdesk stumble must not keep all others waiting.
    """

    tickets: set[int] = field(default_factory=set)

    def grows(self, ticket_seq: int, rules: BreakerRules) -> bool:
        """Adds one; True: it is long enough to open the breaker, and begins anew."""
        self.tickets.add(ticket_seq)
        if not rules.after or len(self.tickets) < rules.after:
            return False
        self.tickets.clear()
        return True

    def ends(self) -> None:
        """The helpdesk answered."""
        self.tickets.clear()
