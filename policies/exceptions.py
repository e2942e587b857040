"""Whether an exception covers a violation. Pure; the service and a replay ask here alike.

What is excepted is judged and recorded like anything else; nobody is told of it and nothing is done.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from policies.evaluation import FactError
from policies.judgement import Judgement
from policies.policy import ExceptionField, PolicyException
from policies.reading import Fact, Reading
from policies.verdict import Result, Value

FACTS: Mapping[ExceptionField, str] = {
    ExceptionField.TICKET_TAG: "ticket.tags",
    ExceptionField.ACTOR_EMAIL: "actor.email",
}
"""The fact that tells each field; the ticket's id is told by the ticket."""

Values = Mapping[ExceptionField, Sequence[str]]
"""What is known of a ticket and of who acted; a field that is missing cannot be told, and fits nothing."""


def excepted(judgement: Judgement, exceptions: Iterable[PolicyException], at: datetime, values: Values) -> Judgement:
    """The judgement, EXCEPTED if it is a violation that an exception covers."""
    if judgement.result is not Result.VIOLATION:
        return judgement
    for one in exceptions:
        if one.policy == judgement.policy.id and covers(one, at, values):
            told = f"Excepted as {one.id} by {one.approver} until {one.expires}: {one.reason}"
            explanation = f"{judgement.explanation} {told}"
            return replace(judgement, result=Result.EXCEPTED, explanation=explanation, exception=one.id)
    return judgement


def covers(one: PolicyException, at: datetime, values: Values) -> bool:
    """Whether it is in force at that time and every field fits."""
    if not one.approved <= at.date() <= one.expires:
        return False
    return all(_fits(wanted, values.get(field, ())) for field, wanted in one.match.items())


def _fits(wanted: Sequence[str], actual: Sequence[str]) -> bool:
    return any(value.lower() in wanted for value in actual)


def values_of(
    judgement: Judgement, ticket_id: str, facts: Mapping[str, Fact], read: Callable[[Fact], Reading]
) -> Values:
    """What the policy allows exceptions to ask for; read wherever it applies, and so kept with the facts.

    What is let pass today may be found by other policies in a replay, and exceptions be proposed from it.
    """
    if judgement.result is Result.SKIPPED:
        return {}
    values: dict[ExceptionField, Sequence[str]] = {ExceptionField.TICKET_ID: (ticket_id,)}
    for field in judgement.policy.exceptable_by:
        if field in FACTS and FACTS[field] in facts:
            values[field] = _texts(facts[FACTS[field]], read)
    return values


def values_of_old(ticket_id: str, known: Mapping[str, Value]) -> Values:
    """The same of a decision of the past, from the facts that were kept."""
    told = {field: _as_texts(known.get(name)) for field, name in FACTS.items()}
    return {ExceptionField.TICKET_ID: (ticket_id,), **told}


def _texts(fact: Fact, read: Callable[[Fact], Reading]) -> Sequence[str]:
    try:
        return _as_texts(read(fact).value)
    except FactError:
        return ()


def _as_texts(value: Value) -> Sequence[str]:
    return value if isinstance(value, tuple) else (str(value),) if value is not None else ()
