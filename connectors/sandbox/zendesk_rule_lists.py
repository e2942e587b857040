"""The pretend Zendesk's lists of triggers and of automations, as an administrator edits them through the API."""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.control import json_response
from connectors.sandbox.desk import Desk, known
from connectors.sandbox.zendesk_reading import page
from connectors.sandbox.zendesk_shapes import Json
from connectors.sandbox.zendesk_writing import RefusalError

CATEGORY_ID = "10026"


class RuleList:
    """Rules of one `kind` (`trigger` or `automation`), in the order in which they run."""

    def __init__(self, kind: str, desk: Desk) -> None:
        self._kind, self._desk = kind, desk
        self._rules: dict[int, Json] = {}

    @property
    def routes(self) -> list[Route]:
        """Paths below `/api/v2`."""
        many, one = f"/{self._kind}s", f"/{self._kind}s/{{id}}"
        return [
            Route(many, self._list),
            Route(many, self._add, methods=["POST"]),
            Route(one, self._read),
            Route(one, self._change, methods=["PUT"]),
            Route(one, self._remove, methods=["DELETE"]),
        ]

    @property
    def in_force(self) -> list[Json]:
        """Those that are switched on, in order."""
        return [rule for rule in self._rules.values() if rule["active"]]

    def set_up(self) -> list[Json]:
        """Those that somebody made: all but the ones every account begins with."""
        return [rule for rule in self._rules.values() if not rule["default"]]

    def titled(self, title: str) -> Json:
        """The first rule of that title."""
        return next(rule for rule in self._rules.values() if rule["title"] == title)

    def add(self, asked: Mapping[str, Any], *, default: bool = False) -> Json:
        """A new rule: behind all others, or at the `position` asked for, counted from 1.

        Source: developer.zendesk.com, Triggers API, "position"; read 2025. That a new one may be given a position is
        best knowledge.
        """
        rule = self._made(asked, self._desk.new_id(), default=default)
        return self._place(rule, asked.get("position"))

    def _place(self, rule: Json, position: object) -> Json:
        """Those from its position on move down by one, if another stands there."""
        rule["position"] = int(str(position or max(map(_position, self._rules.values()), default=0) + 1))
        if _position(rule) in map(_position, self._rules.values()):
            for other in self._rules.values():
                other["position"] = _position(other) + (_position(other) >= _position(rule))
        self._rules[int(str(rule["id"]))] = rule
        self._rules = dict(sorted(self._rules.items(), key=lambda one: _position(one[1])))
        return rule

    def _made(self, asked: Mapping[str, Any], own_id: int, *, default: bool) -> Json:
        """As Zendesk tells it. Raises RefusalError(422) for one that would do nothing."""
        if not asked.get("title") or not asked.get("actions"):
            details = {"base": [{"description": f"{self._kind.title()} must contain at least one action"}]}
            raise RefusalError(
                422, {"error": "RecordInvalid", "description": "Record validation errors", "details": details}
            )
        conditions = asked.get("conditions") or {}
        return {
            "id": own_id,
            "title": asked["title"],
            "raw_title": asked["title"],
            "active": asked.get("active", True),
            "default": default,
            "position": 0,
            **({"category_id": CATEGORY_ID} if self._kind == "trigger" else {}),
            "conditions": {"all": conditions.get("all") or [], "any": conditions.get("any") or []},
            "actions": asked["actions"],
        }

    async def _list(self, request: Request) -> Response:
        return page(request, f"{self._kind}s", list(self._rules.values()))

    async def _read(self, request: Request) -> Response:
        return json_response({self._kind: known(self._rules, request.path_params["id"])})

    async def _add(self, request: Request) -> Response:
        return json_response({self._kind: self.add(await asked_of(request, self._kind))}, 201)

    async def _change(self, request: Request) -> Response:
        """Conditions and actions are replaced by what is given, or by nothing."""
        rule = known(self._rules, request.path_params["id"])
        asked = {"title": rule["title"], "active": rule["active"], **await asked_of(request, self._kind)}
        changed = self._made(asked, int(str(rule["id"])), default=bool(rule["default"]))
        del self._rules[int(str(rule["id"]))]
        return json_response({self._kind: self._place(changed, asked.get("position") or rule["position"])})

    async def _remove(self, request: Request) -> Response:
        del self._rules[int(str(known(self._rules, request.path_params["id"])["id"]))]
        return Response(status_code=204)


def _position(rule: Json) -> int:
    return int(str(rule["position"]))


async def asked_of(request: Request, name: str) -> Mapping[str, Any]:
    """What a request's body holds under a name; nothing if it is no object."""
    asked = msgspec.json.decode(await request.body(), type=dict[str, Any]).get(name)
    return asked if isinstance(asked, dict) else {}
