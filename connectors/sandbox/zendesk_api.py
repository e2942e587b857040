"""The pretend Zendesk's API: who may ask, what can be written, and how errors look."""

import base64
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.control import json_response
from connectors.sandbox.desk import Desk, UnknownError, known
from connectors.sandbox.effects import Effects
from connectors.sandbox.records import Intent, Opening, Ticket, User
from connectors.sandbox.zendesk_reading import ZendeskReading, readable
from connectors.sandbox.zendesk_rules import ZendeskRules
from connectors.sandbox.zendesk_shapes import Json, audit_json, ticket_json
from connectors.sandbox.zendesk_writing import RefusalError, UpdateLimit, asked_intent, require_writable
from policies.ticket import Status

Handler = Callable[[Request], Awaitable[Response]]
BASE = "/api/v2"
KEYS_LAST = timedelta(hours=2)
TICKET, TAGS, TICKETS = "/tickets/{id}", "/tickets/{id}/tags", "/tickets"
MAKE_PRIVATE = "/tickets/{id}/comments/{comment_id}/make_private"


class ZendeskApi:
    """All routes below `/api/v2`, with or without `.json` at the end. `bot` is whom the credentials belong to."""

    def __init__(self, desk: Desk, effects: Effects, bot: User, api_token: str, rules: ZendeskRules) -> None:
        self._desk, self._effects, self._bot = desk, effects, bot
        self._credentials = f"{bot.email}/token:{api_token}"
        self._limit, self._rules = UpdateLimit(), rules
        self._created: dict[str, tuple[datetime, str, int]] = {}

    @property
    def routes(self) -> list[Route]:
        """Every route asks for credentials first."""
        writing = [
            Route(TICKET, self._update, methods=["PUT"]),
            Route(TICKETS, self._create, methods=["POST"]),
            Route(TAGS, self._change_tags, methods=["PUT", "POST", "DELETE"]),
            Route(MAKE_PRIVATE, self._make_private, methods=["PUT"]),
        ]
        reading = ZendeskReading(self._desk, self._bot).routes
        return [
            Route(f"{BASE}{route.path}{ending}", self._guarded(route.endpoint), methods=list(route.methods or ()))
            for route in [*writing, *self._rules.routes, *reading]
            for ending in (".json", "")
        ]

    def _guarded(self, handler: Handler) -> Handler:
        async def answer(request: Request) -> Response:
            try:
                self._require_credentials(request)
                response = await handler(request)
            except RefusalError as refusal:
                response = json_response(refusal.body, refusal.status, refusal.headers)
            except UnknownError:
                response = json_response({"error": "RecordNotFound", "description": "Not found"}, 404)
            except (msgspec.DecodeError, UnicodeDecodeError):
                response = json_response({"error": "Unprocessable", "description": "The body is no JSON"}, 400)
            response.headers.update({"X-Rate-Limit": "700", "X-Rate-Limit-Remaining": "699"})
            return response

        return answer

    def _require_credentials(self, request: Request) -> None:
        expected = f"Basic {base64.b64encode(self._credentials.encode()).decode()}"
        if request.headers.get("authorization") != expected:
            raise RefusalError(401, {"error": "Couldn't authenticate you"})

    async def _update(self, request: Request) -> Response:
        ticket = readable(self._desk, request)
        asked = (await _body(request)).get("ticket") or {}
        require_writable(ticket, asked)
        headers = {"Zendesk-RateLimit-Per-Ticket-Updates": self._limit.count(ticket, self._desk.clock())}
        intent = asked_intent(ticket, asked, self._bot.id)
        submit = self._desk.submit(ticket, intent)
        self._record("PUT", TICKET, ticket, intent)
        body = {"ticket": ticket_json(self._desk, ticket), "audit": audit_json(self._desk, ticket, submit)}
        return json_response(body, headers=headers)

    async def _change_tags(self, request: Request) -> Response:
        ticket = readable(self._desk, request)
        asked = await _body(request)
        require_writable(ticket, asked)
        self._limit.count(ticket, self._desk.clock())
        tags, stale = tuple(asked.get("tags") or ()), set(ticket.tags) - set(asked.get("tags") or ())
        intent = {
            "PUT": Intent(actor_id=str(self._bot.id), via="api", add_tags=tags),
            "POST": Intent(actor_id=str(self._bot.id), via="api", add_tags=tags, remove_tags=tuple(stale)),
            "DELETE": Intent(actor_id=str(self._bot.id), via="api", remove_tags=tags),
        }[request.method]
        before = ticket.tags
        if set(intent.add_tags) - set(before) or set(intent.remove_tags) & set(before):
            self._desk.submit(ticket, intent)
            self._record(request.method, TAGS, ticket, intent)
        return json_response({"tags": ticket.tags}, 201 if request.method == "POST" else 200)

    async def _make_private(self, request: Request) -> Response:
        ticket = readable(self._desk, request)
        require_writable(ticket, {})
        self._limit.count(ticket, self._desk.clock())
        comment_id = request.path_params["comment_id"]
        intent = Intent(actor_id=str(self._bot.id), via="api", make_private=comment_id)
        if known({one.id: one for one in ticket.comments}, comment_id).wording.public:
            self._desk.submit(ticket, intent)
            self._record("PUT", MAKE_PRIVATE, ticket, intent)
        return json_response({})

    async def _create(self, request: Request) -> Response:
        asked = (await _body(request)).get("ticket") or {}
        key, digest = request.headers.get("idempotency-key", ""), hashlib.sha256(await request.body()).hexdigest()
        now = self._desk.clock()
        at, known_digest, known_id = self._created.get(key, (now, "", 0))
        if not key or not known_id or now - at > KEYS_LAST:
            ticket = self._open(asked)
            self._created[key] = now, digest, ticket.id
            return json_response({"ticket": ticket_json(self._desk, ticket)}, 201, {"X-Idempotency-Lookup": "miss"})
        if known_digest != digest:
            description = "The key was used with another body"
            raise RefusalError(400, {"error": "IdempotentRequestError", "description": description})
        found = {"ticket": ticket_json(self._desk, self._desk.tickets[known_id])}
        return json_response(found, 201, {"X-Idempotency-Lookup": "hit"})

    def _open(self, asked: Mapping[str, Any]) -> Ticket:
        """A new ticket; a follow-up takes the requester and the address of the closed ticket it follows."""
        source = self._followed(asked.get("via_followup_source_id"))
        first = msgspec.structs.asdict(asked_intent(None, asked, self._bot.id))
        opening = Opening(
            **first,
            requester_id=str(asked.get("requester_id") or (source.requester_id if source else self._bot.id)),
            subject=str(asked.get("subject") or (source.subject if source else "")),
            channel="api",
            recipient=source.recipient if source else None,
            followup_of=str(source.id) if source else None,
        )
        ticket, _ = self._desk.open_ticket(opening)
        self._record("POST", TICKETS, ticket, opening)
        return ticket

    def _followed(self, source_id: object) -> Ticket | None:
        if not source_id:
            return None
        source = self._desk.tickets.get(int(str(source_id)))
        if source is None or source.status is not Status.CLOSED:
            details = {"base": [{"description": "Source: the ticket to follow up on is not closed"}]}
            raise RefusalError(422, {"error": "RecordInvalid", "details": details})
        return source

    def _record(self, method: str, route: str, ticket: Ticket, intent: Intent) -> None:
        what: Json = {
            "comment": None if intent.comment is None else "public" if intent.comment.public else "internal",
            "status": intent.status,
            "group_id": intent.group_id,
            "add_tags": intent.add_tags,
            "remove_tags": intent.remove_tags,
            "make_private": intent.make_private,
        }
        done = {name: value for name, value in what.items() if value}
        marker = intent.metadata.get("ombuds")
        action = str(marker.get("action")) if isinstance(marker, dict) else None
        self._effects.record((method, BASE + route), ticket.id, done, self._desk.clock(), action)


async def _body(request: Request) -> Mapping[str, Any]:
    return msgspec.json.decode(await request.body(), type=dict[str, Any])
