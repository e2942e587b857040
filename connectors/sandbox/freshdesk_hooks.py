"""The pretend Freshdesk's webhooks: an automation's template, an app's events, and when they are tried again."""

import base64
from collections.abc import Mapping, Sequence

import msgspec
from starlette.routing import BaseRoute

from connectors.sandbox.desk import Desk
from connectors.sandbox.freshdesk_rules import FreshdeskRules
from connectors.sandbox.freshdesk_shapes import (
    LABELS,
    Json,
    agent_json,
    code,
    conversation_json,
    requester_json,
    stats_json,
    ticket_json,
    timestamp,
)
from connectors.sandbox.records import Submit, Ticket
from connectors.sandbox.vendor import Hook, Message

MOST_ATTEMPTS = 5
RETRY_S = 1_800.0
"""Half an hour in the real one, by one of several sources."""


class FreshdeskHooks:
    """What a webhook is told, and how it proves where it comes from; a `Vendor`, together with the API's routes."""

    hook_kinds: Sequence[str] = ("automation", "app")

    def __init__(self, desk: Desk, account: str, routes: Sequence[BaseRoute], rules: FreshdeskRules) -> None:
        self.routes, self._rules = routes, rules
        self._desk, self._account = desk, account

    def change_id(self, ticket: Ticket, submit: Submit) -> str:  # noqa: ARG002 - as the protocol has it
        """The description, a conversation, or a state that somebody moved without a word."""
        if submit.is_first:
            return "description"
        return f"c{submit.comment.id}" if submit.comment else f"s:{timestamp(submit.at)}"

    def messages(self, hook: Hook, ticket: Ticket, submit: Submit) -> Sequence[Message]:
        """One message from an automation, whatever happened; from an app one for each thing."""
        if hook.skip_actor_id == str(submit.actor_id):
            return ()
        match hook.kind:
            case "rule":
                bodies = [_filled(self._rules.template(hook), ticket, submit)] if submit.is_first else []
            case "automation":
                bodies = [self._template(ticket, submit)]
            case _:
                bodies = self._events(ticket, submit)
        headers = {"Content-Type": "application/json"}
        return [Message(ticket_id=ticket.id, body=msgspec.json.encode(body), headers=headers) for body in bodies]

    def sign(self, hook: Hook, message: Message) -> Mapping[str, str]:  # noqa: ARG002 - Freshdesk signs no message
        """The user and password, the secret header, or both."""
        proof = dict([hook.header]) if hook.header else {}
        if hook.basic:
            proof["Authorization"] = "Basic " + base64.b64encode(":".join(hook.basic).encode()).decode()
        return proof

    def ended(self, hook: Hook, status: int) -> None:
        """Freshdesk keeps no log of its webhooks that could be asked."""

    def retry_in_s(self, status: int, headers: Mapping[str, str], attempt: int) -> float | None:  # noqa: ARG002
        """Again after everything but a success; a Retry-After is not looked at."""
        return None if 200 <= status < 300 or attempt >= MOST_ATTEMPTS else RETRY_S

    def _template(self, ticket: Ticket, submit: Submit) -> Json:
        """The body our documentation tells an admin to write, with two labels more; every value is text."""
        return {
            "freshdesk_webhook": {
                "ticket_id": str(ticket.id),
                "ticket_status": LABELS[code(ticket.status)],
                "ticket_subject": ticket.subject,
                "triggered_event": triggered_event(submit),
                "performer": self._desk.users[submit.actor_id].role,
            }
        }

    def _events(self, ticket: Ticket, submit: Submit) -> list[Json]:
        if submit.is_first:
            return [self._event("onTicketCreate", submit, {"ticket": self._flat(ticket)})]
        events = []
        if changes := _changes(submit):
            events.append(self._event("onTicketUpdate", submit, {"ticket": {**self._flat(ticket), "changes": changes}}))
        if submit.comment:
            said = conversation_json(self._desk, ticket, submit, submit.comment)
            said["category"] = {"id": said["category"], "name": "agent_private_response"}
            events.append(self._event("onConversationCreate", submit, {"conversation": said}))
        return events

    def _flat(self, ticket: Ticket) -> Json:
        return {**ticket_json(self._desk, ticket), **stats_json(self._desk, ticket), "archive": False, "deleted": False}

    def _event(self, name: str, submit: Submit, about: Json) -> Json:
        actor = self._desk.users[submit.actor_id]
        kind = "agent" if actor.role == "agent" else "customer"
        person = agent_json(actor)["contact"]
        return {
            "region": "US",
            "account_id": "13",
            "domain": f"{self._account}.freshdesk.com",
            "event": name,
            "timestamp": submit.at.timestamp(),
            "data": {
                **about,
                "actor": {"id": actor.id, "name": person["name"], "email": person["email"], "type": kind},
                "requester": requester_json(actor),
            },
        }


def _filled(template: Mapping[str, str], ticket: Ticket, submit: Submit) -> Json:
    values = {"{{ticket.id}}": str(ticket.id), "{{triggered_event}}": triggered_event(submit)}
    return {name: values.get(value, value) for name, value in template.items()}


def triggered_event(submit: Submit) -> str:
    """The first thing that happened, in braces and without quotes; the rest of a submit is not told."""
    if submit.is_first:
        return "{ticket_action:created}"
    if submit.comment:
        return "{reply_sent:sent}" if submit.comment.wording.public else "{note_type:private}"
    for field, (before, after) in _changes(submit).items():
        return f"{{{field}:{{from:{'' if before is None else before},to:{after}}}}}"
    return "{ticket_action:update}"


def _changes(submit: Submit) -> dict[str, tuple[object, object]]:
    moved: dict[str, tuple[object, object]] = {}
    if submit.status and submit.status[0] and code(submit.status[0]) != code(submit.status[1]):
        moved["status"] = code(submit.status[0]), code(submit.status[1])
    if submit.group:
        moved["group_id"] = submit.group
    if submit.assignee:
        moved["responder_id"] = submit.assignee
    if submit.tags:
        moved["tags"] = submit.tags
    return moved
