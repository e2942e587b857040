"""How far the findings in a draft go: like those after the event, without what spares the ticket notes. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from policies.ticket import Change, Ticket
from policies.verdict import Finding, Mode
from service.drafts import accepted, let_pass
from service.enforcement import Found, Limits, Ruling, covered, in_force
from service.store.records import CommandKind, Past


def rulings_of(
    ticket: Ticket, change: Change, findings: Sequence[Finding], past: Past, limits: Limits, *, knows_past: bool
) -> tuple[Ruling, ...]:
    """A ruling for each finding. Where nothing is known of the ticket's past, what rests on it is no more than a note.

    What is for ops is recorded and no concern of the agent's.
    """
    wanted = [in_force(Found(finding=finding, change=change), ticket, limits) for finding in findings]
    quiet = covered(wanted)
    return tuple(
        _held(ruling, past, limits, quiet, knows_past=knows_past) if ruling.is_told else ruling for ruling in wanted
    )


def _held(ruling: Ruling, past: Past, limits: Limits, quiet: set[tuple[str, str]], *, knows_past: bool) -> Ruling:
    held_by = _answered(ruling, past, limits)
    if held_by is None and ruling.mode is Mode.NOTE:
        held_by = "covered" if (ruling.found.finding.policy, ruling.found.change.id) in quiet else None
    if held_by is not None:
        return replace(ruling, mode=Mode.OBSERVE, held_by=held_by)
    if ruling.mode is Mode.BLOCK and not knows_past:
        return replace(ruling, mode=Mode.NOTE, held_by="no_past")
    return ruling


def _answered(ruling: Ruling, past: Past, limits: Limits) -> str | None:
    """What was said lately of the policy on the ticket, of a draft or of what happened, that lets the draft pass."""
    finding, change = ruling.found.finding, ruling.found.change
    events, drafts = accepted(past.answers, past)
    lately = [one for one in events if one.policy == finding.policy and one.given_at >= change.at - limits.note_window]
    if any(one.command is CommandKind.APPROVE for one in lately):
        return "approved"
    passed = let_pass(finding, ruling.mode, change, drafts, limits.note_window)
    return passed or ("answered" if lately and ruling.mode is Mode.NOTE else None)
