"""A condition as an admin writes it, read into `policies.policy.Condition`, every word checked."""

from collections.abc import Mapping
from dataclasses import dataclass

from policies.forms import Problems, as_fields, as_items, as_text, did_you_mean
from policies.matching import LONGEST_ENTRY, is_too_long
from policies.policy import All, Any, Condition, Not, Test, Unit
from policies.reading import Fact, FactType
from policies.source import Fields, Items, Node, Text
from policies.values import read_business_span, read_several, read_value

MAX_DEPTH = 5
"""How deep `all`, `any` and `not` may stand in each other."""

OPERATORS: Mapping[FactType, tuple[str, ...]] = {
    FactType.BOOL: ("is",),
    FactType.COUNT: ("is", "gt", "gte", "lt", "lte"),
    FactType.HOURS: ("gt", "gte", "lt", "lte"),
    FactType.BUSINESS_HOURS: ("gt", "gte", "lt", "lte"),
    FactType.CHOICE: ("is", "in"),
    FactType.TEXT: ("is", "in", "matches", "matches_list"),
    FactType.TEXTS: ("contains", "matches_list"),
    FactType.PROSE: ("contains", "matches_list"),
}
"""What may be asked of a fact of each type. Hours run on and are never exactly equal to anything."""

_ALL_OPERATORS = tuple(dict.fromkeys(operator for operators in OPERATORS.values() for operator in operators))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a condition may name, and where problems go."""

    facts: Mapping[str, Fact]
    lists: Mapping[str, tuple[str, ...]]
    problems: Problems


def read_condition(node: Node, scope: Scope, *, depth: int = 0) -> Condition | None:
    """The condition; None if something in it is wrong, and the problems are in the scope then."""
    fields = as_fields(node, "a condition", scope.problems)
    if fields is None:
        return None
    if not fields.entries:
        scope.problems.add(fields.place, "a condition is empty.", "Leave it out, or name a fact.")
        return None
    parts = [_entry(key, value, scope, depth) for key, value in fields.entries]
    return _all(parts, fields)


def _all(parts: list[Condition | None], node: Fields | Items) -> Condition | None:
    sound = tuple(part for part in parts if part is not None)
    if len(sound) < len(parts):
        return None
    return sound[0] if len(sound) == 1 else All(parts=sound, place=node.place)


def _entry(key: Text, value: Node, scope: Scope, depth: int) -> Condition | None:
    if key.value not in ("all", "any", "not"):
        return _fact(key, value, scope)
    if depth >= MAX_DEPTH:
        scope.problems.add(key.place, f"conditions are nested deeper than {MAX_DEPTH} levels.", "Split the policy.")
        return None
    if key.value == "not":
        part = read_condition(value, scope, depth=depth + 1)
        return None if part is None else Not(part=part, place=key.place)
    return _group(key, value, scope, depth)


def _group(key: Text, value: Node, scope: Scope, depth: int) -> Condition | None:
    nodes = as_items(value, f"`{key.value}`", scope.problems)
    if isinstance(value, Items) and not nodes:
        scope.problems.add(value.place, f"`{key.value}` is empty.", "Name at least one condition.")
    parts = [read_condition(node, scope, depth=depth + 1) for node in nodes]
    sound = tuple(part for part in parts if part is not None)
    if not sound or len(sound) < len(parts):
        return None
    return All(parts=sound, place=key.place) if key.value == "all" else Any(parts=sound, place=key.place)


def _fact(key: Text, value: Node, scope: Scope) -> Condition | None:
    fact = scope.facts.get(key.value)
    if fact is None:
        hint = did_you_mean(key.value, (*scope.facts, "all", "any", "not"))
        scope.problems.add(key.place, f"there is no fact `{key.value[:100]}`.", hint)
        return None
    if isinstance(value, Fields):
        return _operators(fact, key, value, scope)
    if isinstance(value, Items):
        takes_in = "in" in OPERATORS[fact.type]
        hint = "Write {in: [...]}." if takes_in else "Write one condition for each under `any` or `all`."
        scope.problems.add(value.place, f"a list alone does not say how it is compared with `{fact.name}`.", hint)
        return None
    if "is" not in OPERATORS[fact.type]:
        is_span = "gte" in OPERATORS[fact.type]
        hint = "Write {gte: ...} or {lt: ...}." if is_span else "Write {contains: ...}."
        scope.problems.add(value.place, f"`{fact.name}` is {fact.type.value}, which no single value equals.", hint)
        return None
    return _test(fact, "is", value, key, scope)


def _operators(fact: Fact, key: Text, asked: Fields, scope: Scope) -> Condition | None:
    """Several operators on one fact, as in {gte: 2, lt: 5}, must all hold."""
    if not asked.entries:
        scope.problems.add(asked.place, f"`{fact.name}` is compared with nothing.", "Write e.g. " + fact.example)
        return None
    return _all([_operator(fact, word, value, key, scope) for word, value in asked.entries], asked)


def _operator(fact: Fact, word: Text, value: Node, key: Text, scope: Scope) -> Condition | None:
    suited = OPERATORS[fact.type]
    if word.value in suited:
        return _test(fact, word.value, value, key, scope)
    if word.value in _ALL_OPERATORS:
        message = f"`{word.value}` cannot be asked of `{fact.name}`, which is {fact.type.value}."
        scope.problems.add(word.place, message, f"Use one of: {', '.join(suited)}.")
    else:
        message = f"there is no operator `{word.value[:100]}`."
        scope.problems.add(word.place, message, did_you_mean(word.value, suited))
    return None


def _test(fact: Fact, operator: str, value: Node, key: Text, scope: Scope) -> Test | None:
    if operator == "matches_list":
        return _list_test(fact, value, key, scope)
    if fact.type is FactType.BUSINESS_HOURS:
        return _business_test(fact, operator, value, key, scope)
    if operator == "in":
        wanted: object = read_several(fact, value, scope.problems)
    elif operator == "contains":
        wanted = as_text(value, f"what `{fact.name}` contains", scope.problems)
    else:
        wanted = read_value(fact, value, scope.problems)
    if not isinstance(wanted, bool | int | float | str | tuple):
        return None
    if any(map(is_too_long, wanted if isinstance(wanted, tuple) else (str(wanted),))):
        scope.problems.add(value.place, f"this is longer than {LONGEST_ENTRY} characters.", "Shorten it.")
        return None
    return Test(fact=fact.name, operator=operator, wanted=wanted, place=key.place)


def _business_test(fact: Fact, operator: str, value: Node, key: Text, scope: Scope) -> Test | None:
    span = read_business_span(value, f"`{fact.name}`", scope.problems)
    if span is None:
        return None
    amount, unit = span
    return Test(fact=fact.name, operator=operator, wanted=amount, place=key.place, unit=Unit(unit))


def _list_test(fact: Fact, value: Node, key: Text, scope: Scope) -> Test | None:
    name = as_text(value, "`matches_list`", scope.problems)
    if name is None:
        return None
    if name not in scope.lists:
        scope.problems.add(value.place, f"there is no list `{name[:100]}`.", did_you_mean(name, scope.lists))
        return None
    return Test(fact=fact.name, operator="matches_list", wanted=scope.lists[name], place=key.place, list_name=name)
