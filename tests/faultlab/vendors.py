"""What differs between the helpdesks that a lab may stand at: webhooks, their proof and retries, writes, settings."""

import base64
import hashlib
import hmac
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

SECRET = "a-secret-for-the-fault-lab"
LONGEST_RETRY_AFTER_S = 60.0
ZENDESK_TRIES = {409: 3, 429: 5, 503: 5, 0: 5}
"""Tries after the first, by status; 0: no answer. Source: developer.zendesk.com/documentation/webhooks, read 2025."""
FRESHDESK_TRIES, FRESHDESK_RETRY_S = 4, 5.0
"""Freshdesk tries again whatever was answered, but half an hour later; no lab has that long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What a webhook tells: `number` makes it another one than its like."""

    ticket: str
    change: str
    at: datetime
    number: uuid.UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """One helpdesk. `writes`: bytes that only a request has which leaves a note; `note`: its method and route."""

    kind: str
    settings: str
    """Its table in the service's settings, but for the address."""
    writes: bytes
    note: tuple[str, str]
    webhook: Callable[[News], tuple[str, bytes]]
    """The id that the service will know it by, and its body."""
    proof: Callable[[bytes], Mapping[str, str]]
    retry_in_s: Callable[[int, str, int], float | None]
    """The wait before the next attempt by status, Retry-After and attempts so far; None: it gives up."""


def _zendesk_webhook(news: News) -> tuple[str, bytes]:
    body = {
        "id": str(news.number),
        "type": "zen:event-type:ticket.comment_added",
        "subject": f"zen:ticket:{news.ticket}",
        "time": f"{news.at:%Y-%m-%dT%H:%M:%S}Z",
        "detail": {"id": news.ticket},
    }
    return str(news.number), msgspec.json.encode(body)


def _zendesk_proof(body: bytes) -> Mapping[str, str]:
    signed_at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    mac = hmac.digest(SECRET.encode(), signed_at.encode() + body, hashlib.sha256)
    return {
        "X-Zendesk-Webhook-Signature": base64.b64encode(mac).decode(),
        "X-Zendesk-Webhook-Signature-Timestamp": signed_at,
    }


def zendesk_retry_in_s(status: int, retry_after: str, attempt: int) -> float | None:
    """As Zendesk does it. `attempt` counts from 1."""
    if attempt > ZENDESK_TRIES.get(status, 0):
        return None
    if status in (0, 409):
        return 1.0
    wait_s = float(retry_after) if retry_after.isdecimal() else LONGEST_RETRY_AFTER_S
    return wait_s if wait_s < LONGEST_RETRY_AFTER_S else None


def _freshdesk_webhook(news: News) -> tuple[str, bytes]:
    """An app's event, which is known again when it comes twice. A webhook of a rule has nothing to know it by."""
    event = {
        "event": "onConversationCreate",
        "timestamp": news.at.timestamp(),
        "data": {"conversation": {"id": news.change, "ticket_id": int(news.ticket)}},
        "number": str(news.number),
    }
    body = msgspec.json.encode(event)
    return hashlib.sha256(body).hexdigest(), body


def _freshdesk_retry_in_s(_status: int, _retry_after: str, attempt: int) -> float | None:
    return FRESHDESK_RETRY_S if attempt <= FRESHDESK_TRIES else None


ZENDESK = Vendor(
    kind="zendesk",
    settings=f'email = "bot@acme.example"\napi_token = "sandbox-token"\nwebhook_secrets = ["{SECRET}"]\n',
    writes=b"PUT /api/v2/tickets/",
    note=("PUT", "/api/v2/tickets/{id}"),
    webhook=_zendesk_webhook,
    proof=_zendesk_proof,
    retry_in_s=zendesk_retry_in_s,
)
FRESHDESK = Vendor(
    kind="freshdesk",
    settings=f'api_key = "sandbox-key"\nheader = {{name = "X-Ombuds", value = "{SECRET}"}}\n',
    writes=b"/notes HTTP/1.1",
    note=("POST", "/api/v2/tickets/{id}/notes"),
    webhook=_freshdesk_webhook,
    proof=lambda _: {"X-Ombuds": SECRET},
    retry_in_s=_freshdesk_retry_in_s,
)
