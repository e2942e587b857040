"""Freshdesk's webhooks: who sent one, and which ticket it points to. Pure: bytes in, a delivery out.

Freshdesk signs nothing and gives no event id, so proof is a password or a secret header chosen in the automation.
"""

import base64
import binascii
import hashlib
import math
import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.errors import SignatureError
from connectors.freshdesk.bodies import id_of, read_body
from connectors.freshdesk.triggered import parse_triggered_event
from connectors.helpdesk import Delivery
from connectors.signatures import require_same

APP_EVENTS = {
    "onTicketCreate": "ticket_created",
    "onTicketUpdate": "ticket_updated",
    "onTicketDelete": "ticket_deleted",
    "onConversationCreate": "conversation_created",
    "onConversationUpdate": "conversation_updated",
}
"""Events an app passes on that point to a ticket. `onConversationDelete` names none, the others are about none."""

_APP_EVENT = re.compile("on[A-Z]")

PLAUSIBLE_DELAY = timedelta(hours=48)
"""Freshdesk retries for up to a day. An event's own time further off is not believed."""


class FreshdeskWebhook:
    """The reader for one account. Any of the credentials will do, so they can be changed without a gap.

    `basics` are (user, password), `headers` are (name, value).
    """

    def __init__(
        self,
        *,
        account: str,
        basics: Sequence[tuple[str, str]] = (),
        headers: Sequence[tuple[str, str]] = (),
    ) -> None:
        if not basics and not headers:
            raise ValueError("a Freshdesk webhook needs a user and password, or a secret header")
        if not all(secret for _, secret in (*basics, *headers)):
            raise ValueError("a Freshdesk webhook's password or secret header must not be empty")
        self._account = account
        self._basics = [f"{user}:{password}" for user, password in basics]
        self._headers = [(name.lower(), value) for name, value in headers]

    def verify(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> None:  # noqa: ARG002 - nothing is signed
        """Nothing if one of the credentials was given. Header names are lower case. Raises SignatureError."""
        proofs = [_is_proof(self._basics, _basic(headers.get("authorization", "")))]
        proofs += [_is_proof([secret], _text(headers.get(name, ""))) for name, secret in self._headers]
        if not any(proofs):
            raise SignatureError("neither the user and password nor the secret header are the ones configured")

    def read(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Delivery | None:
        """The delivery in a verified body; None if it points to no ticket by its nature. Raises nothing.

        A body that cannot be read comes without a ticket: answering 400 would only bring it again for a day.
        """
        content = read_body(body, headers.get("content-type", ""))
        match content.fields:
            case {"event": str() as event, "data": Mapping() as about} if _APP_EVENT.match(event):
                return self._from_app(event, about, content.fields.get("timestamp"), body, now)
            case _:
                pass
        return Delivery(
            helpdesk="freshdesk",
            account=self._account,
            # No event id, and a template of ids makes two honest events equal to the byte: each receipt counts.
            id=uuid.uuid4().hex,
            ticket_id=content.ticket_id,
            occurred_at=now,
            received_at=now,
            event=parse_triggered_event(content.triggered_event).label,
            defect=content.defect,
        )

    def _from_app(
        self, event: str, about: Mapping[str, Any], timestamp: object, body: bytes, now: datetime
    ) -> Delivery | None:
        if event not in APP_EVENTS:
            return None
        ticket, conversation = (_mapping(about.get(name)) for name in ("ticket", "conversation"))
        found = id_of(ticket.get("id")) or id_of(conversation.get("ticket_id"))
        # Archiving is told as a deletion with this flag; no agent deleted anything.
        label = "ticket_archived" if event == "onTicketDelete" and ticket.get("archive") else APP_EVENTS[event]
        return Delivery(
            helpdesk="freshdesk",
            account=self._account,
            id=hashlib.sha256(body).hexdigest(),
            ticket_id=found,
            occurred_at=occurred_at(timestamp, now),
            received_at=now,
            event=label,
            defect=None if found else "no_ticket_id",
        )


def occurred_at(timestamp: object, now: datetime) -> datetime:
    """The time of an app's event: seconds or milliseconds, as number or text; `now` if it is not believable."""
    try:
        seconds = float(timestamp) if isinstance(timestamp, int | float | str) else math.nan
        seconds = seconds / 1000 if seconds > 1e11 else seconds
        told = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return now
    return told if now - PLAUSIBLE_DELAY <= told <= now else now


def _is_proof(expected: Sequence[str], given: str) -> bool:
    try:
        require_same(expected, given)
    except SignatureError:
        return False
    return True


def _basic(value: str) -> str:
    """`user:password` out of an Authorization header; empty if it is none."""
    scheme, _, encoded = value.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(encoded.strip(), validate=True).decode("utf-8", "surrogateescape")
    except (binascii.Error, ValueError):
        return ""


def _text(value: str) -> str:
    """A header's value as UTF-8 text; the server hands headers over as Latin-1."""
    return value.encode("latin-1", "backslashreplace").decode("utf-8", "surrogateescape")


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
