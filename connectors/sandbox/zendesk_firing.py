"""When a trigger of the pretend Zendesk fires, and what it then sends."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from connectors.sandbox.desk import Desk
from connectors.sandbox.records import Submit, Ticket
from connectors.sandbox.zendesk_shapes import Json, timestamp

_PLACEHOLDER = re.compile(r"\{\{(.*?)\}\}")


def fired_bodies(
    triggers: Iterable[Json], webhook_id: str, desk: Desk, ticket: Ticket, submit: Submit
) -> Iterator[bytes]:
    """What the triggers that fire send to this webhook."""
    for trigger in triggers:
        if trigger["active"] and _fires(trigger, desk, submit):
            for action in dicts(trigger["actions"]):
                if action["field"] == "notification_webhook" and action["value"][0] == webhook_id:
                    yield _rendered(action["value"][1], ticket, submit).encode()


def dicts(given: object) -> list[dict[str, Any]]:
    """A list of objects, or an empty one."""
    return list(given) if isinstance(given, list) else []


def _fires(trigger: Json, desk: Desk, submit: Submit) -> bool:
    conditions = trigger["conditions"]
    every = dicts(conditions["all"]) if isinstance(conditions, dict) else []
    return all(_holds(condition, desk, submit) for condition in every)


def _holds(condition: Mapping[str, Any], desk: Desk, submit: Submit) -> bool:
    """Of Zendesk's many conditions the two that we use; any other never holds."""
    wanted = str(condition["value"])
    match condition["field"]:
        case "update_type":
            is_so = wanted == ("Create" if submit.is_first else "Change")
        case "role":
            role = "agent" if desk.users[submit.actor_id].role == "agent" else "end_user"
            is_so = wanted in (str(submit.actor_id), role)
        case _:
            return False
    return is_so is not (condition["operator"] == "is_not")


def _rendered(template: str, ticket: Ticket, submit: Submit) -> str:
    values = {
        "ticket.id": str(ticket.id),
        "ticket.updated_at_with_timestamp": timestamp(ticket.updated_at),
        "current_user.id": str(submit.actor_id),
    }
    return _PLACEHOLDER.sub(lambda found: values.get(found[1].strip(), ""), template)
