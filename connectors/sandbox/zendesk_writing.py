"""How the pretend Zendesk takes writes: stamps, closed tickets, the limit of updates, placeholders, length."""

import re
from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from connectors.sandbox.records import Intent, Ticket, Wording
from connectors.sandbox.zendesk_shapes import timestamp
from policies.ticket import Status

UPDATES = 30
WINDOW = timedelta(minutes=10)
MOST_COMMENT_BYTES = 64 * 1024
_PLACEHOLDER = re.compile(r"(\\)?\{\{(.*?)\}\}", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


class RefusalError(Exception):
    """A request is answered with an error of Zendesk's."""

    def __init__(self, status: int, body: object, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status}")
        self.status, self.body, self.headers = status, body, dict(headers or {})


class UpdateLimit:
    """Thirty updates of one ticket in ten minutes. Source: developer.zendesk.com, rate limits."""

    def __init__(self) -> None:
        self._times: dict[int, deque[datetime]] = {}

    def count(self, ticket: Ticket, now: datetime) -> str:
        """Counts one update; the value of the limit's header. Raises RefusalError(429)."""
        times = self._times.setdefault(ticket.id, deque())
        while times and times[0] <= now - WINDOW:
            times.popleft()
        if len(times) >= UPDATES:
            wait_s = int((times[0] + WINDOW - now).total_seconds()) + 1
            error = {"errors": [{"code": "TooManyRequests", "title": "Too many updates of one ticket"}]}
            raise RefusalError(429, error, {"Retry-After": str(wait_s)})
        times.append(now)
        return f"total={UPDATES}; remaining={UPDATES - len(times)}; resets={WINDOW.seconds}"


def require_writable(ticket: Ticket, asked: Mapping[str, Any]) -> None:
    """Nothing if the write may go ahead. Raises RefusalError: 422 if closed, 409 if the stamp is old.

    `safe_update: false` acts like true, as the real one's does.
    """
    if ticket.status is Status.CLOSED:
        details = {"status": [{"description": "Status: closed prevents ticket update"}]}
        body = {"error": "RecordInvalid", "description": "Record validation errors", "details": details}
        raise RefusalError(422, body)
    if "safe_update" in asked and asked.get("updated_stamp") != timestamp(ticket.updated_at):
        description = "Safe Update prevented the update due to outdated ticket data."
        raise RefusalError(409, {"error": "UpdateConflict", "description": description})


def asked_intent(ticket: Ticket | None, asked: Mapping[str, Any], actor_id: int) -> Intent:
    """What is asked of a ticket; None: of a new one.

    `tags` replaces the whole set, `additional_tags` is not a field of a single ticket.
    """
    tags = asked.get("tags")
    stale = set(ticket.tags) - set(tags) if ticket and tags is not None else ()
    return Intent(
        actor_id=str(actor_id),
        via="api",
        comment=_wording(ticket, asked["comment"]) if asked.get("comment") else None,
        status=Status(asked["status"]) if asked.get("status") else None,
        group_id=str(asked["group_id"]) if asked.get("group_id") else None,
        assignee_id=str(asked["assignee_id"]) if asked.get("assignee_id") else None,
        macro_id=str(asked["macro_id"]) if asked.get("macro_id") else None,
        add_tags=tuple(tags or ()),
        remove_tags=tuple(stale),
        metadata=asked.get("metadata") or {},
    )


def _wording(ticket: Ticket | None, comment: Mapping[str, Any]) -> Wording:
    public = comment.get("public", True) is not False
    if comment.get("html_body") is None:
        return Wording(public=public, text=_stored(ticket, str(comment.get("body", ""))))
    html = _stored(ticket, str(comment["html_body"]))
    return Wording(public=public, text=_without_tags(html), html=html)


def _stored(ticket: Ticket | None, body: str) -> str:
    """What is left of a comment's body: cut without a word, placeholders filled in unless they are escaped."""
    cut = body.encode()[:MOST_COMMENT_BYTES].decode(errors="ignore")
    values = {"ticket.id": str(ticket.id), "ticket.title": ticket.subject} if ticket else {}
    return _PLACEHOLDER.sub(lambda found: found[0][1:] if found[1] else values.get(found[2].strip(), ""), cut)


def _without_tags(html: str) -> str:
    """The text of a comment, one line a paragraph."""
    lines = re.sub(r"</(?:p|li|blockquote|ul)>|<br ?/?>", "\n", html)
    text = _TAG.sub("", lines).replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&#x27;", "'")
    return text.replace("&amp;", "&").strip()
