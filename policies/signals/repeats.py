"""Whether a reply is a text that was sent before: sentence by sentence, so that a shared footer makes no repeat.

Two answers of one desk share their greeting, thanks and footer, often most of what is written. They are one text
only if the newer has nothing to say that the older had not; and it stays one with another name, number or courtesy.
"""

import re
from collections.abc import Sequence
from functools import cached_property
from itertools import islice

from rapidfuzz import fuzz, process

from policies.phrases import sentences
from policies.reading import Moment
from policies.searched import canonical
from policies.sentences import Span
from policies.signals.thread import Message, Side, find

_SAME = 82.0
"""Character ratio, in percent, from which two texts, or two sentences, count as one."""
_CONTAINED = 88.0
"""The same for a sentence of some length that stands within the other text, or has a sentence of it within itself."""
_SOME_LENGTH = 12
_LONGER = 1.5
"""How much longer a sentence may be than the one within it and still say the same."""
_SHORTEST_REPEAT = 35
"""Canonical characters below which two texts are alike by chance."""
_SHARED = 0.5
"""The least share of a text's words that its twin has too."""
_NEWS = 3
"""New words, beside courtesies, from which a reply says something the earlier one had not: "Your plan ends in June"."""
_SHORTEST_WORD = 4
"""Letters of a word that may be news; what is left of contractions and small words is none."""
_LINE = re.compile(r"[^\n]+")
_MOST_SENTENCES = 80
_LONGEST_COMPARED = 8_000
"""Canonical characters that are compared: the work grows with the product of both lengths."""
_GREETING = re.compile(
    r"(?i)\s*(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day))\b[^,.!?\n]{0,40}[,.!\n]*\s*"
)


def earlier_twin(moment: Moment, reply: Message, earlier: Sequence[Message]) -> Message | None:
    """The newest earlier reply of ours that is the same text, or None."""
    text = reply.said.text
    if len(canonical(text)) < _SHORTEST_REPEAT:
        return None
    told = _Told(moment, text)
    sent = (message for message in reversed(earlier) if message.side in (Side.AGENT, Side.RULE))
    return next((message for message in sent if told.was_told_by(message.said.text)), None)


class _Told:
    """What a reply says: its sentences, canonical, each with the words in it that are no courtesy."""

    def __init__(self, moment: Moment, text: str) -> None:
        self._moment = moment
        self._text = text
        self._whole = canonical(text)[:_LONGEST_COMPARED]
        self._words = set(self._whole.split())

    @cached_property
    def _sentences(self) -> Sequence[tuple[str, frozenset[str]]]:
        """Needed only beside a text that shares words; the longest come first: one that is new settles the matter."""
        text, courtesies = self._text, _courtesies(self._moment, self._text)
        pieces = [(said, _matter(text, span, courtesies)) for span, said in _pieces(text)]
        return sorted(pieces, key=lambda one: -len(one[1]))

    def _shares_words(self, whole: str) -> bool:
        """Whether enough words are common; most texts fail this, which costs little to tell."""
        return len(self._words & set(whole.split())) >= _SHARED * len(self._words)

    def was_told_by(self, text: str) -> bool:
        """Whether an earlier text said all of it already."""
        whole = canonical(text)[:_LONGEST_COMPARED]
        if len(whole) < _SHORTEST_REPEAT:
            return False
        if whole == self._whole or not self._shares_words(whole):
            return whole == self._whole
        other = [said for _, said in _pieces(text)]
        known, news, told = set(whole.split()), set[str](), 0
        for sentence, matter in self._sentences:
            if _stands_in(sentence, whole, other):
                told += len(sentence)
            else:
                news |= matter - known
            if len(news) >= _NEWS:
                return False
        return told >= _SHORTEST_REPEAT or fuzz.ratio(self._whole, whole) >= _SAME


def _stands_in(sentence: str, whole: str, other: Sequence[str]) -> bool:
    """Whether an earlier text, given whole and in sentences, says this one too."""
    if process.extractOne(sentence, other, scorer=fuzz.ratio, score_cutoff=_SAME) is not None:
        return True
    if len(sentence) < _SOME_LENGTH:
        return False
    within = [one for one in other if len(one) <= len(sentence) <= _LONGER * len(one)]
    candidates = [*within, whole] if len(sentence) <= len(whole) else within
    return process.extractOne(sentence, candidates, scorer=fuzz.partial_ratio, score_cutoff=_CONTAINED) is not None


def _pieces(text: str) -> Sequence[tuple[Span, str]]:
    """The sentences, and the lines within them: span, and canonical. Without a letter or digit they are left out."""
    lines = ((start, line) for start, end in sentences(text) for line in _LINE.finditer(text[start:end]))
    pieces = (((start + line.start(), start + line.end()), canonical(line.group())) for start, line in lines)
    return list(islice((piece for piece in pieces if piece[1]), _MOST_SENTENCES))


def _courtesies(moment: Moment, text: str) -> Sequence[Span]:
    """Stretches that say nothing to the matter: the greeting, wishes, and sentences that could stand in any reply."""
    greeting = _GREETING.match(text)
    form = [match.start for match in find(moment, "form_reply", text)]
    polite = [(match.start, match.end) for match in find(moment, "pleasantry", text)]
    return [
        *([greeting.span()] if greeting else []),
        *polite,
        *(span for span in sentences(text) if any(span[0] <= start < span[1] for start in form)),
    ]


def _matter(text: str, piece: Span, courtesies: Sequence[Span]) -> frozenset[str]:
    """The words of a sentence that are no courtesy, small ones and numbers left out."""
    start, end = piece
    left = list(text[start:end])
    for a, b in courtesies:
        if a < end and b > start:
            left[max(0, a - start) : b - start] = " " * (min(end, b) - max(start, a))
    words = canonical("".join(left)).split()
    return frozenset(word for word in words if len(word) >= _SHORTEST_WORD and not word.isdigit())
