"""Business time: the hours in which a desk works, by its own clocks, without nights, weekends and holidays. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

Shift = tuple[int, int]
"""When work begins and ends, in minutes from midnight; 1440 is the midnight that ends the day."""
Week = tuple[tuple[Shift, ...], ...]
"""The shifts of seven days, Monday first, each day's in order of time."""

MIDNIGHT = 24 * 60
DAYS_OF_A_WEEK = 7
LONGEST_DAYS = 10 * 366
"""Days that are looked through for business time; no policy waits longer."""
USUAL_DAY_HOURS = 8.0

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_LAST_DAY = date.max - 2 * _DAY
"""No zone's midnight after it is beyond what can be written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """When a desk works. Raises ValueError for a week that is none, or in which nobody ever works."""

    zone: tzinfo
    """Where its clocks are: shifts follow them through every change of summer time."""
    week: Week
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        """Refuses what could not be reckoned with."""
        is_sound = len(self.week) == DAYS_OF_A_WEEK and all(map(_is_sound, self.week))
        if not is_sound or not any(self.week):
            raise ValueError("a week has seven days, shifts that follow one another, and some work in it")

    @property
    def day_hours(self) -> float:
        """The hours of a business day: the mean of the days on which somebody works."""
        days = [sum(closes - opens for opens, closes in shifts) for shifts in self.week if shifts]
        return sum(days) / len(days) / 60

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Business time from `start` to `end`; none if `end` is not later."""
        total = timedelta()
        for opens, closes in self._open(start):
            if opens >= end:
                break
            total += min(closes, end) - opens
        return total

    def hours_between(self, start: datetime, end: datetime) -> float:
        """The same in hours."""
        return self.between(start, end) / _HOUR

    def after(self, start: datetime, amount: timedelta) -> datetime | None:
        """The moment at which so much business time has passed since `start`, the first if there are several.

        None if that is more than ten years away. Raises OverflowError if no year is left for it.
        """
        if amount <= timedelta():
            return start
        left = amount
        for opens, closes in self._open(start):
            if closes - opens >= left:
                return opens + left
            left -= closes - opens
        if start.date() + LONGEST_DAYS * _DAY > _LAST_DAY:
            raise OverflowError("the calendar of the world ends first")
        return None

    def _open(self, since: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The stretches of work from `since` on, in order and apart from each other, in UTC."""
        after = since.astimezone(UTC)
        day = since.astimezone(self.zone).date()
        for _ in range(min(LONGEST_DAYS, (_LAST_DAY - day).days)):
            for opens, closes in self.week[day.weekday()] if day not in self.holidays else ():
                # Where clocks go forward an hour is missing, so a shift may begin before the last one has ended.
                begin, end = max(self._moment(day, opens), after), self._moment(day, closes)
                if begin < end:
                    yield begin, end
                    after = end
            day += _DAY

    def _moment(self, day: date, minute: int) -> datetime:
        """Wall clock time: ten in the morning is ten, whether or not the clocks were changed at night."""
        return (datetime.combine(day, time(), self.zone) + timedelta(minutes=minute)).astimezone(UTC)


def _is_sound(shifts: tuple[Shift, ...]) -> bool:
    edges = [edge for shift in shifts for edge in shift]
    is_apart = all(opens < closes for opens, closes in shifts) and edges == sorted(edges)
    return is_apart and all(0 <= edge <= MIDNIGHT for edge in edges)


STANDARD = Calendar(zone=UTC, week=(((9 * 60, 17 * 60),),) * 5 + ((), ()))
"""Monday to Friday from nine to five, UTC: business time where nobody has set any hours."""
