"""What the pretend Freshdesk's JSON looks like. The shapes follow recorded answers, null where those were null."""

import html
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.sandbox.desk import Desk
from connectors.sandbox.records import Comment, Group, Macro, Submit, Ticket, User
from policies.ticket import Status

Json = dict[str, Any]
CODES: Mapping[Status, int] = {
    Status.NEW: 2,
    Status.OPEN: 2,
    Status.PENDING: 3,
    Status.SOLVED: 4,
    Status.CLOSED: 5,
    Status.HOLD: 6,
}
STATUSES: Mapping[int, Status] = {
    2: Status.OPEN,
    3: Status.PENDING,
    4: Status.SOLVED,
    5: Status.CLOSED,
    6: Status.HOLD,
}
LABELS: Mapping[int, str] = {2: "Open", 3: "Pending", 4: "Resolved", 5: "Closed", 6: "Waiting on Third Party"}
SOURCES: Mapping[str, int] = {"email": 1, "web": 2, "phone": 3, "social": 6, "chat": 7, "outbound": 10}
REPLY, NOTE, SURVEY, FORWARD, PHONE = 0, 2, 6, 8, 9
OUTBOUND_EMAIL = 10
"""The source of a ticket that an agent opened by writing first."""
PRODUCT_ID = 7_000_000_000_000
DONE = (Status.SOLVED, Status.CLOSED)


def timestamp(at: datetime | None) -> str | None:
    """Whole seconds in UTC, as Freshdesk writes times."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else None


def ticket_json(desk: Desk, ticket: Ticket, include: str = "") -> Json:
    """A ticket as `GET /tickets/{id}` tells it, with what `include` asks for."""
    first = ticket.submits[0].comment
    opener = desk.users[ticket.submits[0].actor_id]
    is_outbound = opener.role == "agent" and opener.id != ticket.requester_id and ticket.channel != "phone"
    parts = include.split(",")
    return {
        "cc_emails": None,
        "fwd_emails": [],
        "reply_cc_emails": [],
        "email_config_id": None,
        "fr_escalated": False,
        "spam": ticket.is_spam,
        "group_id": ticket.group_id,
        "priority": 1,
        "requester_id": ticket.requester_id,
        "responder_id": ticket.assignee_id or (opener.id if is_outbound else None),
        "source": OUTBOUND_EMAIL if is_outbound else SOURCES.get(ticket.channel, 2),
        "company_id": None,
        "status": CODES[ticket.status],
        "subject": ticket.subject,
        "support_email": ticket.recipient,
        "to_emails": [ticket.recipient] if ticket.recipient else None,
        "product_id": PRODUCT_ID,
        "id": ticket.id,
        "type": None,
        "due_by": timestamp(ticket.created_at),
        "fr_due_by": timestamp(ticket.created_at),
        "is_escalated": False,
        "description": body_html(first),
        "description_text": body_text(first),
        "custom_fields": {},
        "created_at": timestamp(ticket.created_at),
        "updated_at": timestamp(ticket.updated_at),
        "tags": list(ticket.tags),
        "attachments": [],
        **({"deleted": True} if ticket.is_deleted else {}),
        **({"stats": stats_json(desk, ticket)} if "stats" in parts else {}),
        **({"requester": requester_json(desk.users[ticket.requester_id])} if "requester" in parts else {}),
    }


def requester_json(user: User) -> Json:
    """The requester beside a ticket."""
    return {"id": user.id, "name": user.name, "email": user.email, "mobile": None, "phone": None}


def stats_json(desk: Desk, ticket: Ticket) -> Json:
    """The times of a ticket; closing an open ticket sets both `resolved_at` and `closed_at`."""
    moves = [(submit.at, *submit.status) for submit in ticket.submits if submit.status]
    moved = [at for at, before, after in moves if before is None or code(before) != code(after)]
    is_done = ticket.status in DONE
    resolved = [at for at, before, after in moves if after in DONE and before not in DONE]
    closed = [at for at, _, after in moves if after is Status.CLOSED]
    reopened = [at for at, before, after in moves if before in DONE and after not in DONE]
    said = [(submit.at, desk.users[submit.actor_id].role) for submit in ticket.submits[1:] if submit.comment]
    by_agents = [at for at, role in said if role == "agent"]
    by_customers = [at for at, role in said if role == "customer"]
    return {
        "agent_responded_at": timestamp(_last(by_agents)),
        "requester_responded_at": timestamp(_last(by_customers)),
        "first_responded_at": timestamp(by_agents[0] if by_agents else None),
        "status_updated_at": timestamp(_last(moved)),
        "reopened_at": timestamp(_last(reopened)),
        "resolved_at": timestamp(_last(resolved) if is_done else None),
        "closed_at": timestamp(_last(closed) if ticket.status is Status.CLOSED else None),
        "pending_since": timestamp(moves[-1][0] if moves and ticket.status is Status.PENDING else None),
    }


def code(status: Status) -> int:
    """Freshdesk's number for a status."""
    return CODES[status]


def conversation_json(desk: Desk, ticket: Ticket, submit: Submit, comment: Comment) -> Json:
    """One conversation; a rule's mail carries an `automation_id`, a note has no addresses."""
    author, wording = desk.users[comment.author_id], comment.wording
    is_incoming = author.role == "customer"
    sender = wording.sender or ticket.recipient
    is_mail = wording.public and not is_incoming and bool(sender)
    return {
        "body": body_html(comment),
        "body_text": body_text(comment),
        "id": comment.id,
        "incoming": is_incoming,
        "private": not wording.public,
        "user_id": comment.author_id,
        "support_email": sender if is_mail else None,
        "source": _source(submit, wording.public),
        "category": 7 if submit.via == "survey" else 1 if is_incoming else 3 if wording.public else 2,
        "to_emails": [desk.users[ticket.requester_id].email] if is_mail else [],
        "from_email": f"{author.name} <{sender}>" if is_mail else author.email if is_incoming else None,
        "cc_emails": [],
        "bcc_emails": None,
        "created_at": timestamp(comment.at),
        "updated_at": timestamp(comment.at),
        "last_edited_at": None,
        "attachments": [],
        "automation_id": 41 if submit.via == "rule" else None,
        "automation_type_id": 4 if submit.via == "rule" else None,
        "auto_response": wording.auto,
        "ticket_id": ticket.id,
        "source_additional_info": None,
    }


def _source(submit: Submit, is_public: bool) -> int:
    match submit.via:
        case "survey":
            return SURVEY
        case "forward":
            return FORWARD
        case "phone":
            return PHONE
        case _:
            return REPLY if is_public else NOTE


def agent_json(agent: User) -> Json:
    """An agent; the person is in `contact`."""
    return {
        "id": agent.id,
        "available": True,
        "occasional": False,
        "type": "support_agent",
        "ticket_scope": 1,
        "group_ids": list(agent.group_ids),
        "contact": {"active": True, "name": agent.name, "email": agent.email, "job_title": None},
    }


def group_json(group: Group) -> Json:
    """A group of agents."""
    return {"id": group.id, "name": group.name, "description": None, "escalate_to": None}


def mailbox_json(number: int, email: str) -> Json:
    """An address the account writes from."""
    return {"id": number, "name": "Support", "reply_email": email, "to_email": email, "active": True}


def canned_json(macro: Macro, folder_id: int) -> Json:
    """A canned response."""
    return {
        "id": macro.id,
        "title": macro.title,
        "folder_id": folder_id,
        "content": " ".join(macro.text.split()),
        "content_html": text_html(macro.text),
        "attachments": [],
        "group_ids": [],
        "visibility": 0,
    }


def body_html(comment: Comment | None) -> str:
    """The HTML of a message, made from its text if there is none."""
    if comment is None:
        return "<div></div>"
    return comment.wording.html or text_html(comment.wording.text)


def text_html(text: str) -> str:
    """Text as Freshdesk's editor would mark it up."""
    return f"<div>{html.escape(text).replace(chr(10), '<br>')}</div>"


def body_text(comment: Comment | None) -> str:
    """The text with all its line breaks lost, as in the real one."""
    return " ".join(comment.wording.text.split()) if comment else ""


def _last(times: list[datetime]) -> datetime | None:
    return times[-1] if times else None
