"""Reading a mapping with known keys: every key checked, every problem collected, none of them fatal."""

import difflib
import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import TypeVar

from policies.policy import Place, PolicyError, Problem
from policies.source import Fields, Items, Node, Text

E = TypeVar("E", bound=StrEnum)

_WHOLE = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)


MOST_PROBLEMS = 500


class Problems:
    """What was found wrong so far. One more than MOST_PROBLEMS, and PolicyError is raised: it is no policy file."""

    def __init__(self) -> None:
        self._found: list[Problem] = []

    def __len__(self) -> int:
        return len(self._found)

    def add(self, place: Place, message: str, hint: str = "") -> None:
        """Remembers one more."""
        self.extend([Problem(place=place, message=message, hint=hint)])

    def extend(self, problems: Iterable[Problem]) -> None:
        """Remembers several more."""
        self._found.extend(problems)
        if len(self._found) > MOST_PROBLEMS:
            raise PolicyError(self.in_order)

    @property
    def in_order(self) -> tuple[Problem, ...]:
        """All of them, by file, line and column."""
        return tuple(sorted(self._found, key=lambda one: (one.place.source, one.place.line, one.place.column)))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint: the nearest known word if one is near, else the choice if it is short; may be empty."""
    words = list(known)
    near = difflib.get_close_matches(word[:100], words, n=1)
    if near:
        return f"Did you mean `{near[0]}`?"
    return f"Use one of: {', '.join(words)}." if 0 < len(words) <= 24 else ""


def as_text(node: Node, what: str, problems: Problems) -> str | None:
    """The text of a scalar, never empty."""
    if not isinstance(node, Text):
        problems.add(node.place, f"{what} is a text.")
        return None
    if not node.value.strip():
        problems.add(node.place, f"{what} is empty.")
        return None
    return node.value


def as_texts(node: Node, what: str, problems: Problems) -> tuple[str, ...] | None:
    """The texts of a list; it may be empty, its entries may not."""
    if not isinstance(node, Items):
        problems.add(node.place, f"{what} is a list.", "Write it as [one, two].")
        return None
    texts = [as_text(item, f"an entry of {what}", problems) for item in node.nodes]
    return None if None in texts else tuple(text for text in texts if text is not None)


def as_flag(node: Node, what: str, problems: Problems) -> bool | None:
    """True or false, written so and without quotes."""
    if isinstance(node, Text) and not node.quoted and node.value in ("true", "false"):
        return node.value == "true"
    problems.add(node.place, f"{what} is true or false.", "Write `true` or `false`, without quotes.")
    return None


def as_whole(node: Node, what: str, problems: Problems) -> int | None:
    """A whole number from 0 to 999,999,999."""
    if isinstance(node, Text) and not node.quoted and _WHOLE.fullmatch(node.value):
        return int(node.value)
    problems.add(node.place, f"{what} is a whole number.", "Write it in plain digits, e.g. `3`.")
    return None


def as_word(node: Node, what: str, known: Sequence[str], problems: Problems) -> str | None:
    """One of the known words."""
    word = as_text(node, what, problems)
    if word is None or word in known:
        return word
    problems.add(node.place, f"{what} cannot be `{word[:100]}`.", did_you_mean(word, known))
    return None


def as_fields(node: Node, what: str, problems: Problems) -> Fields | None:
    """A mapping."""
    if isinstance(node, Fields):
        return node
    problems.add(node.place, f"{what} is a mapping.", "Write it as `key: value` lines.")
    return None


def as_items(node: Node, what: str, problems: Problems) -> tuple[Node, ...]:
    """The nodes of a list; empty if it is none."""
    if isinstance(node, Items):
        return node.nodes
    problems.add(node.place, f"{what} is a list.", "Begin each entry with `-`.")
    return ()


class Form:
    """A mapping whose keys are known. What is missing or wrong yields a problem and the default."""

    def __init__(self, fields: Fields, what: str, known: Sequence[str], problems: Problems) -> None:
        self.place = fields.place
        self._what = what
        self._problems = problems
        self._nodes = {key.value: node for key, node in fields.entries}
        for key, _ in fields.entries:
            if key.value not in known:
                problems.add(key.place, f"{what} has no key `{key.value[:100]}`.", did_you_mean(key.value, known))

    def node(self, key: str) -> Node | None:
        """The node at a key that may be missing."""
        return self._nodes.get(key)

    def required(self, key: str) -> Node | None:
        """The node at a key that must be there."""
        if key not in self._nodes:
            self._problems.add(self.place, f"{self._what} lacks `{key}`.")
        return self._nodes.get(key)

    def text(self, key: str, default: str | None = None) -> str:
        """A text. Required if there is no default."""
        node = self.required(key) if default is None else self.node(key)
        text = as_text(node, f"`{key}`", self._problems) if node else default
        return text or ""

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty if it is missing."""
        node = self.node(key)
        return (as_texts(node, f"`{key}`", self._problems) if node else None) or ()

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        node = self.node(key)
        flag = as_flag(node, f"`{key}`", self._problems) if node else None
        return default if flag is None else flag

    def word(self, key: str, known: type[E], default: E | None = None, *, only: Sequence[E] = ()) -> E:
        """A member of an enum, of `only` if given. Required if there is no default."""
        choice = list(only or known)
        node = self.required(key) if default is None else self.node(key)
        word = as_word(node, f"`{key}`", choice, self._problems) if node else None
        return known(word) if word is not None else default or choice[0]

    def fields(self, key: str) -> Fields | None:
        """A mapping that may be missing."""
        node = self.node(key)
        return as_fields(node, f"`{key}`", self._problems) if node else None

    def items(self, key: str) -> tuple[Node, ...]:
        """The nodes of a list; empty if it is missing."""
        node = self.node(key)
        return as_items(node, f"`{key}`", self._problems) if node else ()
