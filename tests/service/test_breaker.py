"""The breaker as a pure thing, driven at random against what it promises."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from connectors.errors import (
    ConflictError,
    CredentialsError,
    HelpdeskError,
    MaintenanceError,
    NotFoundError,
    RateLimitError,
    RefusedError,
    TransientError,
)
from service.breaker import LONGEST_WAIT_S, Breaker, BreakerRules, BreakerState, Streak, is_down, opened

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
LEASE_S = 60.0


class Account(RuleBasedStateMachine):
    """Many workers and one helpdesk that goes down and comes back. A visit is an int, a probe the one in `probe`."""

    @initialize(after=st.integers(1, 6), probe_s=st.floats(0.1, 400.0))
    def begin(self, after: int, probe_s: float) -> None:
        self.rules = BreakerRules(after=after, probe_s=probe_s)
        self.now = START
        self.breaker = Breaker()
        self.streak = Streak()
        self.is_up = True
        self.failed_in_a_row: set[int] = set()
        self.probe_until: datetime | None = None
        self.least_until = START

    @rule(seconds=st.floats(0.0, 700.0))
    def time_passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def the_helpdesk_falls_or_rises(self) -> None:
        self.is_up = not self.is_up

    @precondition(lambda self: self.breaker.state(self.now) is BreakerState.CLOSED)
    @rule(ticket=st.integers(1, 9), asked_s=st.sampled_from([0.0, 0.0, 1_000.0]))
    def a_ticket_is_visited(self, ticket: int, asked_s: float) -> None:
        if self.is_up:
            self.streak.ends()
            self.failed_in_a_row.clear()
            return
        self.failed_in_a_row.add(ticket)
        if self.streak.grows(ticket, self.rules):
            assert len(self.failed_in_a_row) == self.rules.after
            self.breaker = opened(self.now, self.rules, asked_s=asked_s)
            self.failed_in_a_row.clear()
            self.least_until = self.now + timedelta(seconds=max(asked_s, min(self.rules.probe_s, LONGEST_WAIT_S)))

    @precondition(lambda self: self.breaker.state(self.now) is BreakerState.HALF_OPEN)
    @rule()
    def a_probe_is_sent(self) -> None:
        assert self.probe_until is None or self.now >= self.probe_until, "two probes at once"
        assert self.now >= self.least_until, "earlier than asked"
        self.breaker = self.breaker.probed(self.now, LEASE_S)
        self.probe_until = self.now + timedelta(seconds=LEASE_S)
        assert self.breaker.state(self.now) is BreakerState.OPEN

    @precondition(lambda self: self.probe_until is not None and self.now < self.probe_until)
    @rule(asked_s=st.sampled_from([0.0, 0.0, 1_000.0]))
    def the_probe_ends(self, asked_s: float) -> None:
        self.probe_until = None
        if self.is_up:
            self.breaker = Breaker()
            return
        before = self.breaker
        self.breaker = self.breaker.kept_open(self.now, self.rules, asked_s=asked_s)
        assert self.breaker.opened_at == before.opened_at
        self.least_until = self.now + timedelta(seconds=asked_s)

    @invariant()
    def a_streak_never_outgrows_the_rules(self) -> None:
        assert len(self.streak.tickets) < self.rules.after

    @invariant()
    def nobody_waits_for_ever(self) -> None:
        """The wait for the next probe is bounded, whatever happened."""
        if self.breaker.probe_at is not None:
            longest_s = max(LONGEST_WAIT_S, self.rules.probe_s, 1_000.0, LEASE_S)
            assert self.breaker.probe_at <= self.now + timedelta(seconds=longest_s)


Account.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestAccount = Account.TestCase


def test_each_failed_probe_doubles_the_wait_up_to_the_longest() -> None:
    rules = BreakerRules(probe_s=60.0)
    breaker = opened(START, rules)
    waits = []
    for _ in range(5):
        assert breaker.probe_at is not None
        waits.append((breaker.probe_at - START).total_seconds())
        breaker = breaker.kept_open(START, rules)

    assert waits == [60.0, 120.0, 240.0, 300.0, 300.0]


def test_one_ticket_that_fails_again_and_again_opens_nothing() -> None:
    streak = Streak()

    assert not any(streak.grows(42, BreakerRules(after=2)) for _ in range(100))
    assert streak.grows(43, BreakerRules(after=2))


def test_a_breaker_that_is_switched_off_never_opens() -> None:
    streak = Streak()

    assert not any(streak.grows(number, BreakerRules(after=0)) for number in range(100))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (TransientError("x"), True),
        (MaintenanceError("x", retry_after_s=60.0), True),
        (RateLimitError("x"), False),
        (ConflictError("x"), False),
        (CredentialsError("x"), False),
        (RefusedError("x", status=422), False),
        (NotFoundError("x", status=404), False),
    ],
)
def test_only_silence_and_breakdown_mean_that_a_helpdesk_is_down(error: HelpdeskError, expected: bool) -> None:
    assert is_down(error) is expected
