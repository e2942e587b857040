"""When a trigger or an automation of the pretend Zendesk fires, and what it then does.

Triggers run in order within the submit that sets them off, see what earlier ones changed, and fire once a submit at
most. Automations run hourly, over all tickets that are not closed; hours are counted whole. Sources: Zendesk's help,
"About triggers", "About automations", and the conditions reference; read 2025.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connectors.sandbox.desk import Desk
from connectors.sandbox.records import Comment, Intent, Mail, Submit, Ticket
from connectors.sandbox.zendesk_shapes import BRAND_ID, Json, timestamp
from policies.ticket import Status

HOUR = timedelta(hours=1)
_PLACEHOLDER = re.compile(r"\{\{(.*?)\}\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a rule looks at: a ticket, and the submit that set it off; None: the clock did."""

    desk: Desk
    ticket: Ticket
    submit: Submit | None
    now: datetime


def run_triggers(triggers: Sequence[Json], desk: Desk, ticket: Ticket, submit: Submit) -> None:
    """Lets all that hold fire: their mails leave, their tags are the submit's."""
    scene, waiting = Scene(desk=desk, ticket=ticket, submit=submit, now=submit.at), list(triggers)
    while (trigger := next((one for one in waiting if fires(one, scene)), None)) is not None:
        waiting.remove(trigger)
        submit.fired.append(int(str(trigger["id"])))
        _set_tags(ticket, submit, *_tags(trigger))
        _send(trigger, scene, submit)


def run_automations(automations: Sequence[Json], desk: Desk, at: datetime) -> None:
    """One hourly run: each automation is an update of its own, with an audit of its own."""
    for automation in automations:
        for ticket in [ticket for ticket in desk.tickets.values() if ticket.status is not Status.CLOSED]:
            scene = Scene(desk=desk, ticket=ticket, submit=None, now=at)
            if fires(automation, scene):
                add, remove = _tags(automation)
                actor_id = str(ticket.requester_id)
                intent = Intent(actor_id=actor_id, via="rule", add_tags=add, remove_tags=remove)
                submit = desk.submit(ticket, intent)
                submit.rule = int(str(automation["id"])), str(automation["title"])
                _send(automation, scene, submit)


def fired_bodies(
    triggers: Iterable[Json], webhook_id: str, ticket: Ticket, submit: Submit, desk: Desk
) -> Iterator[bytes]:
    """What the triggers that a submit set off send to this webhook."""
    for trigger in triggers:
        if int(str(trigger["id"])) in submit.fired:
            for action in dicts(trigger["actions"]):
                if action["field"] == "notification_webhook" and action["value"][0] == webhook_id:
                    yield _rendered(action["value"][1], ticket, submit, desk).encode()


def dicts(given: object) -> list[dict[str, Any]]:
    """A list of objects, or an empty one."""
    return list(given) if isinstance(given, list) else []


def fires(rule: Json, scene: Scene) -> bool:
    """Whether all conditions hold, and one of the others if there are any."""
    conditions = rule["conditions"]
    every, some = (dicts(conditions.get(way)) if isinstance(conditions, dict) else [] for way in ("all", "any"))
    return all(_holds(one, scene) for one in every) and (not some or any(_holds(one, scene) for one in some))


def _holds(condition: Mapping[str, Any], scene: Scene) -> bool:
    """Of Zendesk's many conditions those that we use; any other never holds."""
    wanted, operator, submit = str(condition["value"]), condition["operator"], scene.submit
    match condition["field"]:
        case "current_tags":
            is_so = bool(set(wanted.split()) & set(scene.ticket.tags))
        case "brand_id":
            is_so = wanted == str(BRAND_ID)
        case "updated_at":
            return submit is None and (scene.now - scene.ticket.updated_at) // HOUR > int(wanted)
        case field if submit is not None:
            found = _of_update(field, wanted, scene, submit)
            if found is None:
                return False
            is_so = found
        case _:
            return False
    return is_so is (operator in ("is", "includes"))


def _of_update(field: str, wanted: str, scene: Scene, submit: Submit) -> bool | None:
    """What is asked of the update itself; None if that is nothing we know."""
    match field:
        case "update_type":
            return wanted == ("Create" if submit.is_first else "Change")
        case "role":
            role = "agent" if scene.desk.users[submit.actor_id].role == "agent" else "end_user"
            return wanted in (str(submit.actor_id), role)
        case "comment_is_public":
            return submit.comment is not None and submit.comment.wording.public
        case "requester_id":
            return submit.actor_id == scene.ticket.requester_id
        case _:
            return None


def _tags(rule: Json) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The tags a rule adds, and those it takes off."""
    found = {one["field"]: tuple(str(one["value"]).split()) for one in dicts(rule["actions"])}
    return found.get("current_tags", ()), found.get("remove_tags", ())


def _set_tags(ticket: Ticket, submit: Submit, add: Sequence[str], remove: Sequence[str]) -> None:
    before = submit.tags[0] if submit.tags else ticket.tags
    ticket.tags = tuple(dict.fromkeys(tag for tag in (*ticket.tags, *add) if tag not in remove))
    submit.tags = (before, ticket.tags) if set(before) != set(ticket.tags) else None


def _send(rule: Json, scene: Scene, submit: Submit) -> None:
    for action in dicts(rule["actions"]):
        if action["field"] != "notification_user":
            continue
        whom, subject, body = action["value"]
        is_customers = str(whom).startswith("requester")
        user_id = scene.ticket.requester_id if is_customers else scene.ticket.assignee_id or submit.actor_id
        mail = Mail(
            ticket_id=scene.ticket.id,
            at=submit.at,
            to=scene.desk.users[user_id].email,
            subject=_rendered(subject, scene.ticket, submit, scene.desk),
            text=_rendered(body, scene.ticket, submit, scene.desk),
            rule_id=int(str(rule["id"])),
            rule=str(rule["title"]),
        )
        submit.mails.append(mail)
        scene.desk.mails.append(mail)


def _rendered(template: str, ticket: Ticket, submit: Submit, desk: Desk) -> str:
    return _PLACEHOLDER.sub(lambda found: _value(found[1].strip(), ticket, submit, desk), template)


def _value(name: str, ticket: Ticket, submit: Submit, desk: Desk) -> str:
    """Of comments the text, whatever the placeholder's ending. `ticket.comments` holds internal notes as well."""
    public = [comment for comment in ticket.comments if comment.wording.public]
    match name.partition(".")[2].removesuffix("_formatted").removesuffix("_html").removesuffix("_rich"):
        case "public_comments":
            return _told(public, desk)
        case "comments":
            return _told(ticket.comments, desk)
        case "latest_public_comment":
            return _told(public[-1:], desk)
        case "latest_comment":
            return _told(ticket.comments[-1:], desk)
    values = {
        "ticket.id": str(ticket.id),
        "ticket.title": ticket.subject,
        "ticket.updated_at_with_timestamp": timestamp(ticket.updated_at),
        "current_user.id": str(submit.actor_id),
    }
    return values.get(name, "")


def _told(comments: Sequence[Comment], desk: Desk) -> str:
    """Newest first, each with its author."""
    return "\n\n".join(f"{desk.users[one.author_id].name}: {one.wording.text}" for one in reversed(comments))
