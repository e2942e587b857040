"""What was worked out from messages and need not be again: an agent asks about one ticket several times in a row."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from policies.text import is_read_from_html
from policies.ticket import Ticket

MOST_MESSAGES = 4_000
MOST_CHARACTERS = 8_000_000
"""What is kept for a message takes a few times its length."""
LONGEST_S = 3_600.0
"""All of it is forgotten once an hour: what is erased from the store must not stay here for days."""


@dataclass(slots=True)
class Memory:
    """The memos of the messages seen last, by their text. Several threads may share it."""

    most_messages: int = MOST_MESSAGES
    elapsed_s: Callable[[], float] = time.monotonic
    _begun_s: float = 0.0
    _memos: OrderedDict[str, dict[str, Any]] = field(default_factory=OrderedDict)
    _characters: int = 0
    _lock: Lock = field(default_factory=Lock)

    def remind(self, ticket: Ticket) -> None:
        """Gives each message of the ticket what is known of its text, and remembers what will be found out of it."""
        comments = (change.comment for change in ticket.changes if change.comment is not None)
        with self._lock:
            self._forget_in_time()
            for comment in comments:
                if comment.text.strip() and not is_read_from_html(comment):
                    self._remind(comment.text, comment.memo)
            while len(self._memos) > self.most_messages or self._characters > MOST_CHARACTERS:
                text, _ = self._memos.popitem(last=False)
                self._characters -= len(text)

    def _forget_in_time(self) -> None:
        now_s = self.elapsed_s()
        if now_s - self._begun_s >= LONGEST_S:
            self._begun_s, self._characters = now_s, 0
            self._memos.clear()

    def _remind(self, text: str, memo: dict[str, Any]) -> None:
        if text in self._memos:
            memo.update(self._memos[text])
            self._memos.move_to_end(text)
        else:
            self._memos[text] = memo
            self._characters += len(text)
