"""Signed webhooks of 2 KiB, as Zendesk sends them, ready for a socket."""

import base64
import hashlib
import hmac
import itertools
import random
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

SECRET = "a-secret-for-benchmarks"
ACCOUNT = "acme"
PATH = f"/webhooks/zendesk/{ACCOUNT}"
BODY_BYTES = 2_048


def webhooks(tickets: int) -> Iterator[bytes]:
    """Requests without end, each a new event of one of so many tickets."""
    lot = random.Random(tickets)  # noqa: S311 - which ticket is no secret
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    run = f"{random.getrandbits(64):016x}"
    for number in itertools.count():
        yield _request(_body(f"{run}{lot.getrandbits(48):012x}{number:x}", lot.randrange(tickets) + 1, stamp), stamp)


def _body(event_id: str, ticket: int, stamp: str) -> bytes:
    event = {
        "type": "zen:event-type:ticket.comment_added",
        "id": event_id,
        "time": stamp,
        "subject": f"zen:ticket:{ticket}",
        "account_id": 1,
        "detail": {"id": str(ticket), "status": "OPEN", "subject": "Where is my parcel?", "tags": ["parcel", "late"]},
        "event": {"comment": {"id": str(ticket * 7), "is_public": True, "body": ""}},
    }
    room = BODY_BYTES - len(msgspec.json.encode(event))
    event["event"] = {"comment": {"id": str(ticket * 7), "is_public": True, "body": "parcel " * (room // 7)}}
    return msgspec.json.encode(event)


def _request(body: bytes, stamp: str) -> bytes:
    signature = base64.b64encode(hmac.digest(SECRET.encode(), stamp.encode() + body, hashlib.sha256)).decode()
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: ombuds.example\r\nUser-Agent: Zendesk Webhook\r\n"
        "Accept: */*\r\nContent-Type: application/json; charset=utf-8\r\n"
        f"X-Zendesk-Webhook-Signature: {signature}\r\nX-Zendesk-Webhook-Signature-Timestamp: {stamp}\r\n"
        f"X-Zendesk-Account-Id: 1\r\nX-Zendesk-Webhook-Id: 01J0\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
