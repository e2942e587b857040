"""What can be read from the pretend Zendesk: tickets, audits, users, groups, macros, tags, addresses."""

import base64
import binascii
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.control import json_response
from connectors.sandbox.desk import Desk, UnknownError, known
from connectors.sandbox.records import Ticket, User
from connectors.sandbox.zendesk_shapes import (
    APART,
    BRAND_ID,
    Json,
    audit_json,
    group_json,
    macro_json,
    ticket_json,
    user_json,
)
from connectors.sandbox.zendesk_writing import RefusalError
from policies.ticket import Status

MOST_AT_ONCE = 100
OTHER_HOST = "https://elsewhere.zendesk.invalid:443"
"""Links to the next page carry another name than the one that was asked, as recorded from a live account."""


class ZendeskReading:
    """The GET half of the API."""

    def __init__(self, desk: Desk, bot: User) -> None:
        self._desk, self._bot = desk, bot

    @property
    def routes(self) -> list[Route]:
        """Paths below `/api/v2`."""
        return [
            Route("/tickets/{id}", self._ticket),
            Route("/tickets/{id}/audits", self._audits),
            Route("/users/me", self._me),
            Route("/users/show_many", self._users),
            Route("/users/{id}/groups", self._groups_of),
            Route("/users/{id}/group_memberships", self._memberships),
            Route("/groups", self._groups),
            Route("/brands", self._brands),
            Route("/macros", self._macros),
            Route("/macros/{id}", self._macro),
            Route("/tags", self._tags),
            Route("/recipient_addresses", self._addresses),
            Route("/search/count", self._count),
            Route("/incremental/tickets/cursor", self._incremental),
            Route("/webhooks/{id}/invocations", self._invocations),
        ]

    async def _ticket(self, request: Request) -> Response:
        return json_response({"ticket": ticket_json(self._desk, readable(self._desk, request))})

    async def _audits(self, request: Request) -> Response:
        ticket = readable(self._desk, request)
        audits = [audit_json(self._desk, ticket, submit) for submit in ticket.submits if submit.via != APART]
        return page(request, "audits", audits)

    async def _me(self, _: Request) -> Response:
        return json_response({"user": user_json(self._bot)})

    async def _users(self, request: Request) -> Response:
        ids = request.query_params.get("ids", "").split(",")
        if len(ids) > MOST_AT_ONCE:
            description = "Parameter  cannot specify more than 100 values"
            raise RefusalError(400, {"error": "TooManyValues", "description": description, "max_count": MOST_AT_ONCE})
        users = [self._desk.users[int(given)] for given in ids if given.isdigit() and int(given) in self._desk.users]
        return json_response({"users": [user_json(user) for user in users], "count": len(users)})

    async def _groups_of(self, request: Request) -> Response:
        user = known(self._desk.users, request.path_params["id"])
        return page(request, "groups", [group_json(self._desk.groups[group]) for group in user.group_ids])

    async def _memberships(self, request: Request) -> Response:
        user = known(self._desk.users, request.path_params["id"])
        memberships: list[Json] = [
            {"id": user.id + group, "user_id": user.id, "group_id": group} for group in user.group_ids
        ]
        return page(request, "group_memberships", memberships)

    async def _groups(self, request: Request) -> Response:
        return page(request, "groups", [group_json(group) for group in self._desk.groups.values()])

    async def _brands(self, request: Request) -> Response:
        return page(request, "brands", [{"id": BRAND_ID, "name": self._desk.brand, "active": True}])

    async def _macros(self, request: Request) -> Response:
        return page(request, "macros", [macro_json(macro) for macro in self._desk.macros.values()])

    async def _macro(self, request: Request) -> Response:
        return json_response({"macro": macro_json(known(self._desk.macros, request.path_params["id"]))})

    async def _tags(self, request: Request) -> Response:
        used = Counter(tag for ticket in self._desk.tickets.values() for tag in ticket.tags)
        return page(request, "tags", [{"name": tag, "count": count} for tag, count in used.most_common()])

    async def _addresses(self, request: Request) -> Response:
        used = dict.fromkeys(ticket.recipient for ticket in self._desk.tickets.values() if ticket.recipient)
        addresses: list[Json] = [
            {"id": number, "email": email, "name": "Support", "default": number == 1, "brand_id": BRAND_ID}
            for number, email in enumerate(used, start=1)
        ]
        return page(request, "recipient_addresses", addresses)

    async def _count(self, request: Request) -> Response:
        """Of the search's language no more than tickets that are not closed, by tag."""
        wanted = request.query_params.get("query", "").rpartition("tags:")[2]
        found = [one for one in self._desk.tickets.values() if wanted in one.tags and one.status is not Status.CLOSED]
        return json_response({"count": len(found)})

    async def _invocations(self, request: Request) -> Response:
        """Of an item no more than id and status is known to us."""
        log = self._desk.webhook_log.get(request.path_params["id"])
        if log is None:
            raise UnknownError("there is no such webhook, or it was never called")
        return page(request, "invocations", [{"id": call.id, "status": call.status} for call in log])

    async def _incremental(self, request: Request) -> Response:
        start = request.query_params.get("cursor") or request.query_params.get("start_time", "0")
        since = datetime.fromtimestamp(float(start), UTC)
        moved = [ticket for ticket in self._desk.tickets.values() if ticket.updated_at >= since]
        moved.sort(key=lambda ticket: ticket.updated_at)
        after = moved[-1].updated_at if moved else since
        return json_response(
            {
                "tickets": [ticket_json(self._desk, ticket) for ticket in moved],
                "after_cursor": str(after.timestamp()),
                "after_url": f"{OTHER_HOST}{request.url.path}?cursor={after.timestamp()}",
                "end_of_stream": True,
            }
        )


def readable(desk: Desk, request: Request) -> Ticket:
    """The ticket a path names. Raises UnknownError, for deleted tickets too."""
    ticket = known(desk.tickets, request.path_params["id"])
    if ticket.is_deleted:
        raise UnknownError("the ticket was deleted")
    return ticket


def page(request: Request, name: str, things: Sequence[Json]) -> Response:
    """One page by cursor, 100 at most."""
    size = min(int(request.query_params.get("page[size]", MOST_AT_ONCE)), MOST_AT_ONCE)
    start = _position(request.query_params.get("page[after]"))
    has_more = start + size < len(things)
    after = base64.urlsafe_b64encode(f"after:{start + size}".encode()).decode()
    following = f"{OTHER_HOST}{request.url.path}?page%5Bafter%5D={after}&page%5Bsize%5D={size}"
    return json_response(
        {
            name: things[start : start + size],
            "meta": {"has_more": has_more, "after_cursor": after if has_more else None, "before_cursor": None},
            "links": {"next": following if has_more else None, "prev": None},
        }
    )


def _position(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(cursor).decode().removeprefix("after:"))
    except (binascii.Error, ValueError) as error:
        raise RefusalError(400, {"error": "InvalidCursor", "description": "The cursor is not valid"}) from error
