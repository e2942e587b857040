"""Who changed a ticket's state, and when: told from the difference between two visits. Pure.

Freshdesk has no ticket audits, so this is a reckoning, and these are its rules:

- What our own notes say we did is ours, also if it comes about visits later; only the rest is somebody's.
- A status carries its own time (`stats.status_updated_at`). Within a minute of an agent's new conversation, with no
  customer's word in between, both are one submit ("send and set as resolved").
- Within seconds of a mail that a rule or scenario sent, both are that one's doing.
- A reopening within a minute of a customer's message is the usual rule at work, inside the customer's submit.
- Resolved to closed with nobody speaking is the usual hourly rule. Anything else with nobody speaking is laid to the
  assignee, or else to the agent who spoke last: the likeliest hand, but an hourly rule of another kind looks the same.
- Tags, group and assignee carry no time of their own but the ticket's `updated_at`.
- On first sight nobody knows since when a tag is there; unless nothing has happened since the ticket was opened:
  then whoever opened it set the tags.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from connectors.fields import mapping, moment
from connectors.freshdesk import vocabulary
from connectors.freshdesk.changes import DESCRIPTION
from connectors.freshdesk.conversations import Conversation
from connectors.freshdesk.fields import LONG_AGO
from connectors.freshdesk.state import Memory, Move, Owed, State, state_of

SAME_SUBMIT = timedelta(seconds=60)
SAME_RULE = timedelta(seconds=10)

StatusMoved = tuple[int | None, int]


def new_moves(memory: Memory | None, ticket: Mapping[str, Any], new: Sequence[Conversation]) -> tuple[Move, ...]:
    """What others than we changed since the last visit, one or two moves; `new` are the conversations since then.

    On first sight only the status is told, by its time, and the tags of a ticket that was opened just now.
    """
    if memory is None and not new and (opening := _opening_tags(ticket)):
        return (opening,)
    now = state_of(ticket)
    updated_at = moment(ticket.get("updated_at")) or LONG_AGO
    taken = {move.change_id for move in memory.moves} if memory else set()
    ours = _announced(memory.owed, new) if memory else Owed()
    status = _status_move(memory.state, now, ours) if memory else _status_at_first_sight(ticket, now, new)
    moved = _placed(status, now.status_at or updated_at, now, new, taken) if status else None
    rest = _rest(memory.state, now, ours) if memory else None
    if rest is None:
        return (moved,) if moved else ()
    speaker = _speaker_at(updated_at, new)
    if speaker is None and moved and not moved.by_rule:
        place = moved
    else:
        place = _move_of(speaker) if speaker else _move_of_its_own(updated_at, now, taken)
    if moved and moved.change_id == place.change_id:
        return (_with(moved, rest),)
    return (*((moved,) if moved else ()), _with(place, rest))


def owed_after(memory: Memory | None, ticket: Mapping[str, Any], new: Sequence[Conversation]) -> Owed:
    """What our notes announced and this visit did not find done."""
    if memory is None:
        return Owed()
    ours, before, now = _announced(memory.owed, new), memory.state, state_of(ticket)
    return Owed(
        reopened=ours.reopened and (now.status, now.status_at) == (before.status, before.status_at),
        tagged=_without(ours.tagged, now.tags),
        untagged=_without(ours.untagged, _without(ours.untagged, now.tags)),
        group=ours.group if ours.group != now.group else None,
    )


def _announced(owed: Owed, new: Sequence[Conversation]) -> Owed:
    for marker in (one.marker for one in new if one.marker):
        owed = Owed(
            reopened=owed.reopened or marker.is_reopened,
            tagged=tuple(dict.fromkeys((*_without(owed.tagged, marker.untagged), *marker.tagged))),
            untagged=tuple(dict.fromkeys((*_without(owed.untagged, marker.tagged), *marker.untagged))),
            group=marker.group_id or owed.group,
        )
    return owed


def _without(tags: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    folded = {tag.casefold() for tag in others}
    return tuple(tag for tag in tags if tag.casefold() not in folded)


def _status_move(before: State, now: State, ours: Owed) -> StatusMoved | None:
    if now.status is None or (now.status, now.status_at) == (before.status, before.status_at):
        return None
    is_reopened_by_us = ours.reopened and before.status in vocabulary.DONE
    expected = vocabulary.OPEN if is_reopened_by_us else before.status
    if now.status != expected:
        return expected, now.status
    is_moved_since = bool(before.status_at and now.status_at and now.status_at > before.status_at)
    if not is_moved_since or is_reopened_by_us:
        return None
    # Away and back. It left a done status for something that was not done; open is what that mostly is.
    return (vocabulary.OPEN if now.status in vocabulary.DONE else None), now.status


def _status_at_first_sight(ticket: Mapping[str, Any], now: State, new: Sequence[Conversation]) -> StatusMoved | None:
    opened_at = moment(ticket.get("created_at"))
    if now.status is None or now.status_at is None or opened_at is None or now.status_at <= opened_at:
        return None
    ours = [one for one in new if one.marker and one.marker.is_reopened and _is_near(one.at, now.status_at)]
    if now.status == vocabulary.OPEN and ours:
        return None
    stats = mapping(ticket.get("stats"))
    resolved_at, closed_at = moment(stats.get("resolved_at")), moment(stats.get("closed_at"))
    if now.status != vocabulary.CLOSED or resolved_at is None or closed_at is None:
        return None, now.status
    # Closing what was not resolved sets both times. Source: a recorded ticket in airbytehq/airbyte.
    return (vocabulary.RESOLVED if resolved_at < closed_at else vocabulary.OPEN), now.status


def _opening_tags(ticket: Mapping[str, Any]) -> Move | None:
    opened_at, updated_at = moment(ticket.get("created_at")), moment(ticket.get("updated_at"))
    tags = state_of(ticket).tags
    if not tags or opened_at is None or updated_at is None or not _is_near(opened_at, updated_at, SAME_RULE):
        return None
    return Move(change_id=DESCRIPTION, at=opened_at, added=tags)


def _rest(before: State, now: State, ours: Owed) -> Move | None:
    """Tags, group and assignee that differ from what they were, but for what our own notes made of them.

    A note explains a difference and makes none: what it announced may have been lost on the way.
    """
    move = Move(
        change_id="",
        at=LONG_AGO,
        added=_without(_without(now.tags, before.tags), ours.tagged),
        removed=_without(_without(before.tags, now.tags), ours.untagged),
        group=now.group if now.group not in (before.group, ours.group) else None,
        assignee=now.assignee if now.assignee != before.assignee else None,
    )
    return move if move.added or move.removed or move.group or move.assignee else None


def _placed(status: StatusMoved, at: datetime, now: State, new: Sequence[Conversation], taken: set[str]) -> Move:
    speaker = _speaker_at(at, new)
    if speaker:
        return msgspec.structs.replace(_move_of(speaker), status=status)
    customer = next((one for one in reversed(new) if one.is_incoming and _is_near(one.at, at)), None)
    if customer and status[1] not in vocabulary.DONE:
        return msgspec.structs.replace(_move_of(customer), status=status, by_rule=True)
    alone = _move_of_its_own(at, now, taken)
    return msgspec.structs.replace(alone, status=status, is_rules=status == (vocabulary.RESOLVED, vocabulary.CLOSED))


def _speaker_at(at: datetime, new: Sequence[Conversation]) -> Conversation | None:
    """The newest conversation from the desk's side that the moment belongs to; a person's before a rule's."""
    for one in reversed(new):
        if one.is_incoming and one.at <= at:
            break
        if one.is_agents and _is_near(one.at, at):
            return one
    mails = (one for one in reversed(new) if one.is_automatic and not (one.is_own or one.is_incoming))
    return next((one for one in mails if _is_near(one.at, at, SAME_RULE)), None)


def _is_near(one: datetime, other: datetime, within: timedelta = SAME_SUBMIT) -> bool:
    return abs(one - other) <= within


def _move_of(conversation: Conversation) -> Move:
    return Move(change_id=conversation.change_id, at=conversation.at)


def _move_of_its_own(at: datetime, now: State, taken: set[str]) -> Move:
    told = at.isoformat(timespec="seconds").replace("+00:00", "Z")
    names = (f"s:{told}", *(f"s:{told}#{number}" for number in range(2, len(taken) + 3)))
    return Move(change_id=next(name for name in names if name not in taken), at=at, actor=now.assignee)


def _with(place: Move, rest: Move) -> Move:
    """The rest, at the place of another move and together with it."""
    return msgspec.structs.replace(
        place, added=rest.added, removed=rest.removed, group=rest.group, assignee=rest.assignee
    )
