"""The `[business_hours]` table: when a desk works, by which clocks, and on which days nobody does."""

import re
from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from policies.calendar import MIDNIGHT, STANDARD, Calendar, Shift, Week
from service.settings_table import Table

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_SHIFT = re.compile(r"([01]?[0-9]|2[0-4]):([0-5][0-9])\s*-\s*([01]?[0-9]|2[0-4]):([0-5][0-9])", re.ASCII)


def read_calendar(table: Table) -> Calendar:
    """The calendar a table describes. Without days it is Monday to Friday from nine to five, without a zone UTC."""
    zone, holidays = _zone(table), frozenset(_holidays(table))
    shifts = {day: _shifts(table, day) for day in DAYS if table.has(day)}
    table.refuse_rest()
    if not shifts:
        return Calendar(zone=zone, week=STANDARD.week, holidays=holidays)
    try:
        week: Week = tuple(shifts.get(day, ()) for day in DAYS)
        return Calendar(zone=zone, week=week, holidays=holidays)
    except ValueError:
        days = ", ".join(shifts)
        table.problem(days, "must hold shifts that follow one another, and some work in the week")
        return STANDARD


def _zone(table: Table) -> tzinfo:
    name = table.text("time_zone")
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        table.problem("time_zone", 'must be a name such as "Europe/Berlin", "America/New_York" or "UTC"')
        return UTC


def _shifts(table: Table, day: str) -> tuple[Shift, ...]:
    """`"9:00-17:00"`, or a list of such texts; an empty list is a day off."""
    given = table.values[day]
    shifts = [_shift(one) for one in (given if isinstance(given, list) else [given])]
    sound = tuple(shift for shift in shifts if shift is not None)
    if len(sound) < len(shifts):
        table.problem(day, 'must be hours such as "9:00-17:00", or a list: ["9:00-12:30", "13:30-18:00"]')
        return STANDARD.week[0]
    return sound


def _shift(given: object) -> Shift | None:
    written = _SHIFT.fullmatch(given.strip()) if isinstance(given, str) else None
    if written is None:
        return None
    hours = [int(part) for part in written.groups()]
    opens, closes = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
    return (opens, closes) if opens < closes <= MIDNIGHT else None


def _holidays(table: Table) -> list[date]:
    given = table.values["holidays"] if table.has("holidays") else []
    days = [_day(one) for one in given] if isinstance(given, list) else [None]
    if None in days:
        table.problem("holidays", "must be a list of days such as [2026-12-25, 2026-12-26]")
    return [day for day in days if day is not None]


def _day(given: object) -> date | None:
    if isinstance(given, str):
        try:
            return date.fromisoformat(given)
        except ValueError:
            return None
    return given if isinstance(given, date) and not isinstance(given, datetime) else None
