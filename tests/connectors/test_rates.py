"""What is left of a rate limit, and what of it is kept."""

import pytest

from connectors.rates import RateBudget, remaining


@pytest.mark.parametrize(
    ("headers", "left"),
    [
        ({"x-rate-limit-remaining": "699"}, 699.0),
        ({"x-ratelimit-remaining": "100.0"}, 100.0),
        ({"ratelimit-remaining": "0"}, 0.0),
        ({"x-rate-limit-remaining": "many"}, None),
        ({"x-rate-limit-remaining": "nan"}, None),
        ({}, None),
    ],
)
def test_both_vendors_spellings_are_read(headers: dict[str, str], left: float | None) -> None:
    assert remaining(headers) == left


@pytest.mark.parametrize(
    ("left", "total", "later_s", "wait_s"),
    [
        ("100", "200", 0.0, 0.0),
        ("11", "200", 0.0, 0.0),
        ("10", "200", 0.0, 60.0),
        ("0", "200", 20.0, 40.0),
        ("0", "200", 61.0, 0.0),
        ("1", None, 0.0, 60.0),
        ("2", None, 0.0, 0.0),
    ],
)
def test_reads_leave_a_reserve_until_the_window_is_over(
    left: str, total: str | None, later_s: float, wait_s: float
) -> None:
    budget = RateBudget()

    budget.learn({"x-ratelimit-remaining": left, **({"x-ratelimit-total": total} if total else {})}, 1_000.0)

    assert budget.read_waits_s(1_000.0 + later_s) == wait_s


def test_nothing_is_kept_back_before_anything_is_known() -> None:
    budget = RateBudget()

    budget.learn({}, 1_000.0)

    assert budget.read_waits_s(1_000.0) == 0.0
