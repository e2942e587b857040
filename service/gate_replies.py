"""What an agent says to a finding in a draft: whether that is allowed, and what is written down of it. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from policies.policy import Rulebook
from policies.verdict import Action, Finding, Mode
from service.commands import is_overridable
from service.drafts import is_draft, second_look_id
from service.enforcement import Limits
from service.gate_bodies import Reply
from service.gate_door import Refused
from service.gate_notes import asks_second_look
from service.store.records import Answer, CommandKind, Past, StoredFinding, TicketKey

MOST_SECOND_LOOKS = 6
"""On one ticket, within an hour: each is a note that colleagues have to read."""
_WITHIN = timedelta(hours=1)


def finding_in(past: Past, name: str) -> StoredFinding:
    """The draft's finding of that id. Raises Refused."""
    found = (one for one in past.findings if one.id == name.upper() and is_draft(one.change_id))
    finding = next(found, None)
    if finding is None:
        raise Refused("not_found", "There is no such finding on this ticket: ask about the draft again, not live.")
    return finding


def refusal_of(finding: StoredFinding, command: CommandKind, rulebook: Rulebook) -> str | None:
    """Why the answer does not count, as a sentence for the agent; None if it does."""
    if command is CommandKind.OVERRIDE and not may_override(finding, rulebook):
        return f"{finding.id} needs a second look by a colleague: ask for it, or mend the draft."
    return None


def may_override(finding: StoredFinding, rulebook: Rulebook) -> bool:
    """Whether the agent's own word lets it pass: a note stops nobody, whatever its policy says of blocks."""
    return finding.mode is not Mode.BLOCK or is_overridable(finding, rulebook)


def second_look_refusal(
    finding: StoredFinding, rulebook: Rulebook, approvers: Sequence[str], past: Past, now: datetime
) -> str | None:
    """Why nobody is asked; None if somebody is."""
    if finding.mode is not Mode.BLOCK and is_overridable(finding, rulebook):
        return f"{finding.id} needs no second look: mend the draft, or send it with a reason."
    if not approvers:
        return "Nobody can approve yet: an administrator names groups in the list approver_groups of the policy files."
    lately = [one for one in past.actions if is_draft(one.action.change_id) and one.planned_at > now - _WITHIN]
    if len(lately) >= MOST_SECOND_LOOKS:
        return f"{len(lately)} second looks were asked for on this ticket within an hour: talk to a colleague."
    return None


def answer_of(finding: StoredFinding, command: CommandKind, reply: Reply, refusal: str | None, now: datetime) -> Answer:
    """The answer as it is kept; one that was given twice in a second is one."""
    if not reply.reason.strip():
        raise Refused("unreadable", "Please send reason: a sentence that tells why.")
    return Answer(
        id=f"gate:{finding.id}:{command}:{int(now.timestamp())}",
        finding_id=finding.id,
        policy=finding.policy,
        command=command,
        actor_id=str(reply.agent.id or "agent"),
        reason=reply.reason.strip(),
        refusal=refusal,
        given_at=now,
    )


def second_look_of(key: TicketKey, finding: StoredFinding, told: Finding, reply: Reply, limits: Limits) -> Action:
    """The note that asks for it, to be left by the workers. `told`: the finding with its words."""
    note = asks_second_look(
        told,
        asked_by=reply.agent.name or "",
        reason=reply.reason.strip(),
        approvers=limits.approvers,
        holds_for=limits.note_window,
    )
    return Action(id=second_look_id(key, finding.id), ticket_id=key.id, change_id=finding.change_id, note_html=note)
