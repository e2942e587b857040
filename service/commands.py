"""What agents answer to findings: `#ombuds approve|override|wrong ID reason`, a line of its own in an internal note."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from policies.policy import Rulebook
from policies.ticket import Change, CommentKind, Person, Role, Ticket
from policies.verdict import Mode
from service.drafts import is_draft
from service.store.records import Answer, CommandKind, StoredFinding

APPROVERS = "approver_groups"
"""The list, in the policy files, of the groups whose members may take a second look."""

_LINE = re.compile(r"^[^\S\n]*#ombuds\b[^\S\n]*(\w*)[^\S\n]*(\S*)[^\S\n]*(.*)$", re.IGNORECASE | re.MULTILINE)
_MISREAD = str.maketrans("OIL", "011")
_MOST_TEXT = 65_536
_MOST_COMMANDS = 20
_LONGEST_REASON = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command as it was written."""

    kind: CommandKind
    word: str
    finding_id: str
    reason: str


def commands_in(ticket: Ticket, change: Change) -> tuple[Command, ...]:
    """The commands in a change; none unless it is an agent's internal note, and not one of ours."""
    comment = change.comment
    if change.is_own or comment is None or comment.is_public or comment.kind is not CommentKind.MESSAGE:
        return ()
    if change.actor.role is not Role.AGENT or change.actor.id == ticket.requester.id:
        return ()
    return parse(comment.text)


def parse(text: str) -> tuple[Command, ...]:
    """Every command in a text, in order, twenty at most."""
    found = []
    for line in _LINE.finditer(text[:_MOST_TEXT]):
        word, finding_id, reason = line.groups()
        is_known = word.lower() in list(CommandKind)
        found.append(
            Command(
                kind=CommandKind(word.lower()) if is_known else CommandKind.UNKNOWN,
                word=word.lower()[:20],
                finding_id=_readable(finding_id),
                reason=reason.strip()[:_LONGEST_REASON],
            )
        )
    return tuple(found[:_MOST_COMMANDS])


def _readable(finding_id: str) -> str:
    """As ids are written: no small letters, and none that is mistaken for a digit."""
    return finding_id.strip(".,:;()[]<>\"'").upper().translate(_MISREAD)[:16]


def needs_groups(commands: tuple[Command, ...]) -> bool:
    """Whether the agent's groups must be known to answer."""
    return any(command.kind is CommandKind.APPROVE for command in commands)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """The agent who gave a command, with the groups he is in (small letters); empty if they were not asked for."""

    person: Person
    groups: frozenset[str] = frozenset()


def answer(
    commands: tuple[Command, ...],
    change: Change,
    sender: Sender,
    known: Mapping[str, StoredFinding],
    rulebook: Rulebook,
    now: datetime,
) -> tuple[Answer, ...]:
    """What becomes of each command. `known`: the ticket's findings by id."""
    return tuple(
        Answer(
            id=f"{change.id}:{position}",
            finding_id=command.finding_id,
            policy=known[command.finding_id].policy if command.finding_id in known else "",
            command=command.kind,
            actor_id=sender.person.id,
            reason=command.reason,
            refusal=_refusal(command, sender, known.get(command.finding_id), rulebook),
            given_at=now,
        )
        for position, command in enumerate(commands)
    )


def _refusal(command: Command, sender: Sender, finding: StoredFinding | None, rulebook: Rulebook) -> str | None:
    """Why a command does not count, as a sentence for the agent; None if it does."""
    if command.kind is CommandKind.UNKNOWN:
        return "The commands are approve, override and wrong, such as: #ombuds wrong F7K2QX what is not right."
    if finding is None:
        return f"There is no finding {command.finding_id or 'without an id'} on this ticket."
    if not command.reason:
        return f"Please add why: #ombuds {command.word} {command.finding_id} your reason."
    if command.kind is CommandKind.APPROVE:
        return _approve_refusal(sender, finding, rulebook)
    if command.kind is CommandKind.OVERRIDE:
        return _override_refusal(finding, rulebook)
    return None


def _approve_refusal(sender: Sender, finding: StoredFinding, rulebook: Rulebook) -> str | None:
    if sender.person.id == finding.actor_id:
        return f"A second look at {finding.id} takes another pair of eyes than those of the agent it is about."
    approvers = rulebook.lists.get(APPROVERS, ())
    if not approvers:
        return f"Nobody can approve yet: an administrator names groups in the list {APPROVERS} of the policy files."
    if not sender.groups & {group.lower() for group in approvers}:
        return f"A second look at {finding.id} is for members of {' or '.join(approvers)}."
    return None


def is_overridable(finding: StoredFinding, rulebook: Rulebook) -> bool:
    """Whether its policy lets agents set it aside; one that is gone holds nobody up."""
    return all(policy.overridable for policy in rulebook.policies if policy.id == finding.policy)


def _override_refusal(finding: StoredFinding, rulebook: Rulebook) -> str | None:
    # A draft that is blocked may be sent with a reason, if the policy allows it: nobody has read it yet.
    is_blocked = finding.mode is Mode.BLOCK and not is_draft(finding.change_id)
    if is_blocked or not is_overridable(finding, rulebook):
        return f"{finding.id} needs a second look by another agent: #ombuds approve {finding.id} reason."
    return None
