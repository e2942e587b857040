"""The server of the pretend agent view: the page, the desk behind it, and the proxy through which apps ask."""

import html
from dataclasses import asdict, dataclass
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from connectors.sandbox.control import json_response
from connectors.sandbox.desk import Desk, known
from connectors.sandbox.records import Comment, Intent, Opening, Ticket, User, Wording
from policies.ticket import Status
from service.demo.host import PAGE
from service.demo.host.proxy import Asked, Proxy

NEW = "new"
"""In place of a ticket's id: the page on which agents write a ticket of their own."""


class Submit(msgspec.Struct, frozen=True, kw_only=True):
    """What the agent submits. `html` None: plain text."""

    text: str
    public: bool = True
    html: str | None = None
    status: Status | None = None
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    macro_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """An app in the account: where its files come from, and the settings that its frame may see."""

    origin: str
    settings: dict[str, str]


def host_app(desk: Desk, account: str, installation: Installation, proxy: Proxy) -> Starlette:
    """The agent view as an ASGI app. Which ticket and which agent, the address says: `/?ticket=101&agent=7`."""

    async def show(request: Request) -> Response:
        return json_response(_as_seen(desk, account, installation, *_chosen(desk, request)))

    async def submit(request: Request) -> Response:
        ticket, agent = _chosen(desk, request)
        saved = _submit(desk, ticket, agent, msgspec.json.decode(await request.body(), type=Submit))
        return json_response(_as_seen(desk, account, installation, saved, agent))

    async def forward(request: Request) -> Response:
        return json_response(await proxy.forward(msgspec.json.decode(await request.body(), type=Asked)))

    async def page(_: Request) -> Response:
        return FileResponse(PAGE / "index.html")

    return Starlette(
        routes=[
            Route("/", page),
            Route("/desk", show, methods=["GET"]),
            Route("/desk", submit, methods=["POST"]),
            Route("/proxy", forward, methods=["POST"]),
            Mount("/", StaticFiles(directory=PAGE)),
        ]
    )


def _chosen(desk: Desk, request: Request) -> tuple[Ticket, User]:
    """The ticket and the agent that the address names, or else the first of each."""
    given = request.query_params
    agents = [user for user in desk.users.values() if user.role == "agent" and user.group_ids]
    if given.get("ticket") == NEW:
        ticket = _blank(desk)
    else:
        ticket = known(desk.tickets, given["ticket"]) if "ticket" in given else next(iter(desk.tickets.values()))
    return ticket, known(desk.users, given["agent"]) if "agent" in given else agents[0]


def _blank(desk: Desk) -> Ticket:
    """A ticket that is not there yet, to the customer who wrote last."""
    *_, last = desk.tickets.values()
    now = desk.clock()
    return Ticket(
        id=0,
        subject="A new ticket",
        requester_id=last.requester_id,
        channel="web",
        recipient=None,
        created_at=now,
        updated_at=now,
    )


def _submit(desk: Desk, ticket: Ticket, agent: User, said: Submit) -> Ticket:
    wording = Wording(public=said.public, text=said.text, html=said.html) if said.text else None
    fields = msgspec.structs.asdict(said)
    kept = {name: fields[name] for name in ("status", "add_tags", "remove_tags", "macro_id")}
    if ticket.id in desk.tickets:
        desk.submit(ticket, Intent(actor_id=str(agent.id), comment=wording, **kept))
        return ticket
    opening = Opening(
        requester_id=str(ticket.requester_id),
        subject=ticket.subject,
        actor_id=str(agent.id),
        comment=wording,
        **kept,
    )
    return desk.open_ticket(opening)[0]


def _as_seen(desk: Desk, account: str, installation: Installation, ticket: Ticket, agent: User) -> dict[str, Any]:
    return {
        "account": account,
        "app": asdict(installation),
        "brand": desk.brand,
        "agent": _person(desk, agent),
        "agents": [_person(desk, user) for user in desk.users.values() if user.role == "agent" and user.group_ids],
        "macros": [
            {"id": str(macro.id), "title": macro.title, "text": macro.text, "tags": macro.add_tags}
            for macro in desk.macros.values()
        ],
        "tickets": [{"id": str(one.id), "subject": one.subject} for one in desk.tickets.values()],
        "ticket": _ticket(desk, ticket),
    }


def _ticket(desk: Desk, ticket: Ticket) -> dict[str, Any]:
    group = desk.groups[ticket.group_id] if ticket.group_id else None
    return {
        "id": str(ticket.id) if ticket.id else NEW,
        "subject": ticket.subject,
        "status": ticket.status,
        "tags": ticket.tags,
        "group": {"id": group.id, "name": group.name} if group else None,
        "channel": ticket.channel,
        "recipient": ticket.recipient,
        "created_at": ticket.created_at,
        "updated_at": ticket.updated_at,
        "requester": _person(desk, desk.users[ticket.requester_id]),
        "comments": [_comment(desk, comment) for comment in ticket.comments],
    }


def _comment(desk: Desk, comment: Comment) -> dict[str, Any]:
    said = comment.wording
    return {
        "author": _person(desk, desk.users[comment.author_id]),
        "at": comment.at,
        "public": said.public,
        "text": said.text,
        "html": said.html or f"<p>{html.escape(said.text).replace(chr(10), '<br>')}</p>",
    }


def _person(desk: Desk, user: User) -> dict[str, Any]:
    groups = [desk.groups[id].name for id in user.group_ids]  # noqa: A001
    return {"id": str(user.id), "name": user.name, "email": user.email, "role": user.role, "groups": groups}
