"""Where a phrase stands in a stretch of text.

Its words are looked up among the words of the text, so nothing is compiled: a thousand phrases are read in a few
milliseconds and take little memory, where as many patterns took a third of a second and 50 MiB. What is done at one
place of a text is bounded by the phrase, so the time taken grows with the text and no faster.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from policies.needs import Choice, Need, Word, commonness, need_of, parts_in
from policies.stretch import RUN, Stretch, all_places
from policies.wording import WORD

_REST = re.compile(f"[{WORD}]*")
_BLANK = r"[ \t\n\f\r]"
_SPACE = re.compile(rf"[,;:]?{_BLANK}+")
# A stop within a sentence is that of a date, an abbreviation, an address.
_FILLER = re.compile(rf"[^ \t\n\f\r]+{_BLANK}+")
_MOST_FILLERS = 3
_FEW = 3
"""Choices with one first word that are tried in turn; of more, the word after it leaves few to try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One word of a phrase, or several to choose from."""

    after_gap: bool
    is_optional: bool
    """It may be left out, with the space before it."""
    by_word: Mapping[str, Sequence[Choice]]
    """The choices whose first word stands in a text as it is written here, by that word; empty for the word alone."""
    others: Sequence[Choice]
    """The choices that begin with a sign or with `*`, or whose first word goes on with `*`."""

    def end(self, text: str, at: int) -> Iterator[int]:
        """Where a choice that begins at `at` may end."""
        run = RUN.match(text, at)
        choices = self.by_word.get(run.group(), ()) if run else ()
        if run and len(choices) > _FEW:
            choices = _going_on(choices, text, run)
        for choice in choices:
            end = _choice_end(choice, text, at) if choice else run and run.end()
            if end is not None:
                yield end
        for choice in self.others:
            end = _choice_end(choice, text, at)
            if end is not None:
                yield end


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """Words in their order. `opens`, `closes`: it starts, it ends at the edge of a word."""

    items: tuple[Item, ...]
    opens: bool
    closes: bool

    @cached_property
    def needs(self) -> tuple[Need, ...]:
        """All of these, the rarest first, or it is not in a text."""
        # One that need not start, or end, at the edge of a word may do so within one.
        frayed = [*([] if self.opens else [self.items[0]]), *([] if self.closes else [self.items[-1]])]
        needed = (item for item in self.items if not item.is_optional)
        needs = (need_of(item.by_word, item.others, is_whole=item not in frayed) for item in needed)
        return tuple(sorted(needs, key=commonness))

    @cached_property
    def _needs(self) -> tuple[tuple[Need, Sequence[str]], ...]:
        """Each with the parts of words in it."""
        return tuple((need, parts_in(need)) for need in self.needs)

    def may_stand_in(self, stretch: Stretch) -> bool:
        """Whether its words are there, in whatever order."""
        words, first = stretch.words, self.items[0]
        if not first.others and first.by_word.keys().isdisjoint(words):
            return False  # of most guards this is all that is ever asked
        for need, parts in self._needs:
            if need.isdisjoint(words) and need.isdisjoint(stretch.pairs) and not stretch.has_any(parts):
                return False
        return True

    def spans(self, stretch: Stretch) -> Iterator[tuple[int, int]]:
        """Where it stands, in order, none within another."""
        text, after = stretch.text, 0
        for start in self._starts(stretch):
            end = self._end(text, start, 0) if start >= after else None
            if end is not None and end > start:
                yield start, end
                after = end

    def _starts(self, stretch: Stretch) -> Iterable[int]:
        """Where it may begin, in order."""
        first = self.items[0]
        if self.opens and not first.others:  # nearly every phrase
            places = stretch.places
            return sorted(start for word in first.by_word.keys() & places.keys() for start in places[word])
        text, starts = stretch.text, set(_starts(first, stretch))
        return sorted(at for at in starts if not self.opens or at == 0 or not _is_word(text[at - 1]))

    def stands_in(self, stretch: Stretch) -> bool:
        """Whether it is there."""
        return self.may_stand_in(stretch) and any(True for _ in self.spans(stretch))

    def _end(self, text: str, at: int, number: int) -> int | None:
        """Where the phrase ends whose items from `number` on begin at `at`; None if they do not."""
        for end in self.items[number].end(text, at):
            if number + 1 == len(self.items):
                if not self.closes or end == len(text) or not _is_word(text[end]):
                    return end
                continue
            for following in self._following(number):
                for start in _nexts(text, end, is_gap=self.items[following].after_gap):
                    found = self._end(text, start, following)
                    if found is not None:
                        return found
        return None

    def _following(self, number: int) -> Iterator[int]:
        """The numbers of the items that may follow one."""
        for following in range(number + 1, len(self.items)):
            yield following
            if not self.items[following].is_optional:
                return


def _starts(item: Item, stretch: Stretch) -> Iterator[int]:
    """Where an item may begin."""
    for word in item.by_word.keys() & stretch.words:
        yield from all_places(word, stretch.text)
    for choice in item.others:
        first = next(filter(None, choice[0]), "")
        if not choice[0][0]:
            yield from (run.start() for run in RUN.finditer(stretch.text))
        if choice[0][0] or not _is_word(first[:1] or "a"):
            yield from all_places(first, stretch.text)


def _nexts(text: str, at: int, *, is_gap: bool) -> Iterable[int]:
    """Where the next word may begin: after a space, or after up to three words more, the most first."""
    space = _SPACE.match(text, at)
    if not space:
        return ()
    starts = [space.end()]
    while is_gap and len(starts) <= _MOST_FILLERS and (filler := _FILLER.match(text, starts[-1])):
        starts.append(filler.end())
    return reversed(starts)


def _going_on(choices: Sequence[Choice], text: str, first: re.Match[str]) -> Sequence[Choice]:
    """The choices whose second word, as far as that can be told, is the one after the first."""
    space = _SPACE.match(text, first.end())
    run = RUN.match(text, space.end()) if space else None
    after, alone = run.group() if run else "", (first.group(),)
    return [
        one
        for one in choices
        if len(one) < 2 or one[0] != alone or not one[1][0].isalnum() or after.startswith(one[1][0])
    ]


def _choice_end(choice: Choice, text: str, at: int) -> int | None:
    end: int | None = at
    for number, word in enumerate(choice):
        if number:
            space = _SPACE.match(text, at)
            at = space.end() if space else -1
        end = _word_end(word, text, at) if at >= 0 else None
        if end is None:
            return None
        at = end
    return end


def _word_end(word: Word, text: str, at: int) -> int | None:
    """Where the word that begins at `at` ends. What a `*` stands for is as long as can be."""
    if not text.startswith(word[0], at):
        return None
    end = at + len(word[0])
    for number, part in enumerate(word[1:], start=2):
        rest = _REST.match(text, end)
        limit = rest.end() if rest else end
        found = (text.rfind if number == len(word) else text.find)(part, end, limit + len(part))
        if found < 0:
            return None
        end = found + len(part)
    return end


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_" if char < "\x80" else char <= "\U000fffff"
