"""A conversation of Freshdesk, read without trust: a reply, a note, a survey's answer, a forwarded mail."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.fields import moment, text
from connectors.freshdesk import vocabulary
from connectors.freshdesk.fields import LONG_AGO, address, identity, number, shown_text
from connectors.freshdesk.marker import Marker, read_marker

# The notes that a merge leaves, as Freshdesk words them unless the agent changes them; nothing else tells of a merge.
# Source: public apps that merge tickets or look for merged ones; read 2026-11.
_MERGED_AWAY = re.compile(r"\bclosed and merged into ticket\W*(\d{1,19})\b", re.IGNORECASE)
_MERGED_HERE = re.compile(r"\s*merged from ticket\W*\d", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """One message of a ticket. `number` orders them as they came; `user_id` is an agent's or a contact's."""

    number: int
    at: datetime
    user_id: str | None
    is_incoming: bool
    is_private: bool
    source: int
    text: str
    html: str | None
    sender: str | None
    is_automatic: bool
    """A rule or a scenario sent it. Source of the fields' meaning: none found, so both are read as "not typed"."""
    is_auto_response: bool
    is_own: bool
    marker: Marker | None

    @property
    def merged_into(self) -> str | None:
        """The ticket that this one went into, by this note."""
        told = _MERGED_AWAY.search(self.text) if self._is_note else None
        return told.group(1) if told else None

    @property
    def is_merge(self) -> bool:
        """Whether a merge left it, on either of the two tickets."""
        return self.merged_into is not None or (self._is_note and _MERGED_HERE.match(self.text) is not None)

    @property
    def _is_note(self) -> bool:
        return self.source == vocabulary.NOTE and not self.is_incoming and not self.is_own

    @property
    def change_id(self) -> str:
        """The id of the change it is."""
        return f"c{self.number}"

    @property
    def is_agents(self) -> bool:
        """Whether somebody of the account wrote it, and not we."""
        return not (self.is_incoming or self.is_own or self.is_automatic)


def read_conversations(raw: Iterable[Mapping[str, Any]], own_id: str) -> tuple[Conversation, ...]:
    """All that have a number, oldest first. Freshdesk promises no order, so they are sorted here."""
    found = {item.number: item for one in raw if (item := _read(one, own_id))}
    return tuple(sorted(found.values(), key=lambda item: (item.at, item.number)))


def _read(raw: Mapping[str, Any], own_id: str) -> Conversation | None:
    known = number(raw.get("id"))
    if known is None:
        return None
    source = number(raw.get("source")) or vocabulary.REPLY
    is_private = raw.get("private") is True or source == vocabulary.FORWARD
    # What a customer reads may be its author's word though it is set as a quotation; a note's may repeat ours.
    shown = shown_text(raw.get("body"), raw.get("body_text"), quotes=not is_private)
    is_incoming = raw.get("incoming") is True
    user_id = identity(raw.get("user_id"))
    # A marker in a public reply or a customer's mail is only a quotation: believing it would hide the reply from us.
    marker = read_marker(shown) if is_private and not is_incoming else None
    return Conversation(
        number=known,
        at=moment(raw.get("created_at")) or LONG_AGO,
        user_id=user_id,
        is_incoming=is_incoming,
        is_private=is_private,
        source=source,
        text=shown,
        html=text(raw.get("body")) or None,
        sender=address(raw.get("from_email")) or address(raw.get("support_email")),
        is_automatic=bool(number(raw.get("automation_id"))),
        is_auto_response=raw.get("auto_response") is True,
        is_own=user_id == own_id or marker is not None,
        marker=marker,
    )
