"""Business time: nights, weekends, holidays and changed clocks do not count, and what is added comes out again."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from policies.calendar import MIDNIGHT, STANDARD, Calendar, Week

BERLIN = ZoneInfo("Europe/Berlin")
NINE_TO_FIVE = (540, 1020)
OFFICE: Week = ((NINE_TO_FIVE,),) * 5 + ((), ())
DESK = Calendar(zone=BERLIN, week=OFFICE, holidays=frozenset({date(2026, 4, 3), date(2026, 4, 6)}))
"""Good Friday and Easter Monday of 2026 are off; the clocks go forward on 29 March and back on 25 October."""
ALL_DAY = Calendar(zone=BERLIN, week=(((0, MIDNIGHT),),) * 7)


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-03-02 10:00", "2026-03-02 12:30", 2.5),
        ("2026-03-02 16:00", "2026-03-03 10:00", 2),
        ("2026-03-06 16:30", "2026-03-09 09:30", 1),
        ("2026-03-07 11:00", "2026-03-08 18:00", 0),
        ("2026-03-02 20:00", "2026-03-03 08:00", 0),
        ("2026-04-02 16:00", "2026-04-07 10:00", 2),
        ("2026-03-27 09:00", "2026-03-30 17:00", 16),
        ("2026-03-03 10:00", "2026-03-02 10:00", 0),
    ],
    ids=["a morning", "a night", "a weekend", "on a weekend", "after hours", "Easter", "clocks forward", "backwards"],
)
def test_only_hours_of_work_count(start: str, end: str, hours: float) -> None:
    assert DESK.hours_between(berlin(start), berlin(end)) == hours


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-03-02 10:00", 2, "2026-03-02 12:00"),
        ("2026-03-02 16:00", 8, "2026-03-03 16:00"),
        ("2026-03-06 15:00", 4, "2026-03-09 11:00"),
        ("2026-03-07 11:00", 1, "2026-03-09 10:00"),
        ("2026-04-02 16:00", 2, "2026-04-07 10:00"),
        ("2026-03-27 16:00", 2, "2026-03-30 10:00"),
        ("2026-10-23 16:00", 2, "2026-10-26 10:00"),
        ("2026-03-02 09:00", 8, "2026-03-02 17:00"),
    ],
)
def test_a_deadline_falls_into_hours_of_work(start: str, hours: float, due: str) -> None:
    """Ten o'clock is ten o'clock before and after the clocks were changed."""
    assert DESK.after(berlin(start), timedelta(hours=hours)) == berlin(due)


def test_a_day_on_which_the_clocks_change_is_as_long_as_it_is() -> None:
    assert ALL_DAY.hours_between(berlin("2026-03-29 00:00"), berlin("2026-03-30 00:00")) == 23
    assert ALL_DAY.hours_between(berlin("2026-10-25 00:00"), berlin("2026-10-26 00:00")) == 25


def test_shifts_in_an_hour_that_does_not_exist_are_not_counted_twice() -> None:
    night = Calendar(zone=BERLIN, week=(((120, 180), (180, 240)),) * 7)

    assert night.hours_between(berlin("2026-03-29 00:00"), berlin("2026-03-29 12:00")) == 1


def test_the_same_moment_counts_the_same_wherever_it_is_read() -> None:
    start, end = berlin("2026-03-02 10:00"), berlin("2026-03-05 11:00")

    assert DESK.between(start.astimezone(UTC), end.astimezone(ZoneInfo("Asia/Tokyo"))) == DESK.between(start, end)


def test_a_business_day_is_as_long_as_the_days_of_work_are_in_the_mean() -> None:
    short_friday = Calendar(zone=UTC, week=((NINE_TO_FIVE,),) * 4 + (((540, 780),), (), ()))

    assert (DESK.day_hours, ALL_DAY.day_hours, short_friday.day_hours) == (8, 24, 7.2)


def test_what_never_comes_is_told() -> None:
    always_off = Calendar(
        zone=UTC, week=OFFICE, holidays=frozenset(date(2026, 1, 1) + timedelta(days=n) for n in range(4000))
    )

    assert always_off.after(berlin("2026-03-02 10:00"), timedelta(hours=1)) is None


def test_at_the_end_of_all_years_there_is_no_deadline_and_what_has_passed_is_still_told() -> None:
    last = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)

    assert DESK.hours_between(last - timedelta(days=1), last) == 0
    with pytest.raises(OverflowError):
        DESK.after(last, timedelta(hours=1))


@pytest.mark.parametrize(
    "week",
    [((),) * 7, OFFICE[:6], (((600, 540),),) * 7, (((540, 700), (690, 1020)),) * 7, (((540, 1500),),) * 7],
    ids=["nobody works", "six days", "backwards", "overlapping", "past midnight"],
)
def test_a_week_that_is_none_is_refused(week: Week) -> None:
    with pytest.raises(ValueError, match="a week has seven days"):
        Calendar(zone=UTC, week=week)


def worked(week: Week) -> int:
    return sum(closes - opens for shifts in week for opens, closes in shifts)


EDGES = st.lists(st.integers(0, MIDNIGHT), min_size=2, max_size=6, unique=True).map(sorted)
SHIFTS = EDGES.map(lambda edges: tuple(zip(edges[::2], edges[1::2], strict=False)))
WEEKS = st.tuples(*[st.just(()) | SHIFTS] * 7).filter(lambda week: worked(week) >= 60)
"""An hour a week at least, so that nothing is ten years away."""
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
NEAR_2026 = st.dates(date(2026, 1, 1), date(2026, 12, 31))
CALENDARS = st.builds(Calendar, zone=ZONES.map(ZoneInfo), week=WEEKS, holidays=st.frozensets(NEAR_2026, max_size=20))
TIMES = st.datetimes(datetime(2025, 12, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
AMOUNTS = st.timedeltas(timedelta(0), timedelta(hours=200))


@given(CALENDARS, TIMES, AMOUNTS)
@example(STANDARD, datetime(2026, 3, 6, 16, tzinfo=UTC), timedelta(hours=1))
def test_business_time_added_is_the_business_time_between(
    calendar: Calendar, start: datetime, amount: timedelta
) -> None:
    due = calendar.after(start, amount)

    assert due is not None
    assert calendar.between(start, due) == amount
    assert due == start or calendar.between(start, due - timedelta.resolution) < amount


@given(CALENDARS, TIMES, TIMES)
def test_a_deadline_never_lies_behind_the_time_it_was_reckoned_from(
    calendar: Calendar, one: datetime, other: datetime
) -> None:
    start, end = sorted((one, other))

    due = calendar.after(start, calendar.between(start, end))

    assert due is not None
    assert start <= due <= end


@given(CALENDARS, TIMES, TIMES, TIMES)
def test_the_business_time_of_two_stretches_adds_up(
    calendar: Calendar, one: datetime, other: datetime, third: datetime
) -> None:
    start, middle, end = sorted((one, other, third))

    assert calendar.between(start, middle) + calendar.between(middle, end) == calendar.between(start, end)
