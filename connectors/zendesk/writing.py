"""What Ombuds writes to Zendesk: the bodies of requests. Pure."""

import re
from dataclasses import replace
from html import escape

from connectors.zendesk.actors import OWN_METADATA
from policies.ticket import Status, Ticket
from policies.verdict import Action

MOST_COMMENT_BYTES = 64_000
"""Zendesk cuts a comment at 64 kB without a word, through the middle of a tag; we stay below."""
CUT = "<p>[…]</p>"

_TOKEN = re.compile(r"<(/?)([a-z0-9]+)[^>]*>|&#?[0-9A-Za-z]{1,10};|[^<&]+|[<&]", re.IGNORECASE)
_VOID = frozenset({"br", "hr", "img"})


def update_of(action: Action, ticket: Ticket, group_id: int | None) -> dict[str, object] | None:
    """The body of the one PUT that carries note, status and group; None if there is nothing to put.

    Only a solved ticket is opened again: any other already is, or cannot be.
    """
    what: dict[str, object] = {}
    if action.note_html:
        what["comment"] = _note(action.note_html)
    if action.reopen and ticket.status is Status.SOLVED:
        what["status"] = Status.OPEN
    if group_id is not None and str(group_id) != ticket.group_id:
        what["group_id"] = group_id
    if not what:
        return None
    return _safely(what, action, ticket)


def tagging(tags: tuple[str, ...], action: Action, ticket: Ticket) -> dict[str, object]:
    """The body of the PUT that replaces all tags of the ticket."""
    return _safely({"tags": tags}, action, ticket)


def followup_of(action: Action, ticket: Ticket, group_id: int | None) -> dict[str, object]:
    """The body of the POST that speaks where a closed ticket no longer listens.

    The first comment is internal, so the customer is not written to.
    """
    what: dict[str, object] = {
        "via_followup_source_id": int(ticket.id),
        "subject": ticket.subject,
        "comment": _note(action.note_html or ""),
        "metadata": _marker(action),
    }
    if ticket.requester.id.isdigit():
        what["requester_id"] = int(ticket.requester.id)
    if action.add_tags:
        what["tags"] = action.add_tags
    if group_id is not None:
        what["group_id"] = group_id
    return {"ticket": what}


def without_group(action: Action) -> Action:
    """The action for a helpdesk that has no group of that name; its note says so."""
    told = f"<p>There is no group {escape(action.group or '')} here to hand this to.</p>"
    return replace(action, group=None, note_html=action.note_html and action.note_html + told)


def fitted(html: str, most_bytes: int = MOST_COMMENT_BYTES) -> str:
    """The HTML, cut if it is too long: never inside a tag or an entity, and all that was opened is closed."""
    if len(html.encode()) <= most_bytes:
        return html
    kept, room, still_open = [], most_bytes - len(CUT.encode()), list[str]()
    for token in _TOKEN.finditer(html):
        name, is_closing = (token[2] or "").lower(), bool(token[1])
        opens = bool(name) and not is_closing and name not in _VOID
        closers = len(_closing([*still_open, name] if opens else still_open))
        size = len(token[0].encode())
        if size + closers > room:
            kept.append(_beginning(token[0], room - closers))
            break
        kept.append(token[0])
        room -= size
        if opens:
            still_open.append(name)
        elif is_closing and still_open[-1:] == [name]:
            still_open.pop()
    return "".join(kept) + _closing(still_open) + CUT


def escaped(html: str) -> str:
    """The HTML with every `{{` written so that Zendesk does not take it for a placeholder and fill it in.

    Source: reference of ticket comments, "placeholders in comments"; read 2025.
    """
    return html.replace("{{", "\\{{")


def _safely(what: dict[str, object], action: Action, ticket: Ticket) -> dict[str, object]:
    """Refused if the ticket moved on, and marked as ours.

    A false safe_update acts like a true one; it is left out where there is no stamp. Source: reference, 2025.
    """
    stamp = {"safe_update": True, "updated_stamp": ticket.stamp} if ticket.stamp else {}
    return {"ticket": {**what, **stamp, "metadata": _marker(action)}}


def _note(html: str) -> dict[str, object]:
    return {"html_body": fitted(escaped(html)), "public": False}


def _marker(action: Action) -> dict[str, object]:
    """Kept by Zendesk in `audit.metadata.custom`."""
    return {OWN_METADATA: {"action": action.id}}


def _beginning(token: str, room: int) -> str:
    """As much of a text as there is room for; nothing of a tag or an entity."""
    return "" if token[0] in "<&" else token.encode()[: max(room, 0)].decode(errors="ignore")


def _closing(names: list[str]) -> str:
    return "".join(f"</{name}>" for name in reversed(names))
