"""The pretend Freshdesk's API, version 2: who may ask, what can be read and written, and how errors look."""

import base64
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.freshdesk.marker import read_marker
from connectors.sandbox.control import json_response
from connectors.sandbox.desk import Desk, UnknownError, known
from connectors.sandbox.effects import Effects
from connectors.sandbox.freshdesk_rules import FreshdeskRules
from connectors.sandbox.freshdesk_shapes import (
    PRODUCT_ID,
    Json,
    agent_json,
    canned_json,
    conversation_json,
    group_json,
    mailbox_json,
    ticket_json,
)
from connectors.sandbox.freshdesk_writing import RateLimit, RefusalError, asked_note, asked_update, invalid
from connectors.sandbox.records import Intent, Ticket, User

Handler = Callable[[Request], Awaitable[Response]]
BASE = "/api/v2"
TICKET, NOTES = "/tickets/{id:int}", "/tickets/{id:int}/notes"
RULES = "/automations/1/rules"
FOLDER_ID = 77
DEFAULT_PAGE, LARGEST_PAGE = 30, 100


class FreshdeskApi:
    """All routes below `/api/v2`. `bot` is the agent whom the API key belongs to."""

    def __init__(self, desk: Desk, effects: Effects, bot: User, api_key: str, limit: RateLimit) -> None:
        self.rules = FreshdeskRules(desk)
        self.archived: set[int] = set()
        self.scenarios: list[Json] = []
        self._desk, self._effects, self._bot, self._key, self._limit = desk, effects, bot, api_key, limit

    @property
    def routes(self) -> list[Route]:
        """Every route asks for credentials first, and counts against the limit."""
        return [
            self._route("GET", "/tickets", self._list_tickets),
            self._route("GET", "/tickets/archived/{id:int}", self._archived_ticket),
            self._route("GET", "/tickets/archived/{id:int}/conversations", self._archived_conversations),
            self._route("GET", TICKET, self._ticket),
            self._route("PUT", TICKET, self._update),
            self._route("GET", "/tickets/{id:int}/conversations", self._conversations),
            self._route("POST", NOTES, self._note),
            self._route("GET", "/agents/me", self._me),
            self._route("GET", "/agents/{id:int}", self._agent),
            self._route("GET", "/agents", self._agents),
            self._route("GET", "/groups", self._groups),
            self._route("GET", "/products", self._products),
            self._route("GET", "/email_configs", self._mailboxes),
            self._route("GET", "/canned_response_folders", self._folders),
            self._route("GET", "/canned_response_folders/{id:int}/responses", self._responses),
            self._route("GET", "/canned_responses/{id:int}", self._response),
            self._route("GET", "/scenario_automations", self._scenarios),
            self._route("GET", RULES, self._rules),
            self._route("POST", RULES, self.rules.add),
            self._route("PUT", f"{RULES}/{{id:int}}", self.rules.change),
            self._route("DELETE", f"{RULES}/{{id:int}}", self.rules.remove),
        ]

    def _route(self, method: str, path: str, handler: Handler) -> Route:
        async def answer(request: Request) -> Response:
            counted: Mapping[str, str] = {}
            try:
                counted = self._limit.count(self._desk.clock())
                self._require_credentials(request)
                response = await handler(request)
            except RefusalError as refusal:
                body = b"" if refusal.body is None else msgspec.json.encode(refusal.body)
                response = Response(body, refusal.status, refusal.headers, media_type="application/json")
            except UnknownError:
                response = Response(status_code=404)
            except (msgspec.DecodeError, UnicodeDecodeError):
                response = json_response(
                    {"code": "invalid_json", "message": "Request body has invalid json format"}, 400
                )
            response.headers.update(counted)
            return response

        return Route(BASE + path, answer, methods=[method])

    def _require_credentials(self, request: Request) -> None:
        """The API key as user; the password may be anything."""
        _, _, encoded = request.headers.get("authorization", "").partition(" ")
        try:
            user = base64.b64decode(encoded).decode().partition(":")[0]
        except ValueError:
            user = ""
        if user != self._key:
            message = "You have to be logged in to perform this action."
            raise RefusalError(401, {"code": "invalid_credentials", "message": message})

    async def _ticket(self, request: Request) -> Response:
        return json_response(ticket_json(self._desk, self._found(request), request.query_params.get("include", "")))

    async def _archived_ticket(self, request: Request) -> Response:
        ticket = self._found(request, archived=True)
        return json_response(ticket_json(self._desk, ticket, request.query_params.get("include", "")))

    async def _conversations(self, request: Request) -> Response:
        return _page(request, self._said(self._found(request)))

    async def _archived_conversations(self, request: Request) -> Response:
        return _page(request, self._said(self._found(request, archived=True)))

    def _said(self, ticket: Ticket) -> list[Json]:
        """The description is not among the conversations."""
        said = [(submit, submit.comment) for submit in ticket.submits[1:] if submit.comment]
        return [conversation_json(self._desk, ticket, submit, comment) for submit, comment in said]

    async def _list_tickets(self, request: Request) -> Response:
        since = _time(request.query_params.get("updated_since"))
        tickets = [one for one in self._desk.tickets.values() if since is None or one.updated_at >= since]
        listed = sorted((one for one in tickets if one.id not in self.archived), key=lambda one: one.updated_at)
        return _page(request, [ticket_json(self._desk, one) for one in listed])

    async def _update(self, request: Request) -> Response:
        ticket = self._writable(request)
        intent = asked_update(ticket, await _body(request), self._bot.id)
        before = ticket.tags
        self._desk.submit(ticket, intent)
        what = {
            "status": intent.status,
            "group_id": intent.group_id,
            "add_tags": [tag for tag in intent.add_tags if tag not in before],
            "remove_tags": list(intent.remove_tags),
        }
        self._record(("PUT", "/tickets/{id}"), ticket, what)
        return json_response(ticket_json(self._desk, ticket))

    async def _note(self, request: Request) -> Response:
        ticket = self._writable(request)
        intent = asked_note(await _body(request), self._bot.id)
        submit = self._desk.submit(ticket, intent)
        if submit.comment is None:
            raise invalid("body", "It should not be blank", "missing_field")
        self._record(("POST", "/tickets/{id}/notes"), ticket, _noted(intent), submit.comment.wording.text)
        return json_response(conversation_json(self._desk, ticket, submit, submit.comment), 201)

    async def _me(self, _: Request) -> Response:
        return json_response(agent_json(self._bot))

    async def _agent(self, request: Request) -> Response:
        user = known(self._desk.users, str(request.path_params["id"]))
        if user.role != "agent":
            raise RefusalError(404)
        return json_response(agent_json(user))

    async def _agents(self, request: Request) -> Response:
        return _page(request, [agent_json(user) for user in self._desk.users.values() if user.role == "agent"])

    async def _groups(self, request: Request) -> Response:
        return _page(request, [group_json(group) for group in self._desk.groups.values()])

    async def _products(self, request: Request) -> Response:
        return _page(request, [{"id": PRODUCT_ID, "name": self._desk.brand, "description": None}])

    async def _mailboxes(self, request: Request) -> Response:
        used = dict.fromkeys(ticket.recipient for ticket in self._desk.tickets.values() if ticket.recipient)
        return _page(request, [mailbox_json(number, email) for number, email in enumerate(used, start=1)])

    async def _folders(self, _: Request) -> Response:
        count = len(self._desk.macros)
        return json_response([{"id": FOLDER_ID, "name": "General", "personal": False, "responses_count": count}])

    async def _responses(self, request: Request) -> Response:
        if request.path_params["id"] != FOLDER_ID:
            raise RefusalError(404)
        return json_response([canned_json(macro, FOLDER_ID) for macro in self._desk.macros.values()])

    async def _response(self, request: Request) -> Response:
        return json_response(canned_json(known(self._desk.macros, str(request.path_params["id"])), FOLDER_ID))

    async def _scenarios(self, _: Request) -> Response:
        return json_response(self.scenarios)

    async def _rules(self, request: Request) -> Response:
        return _page(request, list(self.rules.rules.values()))

    def _found(self, request: Request, *, archived: bool = False) -> Ticket:
        ticket = known(self._desk.tickets, str(request.path_params["id"]))
        if (ticket.id in self.archived) is not archived:
            raise RefusalError(404)
        return ticket

    def _writable(self, request: Request) -> Ticket:
        """Closed tickets can be written to; deleted ones and spam cannot."""
        ticket = self._found(request)
        if ticket.is_deleted or ticket.is_spam:
            raise RefusalError(405)
        return ticket

    def _record(self, request: tuple[str, str], ticket: Ticket, what: Json, note: str = "") -> None:
        method, route = request
        marker = read_marker(note)
        done = {name: value for name, value in what.items() if value}
        action_id = marker.action_id if marker else None
        self._effects.record((method, BASE + route), ticket.id, done, self._desk.clock(), action_id)


def _noted(intent: Intent) -> Json:
    return {"comment": "public" if intent.comment and intent.comment.public else "internal"}


def _page(request: Request, items: Sequence[Json]) -> Response:
    """One page of a list; a Link header tells if there are more."""
    page, size = (_count(request, "page", 1), min(_count(request, "per_page", DEFAULT_PAGE), LARGEST_PAGE))
    more = len(items) > page * size
    link = {"link": f'<{request.url.include_query_params(page=page + 1)}>; rel="next"'} if more else {}
    return json_response(items[(page - 1) * size : page * size], headers=link)


def _count(request: Request, name: str, default: int) -> int:
    told = request.query_params.get(name, str(default))
    if not told.isdigit() or int(told) < 1:
        raise invalid(name, "It should be a Positive Integer", "invalid_value")
    return int(told)


def _time(told: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(told) if told else None
    except ValueError as error:
        raise invalid("updated_since", "It should be in the ISO8601 format", "invalid_date") from error


async def _body(request: Request) -> Mapping[str, Any]:
    return msgspec.json.decode(await request.body(), type=dict[str, Any])
