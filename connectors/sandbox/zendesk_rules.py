"""The pretend Zendesk's webhooks as an administrator sets them up, and its triggers and automations at work."""

import base64
import secrets
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.control import json_response
from connectors.sandbox.desk import Desk, UnknownError
from connectors.sandbox.records import Submit, Ticket
from connectors.sandbox.vendor import Hook
from connectors.sandbox.zendesk_firing import HOUR, fired_bodies, run_automations, run_triggers
from connectors.sandbox.zendesk_reading import page
from connectors.sandbox.zendesk_rule_lists import CATEGORY_ID, RuleList, asked_of
from connectors.sandbox.zendesk_shapes import Json, timestamp
from connectors.sandbox.zendesk_writing import RefusalError

BY_TRIGGER = ["conditional_ticket_events"]
CALLED = "called"
"""The kind of a hook that its triggers call."""
NOTIFY = {
    "title": "Notify requester of comment update",
    "conditions": {
        "all": [
            {"field": "update_type", "operator": "is", "value": "Change"},
            {"field": "comment_is_public", "operator": "is", "value": "requester_can_see_comment"},
            {"field": "requester_id", "operator": "is_not", "value": "current_user"},
        ],
        "any": [],
    },
    "actions": [
        {
            "field": "notification_user",
            "value": [
                "requester_id",
                "[{{ticket.account}}] {{ticket.title}}",
                "{{ticket.latest_public_comment_html}}",
            ],
        }
    ],
}
"""The trigger that every account begins with, and that mails agents' replies."""
_NEEDED = ("name", "status", "endpoint", "http_method", "request_format", "subscriptions")


class ZendeskRules:
    """What was set up, as JSON; `routes` are paths below `/api/v2`. Active webhooks stand in `desk.hooks`.

    The desk's first listener, so that what triggers do to a submit is part of it for everybody else.
    """

    def __init__(self, desk: Desk) -> None:
        self.webhooks: dict[str, Json] = {}
        self.triggers = RuleList("trigger", desk)
        self.automations = RuleList("automation", desk)
        self._secrets: dict[str, str] = {}
        self._desk = desk
        self._next_run = desk.clock() + HOUR
        self.triggers.add(NOTIFY, default=True)
        desk.listeners.insert(0, lambda ticket, submit: run_triggers(self.triggers.in_force, desk, ticket, submit))
        desk.timers.append(self._run_automations)

    @property
    def routes(self) -> list[Route]:
        """Webhooks, their secrets, triggers, automations."""
        return [
            Route("/webhooks", self._list_webhooks),
            Route("/webhooks", self._add_webhook, methods=["POST"]),
            Route("/webhooks/{id}", self._read_webhook),
            Route("/webhooks/{id}", self._change_webhook, methods=["PATCH", "PUT"]),
            Route("/webhooks/{id}", self._remove_webhook, methods=["DELETE"]),
            Route("/webhooks/{id}/signing_secret", self._secret, methods=["GET", "POST"]),
            Route("/trigger_categories", self._list_categories),
            *self.triggers.routes,
            *self.automations.routes,
        ]

    def bodies(self, webhook_id: str, ticket: Ticket, submit: Submit) -> Iterator[bytes]:
        """What this webhook is sent by the triggers that fire."""
        return fired_bodies(self.triggers.in_force, webhook_id, ticket, submit, self._desk)

    def add_webhook(self, asked: Mapping[str, Any]) -> Json:
        """A new webhook, with a secret of its own."""
        _require(asked)
        webhook: Json = {**asked, "id": uuid.uuid4().hex.upper()[:26], "created_at": timestamp(self._desk.clock())}
        return self._store(webhook)

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
        return json_response({"webhook": self.add_webhook(await asked_of(request, "webhook"))}, 201)

    async def _read_webhook(self, request: Request) -> Response:
        """Also one that the tests' own route set up."""
        hook = self._desk.hooks.get(request.path_params["id"])
        if hook is not None and hook.id not in self.webhooks:
            return json_response({"webhook": {"id": hook.id, "status": "active", "endpoint": hook.url}})
        return json_response({"webhook": self._webhook(request)})

    async def _change_webhook(self, request: Request) -> Response:
        webhook, asked = self._webhook(request), await asked_of(request, "webhook")
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

    async def _list_categories(self, request: Request) -> Response:
        return page(request, "trigger_categories", [{"id": CATEGORY_ID, "name": "Notifications", "position": 1}])

    def _run_automations(self) -> None:
        while self._next_run <= self._desk.clock():
            run_automations(self.automations.in_force, self._desk, self._next_run)
            self._next_run += HOUR

    def _webhook(self, request: Request) -> Json:
        webhook = self.webhooks.get(request.path_params["id"])
        if webhook is None:
            raise UnknownError("there is no such webhook")
        return webhook


def _require(webhook: Mapping[str, Any]) -> None:
    missing = [name for name in _NEEDED if not webhook.get(name)]
    if missing:
        raise _invalid(f"{missing[0]}: is missing")


def _invalid(title: str) -> RefusalError:
    return RefusalError(400, {"errors": [{"code": "InvalidWebhook", "title": title, "description": title}]})


def _new_secret() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()
