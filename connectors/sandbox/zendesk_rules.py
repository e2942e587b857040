"""The pretend Zendesk's webhooks and triggers as an administrator sets them up."""

import base64
import secrets
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.control import json_response
from connectors.sandbox.desk import Desk, UnknownError, known
from connectors.sandbox.records import Submit, Ticket
from connectors.sandbox.vendor import Hook
from connectors.sandbox.zendesk_firing import fired_bodies
from connectors.sandbox.zendesk_reading import page
from connectors.sandbox.zendesk_shapes import Json, timestamp
from connectors.sandbox.zendesk_writing import RefusalError

BY_TRIGGER = ["conditional_ticket_events"]
CALLED = "called"
"""The kind of a hook that its triggers call."""
_NEEDED = ("name", "status", "endpoint", "http_method", "request_format", "subscriptions")


class ZendeskRules:
    """What was set up, as JSON; `routes` are paths below `/api/v2`. Active webhooks stand in `desk.hooks`."""

    def __init__(self, desk: Desk) -> None:
        self.webhooks: dict[str, Json] = {}
        self.triggers: dict[int, Json] = {}
        self._secrets: dict[str, str] = {}
        self._desk = desk

    @property
    def routes(self) -> list[Route]:
        """Webhooks, their secrets, triggers."""
        return [
            Route("/webhooks", self._list_webhooks),
            Route("/webhooks", self._add_webhook, methods=["POST"]),
            Route("/webhooks/{id}", self._read_webhook),
            Route("/webhooks/{id}", self._change_webhook, methods=["PATCH", "PUT"]),
            Route("/webhooks/{id}", self._remove_webhook, methods=["DELETE"]),
            Route("/webhooks/{id}/signing_secret", self._secret, methods=["GET", "POST"]),
            Route("/triggers", self._list_triggers),
            Route("/triggers", self._add_trigger, methods=["POST"]),
            Route("/triggers/{id}", self._change_trigger, methods=["PUT"]),
            Route("/triggers/{id}", self._remove_trigger, methods=["DELETE"]),
        ]

    def bodies(self, webhook_id: str, ticket: Ticket, submit: Submit) -> Iterator[bytes]:
        """What this webhook is sent by the triggers that fire."""
        return fired_bodies(self.triggers.values(), webhook_id, self._desk, ticket, submit)

    def add_webhook(self, asked: Mapping[str, Any]) -> Json:
        """A new webhook, with a secret of its own."""
        _require(asked)
        webhook: Json = {**asked, "id": uuid.uuid4().hex.upper()[:26], "created_at": timestamp(self._desk.clock())}
        return self._store(webhook)

    def add_trigger(self, asked: Mapping[str, Any]) -> Json:
        """A new trigger, behind all others."""
        trigger = _trigger(asked, self._desk.new_id())
        self.triggers[int(str(trigger["id"]))] = trigger
        return trigger

    def secret(self, webhook_id: str) -> str:
        """What its requests are signed with."""
        return self._secrets[webhook_id]

    def _store(self, webhook: Json) -> Json:
        """Keeps the webhook as it is now, and lets it be served or not."""
        own_id, events = str(webhook["id"]), webhook["subscriptions"]
        self.webhooks[own_id] = webhook
        self._secrets.setdefault(own_id, _new_secret())
        self._desk.hooks.pop(own_id, None)
        if webhook["status"] == "active" and isinstance(events, list):
            self._desk.hooks[own_id] = Hook(
                id=own_id,
                url=str(webhook["endpoint"]),
                kind=CALLED if events == BY_TRIGGER else "events",
                secret=self._secrets[own_id],
                events=tuple(events),
            )
        return webhook

    async def _list_webhooks(self, request: Request) -> Response:
        return page(request, "webhooks", list(self.webhooks.values()))

    async def _add_webhook(self, request: Request) -> Response:
        return json_response({"webhook": self.add_webhook(await _asked(request, "webhook"))}, 201)

    async def _read_webhook(self, request: Request) -> Response:
        """Also one that the tests' own route set up."""
        hook = self._desk.hooks.get(request.path_params["id"])
        if hook is not None and hook.id not in self.webhooks:
            return json_response({"webhook": {"id": hook.id, "status": "active", "endpoint": hook.url}})
        return json_response({"webhook": self._webhook(request)})

    async def _change_webhook(self, request: Request) -> Response:
        webhook, asked = self._webhook(request), await _asked(request, "webhook")
        changed = {**webhook, **asked, "id": webhook["id"]}
        _require(changed)
        if (changed["subscriptions"] == BY_TRIGGER) is not (webhook["subscriptions"] == BY_TRIGGER):
            raise _invalid("subscriptions: a webhook's connection cannot be changed")
        self._store(changed)
        return Response(status_code=204)

    async def _remove_webhook(self, request: Request) -> Response:
        own_id = str(self._webhook(request)["id"])
        del self.webhooks[own_id], self._secrets[own_id]
        self._desk.hooks.pop(own_id, None)
        return Response(status_code=204)

    async def _secret(self, request: Request) -> Response:
        """POST makes a new one, and the old one is dead."""
        webhook = self._webhook(request)
        if request.method == "POST":
            self._secrets[str(webhook["id"])] = _new_secret()
            self._store(webhook)
        told = {"secret": self._secrets[str(webhook["id"])], "algorithm": "SHA256"}
        return json_response({"signing_secret": told}, 201 if request.method == "POST" else 200)

    async def _list_triggers(self, request: Request) -> Response:
        return page(request, "triggers", list(self.triggers.values()))

    async def _add_trigger(self, request: Request) -> Response:
        return json_response({"trigger": self.add_trigger(await _asked(request, "trigger"))}, 201)

    async def _change_trigger(self, request: Request) -> Response:
        """Conditions and actions are replaced by what is given, or by nothing."""
        trigger = known(self.triggers, request.path_params["id"])
        asked = {"title": trigger["title"], "active": trigger["active"], **await _asked(request, "trigger")}
        changed = _trigger(asked, int(str(trigger["id"])))
        self.triggers[int(str(trigger["id"]))] = changed
        return json_response({"trigger": changed})

    async def _remove_trigger(self, request: Request) -> Response:
        del self.triggers[int(str(known(self.triggers, request.path_params["id"])["id"]))]
        return Response(status_code=204)

    def _webhook(self, request: Request) -> Json:
        webhook = self.webhooks.get(request.path_params["id"])
        if webhook is None:
            raise UnknownError("there is no such webhook")
        return webhook


def _trigger(asked: Mapping[str, Any], own_id: int) -> Json:
    """As Zendesk tells it. Raises RefusalError(422) for one that would do nothing."""
    if not asked.get("title") or not asked.get("actions"):
        details = {"base": [{"description": "Trigger must contain at least one action"}]}
        raise RefusalError(
            422, {"error": "RecordInvalid", "description": "Record validation errors", "details": details}
        )
    conditions = asked.get("conditions") or {}
    return {
        "id": own_id,
        "title": asked["title"],
        "raw_title": asked["title"],
        "active": asked.get("active", True),
        "default": False,
        "position": 0,
        "category_id": "10026",
        "conditions": {"all": conditions.get("all") or [], "any": conditions.get("any") or []},
        "actions": asked["actions"],
    }


def _require(webhook: Mapping[str, Any]) -> None:
    missing = [name for name in _NEEDED if not webhook.get(name)]
    if missing:
        raise _invalid(f"{missing[0]}: is missing")


def _invalid(title: str) -> RefusalError:
    return RefusalError(400, {"errors": [{"code": "InvalidWebhook", "title": title, "description": title}]})


def _new_secret() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


async def _asked(request: Request, name: str) -> Mapping[str, Any]:
    asked = msgspec.json.decode(await request.body(), type=dict[str, Any]).get(name)
    return asked if isinstance(asked, dict) else {}
