"""What policy files call by a name that the helpdesk gave it, and what of that is not there."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from connectors.helpdesk import Named
from policies.matching import compare
from policies.places import BRANDS, GROUPS
from policies.policy import Place, Problem, Test
from policies.reading import FactType
from policies.source import Fields, Items, Node, Text, read_source
from service.commands import APPROVERS

KINDS: Mapping[str, Named] = {
    "change.macros": Named.MACRO,
    "thread.untold_macros": Named.MACRO,
    "change.tags_added": Named.TAG,
    "change.tags_removed": Named.TAG,
    "ticket.tags": Named.TAG,
    "thread.tags_of_colleagues": Named.TAG,
    "thread.untold_tags_removed": Named.TAG,
    "reply.sender": Named.ADDRESS,
    "ticket.group": Named.GROUP,
    "ticket.brand": Named.BRAND,
}
"""The facts whose values are such names."""

_PLACES = {GROUPS: Named.GROUP, BRANDS: Named.BRAND}
_CONDITIONS = ("applies_to", "when", "unless")
_MOST_HINTS = 30
"""Finding the nearest of 12,000 tags takes a sixth of a second."""
_FEW = 24
"""So many names are told where none is near."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """One name, or several of which one is enough: the entries of a list that spreads a net with `*`."""

    kind: Named
    texts: tuple[str, ...]
    place: Place
    net: str = ""
    """What such a list is called; empty for a single name."""


def named_in(sources: Mapping[str, str]) -> tuple[Name, ...]:
    """The names in sound policy files, in the order of files and lines.

    Not among them: tags that a block puts on, for those come into being by it, and the facts of inline tests.
    """
    files: list[Node] = [read_source(name, content.encode()) for name, content in sources.items()]
    named = [(Named.GROUP, node) for node in _below(files, "policies", "do", "block", "group")]
    named += [(Named.TAG, node) for node in _below(files, "policies", "do", "block", "remove_tags")]
    named += [(kind, key) for word, kind in _PLACES.items() for key in _keys_of_modes(files, word)]
    named += [(Named.TAG, node) for node in _below(files, "exceptions", "match", "ticket.tag")]
    lists = {(Named.GROUP, APPROVERS)}
    for kind, operator, node in _asked(node for part in _CONDITIONS for node in _below(files, "policies", part)):
        if operator == "matches_list" and isinstance(node, Text):
            lists.add((kind, node.value))
        else:
            named.append((kind, node))
    found = [name for kind, node in named for name in _names(kind, node, node.place, "this list")]
    for key, node in (entry for top in _below(files, "lists") for fields in _mappings(top) for entry in fields.entries):
        kinds = [kind for kind in Named if (kind, key.value) in lists]
        found += [name for kind in kinds for name in _names(kind, node, key.place, f"the list `{key.value}`")]
    return tuple(sorted(found, key=lambda one: (one.place.source, one.place.line, one.place.column)))


def missing(names: Iterable[Name], there: Mapping[Named, frozenset[str]], account: str) -> list[Problem]:
    """A warning for each name that the account does not list; what is not in `there` could not be asked."""
    lost = [name for name in names if name.kind in there and not _is_there(name, tuple(there[name.kind]))]
    single = dict.fromkeys((name.kind, name.texts[0]) for name in lost if not name.net)
    hints = {(kind, text): _hint(text, there[kind]) for kind, text in list(single)[:_MOST_HINTS]}
    return [_problem(name, hints.get((name.kind, name.texts[0]), ""), account) for name in lost]


def _problem(name: Name, hint: str, account: str) -> Problem:
    if name.net:
        message = f"nothing in {name.net} fits a {name.kind} that {account} lists."
        return Problem(place=name.place, message=message, hint="Add the names of your account.", is_warning=True)
    message = f"{account} lists no {name.kind} `{name.texts[0]}`."
    return Problem(place=name.place, message=message, hint=hint, is_warning=True)


def _hint(wanted: str, there: Iterable[str]) -> str:
    """The nearest real name, whatever its capitals; ids are nobody's guess."""
    by_small = {name.casefold(): name for name in sorted(there) if not name.isdigit()}
    near = difflib.get_close_matches(wanted.casefold(), by_small, n=1)
    if near:
        return f"Did you mean `{by_small[near[0]]}`?"
    return f"It has: {', '.join(by_small.values())}." if 0 < len(by_small) <= _FEW else ""


def _is_there(name: Name, there: tuple[str, ...]) -> bool:
    """As policies compare names: as a whole, `*` stands for anything, case does not matter."""
    test = Test(fact="", operator="is", wanted=name.texts, place=name.place)
    return compare(test, FactType.TEXTS, there).holds


def _names(kind: Named, node: Node, place: Place, net: str) -> Iterator[Name]:
    """Each plain entry of a list, and the list as a whole if it has others; or the one name."""
    texts = list(_texts(node))
    is_net = isinstance(node, Items) and any("*" in text.value for text in texts)
    singles = [text for text in texts if "*" not in text.value] if is_net else texts
    yield from (Name(kind=kind, texts=(text.value,), place=text.place) for text in singles)
    if is_net:
        yield Name(kind=kind, texts=tuple(text.value for text in texts), place=place, net=net)


def _asked(nodes: Iterable[Node]) -> Iterator[tuple[Named, str, Node]]:
    """What conditions ask of facts that are names, each with its operator."""
    for key, value in (entry for node in nodes for fields in _mappings(node) for entry in fields.entries):
        kind = KINDS.get(key.value)
        if kind is None:
            yield from _asked([value] if key.value in ("all", "any", "not") else ())
        elif isinstance(value, Fields):
            yield from ((kind, word.value, asked) for word, asked in value.entries)
        else:
            yield kind, "is", value


def _keys_of_modes(files: Iterable[Node], word: str) -> Iterator[Text]:
    """The groups, or the brands, that have modes of their own."""
    for by_policy in (fields for node in _below(files, "modes") for fields in _mappings(node)):
        for places in _below((value for _, value in by_policy.entries), word):
            yield from (key for fields in _mappings(places) for key, _ in fields.entries)


def _below(nodes: Iterable[Node], *keys: str) -> Iterator[Node]:
    """What stands at the end of a path of keys; on the way, every entry of a list."""
    if not keys:
        yield from nodes
        return
    entries = (entry for node in nodes for fields in _mappings(node) for entry in fields.entries)
    yield from _below((value for key, value in entries if key.value == keys[0]), *keys[1:])


def _mappings(node: Node) -> Iterator[Fields]:
    yield from (one for one in (node.nodes if isinstance(node, Items) else (node,)) if isinstance(one, Fields))


def _texts(node: Node) -> Iterator[Text]:
    yield from (one for one in (node.nodes if isinstance(node, Items) else (node,)) if isinstance(one, Text))
