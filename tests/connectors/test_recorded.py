"""Every payload that others recorded can be put before every reader of its helpdesk: none of them stumbles."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import Response

from connectors.errors import HelpdeskError, PayloadError
from connectors.freshdesk.changes import Desk
from connectors.freshdesk.conversations import read_conversations
from connectors.freshdesk.translate import to_ticket
from connectors.freshdesk.webhook import FreshdeskWebhook
from connectors.transport import Transport
from connectors.zendesk.actors import Scene
from connectors.zendesk.translate import ticket_of
from connectors.zendesk.webhook import ZendeskWebhook

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
RECORDED = Path(__file__).parents[3] / "shared" / "recorded"
FILES = sorted(RECORDED.rglob("*.json"))
NOT_ABOUT_A_TICKET = ("onCannedResponse", "onConversationDelete")


def named(path: Path) -> str:
    return str(path.relative_to(RECORDED))


def ticket_ids(body: Any) -> set[str]:
    """What a person would take for the ticket's id in a webhook's body."""
    places = (("detail", "id"), ("freshdesk_webhook", "ticket_id"), ("data", "ticket", "id"))
    places += (("data", "conversation", "ticket_id"),)
    found = set()
    for place in places:
        value = body
        for key in place:
            value = value.get(key) if isinstance(value, dict) else None
        found |= {str(value)} if value else set()
    return found


@pytest.mark.skipif(not FILES, reason="the recorded payloads are not beside this checkout")
@pytest.mark.parametrize("path", FILES, ids=named)
def test_every_recorded_payload_is_read(path: Path) -> None:
    raw = path.read_bytes()
    body = json.loads(raw)

    if path.is_relative_to(RECORDED / "zendesk"):
        read_as_zendesk(raw, body)
    else:
        read_as_freshdesk(raw, body)


def read_as_zendesk(raw: bytes, body: Any) -> None:
    reader = ZendeskWebhook(account="acme", secrets=["secret"])
    try:
        delivery = reader.read({}, raw, now=NOW)
    except PayloadError:
        assert not ticket_ids(body)
    else:
        assert {delivery.ticket_id if delivery else None} == ticket_ids(body)
    told = body if isinstance(body, dict) else {}
    ticket = ticket_of(told.get("ticket") or told, told.get("audits") or [], Scene(requester_id="1"), account="acme")
    assert len(ticket.changes) == len(told.get("audits") or [])


def read_as_freshdesk(raw: bytes, body: Any) -> None:
    delivery = FreshdeskWebhook(account="acme", headers=[("x-token", "secret")]).read({}, raw, now=NOW)
    if delivery is None:
        assert body["event"].startswith(NOT_ABOUT_A_TICKET)
    elif ticket_ids(body):
        assert {delivery.ticket_id} == ticket_ids(body)
    conversations = read_conversations(body if isinstance(body, list) else [body], "1")
    to_ticket(body if isinstance(body, dict) else {}, conversations, (), Desk(account="acme"))


@pytest.mark.skipif(not FILES, reason="the recorded payloads are not beside this checkout")
async def test_every_recorded_refusal_becomes_one_of_our_errors() -> None:
    recorded = json.loads((RECORDED / "zendesk" / "errors.json").read_text())

    for name, told in ((name, told) for name, told in recorded.items() if isinstance(told, dict)):
        content = told["body_text"].encode() if "body_text" in told else json.dumps(told["body"]).encode()
        helpdesk = httpx.ASGITransport(app=Response(content, told["status"], told.get("headers")))
        transport = Transport("http://127.0.0.1", auth=httpx.BasicAuth("a", "b"), transport=helpdesk)

        with pytest.raises(HelpdeskError) as caught:
            await transport.send("PUT", "/api/v2/tickets/1", route="/api/v2/tickets/{id}", json={})

        assert str(told["status"]) in str(caught.value), name
        await transport.aclose()
