"""The control API under `/_sandbox`: what people do at the desk, faults, and what came of it."""

import uuid
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.desk import Desk, UnknownError, known
from connectors.sandbox.effects import Effects
from connectors.sandbox.faults import Fault
from connectors.sandbox.hooks import HookSender
from connectors.sandbox.records import Intent, Opening, Ticket
from connectors.sandbox.vendor import Hook, Vendor

S = TypeVar("S")
Handler = Callable[[Request], Awaitable[Response]]


class NewUser(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody to add. `role` is `customer` or `agent`."""

    name: str
    email: str
    role: str
    groups: tuple[str, ...] = ()


class NewMacro(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A prepared text to add."""

    title: str
    text: str = ""
    add_tags: tuple[str, ...] = ()


def json_response(content: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """`content` as JSON."""
    body = msgspec.json.encode(content)
    return Response(body, status, headers, media_type="application/json")


class Control:
    """The routes; every answer is JSON. 400 for a body that is not as promised, 404 for an unknown id."""

    def __init__(self, desk: Desk, vendor: Vendor, effects: Effects, faults: list[Fault], hooks: HookSender) -> None:
        self._desk, self._vendor, self._effects = desk, vendor, effects
        self._faults, self._hooks = faults, hooks

    @property
    def routes(self) -> list[Route]:
        """To be mounted beside the vendor's own."""
        return [
            Route("/_sandbox/people", _told(self._add_person), methods=["POST"]),
            Route("/_sandbox/macros", _told(self._add_macro), methods=["POST"]),
            Route("/_sandbox/tickets", _told(self._open_ticket), methods=["POST"]),
            Route("/_sandbox/tickets/{id}", _told(self._view), methods=["GET"]),
            Route("/_sandbox/tickets/{id}", _told(self._delete), methods=["DELETE"]),
            Route("/_sandbox/tickets/{id}/submit", _told(self._submit), methods=["POST"]),
            Route("/_sandbox/webhooks", _told(self._add_webhook), methods=["POST"]),
            Route("/_sandbox/faults", _told(self._add_fault), methods=["POST"]),
            Route("/_sandbox/faults", _told(self._clear_faults), methods=["DELETE"]),
            Route("/_sandbox/effects", _told(self._list_effects), methods=["GET"]),
            Route("/_sandbox/mails", _told(self._list_mails), methods=["GET"]),
            Route("/_sandbox/deliveries", _told(self._list_deliveries), methods=["GET"]),
        ]

    async def _add_person(self, request: Request) -> Response:
        new = await _read(request, NewUser)
        return json_response({"id": str(self._desk.add_user(new.name, new.email, new.role, new.groups).id)}, 201)

    async def _add_macro(self, request: Request) -> Response:
        new = await _read(request, NewMacro)
        return json_response({"id": str(self._desk.add_macro(new.title, new.text, new.add_tags).id)}, 201)

    async def _open_ticket(self, request: Request) -> Response:
        ticket, submit = self._desk.open_ticket(await _read(request, Opening))
        return json_response({"id": str(ticket.id), "change_id": self._vendor.change_id(ticket, submit)}, 201)

    async def _submit(self, request: Request) -> Response:
        ticket = self._ticket(request)
        submit = self._desk.submit(ticket, await _read(request, Intent))
        return json_response({"change_id": self._vendor.change_id(ticket, submit)})

    async def _view(self, request: Request) -> Response:
        return json_response(view(self._desk, self._ticket(request)))

    async def _delete(self, request: Request) -> Response:
        self._ticket(request).is_deleted = True
        return Response(status_code=204)

    async def _add_webhook(self, request: Request) -> Response:
        hook = await _read(request, Hook)
        if hook.kind not in self._vendor.hook_kinds:
            raise msgspec.ValidationError(f"kind is one of {', '.join(self._vendor.hook_kinds)}")
        hook = msgspec.structs.replace(hook, id=uuid.uuid4().hex)
        self._desk.hooks[hook.id] = hook
        return json_response({"id": hook.id}, 201)

    async def _add_fault(self, request: Request) -> Response:
        self._faults.append(await _read(request, Fault))
        return json_response({}, 201)

    async def _clear_faults(self, _: Request) -> Response:
        self._faults.clear()
        return Response(status_code=204)

    async def _list_effects(self, _: Request) -> Response:
        return json_response(self._effects.all)

    async def _list_mails(self, _: Request) -> Response:
        return json_response(self._desk.mails)

    async def _list_deliveries(self, request: Request) -> Response:
        if request.query_params.get("settled"):
            await self._hooks.settled()
        return json_response(self._hooks.attempts)

    def _ticket(self, request: Request) -> Ticket:
        return known(self._desk.tickets, request.path_params["id"])


def view(desk: Desk, ticket: Ticket) -> dict[str, object]:
    """A ticket as a person at the desk sees it."""
    return {
        "id": str(ticket.id),
        "subject": ticket.subject,
        "status": ticket.status,
        "tags": ticket.tags,
        "group": desk.groups[ticket.group_id].name if ticket.group_id else None,
        "assignee_id": str(ticket.assignee_id) if ticket.assignee_id else None,
        "followup_of": str(ticket.followup_of) if ticket.followup_of else None,
        "is_deleted": ticket.is_deleted,
        "comments": [
            {
                "id": str(comment.id),
                "author": desk.users[comment.author_id].name,
                "author_id": str(comment.author_id),
                "public": comment.wording.public,
                "text": comment.wording.text,
                "html": comment.wording.html,
            }
            for comment in ticket.comments
        ],
    }


async def _read(request: Request, kind: type[S]) -> S:
    return msgspec.json.decode(await request.body(), type=kind)


def _told(handler: Handler) -> Handler:
    """The handler, whose complaints become answers."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except UnknownError as error:
            return json_response({"error": str(error)}, 404)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return json_response({"error": str(error)}, 400)

    return answer
