"""The pretend Freshdesk's automation rules for new tickets, as an administrator's API key sets them up."""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from connectors.sandbox.control import json_response
from connectors.sandbox.desk import Desk, known
from connectors.sandbox.freshdesk_shapes import Json, timestamp
from connectors.sandbox.freshdesk_writing import invalid
from connectors.sandbox.vendor import Hook


class FreshdeskRules:
    """The rules as JSON, by id; what active ones call stands in `desk.hooks`."""

    def __init__(self, desk: Desk) -> None:
        self.rules: dict[int, Json] = {}
        self._desk = desk

    def template(self, hook: Hook) -> Mapping[str, str]:
        """The body that a rule's webhook sends, before its placeholders are filled in."""
        return dict(_webhook(self.rules[int(hook.id)])["content"])

    async def add(self, request: Request) -> Response:
        """`POST /automations/1/rules`."""
        return json_response(self._store(self._desk.new_id(), await _asked(request)), 201)

    async def change(self, request: Request) -> Response:
        """`PUT /automations/1/rules/{id}`; what is not named stays."""
        rule = known(self.rules, str(request.path_params["id"]))
        return json_response(self._store(int(str(rule["id"])), {**rule, **await _asked(request)}))

    async def remove(self, request: Request) -> Response:
        """`DELETE /automations/1/rules/{id}`."""
        rule = known(self.rules, str(request.path_params["id"]))
        del self.rules[int(str(rule["id"]))]
        self._desk.hooks.pop(str(rule["id"]), None)
        return Response(status_code=204)

    def _store(self, own_id: int, asked: Mapping[str, Any]) -> Json:
        for needed in ("name", "conditions", "actions"):
            if not asked.get(needed):
                raise invalid(needed, "It should be a/an Array", "missing_field")
        rule: Json = {"active": True, **asked, "id": own_id, "updated_at": timestamp(self._desk.clock())}
        self.rules[own_id] = rule
        self._desk.hooks.pop(str(own_id), None)
        if rule["active"] and (action := _webhook(rule)):
            self._desk.hooks[str(own_id)] = _hook(own_id, action)
        return rule


def _webhook(rule: Json) -> Mapping[str, Any]:
    actions = rule["actions"] if isinstance(rule["actions"], list) else []
    return next((one for one in actions if one.get("field_name") == "trigger_webhook"), {})


def _hook(own_id: int, action: Mapping[str, Any]) -> Hook:
    basic, headers = action.get("auth_header") or {}, action.get("custom_headers") or {}
    return Hook(
        id=str(own_id),
        url=action["url"],
        kind="rule",
        basic=(basic["username"], basic["password"]) if basic else None,
        header=next(iter(headers.items()), None),
    )


async def _asked(request: Request) -> Mapping[str, Any]:
    return msgspec.json.decode(await request.body(), type=dict[str, Any])
