"""Drafts as an app sends them: a reply of a few sentences on a ticket of a few messages, every tenth one a letter."""

import itertools
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import jwt
from webhooks_made import ACCOUNT

GATE_SECRET = "a-secret-of-the-app-for-benchmarks"
_ASKS = (
    "Hello, I ordered a lamp two weeks ago and nothing has come. Could you tell me where it is, and when I get it?",
    "Thank you. The courier says that he knows of no parcel. Please look again, I need it for a birthday on Friday.",
    "It is Thursday now. Is there any news? I would rather have my money back than wait for another week.",
)
_ANSWERS = (
    "Hello Jo,\n\nI am sorry that your lamp is late. It left our house on Monday, and the courier has it now.\n\nTom",
    "Hello Jo,\n\nI called the courier: he found the parcel today and brings it tomorrow before noon.\n\nTom",
)
_REPLY = (
    "Hello Jo,\n\nI have sent you a second lamp by express this morning, number {number}; it arrives tomorrow before "
    "ten. Keep the first one if it turns up after all. I am sorry for the wait, and I wish you a good party.\n\nTom"
)
_LETTER = "Dear customer,\n\nyour account {number} has been closed. This decision is final.\n\nThe trust team"


def asks(tickets: int) -> Iterator[bytes]:
    """Requests without end, as they go over the wire, on so many tickets in turn."""
    for number in itertools.count():
        draft = {
            "kind": "public_reply",
            "text": (_REPLY if number % 10 else _LETTER).format(number=number),
            "seen": True,
        }
        ticket = {"id": str(number % tickets + 1), "requester": {"id": "c"}, "conversation": _conversation()}
        body = json.dumps({"ticket": ticket, "draft": draft, "agent": {"id": "a"}}).encode()
        proof = jwt.encode({"exp": time.time() + 120, "aud": f"zendesk/{ACCOUNT}"}, GATE_SECRET)
        head = (
            f"POST /gate/zendesk/{ACCOUNT} HTTP/1.1\r\nHost: ombuds\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {proof}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        yield head.encode() + body


def _conversation() -> list[dict[str, object]]:
    said = [("customer", _ASKS[0]), ("agent", _ANSWERS[0]), ("customer", _ASKS[1]), ("agent", _ANSWERS[1])]
    said.append(("customer", _ASKS[2]))
    begun = datetime.now(UTC) - timedelta(hours=len(said))
    return [
        {"at": (begun + timedelta(hours=hour)).isoformat(), "from": who, "author": {"id": who[:1]}, "text": text}
        for hour, (who, text) in enumerate(said)
    ]
