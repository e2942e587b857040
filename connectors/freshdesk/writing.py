"""Carries out an action on a ticket, once. Freshdesk refuses no stale write, so each step looks before and after.

The note comes first and its last line tells what else will be done: whatever is lost on the way, the next call,
and every later reading of the ticket, knows what is ours.
"""

import html
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from connectors.errors import ConflictError, TransientError
from connectors.fields import mapping, moment
from connectors.freshdesk import vocabulary
from connectors.freshdesk.conversations import Conversation, read_conversations
from connectors.freshdesk.directory import Directory
from connectors.freshdesk.fields import LONG_AGO, identity, number, texts
from connectors.freshdesk.marker import Marker
from connectors.freshdesk.translate import stamp_of
from connectors.transport import Transport
from policies.ticket import Ticket
from policies.verdict import Action

TICKET_ROUTE = "/api/v2/tickets/{id}"
OWN_ECHO = timedelta(seconds=2)
"""A ticket's `updated_at` may lag behind the note that caused it by as much."""
MOST_TRIES = 3


class Writer:
    """Writes to the tickets of one account."""

    def __init__(self, transport: Transport, directory: Directory, own_id: str) -> None:
        self._transport = transport
        self._directory = directory
        self._own_id = own_id

    async def apply(self, action: Action, ticket: Ticket) -> None:
        """All of the action, what of it is not done yet. Raises ConflictError if the ticket moved on."""
        raw = await self._read(ticket.id)
        note = await self._note_of(action, ticket.id)
        group_id = await self._directory.group_id(action.group) if action.group else None
        missing = _missing(action, raw, group_id, note)
        if note is None or missing:
            _require_unmoved(ticket, raw, note)
        if note is None and (action.note_html or missing):
            await self._post_note(action, ticket.id, _marker(action, raw, missing, group_id))
        for _ in range(MOST_TRIES if missing else 0):
            # Read again as late as can be: a PUT replaces all tags, also those set while we were writing the note.
            missing = _missing(action, await self._read(ticket.id), group_id, note)
            if not missing:
                return
            await self._transport.send("PUT", f"/api/v2/tickets/{ticket.id}", route=TICKET_ROUTE, json=missing)
        if missing and _missing(action, await self._read(ticket.id), group_id, note):
            raise TransientError("somebody else keeps changing the ticket's tags, status or group; trying again later")

    async def _read(self, ticket_id: str) -> Mapping[str, Any]:
        path = f"/api/v2/tickets/{ticket_id}"
        raw = mapping(await self._transport.get(path, route=TICKET_ROUTE, params={"include": "stats"}))
        if identity(raw.get("id")) != ticket_id:
            # Taken for a ticket without tags, it would cost the ticket all of them.
            raise TransientError(f"GET {TICKET_ROUTE} was answered without the ticket that was asked for")
        return raw

    async def _note_of(self, action: Action, ticket_id: str) -> Conversation | None:
        """The note this action left, if it was carried out before."""
        path, route = f"/api/v2/tickets/{ticket_id}/conversations", f"{TICKET_ROUTE}/conversations"
        conversations = read_conversations(await self._directory.pages(path, route=route), self._own_id)
        ours = [one for one in conversations if one.marker and one.marker.action_id == action.id]
        return ours[0] if ours else None

    async def _post_note(self, action: Action, ticket_id: str, marker: Marker) -> None:
        body = f"{action.note_html or ''}<p><em>{html.escape(marker.line)}</em></p>"
        # Private by default, but nothing we write may ever reach a customer by a changed default.
        note = {"body": body, "private": True}
        await self._transport.send(
            "POST", f"/api/v2/tickets/{ticket_id}/notes", route=f"{TICKET_ROUTE}/notes", json=note
        )


def _missing(
    action: Action, raw: Mapping[str, Any], group_id: str | None, note: Conversation | None
) -> dict[str, object]:
    """The fields of a PUT that brings about what is not so yet; empty if all is."""
    wanted: dict[str, object] = {}
    status_at = moment(mapping(raw.get("stats")).get("status_updated_at"))
    # A status that moved after our note was opened by us already, and somebody has closed it anew: a new change.
    is_opened_before = bool(note and status_at and status_at > note.at)
    if action.reopen and number(raw.get("status")) in vocabulary.DONE and not is_opened_before:
        wanted["status"] = vocabulary.OPEN
    added, removed = _retagging(action, raw)
    if added or removed:
        wanted["tags"] = (*(tag for tag in texts(raw.get("tags")) if tag not in removed), *added)
    if group_id and group_id != identity(raw.get("group_id")):
        wanted["group_id"] = int(group_id)
    return wanted


def _retagging(action: Action, raw: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The tags still to be added, and those still to be taken off, as the ticket spells them."""
    tags = texts(raw.get("tags"))
    present, unwanted = {tag.casefold() for tag in tags}, {tag.casefold() for tag in action.remove_tags}
    added = tuple(tag for tag in action.add_tags if tag.casefold() not in present | unwanted)
    return added, tuple(tag for tag in tags if tag.casefold() in unwanted)


def _marker(action: Action, raw: Mapping[str, Any], missing: Mapping[str, object], group_id: str | None) -> Marker:
    added, removed = _retagging(action, raw)
    return Marker(
        action_id=action.id,
        is_reopened="status" in missing,
        tagged=added,
        untagged=removed,
        group_id=group_id if "group_id" in missing else None,
        unknown_group=action.group if group_id is None else None,
    )


def _require_unmoved(ticket: Ticket, raw: Mapping[str, Any], note: Conversation | None) -> None:
    """Nothing if the ticket is as it was judged, or only our own note came since. Raises ConflictError."""
    if stamp_of(raw) == ticket.stamp:
        return
    if note and (moment(raw.get("updated_at")) or LONG_AGO) <= note.at + OWN_ECHO:
        return
    raise ConflictError("the ticket was changed after it was read: read, judge and decide again")
