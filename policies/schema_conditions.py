"""The part of the schema that says what a condition may be: every fact, what it may be compared with, what it means."""

from collections.abc import Mapping
from typing import Any

from policies.conditions import OPERATORS
from policies.reading import Fact, FactType

Schema = dict[str, Any]

CONDITION: Schema = {"$ref": "#/definitions/condition"}
TEXT: Schema = {"type": "string", "minLength": 1}
FLAG: Schema = {"type": "boolean"}
_SPAN = r"^[0-9]{1,9}(\.[0-9]{1,6})? ?(m|h|d|w|minutes?|hours?|days?|weeks?)$"
_BUSINESS_SPAN = r"^[0-9]{1,9}(\.[0-9]{1,6})? business (hours?|days?)$"


def told(means: str, what: Schema) -> Schema:
    """The same, with what an editor shows beside it."""
    return {**what, "description": means}


def condition(facts: Mapping[str, Fact]) -> Schema:
    """A condition over these facts."""
    several: Schema = {"type": "array", "minItems": 1, "items": CONDITION}
    joined = {
        "all": told("Every one of these holds.", several),
        "any": told("At least one of these holds.", several),
        "not": told("This does not hold.", CONDITION),
    }
    return {
        "type": "object",
        "minProperties": 1,
        "properties": {**joined, **{name: _asked(fact) for name, fact in facts.items()}},
        "additionalProperties": False,
    }


def _asked(fact: Fact) -> Schema:
    """What a fact may be compared with, and its own documentation."""
    means = f"{fact.means} Unknown: {fact.unknown}. For example {fact.example}"
    value = _value(fact)
    suited = OPERATORS[fact.type]
    operators: dict[str, Schema] = {operator: _operand(operator, value) for operator in suited}
    compared: Schema = {
        "type": "object", "minProperties": 1, "properties": operators, "additionalProperties": False,
    }  # fmt: skip
    return told(means, {"anyOf": [value, compared]} if "is" in suited else compared)


def _operand(operator: str, value: Schema) -> Schema:
    match operator:
        case "in":
            return {"type": "array", "minItems": 1, "items": value}
        case "contains" | "matches" | "matches_list":
            return TEXT
        case _:
            return value


def _value(fact: Fact) -> Schema:
    match fact.type:
        case FactType.BOOL:
            return FLAG
        case FactType.COUNT:
            return {"type": "integer", "minimum": 0}
        case FactType.CHOICE:
            return {"enum": list(fact.choices)}
        case FactType.HOURS:
            return {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": _SPAN}]}
        case FactType.BUSINESS_HOURS:
            return {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": _BUSINESS_SPAN}]}
        case FactType.TEXT | FactType.TEXTS | FactType.PROSE:
            return {"type": "string"}
