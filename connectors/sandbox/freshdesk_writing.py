"""How the pretend Freshdesk takes writes: what it refuses, and what the asked-for fields mean."""

import html
import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.sandbox.freshdesk_shapes import STATUSES
from connectors.sandbox.records import Intent, Ticket, Wording

FIELDS = frozenset(
    {"status", "tags", "group_id", "responder_id", "priority", "type", "subject", "custom_fields", "source"}
)
_END_OF_LINE = re.compile(r"</(?:p|li|blockquote|ul|div)>|<br ?/?>")
_TAG = re.compile(r"<[^<>]*>")


class RefusalError(Exception):
    """A request is answered with an error of Freshdesk's; `body` None: with nothing in it."""

    def __init__(self, status: int, body: object = None, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status}")
        self.status, self.body, self.headers = status, body, dict(headers or {})


class RateLimit:
    """So many requests a minute for the whole account; failed ones count too."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._used: Counter[datetime] = Counter()

    def count(self, now: datetime) -> Mapping[str, str]:
        """Counts one request; the headers of its answer. Raises RefusalError(429), which has only Retry-After."""
        minute = now.replace(second=0, microsecond=0)
        self._used = Counter({minute: self._used[minute] + 1})
        left = self.per_minute - self._used[minute]
        if left < 0:
            raise RefusalError(429, None, {"Retry-After": str(60 - now.second)})
        # A client's test in the wild shows decimals, so a reader has to take them.
        return {
            "X-RateLimit-Total": str(self.per_minute),
            "X-RateLimit-Remaining": f"{left:.1f}",
            "X-RateLimit-Used-CurrentRequest": "1",
        }


def invalid(field: str, message: str, code: str) -> RefusalError:
    """The answer to a field that is not as it must be."""
    error = {"field": field, "message": message, "code": code}
    return RefusalError(400, {"description": "Validation failed", "errors": [error]})


def asked_update(ticket: Ticket, asked: Mapping[str, Any], actor_id: int) -> Intent:
    """What a PUT asks for. `tags` replaces the whole list. Raises RefusalError(400)."""
    for field in asked:
        if field not in FIELDS:
            raise invalid(field, "Unexpected/invalid field in request", "invalid_field")
    tags = _tags(asked["tags"]) if "tags" in asked else ticket.tags
    status = _whole(asked, "status")
    if status is not None and status not in STATUSES:
        raise invalid("status", f"It should be one of these values: {_choices()}", "invalid_value")
    group, responder = _whole(asked, "group_id"), _whole(asked, "responder_id")
    return Intent(
        actor_id=str(actor_id),
        via="api",
        status=STATUSES[status] if status else None,
        add_tags=tags,
        remove_tags=tuple(tag for tag in ticket.tags if tag not in tags),
        group_id=str(group) if group else None,
        assignee_id=str(responder) if responder else None,
    )


def asked_note(asked: Mapping[str, Any], actor_id: int) -> Intent:
    """What a note's POST asks for; private unless it says otherwise. Raises RefusalError(400)."""
    body, private = asked.get("body"), asked.get("private", True)
    if not isinstance(body, str) or not body:
        raise invalid("body", "It should be a/an String", "missing_field")
    if not isinstance(private, bool):
        raise invalid("private", "Value set is of type String.It should be a/an Boolean", "datatype_mismatch")
    return Intent(actor_id=str(actor_id), via="api", comment=Wording(public=not private, text=seen(body), html=body))


def seen(markup: str) -> str:
    """The text of some HTML, one line a paragraph."""
    return html.unescape(_TAG.sub("", _END_OF_LINE.sub("\n", markup))).strip()


def _whole(asked: Mapping[str, Any], field: str) -> int | None:
    value = asked.get(field)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    kind = {str: "String", bool: "Boolean", list: "Array"}.get(type(value), "Hash")
    told = (
        f"It should be one of these values: '{_choices()}'"
        if field == "status"
        else "It should be a/an Positive Integer"
    )
    raise invalid(field, f"Value set is of type {kind}.{told}", "datatype_mismatch")


def _tags(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(tag, str) and 0 < len(tag) <= 32 for tag in value):
        raise invalid("tags", "It should only contain elements of type String", "datatype_mismatch")
    return tuple(value)


def _choices() -> str:
    return ",".join(map(str, STATUSES))
