"""A draft as a change that has not happened yet, on the ticket as far as it is known. Pure; the clock is an argument.

What a worker last read of the ticket comes first; what the app sees counts where it is newer, or where nothing is kept.
Where a draft is HTML, places in it are told in the text that `policies.html_text` makes of it, as the apps do: the ends
of blocks are line breaks, runs of spaces are one, lines of quoted mails begin with `> `, what is hidden is left out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import parseaddr
from enum import StrEnum
from typing import Any

from policies.html_text import from_html
from policies.ticket import (
    Change,
    Channel,
    Comment,
    Macro,
    Person,
    Role,
    Status,
    StatusMove,
    Ticket,
    Via,
    Visibility,
)
from service.drafts import draft_id
from service.gate_bodies import Ask, DraftSeen, Kind, MessageSeen, PersonSeen, TicketSeen
from service.gate_reach import length_of, length_seen, newest
from service.store.drafts import Known
from service.store.records import TicketKey

_ROLES = {"customer": Role.CUSTOMER, "agent": Role.AGENT, "system": Role.SYSTEM}
# Freshdesk's own numbers and its word for solved. Source: Freshdesk API, "Ticket properties", read 2026-11.
_STATUSES = {"2": Status.OPEN, "3": Status.PENDING, "4": Status.SOLVED, "5": Status.CLOSED, "resolved": Status.SOLVED}
_STATUSES |= {status.value: status for status in Status}


class Basis(StrEnum):
    """What a draft was held against."""

    STORED = "stored"
    STORED_AND_APP = "stored_and_app"
    APP = "app"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """The change that a draft would be, and the ticket it would be made on."""

    ticket: Ticket
    change: Change
    basis: Basis


def drafted(ask: Ask, known: Known, key: TicketKey, now: datetime) -> Drafted:
    """The draft on its ticket. A helpdesk's clock may be ahead of ours: nothing that was said comes after the draft."""
    ends = status_of(ask.draft.status)
    whole, basis = _ticket(ask.ticket, ends, known.ticket, key, now)
    changes = newest(reversed(whole.changes), length_of)
    ticket = replace(whole, changes=changes, is_whole=whole.is_whole and len(changes) == len(whole.changes))
    at = max([now, *(change.at for change in ticket.changes[-1:])])
    return Drafted(ticket=ticket, change=_change(ask, ticket, ends, at), basis=basis)


def _change(ask: Ask, ticket: Ticket, ends: Status | None, at: datetime) -> Change:
    draft = ask.draft
    move = StatusMove(before=ticket.status if ticket.status is not ends else None, after=ends) if ends else None
    change = Change(
        id="",
        at=at,
        actor=_person(ask.agent, Role.AGENT, "agent"),
        via=Via.WEB,
        comment=_comment(draft, ticket),
        status=move,
        tags_added=draft.tags_added or (),
        tags_removed=draft.tags_removed or (),
        macros=(Macro(id=str(draft.macro.id or ""), title=draft.macro.title),)
        if draft.macro and draft.macro.title
        else (),
    )
    return replace(change, id=draft_id(change))


def _comment(draft: DraftSeen, ticket: Ticket) -> Comment | None:
    if draft.kind is Kind.NONE:
        return None
    is_public = draft.kind is Kind.PUBLIC_REPLY
    text, html = _words(draft)
    return Comment(
        id="draft",
        visibility=Visibility.PUBLIC if is_public else Visibility.INTERNAL,
        text=text,
        html=html,
        sender=(_address(draft.sender) or ticket.sender) if is_public else None,
    )


def _words(said: DraftSeen | MessageSeen) -> tuple[str, str | None]:
    """The plain text, and the HTML it was made from, if it was."""
    if said.text or not said.html:
        return said.text or "", None
    return from_html(said.html), said.html


def _ticket(
    seen: TicketSeen, ends: Status | None, stored: Ticket | None, key: TicketKey, now: datetime
) -> tuple[Ticket, Basis]:
    if stored is None:
        return _as_seen(seen, ends, key, now), Basis.APP if seen.conversation else Basis.NONE
    after = max((change.at for change in stored.changes if change.comment is not None), default=None)
    said_since = tuple(_said(seen.conversation, stored.requester, after=after))
    is_whole = stored.is_whole and len(said_since) == len(_placed(seen.conversation, after))
    is_newer = seen.updated_at is not None and seen.updated_at > stored.updated_at
    if not is_newer and not said_since:
        return stored, Basis.STORED
    newer = _overlaid(stored, seen, ends) if is_newer else stored
    changes = sorted((*stored.changes, *said_since), key=lambda change: change.at)
    return replace(newer, changes=tuple(changes), is_whole=is_whole), Basis.STORED_AND_APP


def _overlaid(stored: Ticket, seen: TicketSeen, ends: Status | None) -> Ticket:
    """With what the app sees of it now. Both helpdesks' apps may tell the status in the form, which is the draft's."""
    status = status_of(seen.status)
    return replace(
        stored,
        subject=stored.subject if seen.subject is None else seen.subject,
        status=stored.status if status is None or status is ends else status,
        tags=stored.tags if seen.tags is None else seen.tags,
        updated_at=seen.updated_at or stored.updated_at,
    )


def _as_seen(seen: TicketSeen, ends: Status | None, key: TicketKey, now: datetime) -> Ticket:
    status = status_of(seen.status)
    requester = _person(_requester(seen), Role.CUSTOMER, "requester")
    changes = tuple(_said(seen.conversation, requester))
    return Ticket(
        helpdesk=key.helpdesk,
        account=key.account,
        id=key.id,
        subject=seen.subject or "",
        status=Status.OPEN if status is None or status is ends else status,
        requester=requester,
        created_at=changes[0].at if changes else seen.updated_at or now,
        updated_at=seen.updated_at or now,
        channel=Channel(seen.channel) if seen.channel in list(Channel) else Channel.OTHER,
        tags=seen.tags or (),
        sender=_address(seen.recipient),
        changes=changes,
        is_whole=False,
        **_places(seen),
    )


def _requester(seen: TicketSeen) -> PersonSeen:
    """Whoever the app says; else who wrote first of those it takes for customers."""
    if seen.requester is not None and seen.requester.id not in (None, ""):
        return seen.requester
    wrote = (message.author for message in seen.conversation if message.sender == "customer")
    return next(wrote, seen.requester or PersonSeen())


def _places(seen: TicketSeen) -> dict[str, Any]:
    """The group and the brand: a number is an id, anything else a name."""
    given = {"group": seen.group, "brand": seen.brand}
    texts = {name: str(value) for name, value in given.items() if value not in (None, "")}
    return {f"{name}_id" if text.isdigit() else name: text for name, text in texts.items()}


def _said(seen: Sequence[MessageSeen], requester: Person, *, after: datetime | None = None) -> Iterator[Change]:
    """The messages that have a time, oldest first; those of later than `after`, as far as they are judged."""
    latest_first = sorted(_placed(seen, after), key=lambda one: one[0])[::-1]
    for number, (at, message) in enumerate(newest(latest_first, lambda one: length_seen(one[1]))):
        text, html = _words(message)
        is_customers = message.sender == "customer"
        visibility = Visibility.PUBLIC if message.public else Visibility.INTERNAL
        yield Change(
            id=f"seen:{number}",
            at=at,
            actor=_person(message.author, _ROLES[message.sender], requester.id if is_customers else message.sender),
            via=Via.WEB,
            comment=Comment(id=f"seen:{number}", visibility=visibility, text=text, html=html),
        )


def _placed(seen: Sequence[MessageSeen], after: datetime | None) -> Sequence[tuple[datetime, MessageSeen]]:
    """Those that have a time, later than `after`."""
    return [(message.at, message) for message in seen if message.at and (after is None or message.at > after)]


def _person(seen: PersonSeen, role: Role, otherwise: str) -> Person:
    """Somebody with an id, for answers and approvals tell people apart by it."""
    named = str(seen.id) if seen.id not in (None, "") else otherwise
    return Person(id=named, role=role, name=seen.name or "", email=_address(seen.email))


def _address(text: str | None) -> str | None:
    """The address alone, in lower case, of `Name <address>`; None if there is none."""
    found = parseaddr(text or "")[1].strip().lower()
    return found if "@" in found else None


def status_of(word: str | int | None) -> Status | None:
    """The status that an app names in any of its ways; None also for a status of the account's own."""
    return _STATUSES.get(str(word).lower())
