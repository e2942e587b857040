"""A value as an admin writes it, typed as its fact is."""

import re
from datetime import timedelta

from policies.calendar import USUAL_DAY_HOURS
from policies.forms import Problems, as_flag, as_text, as_texts, as_whole, as_word
from policies.policy import Unit
from policies.reading import Fact, FactType
from policies.source import Items, Node, Text
from policies.verdict import Value

LONGEST_HOURS = 10 * 366 * 24.0
"""Ten years: longer is a slip of the pen."""

_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,6})?", re.ASCII)
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?) ?(m|h|d|w|minutes?|hours?|days?|weeks?)", re.ASCII)
_BUSINESS_SPAN = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?) business (hours?|days?)", re.ASCII)
_BUSINESS = re.compile(r"business|working|workday|weekday", re.IGNORECASE)
_BUSINESS_HINT = "Write `8 business hours` or `2 business days`."
_UNITS = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}


def read_value(fact: Fact, node: Node, problems: Problems) -> Value:
    """The value, typed as the fact is; None, and a problem, if it is no such value."""
    what = f"`{fact.name}`"
    match fact.type:
        case FactType.BOOL:
            return as_flag(node, what, problems)
        case FactType.COUNT:
            return as_whole(node, what, problems)
        case FactType.HOURS | FactType.BUSINESS_HOURS:
            is_business = fact.type is FactType.BUSINESS_HOURS
            return _usual_hours(node, what, problems) if is_business else read_hours(node, what, problems)
        case FactType.CHOICE:
            return as_word(node, what, fact.choices, problems)
        case FactType.TEXTS:
            return as_texts(node, what, problems)
        case FactType.TEXT | FactType.PROSE:
            return "" if _is_empty_quotes(node) else as_text(node, what, problems)


def _is_empty_quotes(node: Node) -> bool:
    """Whether somebody meant to write nothing."""
    return isinstance(node, Text) and node.quoted and not node.value


def read_hours(node: Node, what: str, problems: Problems) -> float | None:
    """Hours, from a plain number of hours or a text such as `30m`, `72h`, `3d`, `2 weeks`."""
    hint = "Write hours as a number, or `30m`, `72h`, `3d`, `2 weeks`."
    if not isinstance(node, Text):
        problems.add(node.place, f"{what} is a time span.", hint)
        return None
    hours = _hours(node.value)
    if hours is None and _BUSINESS.search(node.value):
        problems.add(node.place, f"{what} counts every hour, nights and weekends too.", hint)
    elif hours is None:
        problems.add(node.place, f"{what} is a time span, which `{node.value[:100]}` is not.", hint)
    elif hours > LONGEST_HOURS:
        problems.add(node.place, f"{what} is longer than ten years.", hint)
        return None
    return hours


def read_business_span(node: Node, what: str, problems: Problems) -> tuple[float, Unit] | None:
    """How much business time: a number of hours, or a text such as `8 business hours`, `2 business days`."""
    text = node.value if isinstance(node, Text) else ""
    span = _BUSINESS_SPAN.fullmatch(text)
    amount = float(span[1]) if span else _plain(text)
    if amount is None:
        round_the_clock = ", and not every hour" if _hours(text) is not None else ""
        problems.add(node.place, f"{what} counts business time{round_the_clock}.", _BUSINESS_HINT)
        return None
    if amount > LONGEST_HOURS:
        problems.add(node.place, f"{what} is longer than ten years.", _BUSINESS_HINT)
        return None
    return amount, Unit.BUSINESS_DAYS if span and span[2].startswith("day") else Unit.BUSINESS_HOURS


def _usual_hours(node: Node, what: str, problems: Problems) -> float | None:
    """Business time as an inline test gives it: there nobody's calendar counts, and a day has eight hours."""
    span = read_business_span(node, what, problems)
    if span is None:
        return None
    return span[0] * (USUAL_DAY_HOURS if span[1] is Unit.BUSINESS_DAYS else 1.0)


def _plain(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) else None


def _hours(text: str) -> float | None:
    if _NUMBER.fullmatch(text):
        return float(text)
    duration = _DURATION.fullmatch(text)
    if duration is None:
        return None
    return float(duration[1]) * (_UNITS[duration[2][0]] / timedelta(hours=1))


def read_several(fact: Fact, node: Node, problems: Problems) -> tuple[str, ...] | None:
    """The values of a list, each typed as the fact is."""
    if not isinstance(node, Items) or not node.nodes:
        problems.add(node.place, "`in` needs a list.", "Write it as {in: [one, two]}.")
        return None
    values = [read_value(fact, item, problems) for item in node.nodes]
    return None if None in values else tuple(str(value) for value in values)
