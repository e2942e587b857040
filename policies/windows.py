"""A text as declared changes are looked for in it: sentence by sentence, and every two that follow each other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from policies.phrases import sentences
from policies.terms import terms

_MOST_SENTENCES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A sentence, or two that follow each other: people complain in one and ask in the next."""

    start: int
    end: int
    order: tuple[str, ...]
    """Its terms as they stand."""
    terms: frozenset[str]
    words: str


def windows(text: str) -> Iterator[Window]:
    """The windows of the first 40 sentences."""
    before: tuple[int, tuple[str, ...]] | None = None
    for start, end in list(sentences(text))[:_MOST_SENTENCES]:
        order = tuple(terms(text[start:end]))
        yield _window(text, start, end, order)
        if before is not None:
            yield _window(text, before[0], end, before[1] + order)
        before = start, order


def _window(text: str, start: int, end: int, order: tuple[str, ...]) -> Window:
    return Window(start=start, end=end, order=order, terms=frozenset(order), words=text[start:end])


def named(order: Sequence[str], names: Sequence[tuple[str, ...]]) -> tuple[frozenset[str], bool]:
    """The terms of the longest name in the text, and whether it stands there as it is written."""
    there = [name for name in names if set(order).issuperset(name)]
    close = [name for name in there if _is_run(order, name)]
    loose = [name for name in there if _is_near(order, name)]
    longest = max(close or loose, key=len) if close or loose else ()
    return frozenset(longest), bool(close)


def _is_run(order: Sequence[str], name: tuple[str, ...]) -> bool:
    return any(tuple(order[at : at + len(name)]) == name for at in range(len(order) - len(name) + 1))


def _is_near(order: Sequence[str], name: tuple[str, ...]) -> bool:
    """Whether the name's terms stand together in any order, one stranger among them."""
    width = len(name) + 1
    return any(set(name) <= set(order[at : at + width]) for at in range(max(len(order) - width, 0) + 1))
