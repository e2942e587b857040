"""Zendesk's tickets and audits in our words: one audit is one Change. Pure.

Unknown events are ignored, missing and null fields tolerated: Zendesk adds both without notice.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from connectors.fields import Json, mapping, moment, text
from connectors.zendesk.actors import Scene, actor_of, comment_event, is_own, person
from connectors.zendesk.fields import address, identity, texts, ticket_identity
from connectors.zendesk.vocabulary import (
    channel_of,
    events_of,
    followed_by,
    is_auto_generated,
    is_by_rule,
    rule_title,
    source_of,
    status_of,
    via_of,
)
from policies.ticket import (
    Change,
    Comment,
    CommentKind,
    Macro,
    Person,
    Role,
    Standing,
    Status,
    StatusMove,
    Ticket,
    Via,
    Visibility,
)

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
MERGED_TAG = "closed_by_merge"

_FIELD_EVENTS = frozenset({"Change", "Create"})


def ticket_of(ticket: Json, audits: Sequence[Json], scene: Scene, *, account: str) -> Ticket:
    """The ticket with its whole past, oldest change first. Audits without an id or a time are left out."""
    found = [change for change in (change_of(audit, scene) for audit in audits) if change]
    changes = sorted(found, key=lambda change: (change.at, int(change.id)))
    created_at = moment(ticket.get("created_at")) or (changes[0].at if changes else LONG_AGO)
    standing, merged_into = _standing(ticket, audits)
    return Ticket(
        helpdesk="zendesk",
        account=account,
        id=ticket_identity(ticket.get("id")) or "",
        subject=text(ticket.get("subject")),
        status=status_of(ticket.get("status")) or Status.OPEN,
        requester=person(scene.requester_id or "", scene),
        created_at=created_at,
        updated_at=moment(ticket.get("updated_at")) or (changes[-1].at if changes else created_at),
        channel=channel_of(ticket.get("via")),
        standing=standing,
        tags=texts(ticket.get("tags")),
        sender=scene.sender,
        assignee_id=identity(ticket.get("assignee_id")),
        group_id=identity(ticket.get("group_id")),
        brand_id=identity(ticket.get("brand_id")),
        stamp=text(ticket.get("updated_at")) or None,
        merged_into=merged_into,
        follows=followed_by(ticket),
        changes=tuple(changes),
    )


def change_of(audit: Json, scene: Scene) -> Change | None:
    """What one audit tells; None if it has no id or no time."""
    audit_id, at = identity(audit.get("id")), moment(audit.get("created_at"))
    if audit_id is None or at is None:
        return None
    actor = actor_of(audit, scene)
    status = _status_move(audit)
    tags_added, tags_removed = _tags(audit)
    return Change(
        id=audit_id,
        at=at,
        actor=actor,
        via=via_of(audit.get("via")),
        comment=_comment(audit, actor, scene),
        status=status,
        tags_added=tags_added,
        tags_removed=tags_removed,
        macros=_macros(audit),
        group_id=_newest_id(audit, "group_id"),
        assignee_id=_newest_id(audit, "assignee_id"),
        rule=rule_title(audit) or (_status_rule(audit) if status and status.by_rule else None),
        is_own=is_own(audit, scene),
    )


def _comment(audit: Json, actor: Person, scene: Scene) -> Comment | None:
    event = comment_event(audit)
    if event is None:
        return None
    is_public = event.get("public") is not False
    return Comment(
        id=identity(event.get("id")) or identity(audit.get("id")) or "",
        visibility=Visibility.PUBLIC if is_public else Visibility.INTERNAL,
        text=_words(event),
        html=text(event.get("html_body")) or None,
        sender=_sender(audit, actor, scene) if is_public else None,
        kind=_kind(audit, event),
    )


def _words(event: Json) -> str:
    """The plain text. `plain_body` is empty in some records and missing in others; calls keep what was said apart."""
    spoken = mapping(event.get("data")).get("transcription_text")
    return text(event.get("plain_body")) or text(event.get("body")) or text(spoken)


def _kind(audit: Json, event: Json) -> CommentKind:
    if event.get("type") != "Comment":
        return CommentKind.CALL
    is_machines = is_by_rule(audit) or is_auto_generated(audit, event)
    return CommentKind.AUTO_REPLY if is_machines else CommentKind.MESSAGE


def _sender(audit: Json, actor: Person, scene: Scene) -> str | None:
    """The address a public comment left from.

    An agent's reply leaves from the address the audit names, else from the ticket's own. An agent who answers by
    e-mail is named with his own mailbox, from which the customer never hears.
    """
    via = audit.get("via")
    named = address(mapping(source_of(via).get("from")).get("address"))
    if actor.role is Role.CUSTOMER:
        return named
    return scene.sender if via_of(via) is Via.EMAIL else named or scene.sender


def _field_events(audit: Json, name: str) -> list[Json]:
    return [
        event
        for event in events_of(audit)
        if text(event.get("type")) in _FIELD_EVENTS and event.get("field_name") == name
    ]


def _status_event(audit: Json) -> Json | None:
    """The actor's own move, even where a trigger then moved the ticket elsewhere; else the trigger's."""
    moves = [event for event in _field_events(audit, "status") if status_of(event.get("value"))]
    own = [event for event in moves if not is_by_rule(event)]
    return (own or moves)[-1] if moves else None


def _status_move(audit: Json) -> StatusMove | None:
    event = _status_event(audit)
    after = status_of(event.get("value")) if event else None
    if event is None or after is None:
        return None
    return StatusMove(before=status_of(event.get("previous_value")), after=after, by_rule=is_by_rule(event))


def _status_rule(audit: Json) -> str | None:
    return rule_title(_status_event(audit) or {})


def _tags(audit: Json) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Tags added and removed between the audit's beginning and its end, rules included."""
    moves = _field_events(audit, "tags")
    if not moves:
        return (), ()
    before, after = texts(moves[0].get("previous_value")), texts(moves[-1].get("value"))
    return tuple(tag for tag in after if tag not in before), tuple(tag for tag in before if tag not in after)


def _macros(audit: Json) -> tuple[Macro, ...]:
    used = (event for event in events_of(audit) if event.get("type") == "AgentMacroReference")
    return tuple(
        Macro(id=identity(event.get("macro_id")) or "", title=text(event.get("macro_title"))) for event in used
    )


def _newest_id(audit: Json, name: str) -> str | None:
    ids = [identity(event.get("value")) for event in _field_events(audit, name)]
    return ids[-1] if ids else None


def _standing(ticket: Json, audits: Sequence[Json]) -> tuple[Standing, str | None]:
    """Where the ticket stands, and the ticket it was merged into.

    A merge closes the ticket for good, and the one it was merged into has a merge among its audits as well. The
    audit's source names the other ticket, in some accounts.
    """
    status = text(ticket.get("status")).lower()
    if status in ("deleted", "scrubbed"):
        return Standing.DELETED, None
    if status == "archived":
        return Standing.ARCHIVED, None
    merges = [audit for audit in audits if via_of(audit.get("via")) is Via.MERGE and _closes(audit)]
    if status == Status.CLOSED and (merges or MERGED_TAG in texts(ticket.get("tags"))):
        target = mapping(source_of(merges[-1].get("via")).get("to")).get("ticket_id") if merges else None
        return Standing.MERGED, ticket_identity(target)
    if any(via_of(audit.get("via")) is Via.SPAM for audit in audits[-1:]):
        return Standing.SUSPENDED, None
    return (Standing.CLOSED if status == Status.CLOSED else Standing.LIVE), None


def _closes(audit: Json) -> bool:
    move = _status_move(audit)
    return move is not None and move.after is Status.CLOSED
