"""The memory of a pretend helpdesk and the one way to change a ticket: a submit."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from connectors.sandbox.records import (
    Comment,
    Group,
    Intent,
    LoggedCall,
    Macro,
    Mail,
    Opening,
    Submit,
    Ticket,
    User,
    Wording,
)
from connectors.sandbox.vendor import Hook
from policies.ticket import Status

T = TypeVar("T")
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time now, aware."""
    return datetime.now(UTC)


class UnknownError(Exception):
    """Something was named that the desk does not have."""


class Desk:
    """All that a pretend helpdesk remembers. `listeners` hear of every submit after it is applied."""

    def __init__(self, clock: Clock = utc_now, *, first_id: int = 7_000_000_000_001) -> None:
        self.clock = clock
        self.brand = "Acme"
        """The one that every ticket belongs to."""
        self.users: dict[int, User] = {}
        self.groups: dict[int, Group] = {}
        self.macros: dict[int, Macro] = {}
        self.tickets: dict[int, Ticket] = {}
        self.hooks: dict[str, Hook] = {}
        """The webhooks there are now, by id: those of the control API, and those set up through the vendor's."""
        self.webhook_log: dict[str, list[LoggedCall]] = {}
        """By the webhook's id, oldest first."""
        self.listeners: list[Callable[[Ticket, Submit], None]] = []
        self.timers: list[Callable[[], None]] = []
        """Called before each request: they do what the clock asks for by then."""
        self.mails: list[Mail] = []
        """What left for customers and agents, oldest first."""
        self._next_id = first_id
        self._next_ticket_id = 101

    def new_id(self) -> int:
        """A number never given before; larger than 32 bits, as the vendors' are."""
        self._next_id += 1
        return self._next_id

    def add_user(self, name: str, email: str, role: str, groups: tuple[str, ...] = ()) -> User:
        """A new user; groups that do not exist yet are made."""
        group_ids = tuple(self.group_named(group).id for group in groups)
        user = User(id=self.new_id(), name=name, email=email, role=role, group_ids=group_ids)
        self.users[user.id] = user
        return user

    def group_named(self, name: str) -> Group:
        """The group of that name, made if need be."""
        for group in self.groups.values():
            if group.name == name:
                return group
        group = Group(id=self.new_id(), name=name)
        self.groups[group.id] = group
        return group

    def add_macro(self, title: str, text: str = "", add_tags: tuple[str, ...] = ()) -> Macro:
        """A new prepared text."""
        macro = Macro(id=self.new_id(), title=title, text=text, add_tags=add_tags)
        self.macros[macro.id] = macro
        return macro

    def open_ticket(self, opening: Opening) -> tuple[Ticket, Submit]:
        """A new ticket with its first submit. Raises UnknownError."""
        requester = known(self.users, opening.requester_id)
        now = self.clock()
        ticket = Ticket(
            id=self._next_ticket_id,
            subject=opening.subject,
            requester_id=requester.id,
            channel=opening.channel,
            recipient=opening.recipient,
            created_at=now,
            updated_at=now,
            followup_of=int(opening.followup_of) if opening.followup_of else None,
        )
        actor_id = opening.actor_id or opening.requester_id
        first = {"actor_id": actor_id, "status": opening.status or Status.NEW}
        submit = self.submit(ticket, msgspec.structs.replace(opening, **first))
        self._next_ticket_id += 1
        return ticket, submit

    def submit(self, ticket: Ticket, intent: Intent) -> Submit:
        """Applies one submit. Raises UnknownError before anything has changed."""
        submit = self._resolve(ticket, intent)
        self.tickets[ticket.id] = ticket
        ticket.status = submit.status[1] if submit.status else ticket.status
        ticket.tags = submit.tags[1] if submit.tags else ticket.tags
        ticket.group_id = submit.group[1] if submit.group else ticket.group_id
        ticket.assignee_id = submit.assignee[1] if submit.assignee else ticket.assignee_id
        ticket.is_spam = ticket.is_spam or intent.via == "spam"
        ticket.merged_into = int(intent.merged_into) if intent.merged_into else ticket.merged_into
        ticket.updated_at = submit.at
        if submit.made_private:
            submit.made_private.wording = msgspec.structs.replace(submit.made_private.wording, public=False)
        ticket.submits.append(submit)
        for listener in self.listeners:
            listener(ticket, submit)
        return submit

    def _resolve(self, ticket: Ticket, intent: Intent) -> Submit:
        actor = known(self.users, intent.actor_id)
        macro = known(self.macros, intent.macro_id) if intent.macro_id else None
        group = known(self.groups, intent.group_id).id if intent.group_id else ticket.group_id
        assignee = known(self.users, intent.assignee_id).id if intent.assignee_id else ticket.assignee_id
        status, tags, now = _status_after(ticket, actor, intent), _tags_after(ticket, intent, macro), self.clock()
        is_first = not ticket.submits
        comments = {comment.id: comment for comment in ticket.comments}
        return Submit(
            id=self.new_id(),
            at=now,
            actor_id=actor.id,
            via=intent.via,
            is_first=is_first,
            comment=self._written(intent.comment, actor, now) if intent.comment else None,
            status=(None if is_first else ticket.status, status) if is_first or status != ticket.status else None,
            tags=(ticket.tags, tags) if tags != ticket.tags else None,
            group=(ticket.group_id, group) if group != ticket.group_id else None,
            assignee=(ticket.assignee_id, assignee) if assignee != ticket.assignee_id else None,
            macro=macro,
            made_private=known(comments, intent.make_private) if intent.make_private else None,
            metadata=intent.metadata,
        )

    def _written(self, wording: Wording, actor: User, now: datetime) -> Comment:
        author = known(self.users, wording.author_id) if wording.author_id else actor
        return Comment(id=self.new_id(), author_id=author.id, at=now, wording=wording)


def known(things: Mapping[int, T], given: str) -> T:
    """The thing with that id. Raises UnknownError."""
    thing = things.get(int(given)) if given.isascii() and given.isdigit() else None
    if thing is None:
        raise UnknownError(f"there is nothing with the id {given!r} here")
    return thing


def _status_after(ticket: Ticket, actor: User, intent: Intent) -> Status:
    """What was asked for; a customer who writes again opens a ticket that was waiting or done."""
    if intent.status:
        return intent.status
    waiting = ticket.status in (Status.PENDING, Status.HOLD, Status.SOLVED)
    return Status.OPEN if waiting and intent.comment and actor.role == "customer" else ticket.status


def _tags_after(ticket: Ticket, intent: Intent, macro: Macro | None) -> tuple[str, ...]:
    wanted = (*ticket.tags, *(macro.add_tags if macro else ()), *intent.add_tags)
    return tuple(dict.fromkeys(tag for tag in wanted if tag not in intent.remove_tags))
