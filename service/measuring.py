"""One message, measured: what every signal's fact says of it, and on which words.

The message is put into a ticket of its own and the facts are read there, as the service reads them. A signal that
counts only in its place (a hedge after a question, an objection after an answer) finds that place in the message
being answered. Where none is given, a neutral one stands in that opens every such gate, so that the words alone
are measured.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec

from policies.facts import FACTS
from policies.phrases import PhraseSet, Tier
from policies.reading import UNKNOWN, Fact, FactType, Moment, Reading
from policies.signals.quotations import with_own_quotes
from policies.ticket import Person, clock_change
from policies.verdict import Evidence
from service.json_hints import sentence
from service.lone_ticket import AGENT, CUSTOMER, lone_ticket, said

SIGNALS: Mapping[int, tuple[str, ...]] = {
    1: ("reply.terminates_account",),
    2: ("reply.accuses",),
    3: ("reply.denies_recourse", "reply.offers_recourse"),
    4: ("reply.withholds_reason", "reply.gives_reason"),
    5: ("reply.hedges",),
    6: ("reply.impersonal", "reply.signed_by"),
    7: ("reply.brushes_off",),
    8: ("reply.repeats_earlier",),
    9: ("thread.asks_reconsideration",),
    10: ("thread.customer_agreed",),
    11: ("thread.customer_objects",),
    12: ("thread.customer_threatens",),
}
"""The facts of the twelve signals that are measured, the signal itself first, which is true, false or unknown."""

NEUTRAL_QUESTION = (
    "I ordered a lamp from you two weeks ago, and the confirmation said that it would be here within three days. "
    "Nothing has come so far. I wrote last Friday as well and gave the order number. When will it be delivered?"
)
"""What an agent answers where no context is given: a matter of some substance that ends in a definite question."""
NEUTRAL_ANSWER = "We have closed your account."
"""What a customer answers where no context is given: adverse, so that asking for another look counts."""

_START = datetime(2026, 3, 2, 9, tzinfo=UTC)
_MESSAGE = "message"
_READ_AGAINST_EARLIER_REPLY = frozenset({"reply.repeats_earlier"})
_SHOWN = (FactType.BOOL, FactType.CHOICE)


class Speaker(StrEnum):
    """Who wrote the message."""

    AGENT = "agent"
    CUSTOMER = "customer"

    @property
    def speaks_of(self) -> str:
        """How the facts begin that are read from this side's words."""
        return "reply." if self is Speaker.AGENT else "thread."


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A message to be measured, as a line of JSON gives it. Other keys are left alone."""

    text: str
    role: Speaker
    id: str | int | None = None
    lang: str | None = None
    context: str | None = None
    """The message being answered; for a repeat, the earlier text."""
    previous: str | None = None
    """Another word for `context`."""


class RowError(ValueError):
    """The line is no row; the message is one sentence for whoever wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one fact says of a message."""

    fact: Fact
    reading: Reading
    evidence: tuple[Evidence, ...]
    """What of the reading's evidence stands in the message itself."""

    @property
    def surest(self) -> Evidence | None:
        """The first evidence of the narrowest tier that a phrase pack found."""
        found = [one for one in self.evidence if one.tier is not None]
        return next((one for one in found if one.tier is Tier.BLOCK), found[0] if found else None)


def read_row(line: bytes) -> Row:
    """The row on a line of JSON. Raises RowError."""
    try:
        return msgspec.json.decode(line, type=Row)
    except msgspec.ValidationError as error:
        raise RowError(sentence(error, Row)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RowError(f"This is no JSON in UTF-8: {str(error).removeprefix('JSON is malformed: ')}.") from error


def measure(phrases: Mapping[str, PhraseSet], row: Row) -> list[Measured]:
    """The facts of the twelve signals, in the order of SIGNALS; those that do not exist are left out.

    What is read from the other side's words is false, an agent's message threatens with no lawyer; or unknown where
    that is no answer.
    """
    names = (name for names in SIGNALS.values() for name in names if name in FACTS)
    return [_measured(FACTS[name], phrases, row) for name in names]


def measure_all(phrases: Mapping[str, PhraseSet], row: Row) -> list[Measured]:
    """Every fact that can be told from one message of this side, in the order of the registry.

    What was declared in bulletins is no message, so facts about those are left out.
    """
    own = (fact for fact in FACTS.values() if fact.name.startswith(row.role.speaks_of) and fact.type in _SHOWN)
    suited = (fact for fact in own if not fact.name.endswith("_bulletin"))
    return [_measured(fact, phrases, row) for fact in suited]


def as_json(measured: list[Measured]) -> dict[str, Any]:
    """`{fact: {"value", "tier", "spans", "pattern"}}`; all but the value are empty where it is false or unknown."""
    return {one.fact.name: _told(one) for one in measured}


def _told(one: Measured) -> dict[str, Any]:
    is_found = bool(one.reading.value)
    surest = one.surest if is_found else None
    return {
        "value": one.reading.value,
        "tier": surest.tier if surest else None,
        "spans": [[found.start, found.end] for found in one.evidence] if is_found else [],
        "pattern": surest.pattern if surest else None,
    }


def _measured(fact: Fact, phrases: Mapping[str, PhraseSet], row: Row) -> Measured:
    if not fact.name.startswith(row.role.speaks_of):
        return Measured(fact=fact, reading=Reading(value=False) if fact.type is FactType.BOOL else UNKNOWN, evidence=())
    reading = fact.read(_moment(fact, phrases, row))
    evidence = tuple(one for one in reading.evidence if one.change_id == _MESSAGE and one.start is not None)
    return Measured(fact=fact, reading=reading, evidence=evidence)


def _moment(fact: Fact, phrases: Mapping[str, PhraseSet], row: Row) -> Moment:
    """A reply is judged as it is sent; what a customer wrote, a moment later."""
    is_reply, at = row.role is Speaker.AGENT, _START + timedelta(hours=1)
    before = said("context", *_answered(fact, row), _START)
    message = said(_MESSAGE, AGENT if is_reply else CUSTOMER, row.text, at)
    ticket = with_own_quotes(lone_ticket(before, message))
    change = ticket.changes[-1] if is_reply else clock_change(at)
    return Moment(ticket=ticket, change=change, now=at, phrases=phrases)


def _answered(fact: Fact, row: Row) -> tuple[Person, str]:
    """Who wrote what before the message."""
    given = (row.context or row.previous or "").strip()
    if row.role is Speaker.CUSTOMER:
        return AGENT, given or NEUTRAL_ANSWER
    if fact.name in _READ_AGAINST_EARLIER_REPLY:
        return AGENT, given
    return CUSTOMER, given or NEUTRAL_QUESTION
