"""The pretend Zendesk's webhooks: both kinds of body, the signature, when it tries again."""

import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Mapping, Sequence

from starlette.routing import BaseRoute

from connectors.sandbox.desk import Desk
from connectors.sandbox.records import Comment, LoggedCall, Submit, Ticket
from connectors.sandbox.vendor import Hook, Message
from connectors.sandbox.zendesk_rules import CALLED, ZendeskRules
from connectors.sandbox.zendesk_shapes import APART, BRAND_ID, Json, timestamp
from policies.ticket import Status

EVENT_TYPE = "zen:event-type:ticket."
ACCOUNT_NUMBER = 22_000_001
MOST_RETRIES = {409: 3, 429: 5, 503: 5, 0: 5}
LONGEST_RETRY_AFTER_S = 60.0
EVENT_CHANNELS = {"email": "mail", "api": "web_service", "web": "web_form"}


class ZendeskHooks:
    """What a webhook is told, and how it is signed; a `Vendor`, together with the API's routes."""

    hook_kinds: Sequence[str] = ("events", "trigger")

    def __init__(self, desk: Desk, routes: Sequence[BaseRoute], rules: ZendeskRules) -> None:
        self.routes = routes
        self._desk, self._rules = desk, rules

    def change_id(self, ticket: Ticket, submit: Submit) -> str:  # noqa: ARG002 - as the protocol has it
        """The audit's id."""
        return str(submit.id)

    def messages(self, hook: Hook, ticket: Ticket, submit: Submit) -> Sequence[Message]:
        """One message for each thing that happened, or one for each time the trigger fires."""
        if hook.skip_actor_id == str(submit.actor_id):
            return ()
        if hook.kind == CALLED:
            bodies = list(self._rules.bodies(hook.id, ticket, submit))
        elif hook.kind == "trigger":
            bodies = [json.dumps(self._trigger_body(ticket, submit)).encode()]
        else:
            happened = [(kind, event) for kind, event in self._happened(ticket, submit) if _subscribes(hook, kind)]
            bodies = [self._envelope(kind, event, ticket, submit) for kind, event in happened]
        return [Message(ticket_id=ticket.id, body=body, headers=_headers(hook)) for body in bodies]

    def sign(self, hook: Hook, message: Message) -> Mapping[str, str]:
        """Base64 of the HMAC-SHA256 over timestamp and body; every attempt has a timestamp of its own."""
        signed_at = timestamp(self._desk.clock())
        mac = hmac.digest(hook.secret.encode(), signed_at.encode() + message.body, hashlib.sha256)
        return {
            "X-Zendesk-Webhook-Signature": base64.b64encode(mac).decode(),
            "X-Zendesk-Webhook-Signature-Timestamp": signed_at,
        }

    def retry_in_s(self, status: int, headers: Mapping[str, str], attempt: int) -> float | None:
        """409 and no answer: again. 429 and 503: again if asked to within a minute. All else: given up."""
        if attempt > MOST_RETRIES.get(status, 0):
            return None
        if status in (0, 409):
            return 1.0
        try:
            wait_s = float(headers.get("retry-after", ""))
        except ValueError:
            return None
        return wait_s if wait_s < LONGEST_RETRY_AFTER_S else None

    def ended(self, hook: Hook, status: int) -> None:
        """Into the log, in the words of Zendesk's own: a 403 was seen to be called terminated."""
        words = {0: "timeout", 2: "success", 4: "terminated", 5: "server error"}
        word = words.get(status // 100, "failed")
        self._desk.webhook_log.setdefault(hook.id, []).append(LoggedCall(id=uuid.uuid4().hex.upper()[:26], status=word))

    def _trigger_body(self, ticket: Ticket, submit: Submit) -> Json:
        """The body our documentation tells an admin to write: ids and enumerations alone."""
        return {
            "v": 1,
            "ticket_id": str(ticket.id),
            "actor_id": str(submit.actor_id),
            "actor_role": self._desk.users[submit.actor_id].role,
            "status": ticket.status.title(),
            "updated_at": timestamp(submit.at),
        }

    def _happened(self, ticket: Ticket, submit: Submit) -> list[tuple[str, Json]]:
        happened: list[tuple[str, Json]] = [("created", {})] if submit.is_first else []
        if submit.comment and submit.via not in ("survey", APART):
            happened.append(("comment_added", {"comment": self._comment(submit.comment)}))
        if submit.is_first:
            return happened
        if submit.status:
            before, after = submit.status
            previous = (before or Status.NEW).upper()
            happened.append(("status_changed", {"current": after.upper(), "previous": previous}))
        if submit.tags:
            before_tags, after_tags = map(set, submit.tags)
            added, removed = sorted(after_tags - before_tags), sorted(before_tags - after_tags)
            happened.append(("tags_changed", {"tags_added": added, "tags_removed": removed}))
        if submit.group:
            left, taken = (str(group or "") for group in submit.group)
            happened.append(("group_assignment_changed", {"current": taken, "previous": left}))
        if submit.via == "merge":
            happened.append(("merged", {"target_ticket_id": str(ticket.merged_into)}))
        return happened

    def _comment(self, comment: Comment) -> Json:
        author = self._desk.users[comment.author_id]
        return {
            "id": str(comment.id),
            "body": comment.wording.text,
            "is_public": comment.wording.public,
            "author": {"id": str(author.id), "is_staff": author.role == "agent", "name": author.name},
        }

    def _envelope(self, kind: str, event: Json, ticket: Ticket, submit: Submit) -> bytes:
        """As recorded from a live account: indented by three, keys sorted, a newline at the end."""
        envelope = {
            "account_id": ACCOUNT_NUMBER,
            "detail": _detail(ticket, submit),
            "event": event,
            "id": str(uuid.uuid4()),
            "subject": f"zen:ticket:{ticket.id}",
            "time": f"{submit.at:%Y-%m-%dT%H:%M:%S.%f}000Z",
            "type": f"{EVENT_TYPE}{kind}",
            "zendesk_event_version": "2022-11-06",
        }
        text = json.dumps(envelope, indent=3, sort_keys=True, ensure_ascii=False)
        return (text.replace('"event": {}', '"event": { }') + "\n").encode()


def _subscribes(hook: Hook, kind: str) -> bool:
    return hook.events is None or f"{EVENT_TYPE}{kind}" in hook.events


def _headers(hook: Hook) -> Mapping[str, str]:
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Zendesk Webhook",
        "X-Zendesk-Account-Id": str(ACCOUNT_NUMBER),
        "X-Zendesk-Webhook-Id": hook.id,
        "X-Zendesk-Webhook-Invocation-Id": uuid.uuid4().hex.upper()[:26],
    }


def _detail(ticket: Ticket, submit: Submit) -> Json:
    return {
        "actor_id": str(submit.actor_id),
        "assignee_id": str(ticket.assignee_id or ""),
        "brand_id": f"{BRAND_ID}",
        "created_at": timestamp(ticket.created_at),
        "description": ticket.comments[0].wording.text if ticket.comments else "",
        "external_id": None,
        "group_id": str(ticket.group_id or ""),
        "id": str(ticket.id),
        "is_public": True,
        "requester_id": str(ticket.requester_id),
        "status": ticket.status.upper(),
        "subject": ticket.subject,
        "submitter_id": str(ticket.submits[0].actor_id if ticket.submits else submit.actor_id),
        "tags": ticket.tags or None,
        "type": None,
        "updated_at": timestamp(ticket.updated_at),
        "via": {"channel": EVENT_CHANNELS.get(ticket.channel, ticket.channel)},
    }
