"""What a pretend helpdesk keeps, in neutral words: users, groups, macros, tickets, and every submit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from policies.ticket import Status


class Wording(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody writes. `html` None: made from the text; `sender`: the address the mail leaves from."""

    public: bool = True
    text: str = ""
    html: str | None = None
    sender: str | None = None
    auto: bool = False
    """The helpdesk knows that a machine wrote it: an out-of-office mail, a survey's thanks."""
    author_id: str | None = None
    """Whose message it is, where an agent enters it for somebody else; None: the actor's own."""


class Intent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One submit as it is asked for. Everything not named stays as it is."""

    actor_id: str
    comment: Wording | None = None
    status: Status | None = None
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    macro_id: str | None = None
    group_id: str | None = None
    assignee_id: str | None = None
    merged_into: str | None = None
    make_private: str | None = None
    """The id of a comment that only agents may read from now on."""
    via: str = "web"
    metadata: dict[str, object] = {}


class Opening(Intent, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new ticket and its first submit, made by the requester unless `actor_id` names another."""

    actor_id: str = ""
    requester_id: str
    subject: str = ""
    channel: str = "web"
    recipient: str | None = None
    followup_of: str | None = None


@dataclass(slots=True, kw_only=True)
class Group:
    """A team of agents."""

    id: int
    name: str


@dataclass(slots=True, kw_only=True)
class User:
    """Somebody with an account at the desk. `role` is `customer` or `agent`."""

    id: int
    name: str
    email: str
    role: str
    group_ids: tuple[int, ...] = ()


@dataclass(slots=True, kw_only=True)
class Macro:
    """A prepared text: Zendesk's macro, Freshdesk's canned response."""

    id: int
    title: str
    text: str = ""
    add_tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedCall:
    """How one webhook message ended, in the vendor's word for it."""

    id: str
    status: str


@dataclass(slots=True, kw_only=True)
class Comment:
    """A message as the desk keeps it."""

    id: int
    author_id: int
    at: datetime
    wording: Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One e-mail that a rule of the desk sent: to whom, what was in it, and by which rule."""

    ticket_id: int
    at: datetime
    to: str
    subject: str
    text: str
    rule_id: int
    rule: str


@dataclass(slots=True, kw_only=True)
class Submit:
    """What one actor did to one ticket at once. `status`, `tags`, `group`, `assignee`: (before, after) or None."""

    id: int
    at: datetime
    actor_id: int
    via: str
    is_first: bool = False
    comment: Comment | None = None
    status: tuple[Status | None, Status] | None = None
    tags: tuple[tuple[str, ...], tuple[str, ...]] | None = None
    group: tuple[int | None, int | None] | None = None
    assignee: tuple[int | None, int | None] | None = None
    macro: Macro | None = None
    made_private: Comment | None = None
    mails: list[Mail] = field(default_factory=list)
    """What the desk's rules sent because of it."""
    fired: list[int] = field(default_factory=list)
    """The desk's triggers that it set off, by id, in order."""
    rule: tuple[int, str] | None = None
    """Id and title of the rule that made it by itself."""
    metadata: Mapping[str, object] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Ticket:
    """A ticket with its whole past."""

    id: int
    subject: str
    requester_id: int
    channel: str
    recipient: str | None
    created_at: datetime
    updated_at: datetime
    status: Status = Status.NEW
    tags: tuple[str, ...] = ()
    group_id: int | None = None
    assignee_id: int | None = None
    merged_into: int | None = None
    followup_of: int | None = None
    is_deleted: bool = False
    is_spam: bool = False
    submits: list[Submit] = field(default_factory=list)

    @property
    def comments(self) -> list[Comment]:
        """All messages, oldest first."""
        return [submit.comment for submit in self.submits if submit.comment]
