"""How Zendesk says its webhooks ended: its log of the last seven days, for one webhook.

Source: Webhooks API, "List webhook invocations"; which end the list begins with, and what else an item holds, we could
not confirm. So it is counted, and nothing more.
"""

from collections import Counter
from collections.abc import Mapping
from urllib.parse import quote

from connectors.fields import text
from connectors.transport import Transport
from connectors.zendesk.pages import read_some

ROUTE = "/api/v2/webhooks/{id}/invocations"
MOST_PAGES = 10
"""A thousand: enough to see whether webhooks arrive, and little of the limit of a hundred requests a minute."""
STATUSES = (
    "accepted",
    "success",
    "failed",
    "timeout",
    "circuit_broken",
    "throttled",
    "client_error",
    "server_error",
    "terminated",
    "unknown",
)
"""Documented, but for the last but one, which was seen."""


async def read_invocations(transport: Transport, webhook_id: str) -> Mapping[str, int]:
    """How many ended how, by Zendesk's words for it; one of `STATUSES` each. Raises HelpdeskError."""
    path = ROUTE.replace("{id}", quote(webhook_id, safe=""))
    found = await read_some(transport, path, "invocations", route=ROUTE, most_pages=MOST_PAGES)
    words = (text(one.get("status")).lower().replace(" ", "_") for one in found)
    counts = Counter(word if word in STATUSES else "unknown" for word in words)
    return {status: counts[status] for status in STATUSES}
