"""Which tickets moved at Freshdesk, webhooks or none: the list of tickets by the time they were updated.

The cursor is where the list is to begin and from which page on, such as `2026-03-02T12:00:00+00:00 1`. Tickets move to
the end of the list while it is read, so a later page could miss one: the next request begins at the last time seen
instead, and a page is turned only where a full one holds nothing but one moment's tickets.
"""

from datetime import datetime

from connectors.errors import TransientError
from connectors.fields import mappings, moment
from connectors.freshdesk.fields import LONG_AGO, identity
from connectors.helpdesk import Moved, Mover
from connectors.transport import Transport

ROUTE = "/api/v2/tickets"
PAGE_SIZE = 100
MOST_PAGES = 300
"""Freshdesk turns no more. Source: API reference, "List all tickets"; read 2025."""


async def read_moved(transport: Transport, cursor: str | None, since: datetime) -> Moved:
    """One page. Tickets without an id or a time are left out. Raises TransientError for an answer without a list."""
    begin, page = _place(cursor, since)
    answer = await transport.get(
        ROUTE,
        route=ROUTE,
        params={
            "updated_since": begin.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "order_by": "updated_at",
            "order_type": "asc",
            "per_page": PAGE_SIZE,
            "page": page,
        },
    )
    if not isinstance(answer, list):
        raise TransientError(f"GET {ROUTE} was answered without a list of tickets")
    found = ((identity(one.get("id")), moment(one.get("updated_at"))) for one in mappings(answer))
    tickets = tuple(Mover(ticket_id=known, at=at) for known, at in found if known and at)
    is_full = len(answer) >= PAGE_SIZE
    newest = max((one.at for one in tickets), default=begin).replace(microsecond=0)
    following = page + 1 if is_full and newest <= begin and page < MOST_PAGES else 1
    return Moved(tickets=tickets, cursor=f"{max(newest, begin).isoformat()} {following}", is_end=not is_full)


def _place(cursor: str | None, since: datetime) -> tuple[datetime, int]:
    if cursor is None:
        return since.replace(microsecond=0), 1
    at, _, page = cursor.partition(" ")
    return moment(at) or LONG_AGO, int(page)
