"""Zendesk's webhooks: who sent it, and which ticket it is about. Pure.

Two kinds arrive at the same address. An event subscription has a fixed envelope; a trigger sends the JSON its
admin wrote, which holds ids alone. Source: developer.zendesk.com/documentation/webhooks, read 2025.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from connectors.errors import PayloadError, SignatureError
from connectors.fields import Json, mapping, moment, text
from connectors.helpdesk import Delivery
from connectors.signatures import require_fresh, require_hmac
from connectors.zendesk.fields import ticket_identity

SIGNATURE = "x-zendesk-webhook-signature"
SIGNED_AT = "x-zendesk-webhook-signature-timestamp"
INVOCATION = "x-zendesk-webhook-invocation-id"

PUBLIC_TEST_SECRET = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="  # noqa: S105 - it is printed in Zendesk's manual
"""Signs the admin page's test request before a webhook is saved: everybody knows it."""

EVENT_TYPE = "zen:event-type:"
TICKET_SUBJECT = "zen:ticket:"
TICKET_EVENTS = frozenset({"ticket", "messaging_ticket"})
KNOWN_EVENTS = frozenset(
    {
        "ticket.agent_assignment_changed",
        "ticket.comment_added",
        "ticket.comment_made_private",
        "ticket.comment_redacted",
        "ticket.created",
        "ticket.custom_status_changed",
        "ticket.group_assignment_changed",
        "ticket.marked_as_spam",
        "ticket.merged",
        "ticket.permanently_deleted",
        "ticket.priority_changed",
        "ticket.requester_changed",
        "ticket.soft_deleted",
        "ticket.status_changed",
        "ticket.subject_changed",
        "ticket.tags_changed",
        "ticket.undeleted",
        "messaging_ticket.message_added",
    }
)

_ID = re.compile(r"[0-9A-Za-z_-]{8,64}", re.ASCII)


class ZendeskWebhook:
    """The webhook half of the connector, for one account.

    Several secrets are valid at once, so that one can be replaced without a gap: Zendesk's old secret dies the
    moment a new one is made. Raises ValueError if there is none, or if one is empty or the public test secret.
    """

    def __init__(self, *, account: str, secrets: Sequence[str]) -> None:
        if not secrets or not all(secrets):
            raise ValueError("a Zendesk webhook needs its signing secret: see the webhook's page in Zendesk's admin")
        if PUBLIC_TEST_SECRET in secrets:
            raise ValueError("this signing secret is the public one of Zendesk's test button; save the webhook first")
        self._account = account
        self._secrets = tuple(secrets)

    def verify(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> None:
        """Nothing if timestamp and raw body are signed with one of our secrets, lately. Raises SignatureError.

        The signature's own time is checked, never the event's: a delayed attempt is signed anew.
        """
        signature, signed_at = headers.get(SIGNATURE), headers.get(SIGNED_AT)
        if not signature or not signed_at:
            raise SignatureError("the request is not signed")
        require_fresh(signed_at, now)
        require_hmac(self._secrets, signed_at.encode() + body, signature)

    def read(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Delivery | None:
        """The delivery in a verified body; None for an event that is not about a ticket. Raises PayloadError."""
        content = _json_object(body)
        kind = text(content.get("type"))
        if not kind.startswith(EVENT_TYPE):
            return self._delivery(content.get("ticket_id"), _receipt_id(headers, body), "trigger", _time(content), now)
        event = kind.removeprefix(EVENT_TYPE)
        if event.partition(".")[0] not in TICKET_EVENTS:
            return None
        ticket_id = ticket_identity(mapping(content.get("detail")).get("id"))
        ticket_id = ticket_id or text(content.get("subject")).removeprefix(TICKET_SUBJECT)
        event_id = text(content.get("id"))
        event_id = event_id if _ID.fullmatch(event_id) else _receipt_id(headers, body)
        label = event if event in KNOWN_EVENTS else "unknown"
        return self._delivery(ticket_id, event_id, label, _time(content), now)

    def _delivery(self, ticket_id: Any, id_: str, event: str, at: datetime | None, now: datetime) -> Delivery:
        known_id = ticket_identity(ticket_id)
        if known_id is None:
            raise PayloadError("the body names no ticket: a trigger's body needs a ticket_id")
        return Delivery(
            helpdesk="zendesk",
            account=self._account,
            id=id_,
            ticket_id=known_id,
            # A time without its zone may read as hours from now.
            occurred_at=min(at, now) if at else now,
            received_at=now,
            event=event,
        )


def _json_object(body: bytes) -> Json:
    try:
        content = msgspec.json.decode(body)
    except (ValueError, RecursionError) as error:
        raise PayloadError("the body is not sound JSON in UTF-8") from error
    if not isinstance(content, dict):
        raise PayloadError("the body is JSON, but no object")
    return content


def _time(content: Json) -> datetime | None:
    """The event's time, in whole seconds as audits are, so that the audit it tells of is never older."""
    at = moment(content.get("time")) or moment(content.get("updated_at"))
    return at.replace(microsecond=0) if at else None


def _receipt_id(headers: Mapping[str, str], body: bytes) -> str:
    """What makes a body without an id of its own the same delivery again.

    The invocation id is the same at every attempt, but not signed. With the body's digest beside it, whoever replays
    a signed body cannot pass it off as another delivery.
    """
    invocation = headers.get(INVOCATION, "")
    if _ID.fullmatch(invocation):
        return f"{invocation}.{hashlib.sha256(body).hexdigest()[:16]}"
    signed_at = headers.get(SIGNED_AT, "").encode("utf-8", "surrogateescape")
    return hashlib.sha256(signed_at + body).hexdigest()
