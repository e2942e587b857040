"""Drafts: how one is known again once it was sent, and how it stands with what was found in it. Pure."""

import hashlib
from enum import StrEnum

from policies.text import canonical, said
from policies.ticket import Change, Status
from service.store.records import Answer, CommandKind, Past, StoredFinding, TicketKey

PREFIX = "draft:"
"""How the id of a change begins that has not happened yet."""


class State(StrEnum):
    """How it stands with a finding in a draft. The words of the gate's answers."""

    OPEN = "open"
    ASKED = "asked"
    """A second look is asked for."""
    APPROVED = "approved"
    OVERRIDDEN = "overridden"
    WRONG = "wrong"


_STATES = {
    CommandKind.APPROVE: State.APPROVED,
    CommandKind.OVERRIDE: State.OVERRIDDEN,
    CommandKind.WRONG: State.WRONG,
}


def draft_id(change: Change) -> str:
    """The id of a draft: the same for the same words, sent or not, however they are wrapped, signed or quoted below.

    It hangs on who can read the comment, on what is said and on whether the ticket is solved with it; on tags only
    where there is nothing else.
    """
    comment, status = change.comment, change.status
    solves = status is not None and status.after is Status.SOLVED and not status.by_rule
    text = "" if comment is None else canonical(said(comment).text) or comment.text.strip()
    parts = ["" if comment is None else comment.visibility.value, text, "solved" if solves else ""]
    if comment is None and not solves:
        parts += [*sorted(change.tags_added), "", *sorted(change.tags_removed)]
    return PREFIX + _digest(*parts)


def is_draft(change_id: str) -> bool:
    """Whether a change of that id is a draft."""
    return change_id.startswith(PREFIX)


def second_look_id(ticket: TicketKey, finding_id: str) -> str:
    """The id of the action that asks for a second look at a draft's finding: nobody is asked twice."""
    return _digest(ticket.helpdesk, ticket.account, ticket.id, "second look", finding_id)


def state_of(ticket: TicketKey, finding: StoredFinding, past: Past) -> tuple[State, Answer | None]:
    """How it stands with a finding, and the answer that decided: the last one that counts."""
    given = [one for one in past.answers if one.finding_id == finding.id and one.refusal is None]
    if given:
        return _STATES[given[-1].command], given[-1]
    asked = any(stored.action.id == second_look_id(ticket, finding.id) for stored in past.actions)
    return (State.ASKED if asked else State.OPEN), None


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
