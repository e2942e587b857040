"""Our webhook as Zendesk knows it. Source: Webhooks API, "Show webhook"; read 2026."""

from urllib.parse import quote

from connectors.errors import TransientError
from connectors.fields import mapping, text
from connectors.helpdesk import Webhook
from connectors.transport import Transport

ROUTE = "/api/v2/webhooks/{id}"


async def read_webhook(transport: Transport, webhook_id: str) -> Webhook:
    """Whether it is active, and where it goes. Raises NotFoundError if it is gone."""
    answer = mapping(await transport.get(ROUTE.replace("{id}", quote(webhook_id, safe="")), route=ROUTE))
    webhook = mapping(answer.get("webhook"))
    if not webhook:
        raise TransientError(f"GET {ROUTE} was answered without a webhook")
    return Webhook(url=text(webhook.get("endpoint")), is_active=text(webhook.get("status")) == "active")
