"""The body of an automation's webhook: an admin's template, so nearly anything. Pure.

Known forms: the `freshdesk_webhook` envelope of the simple layout, flat keys, a nested `ticket`, a form (Freshdesk
calls it "XML-encoded"), XML; and JSON broken by a placeholder that was not quoted.
"""

import json
import re
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

MOST_FORM_FIELDS = 1_000

_TICKET_ID = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)
# A backslash before the name means that it stands inside somebody's quoted words.
_RESCUED_ID = re.compile(rb"(?<![\w\\])[\"']?ticket_id[\"']?\s{0,20}[:=]\s{0,20}[\"']?([1-9][0-9]{0,18})(?![\w.])")
_XML_ID = re.compile(rb"<ticket[_-]id(?:\s[^<>]{0,80})?>\s{0,20}(?:<!\[CDATA\[)?([1-9][0-9]{0,18})(?:\]\]>)?\s{0,20}</")
_RESCUED_EVENT = re.compile(rb"triggered_event[\"']?\s{0,20}[:=]\s{0,20}[\"']?(\{[\w\s:,{}.-]{0,200}\})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a body gave. `fields` is empty if it is no mapping; `ticket_id` is digits only."""

    fields: Mapping[str, Any]
    ticket_id: str | None
    triggered_event: object = None
    defect: str | None = None


def read_body(body: bytes, content_type: str) -> Body:
    """All that can be read of a body, by the mildest means that works; never raises."""
    fields = _json(body)
    if not isinstance(fields, Mapping) and "x-www-form-urlencoded" in content_type.lower():
        fields = _form(body)
    if isinstance(fields, Mapping):
        inner = _unwrapped(fields)
        found = _ticket_id(inner)
        event = inner.get("triggered_event")
        return Body(fields=fields, ticket_id=found, triggered_event=event, defect=None if found else "no_ticket_id")
    return _rescued(body)


def id_of(value: object) -> str | None:
    """A ticket's id from a number or a text of digits; None for everything else."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    if isinstance(value, int):
        return str(value) if 0 < value < 10**19 else None
    text = value.strip()
    return text if _TICKET_ID.fullmatch(text) else None


def _json(body: bytes) -> object:
    """Strict first. Then Python's reader, which takes raw line breaks inside texts, and UTF-16."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return json.loads(body, strict=False)
    except (ValueError, RecursionError):
        return None


def _form(body: bytes) -> dict[str, Any] | None:
    """Fields by name; `outer[inner]` becomes a mapping in a mapping."""
    try:
        pairs = urllib.parse.parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FORM_FIELDS)
    except ValueError:
        return None
    fields: dict[str, Any] = {}
    for name, value in pairs:
        outer, bracket, inner = name.removesuffix("]").partition("[")
        if not bracket:
            fields.setdefault(name, value)
        elif isinstance(nested := fields.setdefault(outer, {}), dict):
            nested.setdefault(inner, value)
    return fields or None


def _unwrapped(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    envelope = fields.get("freshdesk_webhook")
    return envelope if isinstance(envelope, Mapping) else fields


def _ticket_id(fields: Mapping[str, Any]) -> str | None:
    if found := id_of(fields.get("ticket_id")):
        return found
    match fields.get("ticket"):
        case Mapping() as ticket:
            return id_of(ticket.get("id")) or id_of(ticket.get("ticket_id"))
        case _:
            return None


def _rescued(body: bytes) -> Body:
    """The ticket's id out of a body that does not parse.

    More than one candidate means that one of them may be a customer's words: then none is trusted.
    """
    event = _RESCUED_EVENT.search(body)
    told = event[1].decode("ascii", "replace") if event else None
    if ids := set(_XML_ID.findall(body)):
        defect = None
    else:
        ids, defect = set(_RESCUED_ID.findall(body)), "broken_json_rescued"
    if len(ids) == 1:
        return Body(fields={}, ticket_id=ids.pop().decode(), triggered_event=told, defect=defect)
    return Body(
        fields={}, ticket_id=None, triggered_event=told, defect="ambiguous_ticket_id" if ids else "no_ticket_id"
    )
