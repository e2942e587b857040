"""Drafts: how one is known again once it was sent, and how it stands with what was found in it. Pure."""

import hashlib
from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum

from policies.searched import canonical
from policies.text import said
from policies.ticket import Change, Status, Ticket, Via
from policies.verdict import Finding, Mode
from service.store.records import Answer, CommandKind, Past, StoredFinding, TicketKey

PREFIX = "draft:"
"""How the id of a change begins that has not happened yet."""

PAST_THE_GATE = "past_the_gate"
"""The path of what was sent although the gate had refused just that."""
PATHS = (Via.WEB, Via.EMAIL, Via.API, Via.MOBILE, PAST_THE_GATE)
"""The paths past the gate that are to be expected; others are counted as they are seen."""


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


def state_of(
    ticket: TicketKey, finding: StoredFinding, past: Past, *, may_override: bool
) -> tuple[State, Answer | None]:
    """How it stands with a finding, and the answer that decided: the last one that counts.

    `may_override`: whether the agent's own word lets it pass. Else only an approval settles it, and who called it
    wrong can still ask for one.
    """
    given = [one for one in past.answers if one.finding_id == finding.id and one.refusal is None]
    given = [one for one in given if may_override or one.command is CommandKind.APPROVE]
    if given:
        return _STATES[given[-1].command], given[-1]
    asked = any(stored.action.id == second_look_id(ticket, finding.id) for stored in past.actions)
    return (State.ASKED if asked else State.OPEN), None


def name_of(ticket: Ticket | None, actor_id: str) -> str | None:
    """What somebody is called on the ticket; None where the ticket does not tell."""
    named = (change.actor for change in reversed(ticket.changes if ticket else ()))
    return next((person.name for person in named if person.id == actor_id and person.name), None)


def accepted(answers: Iterable[Answer], past: Past) -> tuple[list[Answer], list[Answer]]:
    """The answers that count: to findings of what happened, and to findings in drafts."""
    drafts = {finding.id for finding in past.findings if is_draft(finding.change_id)}
    counting = [answer for answer in answers if answer.refusal is None]
    return (
        [answer for answer in counting if answer.finding_id not in drafts],
        [answer for answer in counting if answer.finding_id in drafts],
    )


def let_pass(finding: Finding, mode: Mode, change: Change, drafted: Iterable[Answer], window: timedelta) -> str | None:
    """What holds a finding because the same passed as a draft: `approved`, `answered`; None: nothing does.

    `drafted`: the answers that count to findings in drafts. They hold for the policy, so long after them. Who drafted
    is only what the agent's app says; so whoever sends it has not approved it, whatever name he drafted by.
    """
    for answer in drafted:
        if answer.policy != finding.policy or answer.given_at < change.at - window:
            continue
        if answer.command is CommandKind.APPROVE and answer.actor_id != change.actor.id:
            return "approved"
        if answer.command is not CommandKind.APPROVE and (finding.overridable or mode is Mode.NOTE):
            return "answered"
    return None


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
