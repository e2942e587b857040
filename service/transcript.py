"""A transcript: one ticket as a JSON file, written by hand or exported, to be judged without a helpdesk."""

from datetime import datetime
from typing import Annotated

import msgspec

from policies.ticket import (
    Change,
    Channel,
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
from service.json_hints import sentence

Time = Annotated[datetime, msgspec.Meta(tz=True)]
"""Aware: `2026-03-02T12:00:00Z`."""


class TranscriptError(Exception):
    """The file is no transcript; the message is one sentence for the person who wrote it."""


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A misspelt key is an error, not a fact that is silently missing."""


class PersonEntry(_Strict, frozen=True):
    """Who asks or acts. The requester may leave `role` out."""

    id: str
    role: Role = Role.CUSTOMER
    name: str | None = None
    email: str | None = None


class ActorEntry(PersonEntry, frozen=True):
    """Who acts, and always in which role: much depends on it."""

    role: Role


class CommentEntry(_Strict, frozen=True):
    """One message; only HTML will do where there is no plain text."""

    public: bool
    text: str | None = None
    html: str | None = None
    sender: str | None = None
    kind: CommentKind = CommentKind.MESSAGE


class StatusEntry(_Strict, frozen=True):
    """A status left for another."""

    to: Status
    before: Status | None = msgspec.field(default=None, name="from")


class TagsEntry(_Strict, frozen=True):
    """Tags put on and taken off."""

    added: tuple[str, ...] | None = None
    removed: tuple[str, ...] | None = None


class MacroEntry(_Strict, frozen=True):
    """A prepared text that was used."""

    title: str
    id: str | None = None


class ChangeEntry(_Strict, frozen=True):
    """What one actor did in one submit; everything but id, time and actor may be left out."""

    id: str
    at: Time
    actor: ActorEntry
    via: Via | None = None
    comment: CommentEntry | None = None
    status: StatusEntry | None = None
    tags: TagsEntry | None = None
    macros: tuple[MacroEntry, ...] | None = None
    rule: str | None = None


class TicketEntry(_Strict, frozen=True):
    """The ticket. Its status and tags may be those of the beginning or of the end: the changes tell which."""

    id: str
    requester: PersonEntry
    subject: str | None = None
    status: Status = Status.OPEN
    standing: Standing = Standing.LIVE
    tags: tuple[str, ...] | None = None
    channel: Channel = Channel.OTHER
    sender: str | None = None
    group: str | None = None
    brand: str | None = None
    created_at: Time | None = None
    updated_at: Time | None = None


class Transcript(_Strict, frozen=True):
    """The whole file; changes in any order."""

    ticket: TicketEntry
    changes: tuple[ChangeEntry, ...]
    helpdesk: str = "transcript"
    account: str = "transcript"
    now: Time | None = None


def read_transcript(content: bytes) -> Transcript:
    """The transcript in a file. Raises TranscriptError, which tells where and what to write instead."""
    try:
        transcript = msgspec.json.decode(content, type=Transcript)
    except msgspec.ValidationError as error:
        raise TranscriptError(sentence(error, Transcript)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        problem = str(error).removeprefix("JSON is malformed: ")
        raise TranscriptError(f"This is no JSON in UTF-8: {problem}.") from error
    ids = [change.id for change in transcript.changes]
    if twice := sorted({known for known in ids if ids.count(known) > 1}):
        raise TranscriptError(f"Two changes have the id {twice[0]!r}; every change needs its own, at $.changes.")
    return transcript


def to_ticket(transcript: Transcript) -> Ticket:
    """The ticket with all its changes, oldest first, in the state that the last one left it in."""
    entry = transcript.ticket
    changes = tuple(sorted((_change(item, entry.requester.id) for item in transcript.changes), key=lambda it: it.at))
    begun = entry.created_at or (changes[0].at if changes else transcript.now)
    if begun is None:
        raise TranscriptError("A ticket without changes needs $.ticket.created_at, so that its age can be told.")
    return Ticket(
        helpdesk=transcript.helpdesk,
        account=transcript.account,
        id=entry.id,
        subject=entry.subject or "",
        status=entry.status,
        standing=entry.standing,
        requester=_person(entry.requester, entry.requester.id),
        created_at=begun,
        updated_at=entry.updated_at or (changes[-1].at if changes else begun),
        channel=entry.channel,
        tags=entry.tags or (),
        group=entry.group,
        brand=entry.brand,
        sender=_lower(entry.sender),
        changes=changes,
    )


def _change(entry: ChangeEntry, requester_id: str) -> Change:
    tags = entry.tags or TagsEntry()
    return Change(
        id=entry.id,
        at=entry.at,
        actor=_person(entry.actor, requester_id),
        via=entry.via or Via.OTHER,
        comment=_comment(entry.comment, entry.id) if entry.comment else None,
        status=StatusMove(before=entry.status.before, after=entry.status.to) if entry.status else None,
        tags_added=tags.added or (),
        tags_removed=tags.removed or (),
        macros=tuple(Macro(id=macro.id or macro.title, title=macro.title) for macro in entry.macros or ()),
        rule=entry.rule,
    )


def _person(entry: PersonEntry, requester_id: str) -> Person:
    """The requester is the customer of his own ticket, whatever else he is."""
    role = Role.CUSTOMER if entry.id == requester_id else entry.role
    return Person(id=entry.id, role=role, name=entry.name or "", email=_lower(entry.email))


def _comment(entry: CommentEntry, change_id: str) -> Comment:
    return Comment(
        id=change_id,
        visibility=Visibility.PUBLIC if entry.public else Visibility.INTERNAL,
        text=entry.text or "",
        html=entry.html,
        sender=_lower(entry.sender),
        kind=entry.kind,
    )


def _lower(address: str | None) -> str | None:
    return address.lower() if address else None
