"""What differs between two pretend helpdesks: routes, webhook bodies, proofs of identity, retry manners."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec
from starlette.routing import BaseRoute

from connectors.sandbox.records import Submit, Ticket


class Hook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A webhook somebody set up: where it goes, what it tells, how the receiver knows it is us."""

    url: str
    kind: str
    id: str = ""
    secret: str = ""
    basic: tuple[str, str] | None = None
    header: tuple[str, str] | None = None
    skip_actor_id: str | None = None
    """Submits of this user are not told, as with a trigger's condition on the current user."""
    events: tuple[str, ...] | None = None
    """The kinds of event it subscribes to, in the vendor's words; None: all that there are."""
    copies: int = 1
    """Each message is sent this often."""
    shuffle: bool = False
    """Messages are collected for a moment and leave in reverse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One webhook to send; `headers` are those that stay the same at every attempt."""

    ticket_id: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Vendor(Protocol):
    """One pretend helpdesk's own half of the sandbox."""

    routes: Sequence[BaseRoute]
    """The vendor's API."""
    hook_kinds: Sequence[str]
    """The kinds of webhook it knows."""

    def change_id(self, ticket: Ticket, submit: Submit) -> str:
        """The id our connector will give the change made by this submit."""

    def messages(self, hook: Hook, ticket: Ticket, submit: Submit) -> Sequence[Message]:
        """What this webhook is told of a submit; nothing if it does not fire."""

    def sign(self, hook: Hook, message: Message) -> Mapping[str, str]:
        """The headers of one attempt that prove who sends."""

    def retry_in_s(self, status: int, headers: Mapping[str, str], attempt: int) -> float | None:
        """The wait before the next attempt in seconds (the sandbox shortens it); None: it gives up.

        `status` 0: no answer. `attempt` counts from 1.
        """

    def ended(self, hook: Hook, status: int) -> None:
        """Hears how a message ended after its last attempt; `status` 0: no answer."""
