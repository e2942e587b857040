"""The registry: every fact a policy may name. Whatever the admin can ask for stands here and nowhere else."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from policies.reading import Fact
from policies.signals import (
    accusation,
    apology,
    brush_off,
    bulletins,
    call,
    change,
    closure,
    hedging,
    impersonal,
    reanswer,
    reason,
    reconsideration,
    recourse,
    replies,
    reversal,
    second_look,
    sender,
    standing,
    termination,
    threat,
    topics,
    waiting,
    warning,
)


def registry(*groups: Iterable[Fact]) -> Mapping[str, Fact]:
    """The facts by name, in the order given. Raises ValueError if two have the same name."""
    facts: dict[str, Fact] = {}
    for fact in (fact for group in groups for fact in group):
        if fact.name in facts:
            raise ValueError(f"two signals define the fact {fact.name}")
        facts[fact.name] = fact
    return MappingProxyType(facts)


FACTS: Mapping[str, Fact] = registry(
    change.FACTS,
    standing.FACTS,
    replies.FACTS,
    sender.FACTS,
    termination.FACTS,
    warning.FACTS,
    call.FACTS,
    second_look.FACTS,
    closure.FACTS,
    waiting.FACTS,
    reconsideration.FACTS,
    reanswer.FACTS,
    reversal.FACTS,
    hedging.FACTS,
    impersonal.FACTS,
    brush_off.FACTS,
    accusation.FACTS,
    apology.FACTS,
    recourse.FACTS,
    reason.FACTS,
    threat.FACTS,
    bulletins.FACTS,
    topics.FACTS,
)
"""Every fact by its name."""
