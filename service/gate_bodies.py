"""What the apps send to the gate: JSON in, structs out, or the field that is wrong and what belongs there. Pure.

Fields that nobody knows are ignored: an app may be newer than the service, and each is updated by somebody else.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

T = TypeVar("T")

MOST_BYTES = 4 * 1024 * 1024
"""Of one body."""

_Line = Annotated[str, Meta(max_length=4_096)]
_Lines = Annotated[tuple[_Line, ...], Meta(max_length=2_000)]
_Draft = Annotated[str, Meta(max_length=256 * 1024)]
_Message = Annotated[str, Meta(max_length=64 * 1024)]
_Id = Annotated[str, Meta(max_length=64)] | int
_Moment = Annotated[datetime, Meta(tz=True)]
_TicketId = Annotated[str, Meta(pattern="^[1-9][0-9]{0,19}$")]
_FindingId = Annotated[str, Meta(pattern="^[0-9A-Za-z]{1,16}$")]
_Reason = Annotated[str, Meta(max_length=1_000)]


class PersonSeen(Struct, frozen=True, kw_only=True):
    """Somebody as the app sees him: a hint, never proof."""

    id: _Id | None = None
    name: _Line | None = None
    email: _Line | None = None


class MessageSeen(Struct, frozen=True, kw_only=True):
    """One message of the conversation. Without a time it has no place among the others, and is passed over."""

    sender: Literal["customer", "agent", "system"] = msgspec.field(name="from")
    at: _Moment | None = None
    author: PersonSeen = PersonSeen()
    public: bool = True
    text: _Message | None = None
    html: _Message | None = None


class TicketSeen(Struct, frozen=True, kw_only=True):
    """The ticket as the app sees it. Group and brand by name or by id.

    `id` is missing where the draft is the first message of a ticket that is not there yet. `recipient`: the address of
    ours that the customer wrote to.
    """

    id: _TicketId | None = None
    subject: _Line | None = None
    status: _Line | int | None = None
    tags: _Lines | None = None
    requester: PersonSeen | None = None
    group: _Id | None = None
    brand: _Id | None = None
    channel: _Line | None = None
    recipient: _Line | None = None
    updated_at: _Moment | None = None
    conversation: Annotated[tuple[MessageSeen, ...], Meta(max_length=200)] = ()


class MacroSeen(Struct, frozen=True, kw_only=True):
    """The prepared text that the draft was made from."""

    id: _Id | None = None
    title: _Line | None = None


class Kind(StrEnum):
    """What kind of comment a draft is."""

    PUBLIC_REPLY = "public_reply"
    INTERNAL_NOTE = "internal_note"
    NONE = "none"


class DraftSeen(Struct, frozen=True, kw_only=True):
    """What the agent is about to save. `seen` false: the app could not read it."""

    kind: Kind
    text: _Draft | None = None
    html: _Draft | None = None
    status: _Line | int | None = None
    tags_added: _Lines | None = None
    tags_removed: _Lines | None = None
    sender: _Line | None = None
    macro: MacroSeen | None = None
    seen: bool = True


class Ask(Struct, frozen=True, kw_only=True):
    """A draft to judge. `live`: while the agent is typing; judged and not recorded."""

    ticket: TicketSeen
    draft: DraftSeen
    agent: PersonSeen = PersonSeen()
    live: bool = False


class Reply(Struct, frozen=True, kw_only=True):
    """What the agent says to a finding."""

    ticket: _TicketId
    finding: _FindingId
    reason: _Reason = ""
    agent: PersonSeen = PersonSeen()


class Alone(StrEnum):
    """Why an app had to decide alone."""

    TIMEOUT = "timeout"
    DOWN = "down"
    UNAUTHORIZED = "unauthorized"
    RATE_LIMITED = "rate_limited"
    REFUSED = "refused"
    UNREADABLE = "unreadable"


class Unasked(Struct, frozen=True, kw_only=True):
    """How an app decided that got no answer."""

    reason: Alone
    outcome: Literal["allowed", "blocked"]
    ticket: _Line | None = None


class BodyError(Exception):
    """A body that cannot be read. The message names the field and what belongs there."""


def read_body(body: bytes, kind: type[T]) -> T:
    """What the body says. Raises BodyError, and nothing else."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        what, _, path = str(error).partition(" - at ")
        where = path.strip("`").removeprefix("$").removeprefix(".")
        raise BodyError(f"{where or 'the body'}: {_said_simply(what, where)}") from error
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BodyError("the body: expected JSON in UTF-8") from error


_WORDS = {
    "kind": tuple(Kind),
    "from": ("customer", "agent", "system"),
    "reason": tuple(Alone),
    "outcome": ("allowed", "blocked"),
}


def _said_simply(problem: str, where: str) -> str:
    """Without the value that was sent, which may be anybody's words."""
    if problem.startswith("Invalid enum value"):
        return f"expected one of {', '.join(_WORDS[where.rpartition('.')[2]])}"
    return problem[:1].lower() + problem[1:]
