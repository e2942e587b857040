"""A text as declared changes are looked for in it: sentence by sentence, and every two that follow each other."""

from collections.abc import Iterator
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
