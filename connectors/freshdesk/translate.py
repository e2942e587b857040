"""Freshdesk's JSON as our Ticket: its description, its conversations and the moves we found, each a Change. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from connectors.freshdesk import vocabulary
from connectors.freshdesk.canned import CannedTexts
from connectors.freshdesk.conversations import Conversation
from connectors.freshdesk.fields import LONG_AGO, address, identity, mapping, moment, number, shown_text, texts, words
from connectors.freshdesk.state import Move
from connectors.freshdesk.vocabulary import status_of
from policies.ticket import (
    Change,
    Channel,
    Comment,
    CommentKind,
    Person,
    Role,
    Standing,
    Status,
    StatusMove,
    Ticket,
    Via,
    Visibility,
)

DESCRIPTION = "description"
"""The id of the change that opened the ticket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What is known of the account while one of its tickets is read. `agents` by id; who is missing is a guess."""

    account: str
    statuses: Mapping[int, Status] = field(default_factory=dict)
    agents: Mapping[str, Person] = field(default_factory=dict)
    canned: CannedTexts = field(default_factory=CannedTexts)


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
    changes = [_opening(raw, requester, desk)]
    changes += [_spoken(one, requester, desk) for one in conversations]
    known = {change.id: change for change in changes}
    for move in moves:
        known[move.change_id] = _moved(known.get(move.change_id) or _silent(move, conversations, desk), move, desk)
    return Ticket(
        helpdesk="freshdesk",
        account=desk.account,
        id=identity(raw.get("id")) or "",
        subject=words(raw.get("subject")),
        status=status_of(number(raw.get("status")), desk.statuses),
        requester=requester,
        created_at=moment(raw.get("created_at")) or LONG_AGO,
        updated_at=moment(raw.get("updated_at")) or LONG_AGO,
        channel=vocabulary.CHANNELS.get(number(raw.get("source")) or 0, Channel.OTHER),
        standing=_standing(raw, is_archived=is_archived),
        tags=texts(raw.get("tags")),
        sender=address(raw.get("support_email")),
        assignee_id=identity(raw.get("responder_id")),
        group_id=identity(raw.get("group_id")),
        stamp=stamp_of(raw),
        changes=tuple(sorted(known.values(), key=lambda change: change.at)),
    )


def stamp_of(raw: Mapping[str, Any]) -> str:
    """What tells that a ticket has moved on. Freshdesk keeps no version, so it is the time and the status."""
    return f"{words(raw.get('updated_at'))}|{number(raw.get('status'))}"


def _standing(raw: Mapping[str, Any], *, is_archived: bool) -> Standing:
    """Closed is not the end here: a closed ticket can be written to and opened again."""
    if raw.get("deleted") is True:
        return Standing.DELETED
    if raw.get("spam") is True:
        return Standing.SUSPENDED
    return Standing.ARCHIVED if is_archived else Standing.LIVE


def _requester(raw: Mapping[str, Any]) -> Person:
    told = mapping(raw.get("requester"))
    known = identity(raw.get("requester_id")) or identity(told.get("id")) or "unknown"
    return Person(id=known, role=Role.CUSTOMER, name=words(told.get("name")), email=address(told.get("email")))


def _opening(raw: Mapping[str, Any], requester: Person, desk: Desk) -> Change:
    """The description: Freshdesk leaves it out of the conversations."""
    is_outbound = number(raw.get("source")) == vocabulary.OUTBOUND_EMAIL
    comment = Comment(
        id=DESCRIPTION,
        visibility=Visibility.PUBLIC,
        text=shown_text(raw.get("description"), raw.get("description_text")),
        html=words(raw.get("description")) or None,
        sender=address(raw.get("support_email")) if is_outbound else None,
    )
    return Change(
        id=DESCRIPTION,
        at=moment(raw.get("created_at")) or LONG_AGO,
        actor=_agent(identity(raw.get("responder_id")), desk) if is_outbound else requester,
        via=Via.EMAIL if number(raw.get("source")) in (1, vocabulary.OUTBOUND_EMAIL) else Via.WEB,
        comment=comment,
    )


def _spoken(one: Conversation, requester: Person, desk: Desk) -> Change:
    comment = Comment(
        id=str(one.number),
        visibility=Visibility.INTERNAL if one.is_private else Visibility.PUBLIC,
        text=one.text,
        html=one.html,
        sender=None if one.is_incoming else one.sender,
    )
    macros = () if one.is_incoming or one.is_own else desk.canned.used_in(comment)
    # A scenario's mail is also marked automatic, but an agent pressed the button.
    is_rules = one.is_automatic and not macros
    change = Change(
        id=one.change_id,
        at=one.at,
        actor=_author(one, requester, desk, is_rules=is_rules),
        via=_via(one, is_rules=is_rules),
        comment=replace(comment, kind=_kind(one, is_rules=is_rules)),
        macros=macros,
        is_own=one.is_own,
    )
    return _ours(change, one, desk) if one.is_own else change


def _kind(one: Conversation, *, is_rules: bool) -> CommentKind:
    if one.source == vocabulary.SURVEY:
        return CommentKind.SURVEY
    if is_rules or one.is_auto_response:
        return CommentKind.AUTO_REPLY
    return CommentKind.CALL if one.source == vocabulary.PHONE else CommentKind.MESSAGE


def _via(one: Conversation, *, is_rules: bool) -> Via:
    if is_rules:
        return Via.RULE
    if one.is_incoming and one.source == vocabulary.REPLY:
        return Via.EMAIL
    return vocabulary.VIAS.get(one.source, Via.WEB)


def _author(one: Conversation, requester: Person, desk: Desk, *, is_rules: bool) -> Person:
    if is_rules:
        return Person(id=one.user_id or "automation", role=Role.AUTOMATION, name="an automation")
    if one.user_id == requester.id:
        return requester
    if one.is_incoming:
        return Person(id=one.user_id or "unknown", role=Role.CUSTOMER)
    return _agent(one.user_id, desk)


def _agent(user_id: str | None, desk: Desk) -> Person:
    """Who is not among the agents we may read is taken for one: only agents write what is not incoming."""
    known = user_id or "unknown"
    return desk.agents.get(known) or Person(id=known, role=Role.AGENT)


def _ours(change: Change, one: Conversation, desk: Desk) -> Change:
    """Our own note with the rest of what we did, as its marker tells."""
    if one.marker is None:
        return change
    opened = StatusMove(before=None, after=status_of(vocabulary.OPEN, desk.statuses))
    return replace(
        change,
        status=opened if one.marker.is_reopened else None,
        tags_added=one.marker.tagged,
        tags_removed=one.marker.untagged,
        group_id=one.marker.group_id,
    )


def _silent(move: Move, conversations: Sequence[Conversation], desk: Desk) -> Change:
    """A change in which nobody said a word: the assignee's, or else the agent's who spoke last."""
    if move.is_rules:
        actor = Person(id="automation", role=Role.AUTOMATION, name="an automation")
        return Change(id=move.change_id, at=move.at, actor=actor, via=Via.RULE)
    spoke = (one.user_id for one in reversed(conversations) if one.is_agents and one.at <= move.at)
    likeliest = move.actor or next(spoke, None)
    return Change(id=move.change_id, at=move.at, actor=_agent(likeliest, desk), via=Via.OTHER)


def _moved(change: Change, move: Move, desk: Desk) -> Change:
    status = change.status
    if move.status:
        before, after = move.status
        status = StatusMove(
            before=None if before is None else status_of(before, desk.statuses),
            after=status_of(after, desk.statuses),
            by_rule=move.by_rule,
        )
    return replace(
        change,
        status=status,
        tags_added=move.added,
        tags_removed=move.removed,
        group_id=move.group or change.group_id,
        assignee_id=move.assignee,
    )
