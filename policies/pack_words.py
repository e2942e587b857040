"""Words a phrase pack names once: choices its patterns are composed of, and guards its entries share.

`words: {account: "account|membership"}` lets a pattern say `your <account> is closed`; a word may use those above it.
`guards: {asked: ["as you asked"]}` lets an entry say `unless: ["<asked>", "if"]`. In a pattern a space stands for white
space of any length, and an apostrophe may be missing, as in a phrase.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from policies.forms import Form, Problems, as_text, as_texts, did_you_mean
from policies.policy import Place
from policies.source import Node

_NAME = re.compile(r"(?<!\?P)<([a-z][a-z0-9_]*)>")
# A class or an escape is left as it is.
_LOOSE = re.compile(r"\[[^\]]*\]|\\.|(?P<space> )|(?P<apostrophe>')(?!\?)")
MOST_CHARACTERS = 30_000
"""Of a pattern, its words put in: a word made of words made of words must not explode."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackWords:
    """What a pack's names stand for."""

    choices: Mapping[str, str]
    groups: Mapping[str, tuple[str, ...]]
    problems: Problems

    def pattern(self, source: str, place: Place) -> str:
        """The pattern with its words put in; an unknown word is a problem."""
        parts = _NAME.split(source)
        spelled = "".join(self._choice(part, place) if odd % 2 else _loose(part) for odd, part in enumerate(parts))
        if len(spelled) <= MOST_CHARACTERS:
            return spelled
        self.problems.add(place, f"a pattern has more than {MOST_CHARACTERS} characters, its words put in.")
        return ""

    def guards(self, phrases: Sequence[str], place: Place) -> tuple[str, ...]:
        """The guards, those of a named group in its stead; an unknown name is a problem."""
        return tuple(guard for phrase in phrases for guard in self._guards(phrase, place))

    def _guards(self, phrase: str, place: Place) -> tuple[str, ...]:
        name = _NAME.fullmatch(phrase)
        if name is None or name[1] in self.groups:
            return self.groups[name[1]] if name else (phrase,)
        self.problems.add(place, f"the pack has no guards `{name[1]}`.", did_you_mean(name[1], self.groups))
        return ()

    def _choice(self, name: str, place: Place) -> str:
        if name not in self.choices:
            self.problems.add(place, f"the pack has no word `{name}`.", did_you_mean(name, self.choices))
        return f"(?:{self.choices.get(name, '')})"


def read_pack_words(form: Form, problems: Problems) -> PackWords:
    """What a pack says under `words` and `guards`."""
    choices: dict[str, str] = {}
    groups: dict[str, tuple[str, ...]] = {}
    words = PackWords(choices=choices, groups=groups, problems=problems)
    for key, node in _entries(form, "words"):
        choices[key] = words.pattern(as_text(node, f"`{key}`", problems) or "", node.place)
    for key, node in _entries(form, "guards"):
        groups[key] = as_texts(node, f"`{key}`", problems) or ()
    return words


def _entries(form: Form, key: str) -> Sequence[tuple[str, Node]]:
    fields = form.fields(key)
    return [(name.value, value) for name, value in fields.entries] if fields else []


def _loose(source: str) -> str:
    """White space of any length, and apostrophes that may be missing."""
    return _LOOSE.sub(lambda found: r"(?:\s+)" if found["space"] else "'?" if found["apostrophe"] else found[0], source)
