"""The pretend Zendesk's JSON: tickets, audits and users as the Support API shows them.

Shapes: developer.zendesk.com/api-reference/ticketing, read 2025.
"""

from datetime import datetime

from connectors.sandbox.desk import Desk
from connectors.sandbox.records import Comment, Group, Macro, Submit, Ticket, User

Json = dict[str, object]

BRAND_ID = 360002
AUTOMATION: Json = {"deleted": False, "title": "Close tickets that were solved days ago", "id": 3602, "revision_id": 1}
SYSTEM_ID = -1
APART = "side_conversation"
"""What is said to others than the requester has an API of its own, and no audit."""
AUTO_GENERATED = 4
"""The comment flag of a mail that a machine wrote."""


def timestamp(at: datetime) -> str:
    """RFC 3339, whole seconds."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def ticket_json(desk: Desk, ticket: Ticket) -> Json:
    """`GET /tickets/{id}`, without its envelope. `updated_at` is the stamp of a safe update."""
    return {
        "id": ticket.id,
        "url": f"https://acme.zendesk.invalid/api/v2/tickets/{ticket.id}.json",
        "external_id": None,
        "via": _ticket_via(desk, ticket),
        "created_at": timestamp(ticket.created_at),
        "updated_at": timestamp(ticket.updated_at),
        "generated_timestamp": int(ticket.updated_at.timestamp()),
        "type": None,
        "subject": ticket.subject,
        "raw_subject": ticket.subject,
        "description": ticket.comments[0].wording.text if ticket.comments else None,
        "priority": None,
        "status": ticket.status,
        "custom_status_id": None,
        "recipient": ticket.recipient,
        "requester_id": ticket.requester_id,
        "submitter_id": ticket.submits[0].actor_id,
        "assignee_id": ticket.assignee_id,
        "organization_id": None,
        "group_id": ticket.group_id,
        "collaborator_ids": [],
        "tags": ticket.tags,
        "custom_fields": [],
        "followup_source_id": ticket.followup_of,
        "followup_ids": [other.id for other in desk.tickets.values() if other.followup_of == ticket.id],
        "brand_id": BRAND_ID,
        "is_public": any(comment.wording.public for comment in ticket.comments),
    }


def audit_json(desk: Desk, ticket: Ticket, submit: Submit) -> Json:
    """One entry of `GET /tickets/{id}/audits`."""
    is_ruled = submit.via == "rule"
    events = [*_comment_events(desk, submit), *_field_events(ticket, submit), *_macro_events(submit)]
    events += [*_privacy_events(submit), *_notification_events(desk, submit)]
    for number, event in enumerate(events, start=1):
        event.setdefault("id", submit.id * 100 + number)
    flags = [AUTO_GENERATED] if submit.comment and submit.comment.wording.auto else []
    return {
        "id": submit.id,
        "ticket_id": ticket.id,
        "created_at": timestamp(submit.at),
        "author_id": SYSTEM_ID if is_ruled else submit.actor_id,
        "metadata": {
            "system": {"client": "sandbox", "ip_address": "192.0.2.1", "location": "Here"},
            "custom": submit.metadata,
            **({"flags": flags} if flags else {}),
        },
        "events": events,
        "via": _submit_via(desk, ticket, submit),
    }


def user_json(user: User) -> Json:
    """One entry of `GET /users/show_many`."""
    return {
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "role": "agent" if user.role == "agent" else "end-user",
        "suspended": False,
        "default_group_id": user.group_ids[0] if user.group_ids else None,
    }


def group_json(group: Group) -> Json:
    """One entry of `GET /groups`."""
    return {"id": group.id, "name": group.name, "deleted": False, "is_public": True}


def macro_json(macro: Macro) -> Json:
    """One entry of `GET /macros`."""
    actions = [{"field": "comment_value_html", "value": macro.text}] if macro.text else []
    actions += [{"field": "current_tags", "value": " ".join(macro.add_tags)}] if macro.add_tags else []
    return {"id": macro.id, "title": macro.title, "active": True, "actions": actions, "restriction": None}


def _ticket_via(desk: Desk, ticket: Ticket) -> Json:
    requester = desk.users[ticket.requester_id]
    if ticket.followup_of:
        return {"channel": ticket.channel, "source": {"from": {"ticket_id": ticket.followup_of}, "rel": "follow_up"}}
    if ticket.channel != "email":
        return {"channel": ticket.channel, "source": {"from": {}, "to": {}, "rel": None}}
    sender = {"address": requester.email, "name": requester.name}
    return {
        "channel": "email",
        "source": {"from": sender, "to": {"name": "Support", "address": ticket.recipient}, "rel": None},
    }


def _submit_via(desk: Desk, ticket: Ticket, submit: Submit) -> Json:
    if submit.is_first and submit.via == "web":
        return _ticket_via(desk, ticket)
    source: Json = {"from": {}, "to": {}, "rel": None}
    if submit.via == "rule":
        source = {"from": _rule(submit), "to": {}, "rel": "automation"}
    elif submit.via == "merge":
        source = {"from": {}, "to": {"ticket_id": ticket.merged_into}, "rel": "merge"}
    elif submit.comment and submit.comment.wording.sender:
        source = {**source, "from": {"address": submit.comment.wording.sender, "name": "Support"}}
    elif submit.via == "email":
        writer = desk.users[submit.actor_id]
        source = {**source, "from": {"address": writer.email, "name": writer.name}}
    return {"channel": "web" if submit.via == "survey" else submit.via, "source": source}


def _comment_events(desk: Desk, submit: Submit) -> list[Json]:
    if not submit.comment:
        return []
    if submit.via == "survey":
        return [{"type": "SatisfactionRating", "score": "bad", "body": submit.comment.wording.text}]
    return [_comment_json(desk, submit.comment, submit)]


def _comment_json(desk: Desk, comment: Comment, submit: Submit) -> Json:
    wording = comment.wording
    html = wording.html if wording.html is not None else f'<p dir="auto">{_escaped(wording.text)}</p>'
    return {
        "id": comment.id,
        "type": "Comment",
        "author_id": desk.users[comment.author_id].id,
        "body": wording.text,
        "html_body": f'<div class="zd-comment" dir="auto">{html}</div>',
        "plain_body": wording.text,
        "public": wording.public,
        "attachments": [],
        "audit_id": submit.id,
    }


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _field_events(ticket: Ticket, submit: Submit) -> list[Json]:
    fields = {
        "status": submit.status,
        "tags": submit.tags,
        "group_id": submit.group,
        "assignee_id": submit.assignee,
    }
    if submit.is_first:
        opening: Json = {"subject": ticket.subject, "requester_id": str(ticket.requester_id)}
        opening |= {name: _as_value(move[1]) for name, move in fields.items() if move}
        return [{"type": "Create", "field_name": name, "value": value} for name, value in opening.items()]
    return [
        {"type": "Change", "field_name": name, "value": _as_value(move[1]), "previous_value": _as_value(move[0])}
        for name, move in fields.items()
        if move
    ]


def _as_value(value: object) -> object:
    """Ids are texts in audits, unlike anywhere else."""
    return str(value) if isinstance(value, int) else value


def _macro_events(submit: Submit) -> list[Json]:
    if not submit.macro:
        return []
    via = {"channel": "web", "source": {"from": {}, "to": {}, "rel": None}}
    macro = submit.macro
    return [{"type": "AgentMacroReference", "macro_id": str(macro.id), "macro_title": macro.title, "via": via}]


def _privacy_events(submit: Submit) -> list[Json]:
    if not submit.made_private:
        return []
    return [{"type": "CommentPrivacyChange", "comment_id": submit.made_private.id, "public": False}]


def _notification_events(desk: Desk, submit: Submit) -> list[Json]:
    """The mails that triggers sent. The real one shows their texts as templates, unrendered; so does this."""
    people = {user.email: user.id for user in desk.users.values()}
    return [
        {
            "type": "Notification",
            "via": {"channel": "rule", "source": {"from": _named(mail.rule_id, mail.rule), "to": {}, "rel": "trigger"}},
            "subject": "[{{ticket.account}}] {{ticket.title}}",
            "body": "{{ticket.latest_public_comment_html}}",
            "recipients": [people[mail.to]],
        }
        for mail in submit.mails
    ]


def _rule(submit: Submit) -> Json:
    return _named(*submit.rule) if submit.rule else dict(AUTOMATION)


def _named(rule_id: int, title: str) -> Json:
    return {"deleted": False, "title": title, "id": rule_id, "revision_id": 1}
