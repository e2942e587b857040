"""A policy file's bytes as located nodes: texts, lists and mappings, each with its line and column.

Only plain YAML: no anchors, aliases, merge keys, tags, duplicate keys or second documents, and nothing is
converted, so `no`, `on`, `12:30` and `012` stay the texts they look like. All of it is refused while the parser's
events stream by, before anything is constructed: an alias bomb never gets to explode.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
import yaml

from policies.policy import Place, PolicyError, Problem

MAX_FILE_BYTES = 1024 * 1024
MAX_DEPTH = 32


class Text(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A scalar as it was written. `quoted`: it stood in quotes or in a block, so it can be nothing but a text."""

    value: str
    quoted: bool
    place: Place


class Items(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A list."""

    nodes: tuple["Node", ...]
    place: Place


class Fields(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A mapping, its entries in the order they were written; no key stands twice."""

    entries: tuple[tuple[Text, "Node"], ...]
    place: Place


Node = Text | Items | Fields


def read_source(source: str, content: bytes) -> Fields:
    """The mapping a file consists of. Raises PolicyError, and nothing else, whatever the bytes."""
    start = Place(source=source, line=1, column=1)
    if len(content) > MAX_FILE_BYTES:
        raise _refused(start, "the file is larger than 1 MiB.", "Split it into several files.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = Place(source=source, line=content.count(b"\n", 0, error.start) + 1, column=1)
        raise _refused(place, "the file is not UTF-8.", "Save it as UTF-8.") from error
    try:
        node = _Composer(source, yaml.parse(text, Loader=yaml.CSafeLoader)).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(source=source, line=mark.line + 1, column=mark.column + 1) if mark else start
        raise _refused(place, f"this is not YAML: {error.problem or error.context}.") from error
    except yaml.reader.ReaderError as error:
        place = Place(source=source, line=text.count("\n", 0, error.position) + 1, column=1)
        raise _refused(place, "the file holds a control character.", "Remove it.") from error
    if not isinstance(node, Fields):
        raise _refused(start, "a policy file is a mapping.", "It begins with `format: 1`.")
    return node


def _refused(place: Place, message: str, hint: str = "") -> PolicyError:
    return PolicyError((Problem(place=place, message=message, hint=hint),))


class _Composer:
    """Turns one stream of events into one node; recursion is bounded by MAX_DEPTH."""

    def __init__(self, source: str, events: Iterator[yaml.Event]) -> None:
        self._source = source
        self._events = events

    def document(self) -> Node | None:
        """The only document's node; None for an empty file."""
        next(self._events)  # the stream's start
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None
        node = self._node(next(self._events), depth=1)
        next(self._events)  # the document's end
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise _refused(self._place(after), "a second document begins here.", "Put it into a file of its own.")
        return node

    def _node(self, event: Any, *, depth: int) -> Node:
        place = self._place(event)
        if isinstance(event, yaml.AliasEvent):
            raise _refused(place, f"aliases (*{event.anchor}) are not read here.", "Write the value out.")
        if event.anchor is not None:
            raise _refused(place, f"anchors (&{event.anchor}) are not read here.", "Write the value out.")
        if event.tag is not None:
            raise _refused(place, f"tags ({event.tag}) are not read here.", "Leave it out.")
        if depth > MAX_DEPTH:
            raise _refused(place, f"this is nested deeper than {MAX_DEPTH} levels.")
        if isinstance(event, yaml.MappingStartEvent):
            return Fields(entries=tuple(self._entries(depth)), place=place)
        if isinstance(event, yaml.SequenceStartEvent):
            return Items(nodes=tuple(self._items(depth)), place=place)
        return Text(value=event.value, quoted=bool(event.style), place=place)

    def _items(self, depth: int) -> Iterator[Node]:
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            yield self._node(event, depth=depth + 1)

    def _entries(self, depth: int) -> Iterator[tuple[Text, Node]]:
        seen: dict[str, Place] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, depth)
            if key.value in seen:
                raise _refused(key.place, f"`{key.value}` stands here twice, first at line {seen[key.value].line}.")
            seen[key.value] = key.place
            yield key, self._node(next(self._events), depth=depth + 1)

    def _key(self, event: Any, depth: int) -> Text:
        key = self._node(event, depth=depth + 1)
        if not isinstance(key, Text):
            raise _refused(key.place, "a key is a plain word.")
        if key.value == "<<" and not key.quoted:
            raise _refused(key.place, "merge keys (<<) are not read here.", "Write the values out.")
        return key

    def _place(self, event: Any) -> Place:
        mark = event.start_mark
        return Place(source=self._source, line=mark.line + 1, column=mark.column + 1)
