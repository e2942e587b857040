from datetime import timedelta

import pytest

from connectors.errors import (
    ConflictError,
    CredentialsError,
    HelpdeskError,
    NotFoundError,
    RateLimitError,
    RefusedError,
    TransientError,
)
from service.failures import GiveUp, Retry, after

SCHEDULE = (10.0, 60.0)
WAITS = [
    (TransientError("x"), 1, 0.0, 10.0),
    (TransientError("x"), 1, 1.0, 12.0),
    (TransientError("x"), 2, 0.0, 60.0),
    (ConflictError("x"), 2, 0.0, 60.0),
    (RateLimitError("x", retry_after_s=500.0), 1, 0.0, 500.0),
    (RateLimitError("x", retry_after_s=500.0), 1, 1.0, 600.0),
    (RateLimitError("x", retry_after_s=1.0), 1, 0.0, 10.0),
    (RateLimitError("x", retry_after_s=None), 1, 0.0, 10.0),
]


@pytest.mark.parametrize(("error", "tries", "chance", "wait_s"), WAITS)
def test_waits_follow_the_schedule_and_are_never_shorter_than_asked(
    error: HelpdeskError, tries: int, chance: float, wait_s: float
) -> None:
    assert after(error, tries=tries, retry_s=SCHEDULE, chance=chance) == Retry(wait=timedelta(seconds=wait_s))


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
    outcome = after(error, tries=tries, retry_s=SCHEDULE, chance=0.5)

    assert isinstance(outcome, GiveUp)
    assert (outcome.reason, outcome.gives_up_actions) == (reason, gives_up_actions)
    assert outcome.detail


def test_of_a_refusal_only_the_vendors_codes_are_kept() -> None:
    refused = RefusedError("PUT was answered with 422", status=422, code="RecordInvalid; Ines Holm is suspended")

    outcome = after(refused, tries=1, retry_s=SCHEDULE, chance=0.0)

    assert isinstance(outcome, GiveUp)
    assert "(RecordInvalid)" in outcome.detail
    assert "Ines" not in outcome.detail
