"""What is wrong with somebody's JSON, in one sentence: where, what, and what to write instead."""

import difflib
import re
from collections.abc import Iterable

import msgspec
from msgspec import inspect

_PLACE = re.compile(r"(?P<problem>.*?) - at `(?P<path>\$.*)`", re.DOTALL)
_STEP = re.compile(r"\.([^.\[\]]+)|\[")
_NEEDED = {
    "Expected `str": "a text is needed; put it in quotes.",
    "Expected `bool": "true or false is needed, without quotes.",
    "Expected `array": "a list is needed, in square brackets.",
    "Expected `object": "keys and values are needed, in braces.",
    "datetime": "a time is needed, with its zone, like 2026-03-02T12:00:00Z.",
}
_QUOTED = re.compile(r"[`'](.*)[`']")


def sentence(error: msgspec.ValidationError, expected: type) -> str:
    """`At $.ticket.status: 'sovled' is none of new, open, ... Did you mean 'solved'?`."""
    found = _PLACE.fullmatch(str(error))
    problem, path = (found["problem"], found["path"]) if found else (str(error), "$")
    return f"At {path}: {_told(problem, _type_at(path, inspect.type_info(expected)))}"


def _told(problem: str, expected: inspect.Type | None) -> str:
    quoted = _QUOTED.search(problem)
    word = quoted[1] if quoted else ""
    match expected:
        case inspect.EnumType(cls=choices) if problem.startswith("Invalid enum"):
            words = [str(choice.value) for choice in choices]
            return f"{word!r} is none of {', '.join(words)}.{_nearest(word, words)}"
        case inspect.StructType(fields=fields) if problem.startswith("Object contains unknown"):
            keys = [field.encode_name for field in fields]
            return f"there is no key {word!r}; the keys are {', '.join(keys)}.{_nearest(word, keys)}"
        case _ if problem.startswith("Object missing"):
            return f"the key {word!r} is missing."
        case _:
            return next((told for part, told in _NEEDED.items() if part in problem), f"{problem}.")


def _nearest(word: str, words: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(words), n=1)
    return f" Did you mean {close[0]!r}?" if close else ""


def _type_at(path: str, start: inspect.Type) -> inspect.Type | None:
    """The type that stands at a path such as `$.changes[0].actor`; None where it leads nowhere."""
    here: inspect.Type | None = start
    for step in _STEP.finditer(path):
        match here:
            case inspect.StructType(fields=fields):
                here = next((_without_null(field.type) for field in fields if field.encode_name == step[1]), None)
            case inspect.VarTupleType(item_type=item):
                here = _without_null(item)
            case _:
                return None
    return here


def _without_null(expected: inspect.Type) -> inspect.Type:
    match expected:
        case inspect.UnionType(types=types):
            return next(kind for kind in types if not isinstance(kind, inspect.NoneType))
        case inspect.Metadata(type=inner):
            return inner
        case _:
            return expected
