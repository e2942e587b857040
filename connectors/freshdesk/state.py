"""What we remember of a ticket between two visits, because Freshdesk does not: the bookmark.

A ticket has no history to read back. So we keep the state it was last seen in, and every difference found since:
otherwise a status that was moved twice would have moved but once by the time of the next visit.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from connectors.fields import mapping, moment
from connectors.freshdesk.fields import identity, number, texts

MOST_MOVES = 40
"""Older ones are forgotten, so that a bookmark stays within some kilobytes."""


class State(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What can be compared of a ticket. `status` is Freshdesk's code, `status_at` when it last moved."""

    status: int | None = None
    status_at: datetime | None = None
    tags: tuple[str, ...] = ()
    group: str | None = None
    assignee: str | None = None


class Move(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A difference between two visits, and the change it belongs to: a conversation's, or one of its own.

    `actor` is the user it is laid to where the change is its own: nobody told us, see `differences`.
    """

    change_id: str
    at: datetime
    status: tuple[int | None, int] | None = None
    by_rule: bool = False
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    group: str | None = None
    assignee: str | None = None
    actor: str | None = None
    is_rules: bool = False


class Owed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What notes of ours announced and the ticket does not show yet: the write was lost, and is made good later."""

    reopened: bool = False
    tagged: tuple[str, ...] = ()
    untagged: tuple[str, ...] = ()
    group: str | None = None


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """The bookmark: the newest conversation judged, the state last seen, the moves found so far, what we still owe."""

    conversations: int
    state: State
    moves: tuple[Move, ...] = ()
    owed: Owed = Owed()

    @property
    def bookmark(self) -> str:
        """As JSON text."""
        return msgspec.json.encode(self).decode()


def remembered(bookmark: str | None) -> Memory | None:
    """What a bookmark holds; None for none, or one that is not ours."""
    try:
        return msgspec.json.decode(bookmark, type=Memory) if bookmark else None
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None


def state_of(ticket: Mapping[str, Any]) -> State:
    """The state in a ticket's JSON."""
    return State(
        status=number(ticket.get("status")),
        status_at=moment(mapping(ticket.get("stats")).get("status_updated_at")),
        tags=texts(ticket.get("tags")),
        group=identity(ticket.get("group_id")),
        assignee=identity(ticket.get("responder_id")),
    )
