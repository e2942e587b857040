"""One Change of a Freshdesk ticket: its opening, a conversation, or a state that somebody moved. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from connectors.fields import moment, text
from connectors.freshdesk import vocabulary
from connectors.freshdesk.canned import CannedTexts
from connectors.freshdesk.conversations import Conversation
from connectors.freshdesk.fields import LONG_AGO, address, identity, number, shown_text
from connectors.freshdesk.state import Move
from connectors.freshdesk.vocabulary import status_of
from policies.ticket import Change, Comment, CommentKind, Person, Role, Status, StatusMove, Via, Visibility

DESCRIPTION = "description"
"""The id of the change that opened the ticket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What is known of the account while one of its tickets is read. `agents` by id; who is missing is a guess."""

    account: str
    statuses: Mapping[int, Status] = field(default_factory=dict)
    agents: Mapping[str, Person] = field(default_factory=dict)
    canned: CannedTexts = field(default_factory=CannedTexts)


def opening_change(raw: Mapping[str, Any], requester: Person, desk: Desk) -> Change:
    """The description: Freshdesk leaves it out of the conversations."""
    is_outbound = number(raw.get("source")) == vocabulary.OUTBOUND_EMAIL
    comment = Comment(
        id=DESCRIPTION,
        visibility=Visibility.PUBLIC,
        text=shown_text(raw.get("description"), raw.get("description_text"), quotes=True),
        html=text(raw.get("description")) or None,
        sender=address(raw.get("support_email")) if is_outbound else None,
    )
    return Change(
        id=DESCRIPTION,
        at=moment(raw.get("created_at")) or LONG_AGO,
        actor=_agent(identity(raw.get("responder_id")), desk) if is_outbound else requester,
        via=Via.EMAIL if number(raw.get("source")) in (1, vocabulary.OUTBOUND_EMAIL) else Via.WEB,
        comment=comment,
        macros=desk.canned.used_in(comment) if is_outbound else (),
    )


def spoken_change(one: Conversation, requester: Person, desk: Desk) -> Change:
    """A conversation, with the prepared text it was made from; with the rest of what we did, if it is ours."""
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
    if one.is_merge:
        return Via.MERGE
    if is_rules:
        return Via.RULE
    if one.is_incoming and one.source == vocabulary.REPLY:
        return Via.EMAIL
    return vocabulary.VIAS.get(one.source, Via.WEB)


def _author(one: Conversation, requester: Person, desk: Desk, *, is_rules: bool) -> Person:
    if one.is_merge:
        return Person(id=one.user_id or "system", role=Role.SYSTEM)
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


def silent_change(move: Move, conversations: Sequence[Conversation], desk: Desk) -> Change:
    """A change in which nobody said a word: the assignee's, or else the agent's who spoke last."""
    if move.is_rules:
        actor = Person(id="automation", role=Role.AUTOMATION, name="an automation")
        return Change(id=move.change_id, at=move.at, actor=actor, via=Via.RULE)
    spoke = (one.user_id for one in reversed(conversations) if one.is_agents and one.at <= move.at)
    likeliest = move.actor or next(spoke, None)
    return Change(id=move.change_id, at=move.at, actor=_agent(likeliest, desk), via=Via.OTHER)


def moved_change(change: Change, move: Move, desk: Desk) -> Change:
    """The change together with the difference that was found to belong to it."""
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
