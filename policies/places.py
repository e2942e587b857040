"""How far policies go on one ticket: its group and its brand may have modes of their own."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from policies.evaluation import FactError, Read
from policies.policy import LocalModes, Policy
from policies.reading import Fact
from policies.verdict import Mode, Value

GROUPS, BRANDS = "groups", "brands"
PLACES: Mapping[str, str] = {GROUPS: "ticket.group", BRANDS: "ticket.brand"}
"""The fact that tells the place, by the word in a file of modes."""


def at_its_place(policies: Iterable[Policy], facts: Mapping[str, Fact], read: Read) -> tuple[Policy, ...]:
    """The policies with the modes that hold for the ticket whose facts are read."""
    return located(policies, lambda name: _value(facts[name], read) if name in facts else None)


def located(policies: Iterable[Policy], value_of: Callable[[str], Value]) -> tuple[Policy, ...]:
    """The same for facts whose values are known; of one that is unknown, every place may be meant."""
    return tuple(_located(policy, value_of) if policy.elsewhere else policy for policy in policies)


def _located(policy: Policy, value_of: Callable[[str], Value]) -> Policy:
    values = {fact: value_of(fact) for fact in dict.fromkeys(one.fact for one in policy.elsewhere)}
    held = [one.modes for one in policy.elsewhere if _is_meant(one, values[one.fact])]
    if not held or None in values.values():
        held.append(policy.modes)  # what cannot be told never goes further than it would anywhere
    return replace(policy, modes={point: Mode.lowest(*(modes[point] for modes in held)) for point in policy.modes})


def _is_meant(one: LocalModes, value: Value) -> bool:
    return value is None or str(value).strip().casefold() == one.name.casefold()


def _value(fact: Fact, read: Read) -> Value:
    try:
        return read(fact).value
    except FactError:
        return None
