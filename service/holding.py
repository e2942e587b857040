"""What becomes of replies that a helpdesk holds back until they are judged. Pure.

To hold is not to enforce: whatever stops enforcement lets replies go. One stays back for good only where a block is in
force for it and agents were told of that.
"""

from policies.ticket import Standing, Ticket
from policies.verdict import Action, Mode
from service.enforcement import Limits, action_id
from service.notes import NOT_PRIVATE
from service.store.records import ActionState, CommandKind, Past


def end_of_hold(ticket: Ticket, past: Past, limits: Limits) -> Action | None:
    """The next step on a ticket with a hold: what is blocked is made private, and then the hold ends.

    None if nothing can be written there any more. Deterministic, as all actions are.
    """
    if ticket.standing is not Standing.LIVE:
        return None
    blocked = _blocked(past, limits)
    private = tuple(
        change.comment.id
        for change in ticket.changes
        if change.id in (ticket.held or ()) and change.id in blocked and change.comment is not None
    )
    return Action(
        id=action_id(ticket, ("hold", *(ticket.held or ()), *private)),
        ticket_id=ticket.id,
        change_id=ticket.changes[-1].id if ticket.changes else "",
        make_private=private,
        ends_hold=not private,
    )


def not_private(step: Action, ticket: Ticket) -> Action:
    """What agents are told where the helpdesk refused to make replies private: the note before says that they are."""
    told = action_id(ticket, ("not private", *step.make_private))
    return Action(id=told, ticket_id=ticket.id, change_id=step.change_id, note_html=NOT_PRIVATE)


def _blocked(past: Past, limits: Limits) -> set[str]:
    """The changes that a block is in force for: told to agents, approved by nobody, and not stopped since."""
    if limits.is_stopped or limits.ceiling is not Mode.BLOCK:
        return set()
    told = {stored.action.id for stored in past.actions if stored.state is ActionState.APPLIED}
    approvals = [one for one in past.answers if one.command is CommandKind.APPROVE and one.refusal is None]
    approved = {one.finding_id for one in approvals}
    return {
        finding.change_id
        for finding in past.findings
        if finding.mode is Mode.BLOCK
        and finding.action_id in told
        and finding.id not in approved
        and not limits.paused.holds(finding.policy)
    }
