"""How far back a conversation is judged before a draft is sent: an agent waits, and others wait behind him. Pure."""

import re
from collections.abc import Callable, Iterable
from typing import TypeVar

from policies.ticket import Change
from service.gate_bodies import MessageSeen

T = TypeVar("T")

MOST_CHARACTERS = 100_000
"""Of all messages together. Reading them for the first time takes half a second; the webhook's judge reads them all."""
_MARKUP = 4
"""Characters of HTML that take as long to read as one of plain text."""
_QUOTED = 8
"""Characters of a quotation that do: they are only looked for in what was said before."""
_QUOTED_LINE = re.compile(r"^>.*", re.MULTILINE)


def newest(latest_first: Iterable[T], length: Callable[[T], int]) -> tuple[T, ...]:
    """As many of the newest as are not too long together, oldest first; one at least."""
    kept: list[T] = []
    left = MOST_CHARACTERS
    for one in latest_first:
        left -= length(one)
        if left < 0 and kept:
            break
        kept.append(one)
    return tuple(reversed(kept))


def length_of(change: Change) -> int:
    """Characters to read in a change."""
    return _length(change.comment.text) if change.comment else 0


def length_seen(message: MessageSeen) -> int:
    """The same for a message as an app sent it."""
    return _length(message.text) if message.text else len(message.html or "") // _MARKUP


def _length(text: str) -> int:
    quoted = sum(map(len, _QUOTED_LINE.findall(text)))
    return len(text) - quoted + quoted // _QUOTED
