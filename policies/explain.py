"""Why a policy came out as it did, as a sentence with the actual values, for the agent who reads it."""

import math
import re
from collections.abc import Iterable, Sequence

from policies.evaluation import Answer, FactError, Weighed
from policies.reading import Fact, FactType
from policies.verdict import Result, Value

MOST_CLAUSES = 6
MOST_WORDS = 5
"""Texts of a list that a sentence spells out."""
LONGEST_QUOTE = 120
"""Characters of each of them."""

_REMARK = re.compile(r"[.:;,](?:\s|$)")
_LIMITS = {
    "is": "exactly {}",
    "gt": "more than {}",
    "gte": "{} or more",
    "lt": "less than {}",
    "lte": "{} or less",
}


def explain(result: Result, answer: Answer) -> str:
    """The reason for a result, from the condition that decided it. Ends with a full stop."""
    clauses = _together(_clauses(answer.because))
    match result:
        case Result.VIOLATION:
            return _sentence(clauses or "this is always flagged")
        case Result.PASS:
            return _sentence(f"nothing to object to: {clauses}" if clauses else "nothing to object to")
        case Result.EXEMPT:
            return _sentence(f"this is excused: {clauses}" if clauses else "this is excused")
        case Result.SKIPPED:
            return _sentence(f"this does not apply: {clauses}" if clauses else "this does not apply")
        case Result.UNKNOWN:
            return explain_unknown(answer)
        case Result.EXCEPTED | Result.ERROR:
            return _sentence(clauses)


def explain_unknown(answer: Answer) -> str:
    """What could not be told."""
    missing = dict.fromkeys(_unknown(weighed.fact) for weighed in answer.because if weighed.holds is None)
    return _sentence(f"it could not be told {_joined(list(missing))}")


def explain_doubt(answer: Answer) -> str:
    """What could not be told about an excuse, and what follows."""
    return f"{explain_unknown(answer)[:-1]}, which might excuse this; so nothing is blocked."


def explain_fault(error: FactError) -> str:
    """What to do about a fact that failed."""
    return (
        f"This could not be judged, through a fault in Ombuds and not in the ticket: "
        f"the fact {error.fact} failed ({error.cause}). Please report it to whoever runs Ombuds."
    )


def _sentence(clause: str) -> str:
    return f"{clause[:1].upper()}{clause[1:]}."


def _joined(clauses: Sequence[str], word: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(clauses) < 2:
        return "".join(clauses)
    return f"{', '.join(clauses[:-1])} {word} {clauses[-1]}"


def _together(clauses: Sequence[str]) -> str:
    """The clauses as one sentence; semicolons between them where a clause holds a list or a colon."""
    return "; ".join(clauses) if any(", " in clause or ": " in clause for clause in clauses) else _joined(clauses)


def _clauses(because: Sequence[Weighed]) -> list[str]:
    """What decided, nothing twice. Of a fact that is one thing, it is not said as well what it is not."""
    known = [weighed for weighed in because if weighed.holds is not None]
    fitting = {weighed.fact.name for weighed in known if weighed.holds}
    told = [weighed for weighed in known if weighed.holds or weighed.fact.name not in fitting]
    return list(dict.fromkeys(map(_clause, told)))[:MOST_CLAUSES]


def _clause(weighed: Weighed) -> str:
    """One test as part of a sentence: the actual value, and beside it what was asked for where that adds anything."""
    fact, value = weighed.fact, weighed.reading.value
    match fact.type:
        case FactType.BOOL:
            return _said(fact, value)
        case FactType.COUNT | FactType.HOURS | FactType.BUSINESS_HOURS:
            limit = _LIMITS[weighed.test.operator].format(_amount(fact, weighed.test.wanted))
            return f"{_told(fact, _amount(fact, value))} ({limit if weighed.holds else f'not {limit}'})"
        case FactType.CHOICE:
            return _told(fact, str(value).replace("_", " ")) + ("" if weighed.holds else _instead(weighed, "not "))
        case FactType.TEXT | FactType.TEXTS:
            return _short_texts(weighed)
        case FactType.PROSE:
            return _prose(weighed)


def _said(fact: Fact, value: Value) -> str:
    sentence = fact.said[0 if value else 1]
    return sentence or f"{_label(fact)}: {'yes' if value else 'no'}"


def _told(fact: Fact, value: str) -> str:
    return fact.said[0].replace("{}", value) if "{}" in fact.said[0] else f"{_label(fact)}: {value}"


def _label(fact: Fact) -> str:
    """The fact's meaning, without what is added after the first stop, colon or comma."""
    means = _REMARK.split(fact.means, maxsplit=1)[0]
    return f"{means[:1].lower()}{means[1:]}"


def _unknown(fact: Fact) -> str:
    return f"whether {fact.said[0]}" if fact.type is FactType.BOOL and fact.said[0] else _label(fact)


def _short_texts(weighed: Weighed) -> str:
    found = weighed.comparison.texts if weighed.comparison else ()
    if found:
        return _told(weighed.fact, _quoted(found))
    return _told(weighed.fact, _quoted(_several(weighed.reading.value))) + _instead(weighed, "not ")


def _prose(weighed: Weighed) -> str:
    """Only the words that were searched for are repeated, not what somebody wrote around them."""
    if weighed.comparison is None or not weighed.comparison.spans:
        return f"{_label(weighed.fact)}: nothing of what was looked for{_instead(weighed, '')}"
    text = str(weighed.reading.value)
    return _told(weighed.fact, _quoted(dict.fromkeys(text[start:end] for start, end in weighed.comparison.spans)))


def _instead(weighed: Weighed, no: str) -> str:
    """What was asked for, in brackets."""
    if weighed.test.list_name is not None:
        return f" ({no}in the list {weighed.test.list_name.replace('_', ' ')})"
    words = _joined([word or "none" for word in _several(weighed.test.wanted)], "or")
    return f" ({no}{words.replace('_', ' ') if weighed.fact.type is FactType.CHOICE else words})"


def _several(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (str(value),)


def _quoted(texts: Iterable[str]) -> str:
    several = [text for text in texts if text]
    more = f" and {len(several) - MOST_WORDS} more" if len(several) > MOST_WORDS else ""
    return ", ".join(f"“{text[:LONGEST_QUOTE]}”" for text in several[:MOST_WORDS]) + more or "none"


def _amount(fact: Fact, value: Value) -> str:
    if not isinstance(value, int | float):
        return str(value)
    match fact.type:
        case FactType.HOURS:
            return _hours(value)
        case FactType.BUSINESS_HOURS:
            return _business_hours(value)
        case _:
            return str(value)


def _hours(hours: float) -> str:
    """`20 minutes`, `26 hours`, `5.5 days`; rounded down, so that a limit that is not reached never looks reached."""
    for unit, length, least in (("day", 24.0, 72.0), ("hour", 1.0, 1.0)):
        if hours >= least:
            return _counted(math.floor(hours / length * 10) / 10, unit)
    minutes = math.floor(hours * 60)
    return _counted(minutes, "minute") if minutes else "less than a minute"


def _business_hours(hours: float) -> str:
    """`20 business minutes`, `9.5 business hours`, rounded down too. Days are not of one length everywhere."""
    if hours >= 1:
        return _counted(math.floor(hours * 10) / 10, "business hour")
    minutes = math.floor(hours * 60)
    return _counted(minutes, "business minute") if minutes else "no business time"


def _counted(amount: float, unit: str) -> str:
    return f"{amount:g} {unit}" if amount == 1 else f"{amount:g} {unit}s"
