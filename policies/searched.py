"""A text as phrases are searched in it: whatever is worked out from it is worked out once, when first asked for."""

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

from policies.folding import Folded, fold
from policies.languages import Shares, shares
from policies.sentences import sentences
from policies.stretch import Stretch
from policies.wording import marked


class Searched:
    """One text. Offsets are into the whole as it is searched; `original` tells where that came from."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.hits: dict[object, Mapping[int, Sequence[Stretch]]] = {}
        """Which phrases the index of a language has found likely, and in which sentences."""
        self.likely: dict[object, Collection[int]] = {}
        """And which patterns."""

    @cached_property
    def whole(self) -> Stretch:
        """All of it: folded, with signs told from words."""
        return Stretch(marked(self._folded.text))

    @cached_property
    def sentences(self) -> Sequence[Stretch]:
        """The same, sentence by sentence."""
        spans = list(sentences(self._folded.text))
        if len(spans) == 1:
            return [self.whole]
        return [self.whole.part(start, end) for start, end in spans]

    @cached_property
    def shares(self) -> Shares:
        """Which languages it is written in."""
        return shares(self._folded.text)

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The place in the text that [start, end) of the whole, not empty, was made from."""
        return self._folded.original(start, end)

    @cached_property
    def _folded(self) -> Folded:
        return fold(self.text)
