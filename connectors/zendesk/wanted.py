"""What Ombuds wants set up at Zendesk, and which of what is there is ours. Pure.

Source: developer.zendesk.com, Webhooks API, Triggers API and "Conditions reference"; read 2025.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from connectors.fields import Json, mapping, mappings, text
from connectors.setup_plan import Thing
from connectors.zendesk.fields import identity

MARK = "Ombuds"
EVENTS = tuple(
    f"zen:event-type:ticket.{event}"
    for event in ("comment_added", "created", "merged", "status_changed", "tags_changed")
)
BY_TRIGGER = ("conditional_ticket_events",)
"""Instead of events: the webhook is called by triggers. Zendesk never lets one become the other."""
BODY = '{"ticket_id": "{{ticket.id}}", "updated_at": "{{ticket.updated_at_with_timestamp}}"}'
"""Ids alone: Zendesk does not promise to escape quotation marks in longer texts."""
NEW_WEBHOOK = "the webhook's id"
"""Stands for the id of a webhook that is still to be made."""
_UPDATES = {"updated": "Change", "created": "Create"}


def wanted_webhook(endpoint: str, *, by_trigger: bool) -> Thing:
    """The one webhook: subscribed to events, or called by triggers."""
    part = "by trigger" if by_trigger else "by event"
    fields = {
        "name": name_of(endpoint, part),
        "status": "active",
        "endpoint": endpoint,
        "http_method": "POST",
        "request_format": "json",
        "subscriptions": BY_TRIGGER if by_trigger else EVENTS,
    }
    return Thing(kind="webhook", part=part, name=name_of(endpoint, part), fields=fields)


def wanted_triggers(endpoint: str, *, own_id: str, webhook_id: str) -> tuple[Thing, ...]:
    """The two triggers that call it, for all that others than we ourselves do."""
    return tuple(_trigger(endpoint, part, own_id, webhook_id) for part in _UPDATES)


def our_webhooks(listed: Iterable[Json], endpoint: str, known_id: str = "") -> tuple[Thing, ...]:
    """Those that bear our name, which holds the endpoint; or go there and begin as it does, or are known to be used."""
    return tuple(
        Thing(kind="webhook", part=_way(one), name=text(one.get("name")), fields=_webhook_fields(one), id=found)
        for one in listed
        if (found := text(one.get("id"))) and _is_ours(one, endpoint, known_id)
    )


def our_triggers(listed: Iterable[Json], endpoint: str) -> tuple[Thing, ...]:
    """Those that bear the title, which holds the endpoint."""
    parts = {title_of(endpoint, part): part for part in _UPDATES}
    return tuple(
        Thing(kind="trigger", part=parts[title], name=title, fields=trigger_fields(one), id=found)
        for one in listed
        if (title := text(one.get("title"))) in parts and (found := identity(one.get("id")))
    )


def others_that_call(listed: Iterable[Json], endpoint: str, known_id: str = "") -> tuple[str, ...]:
    """The names of webhooks that are not ours and go to our endpoint all the same."""
    to_us = (one for one in listed if one.get("endpoint") == endpoint and not _is_ours(one, endpoint, known_id))
    return tuple(text(one.get("name")) for one in to_us)


def name_of(endpoint: str, part: str) -> str:
    """A webhook's name: two installations of Ombuds at one account do not take each other's for their own."""
    return f"{MARK}: {part}, to {endpoint.partition('://')[2]}"


def title_of(endpoint: str, part: str) -> str:
    """A trigger's title."""
    return f"{MARK}: ticket {part}, to {endpoint.partition('://')[2]}"


def trigger_fields(trigger: Mapping[str, Any]) -> dict[str, object]:
    """What has to be so of a trigger or an automation, in one form for what is wanted and what is there."""
    conditions = mapping(trigger.get("conditions"))
    return {
        "title": trigger.get("title"),
        "active": trigger.get("active"),
        "conditions": {way: _conditions(conditions.get(way)) for way in ("all", "any")},
        "actions": [{"field": one.get("field"), "value": one.get("value")} for one in mappings(trigger.get("actions"))],
    }


def _is_ours(webhook: Json, endpoint: str, known_id: str) -> bool:
    # In use or not, one that goes elsewhere is left alone: settings are copied from one installation to another.
    name = text(webhook.get("name"))
    names = (name_of(endpoint, "by event"), name_of(endpoint, "by trigger"))
    is_known = name.startswith(MARK) or webhook.get("id") == known_id
    return name in names or (is_known and webhook.get("endpoint") == endpoint)


def _way(webhook: Json) -> str:
    return "by trigger" if _webhook_fields(webhook)["subscriptions"] == BY_TRIGGER else "by event"


def _webhook_fields(webhook: Json) -> dict[str, object]:
    same = {name: webhook.get(name) for name in ("name", "status", "endpoint", "http_method", "request_format")}
    events = webhook.get("subscriptions")
    return {**same, "subscriptions": tuple(sorted(map(str, events))) if isinstance(events, list) else ()}


def _trigger(endpoint: str, part: str, own_id: str, webhook_id: str) -> Thing:
    title = title_of(endpoint, part)
    given = {
        "title": title,
        "active": True,
        "conditions": {
            "all": [
                {"field": "update_type", "operator": "is", "value": _UPDATES[part]},
                # The loop guard: "Current user" is called `role`. A role's name was recorded as its value; that a
                # user's id may stand there, as the editor offers, we could not confirm.
                {"field": "role", "operator": "is_not", "value": own_id},
            ],
            "any": [],
        },
        "actions": [{"field": "notification_webhook", "value": [webhook_id, BODY]}],
    }
    return Thing(kind="trigger", part=part, name=title, fields=trigger_fields(given))


def _conditions(given: object) -> list[dict[str, str]]:
    """In one order, and ids as text."""
    told = [{key: str(one.get(key)) for key in ("field", "operator", "value")} for one in mappings(given)]
    return sorted(told, key=lambda one: tuple(one.values()))
