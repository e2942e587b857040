"""Which tickets moved at Zendesk, webhooks or none: the incremental export by cursor."""

from datetime import datetime, timedelta

from connectors.errors import TransientError
from connectors.fields import mapping, mappings, moment, text
from connectors.helpdesk import Moved, Mover
from connectors.transport import Transport
from connectors.zendesk.fields import ticket_identity

ROUTE = "/api/v2/incremental/tickets/cursor"
PAGE_SIZE = 100
"""The answer holds whole tickets; a thousand of them, the most Zendesk gives, may be larger than we read."""
YOUNGEST = timedelta(seconds=61)
"""Zendesk refuses a start that is less than a minute ago. Source: Incremental Exports, "start_time"; read 2025."""


async def read_moved(transport: Transport, cursor: str | None, since: datetime, now: datetime) -> Moved:
    """One page. Tickets without an id or a time are left out. Raises TransientError for an answer without a list."""
    start = int(min(since, now - YOUNGEST).timestamp())
    params: dict[str, str | int] = {"per_page": PAGE_SIZE, **({"cursor": cursor} if cursor else {"start_time": start})}
    answer = mapping(await transport.get(ROUTE, route=ROUTE, params=params))
    if not isinstance(answer.get("tickets"), list):
        raise TransientError(f"GET {ROUTE} was answered without a list of tickets")
    found = ((ticket_identity(one.get("id")), moment(one.get("updated_at"))) for one in mappings(answer["tickets"]))
    return Moved(
        tickets=tuple(Mover(ticket_id=known, at=at) for known, at in found if known and at),
        cursor=text(answer.get("after_cursor")) or cursor or "",
        is_end=answer.get("end_of_stream") is not False or not answer.get("after_cursor"),
    )
