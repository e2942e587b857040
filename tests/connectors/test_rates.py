"""What is left of a rate limit, and what of it is kept."""

from datetime import UTC, datetime

import pytest

from connectors.rates import RateBudget, date, remaining

NOW_S = 1_000.0


def hear(budget: RateBudget, headers: dict[str, str], *, stop_s: float | None = None) -> None:
    """A request and its answer."""
    budget.begin()
    budget.end(headers, NOW_S, stop_s=stop_s)


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
    ("told", "at"),
    [
        ("Mon, 02 Mar 2026 12:00:00 GMT", datetime(2026, 3, 2, 12, tzinfo=UTC)),
        ("Mon, 02 Mar 2026 12:00:00 -0000", datetime(2026, 3, 2, 12, tzinfo=UTC)),
        ("today", None),
        ("", None),
    ],
)
def test_an_answer_tells_the_helpdesks_time(told: str, at: datetime | None) -> None:
    assert date({"date": told}) == at


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

    hear(budget, {"x-ratelimit-remaining": left, **({"x-ratelimit-total": total} if total else {})})

    assert budget.waits_s(NOW_S + later_s, is_write=False) == wait_s


def test_nothing_is_kept_back_before_anything_is_known() -> None:
    budget = RateBudget()

    hear(budget, {})

    assert budget.waits_s(NOW_S, is_write=False) == 0.0


def test_writes_use_the_reserve_to_the_last() -> None:
    budget = RateBudget()

    hear(budget, {"x-rate-limit-remaining": "1", "x-rate-limit": "200"})
    assert budget.waits_s(NOW_S, is_write=True) == 0.0

    hear(budget, {"x-rate-limit-remaining": "0", "x-rate-limit": "200"})
    assert budget.waits_s(NOW_S, is_write=True) == 60.0


def test_requests_under_way_count_before_their_answers_tell() -> None:
    """Eight visits at once must not all take the last request."""
    budget = RateBudget()
    hear(budget, {"x-rate-limit-remaining": "14", "x-rate-limit": "200"})

    for _ in range(4):
        assert budget.waits_s(NOW_S, is_write=False) == 0.0
        budget.begin()

    assert budget.waits_s(NOW_S, is_write=False) == 60.0


def test_the_window_ends_when_the_helpdesk_says() -> None:
    budget = RateBudget()

    hear(budget, {"ratelimit-remaining": "0", "ratelimit-limit": "200", "ratelimit-reset": "12"})

    assert budget.waits_s(NOW_S + 2.0, is_write=False) == 10.0


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({}, 90.0),
        ({"x-rate-limit": "700", "x-rate-limit-remaining": "0"}, 90.0),
        ({"x-rate-limit": "700", "x-rate-limit-remaining": "650"}, 0.0),
    ],
    ids=["nothing told", "used up", "a limit of one ticket"],
)
def test_a_wait_that_is_asked_for_holds_for_the_account_unless_much_is_left(
    headers: dict[str, str], wait_s: float
) -> None:
    budget = RateBudget()

    hear(budget, headers, stop_s=90.0)

    assert [budget.waits_s(NOW_S, is_write=is_write) for is_write in (True, False)] == [wait_s, wait_s]
