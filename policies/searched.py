"""A text as phrases are searched in it: whatever is worked out from it is worked out once, when first asked for."""

from collections.abc import Sequence
from functools import cached_property

from policies.folding import Folded, fold
from policies.languages import Shares, shares
from policies.sentences import sentences
from policies.wording import marked


class Searched:
    """One text. Offsets are into the marked text; `original` tells where that came from."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def marked(self) -> str:
        """Folded, with signs told from words."""
        return marked(self._folded.text)

    @cached_property
    def encoded(self) -> bytes:
        """The marked text as a sieve takes it."""
        return self.marked.encode()

    @cached_property
    def sentences(self) -> Sequence[tuple[int, str]]:
        """The marked text, cut: where each sentence begins, and what it says."""
        return [(start, self.marked[start:end]) for start, end in sentences(self._folded.text)]

    @cached_property
    def shares(self) -> Shares:
        """Which languages it is written in."""
        return shares(self._folded.text)

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The place in the text that [start, end) of the marked text, not empty, was made from."""
        return self._folded.original(start, end)

    @cached_property
    def _folded(self) -> Folded:
        return fold(self.text)
