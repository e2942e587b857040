"""Words a phrase pack names once: choices its patterns are composed of, and guards its entries share.

`words: {account: "account|membership"}` lets a pattern or a phrase say `your <account> is closed`; a word may use those
above it. A phrase takes words that are nothing but choices, alone or among others: `(<account>|shop)`. `guards: {asked:
["as you asked"]}` lets an entry say `unless: ["<asked>", "if"]`. In a pattern a space stands for white space of any
length, and an apostrophe may be missing, as in a phrase.
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
_OF_PATTERNS = re.compile(r"[()\[\]{}?+\\]")
MOST_CHARACTERS = 30_000
"""Of a pattern, its words put in: a word made of words made of words must not explode."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackWords:
    """What a pack's names stand for."""

    choices: Mapping[str, str]
    written: Mapping[str, str]
    """The choices as a phrase has them."""
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

    def phrase(self, source: str, place: Place) -> str:
        """The phrase with its words put in as choices; an unknown word, or one for patterns only, is a problem."""
        spelled = ""
        for odd, part in enumerate(_NAME.split(source)):
            choices = self._written(part, place) if odd % 2 else part
            is_alone = odd % 2 and spelled.count("(") == spelled.count(")")
            spelled += f"({choices})" if is_alone else choices
        return spelled

    def guards(self, phrases: Sequence[str], place: Place) -> tuple[str, ...]:
        """The guards, those of a named group in its stead; an unknown name is a problem."""
        return tuple(guard for phrase in phrases for guard in self._guards(phrase, place))

    def _guards(self, phrase: str, place: Place) -> tuple[str, ...]:
        name = _NAME.fullmatch(phrase)
        if name is None or name[1] in self.groups:
            return self.groups[name[1]] if name else (self.phrase(phrase, place),)
        self.problems.add(place, f"the pack has no guards `{name[1]}`.", did_you_mean(name[1], self.groups))
        return ()

    def _choice(self, name: str, place: Place) -> str:
        if name not in self.choices:
            self.problems.add(place, f"the pack has no word `{name}`.", did_you_mean(name, self.choices))
        return f"(?:{self.choices.get(name, '')})"

    def _written(self, name: str, place: Place) -> str:
        if name not in self.written:
            self.problems.add(place, f"the pack has no word `{name}`.", did_you_mean(name, self.written))
        elif _OF_PATTERNS.search(self.written[name]):
            self.problems.add(place, f"the word `{name}` is for patterns, a phrase takes choices alone.")
        return self.written.get(name, "")


def read_pack_words(form: Form, problems: Problems) -> PackWords:
    """What a pack says under `words` and `guards`."""
    choices: dict[str, str] = {}
    written: dict[str, str] = {}
    groups: dict[str, tuple[str, ...]] = {}
    words = PackWords(choices=choices, written=written, groups=groups, problems=problems)
    for key, node in _entries(form, "words"):
        source = as_text(node, f"`{key}`", problems) or ""
        choices[key] = words.pattern(source, node.place)
        written[key] = _NAME.sub(lambda name: written.get(name[1], ""), source)
    for key, node in _entries(form, "guards"):
        groups[key] = tuple(words.phrase(guard, node.place) for guard in as_texts(node, f"`{key}`", problems) or ())
    return words


def _entries(form: Form, key: str) -> Sequence[tuple[str, Node]]:
    fields = form.fields(key)
    return [(name.value, value) for name, value in fields.entries] if fields else []


def _loose(source: str) -> str:
    """White space of any length, and apostrophes that may be missing."""
    return _LOOSE.sub(lambda found: r"(?:\s+)" if found["space"] else "'?" if found["apostrophe"] else found[0], source)
