from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import (
    ConflictError,
    CredentialsError,
    HelpdeskError,
    NotFoundError,
    RateLimitError,
    RefusedError,
    TransientError,
    UnaskedError,
)
from service.failures import GiveUp, Patience, Retry, after

PATIENCE = Patience(retry_s=(10.0, 60.0), give_up_after=timedelta(hours=1))
WAITS = [
    (TransientError("x"), 1, 0.0, 10.0),
    (TransientError("x"), 1, 1.0, 12.0),
    (TransientError("x"), 2, 0.0, 60.0),
    (ConflictError("x"), 2, 0.0, 60.0),
    (RateLimitError("x", retry_after_s=500.0), 1, 0.0, 500.0),
    (RateLimitError("x", retry_after_s=500.0), 1, 1.0, 600.0),
    (RateLimitError("x", retry_after_s=1.0), 1, 0.0, 10.0),
    (RateLimitError("x", retry_after_s=None), 1, 0.0, 10.0),
    (UnaskedError("x", retry_after_s=20.0), 3, 0.0, 20.0),
]


@pytest.mark.parametrize(("error", "tries", "chance", "wait_s"), WAITS)
def test_waits_follow_the_schedule_and_are_never_shorter_than_asked(
    error: HelpdeskError, tries: int, chance: float, wait_s: float
) -> None:
    assert after(error, PATIENCE, tries=tries, age=timedelta(minutes=5), chance=chance) == Retry(
        wait=timedelta(seconds=wait_s)
    )


ENDS = [
    (TransientError("x"), 3, "helpdesk_unreachable", False),
    (RateLimitError("x", retry_after_s=5.0), 3, "helpdesk_unreachable", False),
    (ConflictError("x"), 3, "gave_up", False),
    (CredentialsError("x"), 1, "credentials", False),
    (RefusedError("x", status=422), 1, "refused", True),
    (NotFoundError("x", status=404), 1, "ticket_gone", True),
]


@pytest.mark.parametrize(("error", "tries", "reason", "gives_up_actions"), ENDS)
def test_what_cannot_be_waited_out_is_given_up_with_a_reason(
    error: HelpdeskError, tries: int, reason: str, gives_up_actions: bool
) -> None:
    outcome = after(error, PATIENCE, tries=tries, age=timedelta(minutes=5), chance=0.5)

    assert isinstance(outcome, GiveUp)
    assert (outcome.reason, outcome.gives_up_actions) == (reason, gives_up_actions)
    assert outcome.detail


@pytest.mark.parametrize(
    ("error", "age_min", "gives_up"),
    [
        (TransientError("x"), 59, False),
        (TransientError("x"), 60, True),
        (ConflictError("x"), 60, True),
        (RateLimitError("x", retry_after_s=300.0), 54, False),
        (RateLimitError("x", retry_after_s=300.0), 55, True),
        (RateLimitError("x", retry_after_s=1e9), 0, True),
    ],
)
def test_what_is_too_old_or_would_be_by_the_time_asked_for_is_given_up(
    error: HelpdeskError, age_min: int, gives_up: bool
) -> None:
    """Asking earlier than the helpdesk says is not among the choices."""
    outcome = after(error, PATIENCE, tries=1, age=timedelta(minutes=age_min), chance=0.0)

    assert isinstance(outcome, GiveUp) is gives_up
    assert not isinstance(outcome, GiveUp) or outcome.reason == "too_old"


@given(
    tries=st.integers(1, 2),
    chance=st.floats(0.0, 1.0),
    asked_s=st.none() | st.floats(0.0, 3_000.0),
)
def test_chance_only_ever_adds_to_a_wait(tries: int, chance: float, asked_s: float | None) -> None:
    error = RateLimitError("x", retry_after_s=asked_s)

    outcome = after(error, PATIENCE, tries=tries, age=timedelta(), chance=chance)

    least_s = max(PATIENCE.retry_s[tries - 1], asked_s or 0.0)
    assert isinstance(outcome, Retry)
    assert least_s <= outcome.wait.total_seconds() + 1e-6 <= least_s * 1.2 + 1e-3


def test_of_a_refusal_only_the_vendors_codes_are_kept() -> None:
    refused = RefusedError("PUT was answered with 422", status=422, code="RecordInvalid; Ines Holm is suspended")

    outcome = after(refused, PATIENCE, tries=1, age=timedelta(), chance=0.0)

    assert isinstance(outcome, GiveUp)
    assert "(RecordInvalid)" in outcome.detail
    assert "Ines" not in outcome.detail
