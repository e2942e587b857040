"""Freshdesk's JSON as our Ticket: its description, its conversations and the moves we found, each a Change. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.fields import mapping, moment, text
from connectors.freshdesk import vocabulary
from connectors.freshdesk.changes import Desk, moved_change, opening_change, silent_change, spoken_change
from connectors.freshdesk.conversations import Conversation
from connectors.freshdesk.fields import LONG_AGO, address, identity, number, texts
from connectors.freshdesk.state import Move
from connectors.freshdesk.vocabulary import status_of
from policies.ticket import Change, Channel, Person, Role, Standing, Ticket


def to_ticket(
    raw: Mapping[str, Any],
    conversations: Sequence[Conversation],
    moves: Sequence[Move],
    desk: Desk,
    *,
    is_archived: bool = False,
) -> Ticket:
    """The ticket with its whole past, oldest change first."""
    requester = _requester(raw)
    standing, merged_into = _standing(raw, conversations, is_archived=is_archived)
    return Ticket(
        helpdesk="freshdesk",
        account=desk.account,
        id=identity(raw.get("id")) or "",
        subject=text(raw.get("subject")),
        status=status_of(number(raw.get("status")), desk.statuses),
        requester=requester,
        created_at=moment(raw.get("created_at")) or LONG_AGO,
        updated_at=moment(raw.get("updated_at")) or LONG_AGO,
        channel=vocabulary.CHANNELS.get(number(raw.get("source")) or 0, Channel.OTHER),
        standing=standing,
        tags=texts(raw.get("tags")),
        sender=address(raw.get("support_email")),
        assignee_id=identity(raw.get("responder_id")),
        group_id=identity(raw.get("group_id")),
        brand_id=identity(raw.get("product_id")),
        stamp=stamp_of(raw),
        merged_into=merged_into,
        changes=_changes(raw, requester, conversations, moves, desk),
    )


def _changes(
    raw: Mapping[str, Any],
    requester: Person,
    conversations: Sequence[Conversation],
    moves: Sequence[Move],
    desk: Desk,
) -> tuple[Change, ...]:
    """All changes, oldest first. A move's conversation may have been deleted since: the move stays."""
    told = [opening_change(raw, requester, desk), *(spoken_change(one, requester, desk) for one in conversations)]
    known = {change.id: change for change in told}
    for move in moves:
        change = known.get(move.change_id) or silent_change(move, conversations, desk)
        known[move.change_id] = moved_change(change, move, desk)
    return tuple(sorted(known.values(), key=lambda change: change.at))


def stamp_of(raw: Mapping[str, Any]) -> str:
    """What tells that a ticket has moved on. Freshdesk keeps no version, so it is the time and the status."""
    return f"{text(raw.get('updated_at'))}|{number(raw.get('status'))}"


def _standing(
    raw: Mapping[str, Any], conversations: Sequence[Conversation], *, is_archived: bool
) -> tuple[Standing, str | None]:
    """Where the ticket stands, and the ticket it was merged into.

    Closed is not the end here: a closed ticket can be written to and opened again.
    """
    if raw.get("deleted") is True:
        return Standing.DELETED, None
    if raw.get("spam") is True:
        return Standing.SUSPENDED, None
    merged_into = next((one.merged_into for one in reversed(conversations) if one.merged_into), None)
    if merged_into and number(raw.get("status")) in vocabulary.DONE:
        return Standing.MERGED, merged_into
    return (Standing.ARCHIVED if is_archived else Standing.LIVE), None


def _requester(raw: Mapping[str, Any]) -> Person:
    told = mapping(raw.get("requester"))
    known = identity(raw.get("requester_id")) or identity(told.get("id")) or "unknown"
    return Person(id=known, role=Role.CUSTOMER, name=text(told.get("name")), email=address(told.get("email")))
