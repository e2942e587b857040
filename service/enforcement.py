"""From findings to one action: what is in force, what is held back, and what can be undone. Pure."""

import hashlib
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from policies.policy import Rulebook
from policies.ticket import Change, Standing, Ticket
from policies.verdict import ALL_TICKETS, Action, Finding, Mode, Tell
from service.commands import APPROVERS
from service.drafts import accepted, is_draft, let_pass
from service.notes import UNSENT, Told, Undone, note
from service.paused import Paused
from service.store.records import ARRIVES, Answer, CommandKind, Past
from service.store.topic_records import NO_TOPIC

_SPOKEN_TO = (Standing.LIVE, Standing.CLOSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What holds an account's enforcement back."""

    ceiling: Mode = Mode.NOTE
    note_window: timedelta = timedelta(hours=24)
    fuse_actions_per_hour: int = 6
    notes_per_policy_and_day: int = 0
    """How often a policy may tell agents on the account's tickets before its notes are held; 0: always."""
    kill_switch: bool = False
    approvers: tuple[str, ...] = ()
    paused: Paused = field(default_factory=Paused)
    spent: frozenset[str] = frozenset()
    """The policies that have no note left today."""

    def under(self, rulebook: Rulebook, paused: Paused) -> "Limits":
        """The same, with those who may approve by these policies, and what is paused now."""
        return replace(self, approvers=rulebook.lists.get(APPROVERS, self.approvers), paused=paused)

    @property
    def is_stopped(self) -> bool:
        """Whether nothing at all may be done."""
        return self.kill_switch or self.paused.everything is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A finding and the change it is about. `topic` is what ops would hear that it is about."""

    finding: Finding
    change: Change
    topic: str = NO_TOPIC


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """The mode in force for a finding; `held_by` tells what lowered it: `ceiling`, `note_window`, `fuse`, ..."""

    found: Found
    mode: Mode
    held_by: str | None = None

    @property
    def is_told(self) -> bool:
        """Whether an agent will hear of it, on the ticket."""
        return self.mode in (Mode.NOTE, Mode.BLOCK) and self.found.finding.tell is Tell.AGENTS

    @property
    def is_for_ops(self) -> bool:
        """Whether those who run the desk will hear of it."""
        return self.mode is Mode.NOTE and self.found.finding.tell is Tell.OPS


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a visit comes to: a ruling for each finding, and one action at most."""

    rulings: tuple[Ruling, ...]
    action: Action | None = None
    is_fused: bool = False
    """An action was due, and the fuse held it back."""

    @property
    def over_budget(self) -> tuple[str, ...]:
        """The policies of which something was held because they have no note left today."""
        return tuple(ruling.found.finding.policy for ruling in self.rulings if ruling.held_by == "budget")


def plan(
    ticket: Ticket,
    found: Sequence[Found],
    answers: Sequence[Answer],
    past: Past,
    limits: Limits,
    now: datetime,
    ops_told: Container[tuple[str, str]] = frozenset(),
) -> Plan:
    """`answers` are this visit's own. Deterministic: the same findings yield the same action id.

    `ops_told`: what ops heard within the last day on any ticket, policies each with a topic.
    """
    rulings = _rulings(ticket, found, (*past.answers, *answers), past, limits, now)
    rulings = tuple(_once_a_topic(ruling, ops_told) for ruling in rulings)
    refused = [answer for answer in answers if answer.refusal is not None]
    told = [ruling for ruling in rulings if ruling.is_told]
    if not told and (not refused or limits.is_stopped or not _can_be_told(ticket)):
        return Plan(rulings=rulings)
    # What agents mistype may use up half, or they could blow the fuse first and then do as they like.
    most = limits.fuse_actions_per_hour if told else (limits.fuse_actions_per_hour + 1) // 2
    if _actions_since(past, now - timedelta(hours=1)) >= most:
        held = (replace(ruling, mode=Mode.OBSERVE, held_by="fuse") if ruling.is_told else ruling for ruling in rulings)
        return Plan(rulings=tuple(held), is_fused=True)
    return Plan(rulings=rulings, action=_action(ticket, told, refused, limits.approvers))


def refit(action: Action, ticket: Ticket) -> Action | None:
    """The action for the ticket as it is now; None if nothing of it is left to do."""
    if not _can_be_told(ticket):
        return None
    fitted = replace(
        action,
        note_html=action.note_html if ticket.held is not None else (action.note_html or "").replace(UNSENT, "") or None,
        reopen=action.reopen and ticket.status.is_done,
        add_tags=tuple(tag for tag in action.add_tags if tag not in ticket.tags),
        remove_tags=tuple(tag for tag in action.remove_tags if tag in ticket.tags),
    )
    return fitted if _does_something(fitted) else None


def reach(action: Action) -> Mode:
    """How far an action goes: a note, or more."""
    does_more = action.reopen or action.group or action.add_tags or action.remove_tags
    return Mode.BLOCK if does_more else Mode.NOTE


def is_allowed(action: Action, limits: Limits, policies: Iterable[str]) -> bool:
    """Whether an action may be carried out now: since it was decided, somebody may have said stop.

    `policies`: those that asked for it. One that is paused is enough to stop it, since its parts cannot be told apart.
    """
    is_held = limits.is_stopped or any(limits.paused.holds(policy) for policy in policies)
    return not is_held and reach(action).rank <= limits.ceiling.rank


def _rulings(
    ticket: Ticket, found: Sequence[Found], answers: Iterable[Answer], past: Past, limits: Limits, now: datetime
) -> tuple[Ruling, ...]:
    given, drafted = accepted(answers, past)
    since = now - limits.note_window
    approved = {item.policy for item in given if item.command is CommandKind.APPROVE and item.given_at >= since}
    answered = {item.policy for item in given if item.command is not CommandKind.APPROVE}
    noted, told = _noted_since(past, since), _told_to_ops(past, since)
    silent = limits.spent - noted - approved - answered
    wanted = [in_force(item, ticket, limits) for item in found]
    quiet = covered(ruling for ruling in wanted if not _is_spent(ruling, silent))
    rulings = []
    for ruling in wanted:
        finding, change = ruling.found.finding, ruling.found.change
        policy, held_by = finding.policy, None
        if ruling.is_for_ops:
            held_by = "note_window" if policy in told else None
            told.add(policy)
        elif ruling.is_told and policy in approved:
            held_by = "approved"
        elif ruling.is_told and (passed := let_pass(finding, ruling.mode, change, drafted, limits.note_window)):
            held_by = passed
        elif ruling.mode is Mode.NOTE and policy in answered:
            held_by = "answered"
        elif ruling.mode is Mode.NOTE and (policy, change.id) in quiet:
            held_by = "covered"
        elif ruling.mode is Mode.NOTE and policy in noted:
            held_by = "note_window"
        elif _is_spent(ruling, silent):
            held_by = "budget"
        rulings.append(replace(ruling, mode=Mode.OBSERVE, held_by=held_by) if held_by else ruling)
        if rulings[-1].is_told:
            noted.add(policy)
    return tuple(rulings)


def _told_to_ops(past: Past, since: datetime) -> set[str]:
    noted = (found for found in past.findings if found.mode is Mode.NOTE and not is_draft(found.change_id))
    return {found.policy for found in noted if found.recorded_at >= since}


def _once_a_topic(ruling: Ruling, ops_told: Container[tuple[str, str]]) -> Ruling:
    """The ruling, held back if ops have heard of the policy and its topic on another ticket."""
    topic = ruling.found.topic
    is_known = topic != NO_TOPIC and (ruling.found.finding.policy, topic) in ops_told
    return replace(ruling, mode=Mode.OBSERVE, held_by="note_window") if ruling.is_for_ops and is_known else ruling


def covered(rulings: Iterable[Ruling]) -> set[tuple[str, str]]:
    """The policies that need not be told of a change, since a finding of the same change says more."""
    loud = (ruling.found for ruling in rulings if ruling.mode.rank >= Mode.NOTE.rank)
    return {(policy, item.change.id) for item in loud for policy in item.finding.covers}


def _is_spent(ruling: Ruling, silent: Container[str]) -> bool:
    """Whether it is a note of a policy that leaves none any more."""
    return ruling.mode is Mode.NOTE and not ruling.is_for_ops and ruling.found.finding.policy in silent


def in_force(item: Found, ticket: Ticket, limits: Limits) -> Ruling:
    """The finding in the mode that the account, a pause and the ticket leave it, whatever was told and answered."""
    wanted = item.finding.mode
    if wanted.rank <= Mode.OBSERVE.rank or item.finding.tell is Tell.OPS:
        # What ops are told touches no ticket, so neither ceiling nor kill switch nor pause speaks against it.
        return Ruling(found=item, mode=wanted)
    if limits.kill_switch:
        return Ruling(found=item, mode=Mode.OBSERVE, held_by="kill_switch")
    if limits.paused.holds(item.finding.policy):
        return Ruling(found=item, mode=Mode.OBSERVE, held_by="paused")
    if not _can_be_told(ticket):
        return Ruling(found=item, mode=Mode.OBSERVE, held_by="standing")
    if not _is_rolled_out(item.finding, ticket):
        return Ruling(found=item, mode=Mode.OBSERVE, held_by="rollout")
    mode = Mode.lowest(wanted, limits.ceiling)
    return Ruling(found=item, mode=mode, held_by=None if mode is wanted else "ceiling")


def _is_rolled_out(finding: Finding, ticket: Ticket) -> bool:
    """Whether the ticket is among those the policy has come to: the same each time, and more with a higher share."""
    text = f"{finding.policy}\n{ticket.helpdesk}\n{ticket.account}\n{ticket.id}"
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:4]) % ALL_TICKETS < finding.rollout


def _can_be_told(ticket: Ticket) -> bool:
    """A merged, deleted, suspended or archived ticket is no place to speak."""
    return ticket.standing in _SPOKEN_TO


def _noted_since(past: Past, since: datetime) -> set[str]:
    """The policies that agents were told of on this ticket. What never arrived does not count."""
    arrived = past.arrived
    return {
        finding.policy for finding in past.findings if finding.action_id in arrived and finding.recorded_at >= since
    }


def _actions_since(past: Past, since: datetime) -> int:
    """How many there were; those by which agents asked for a second look were theirs, not ours."""
    ours = (stored for stored in past.actions if not is_draft(stored.action.change_id))
    return sum(stored.planned_at > since and stored.state in ARRIVES for stored in ours)


def _action(ticket: Ticket, told: Sequence[Ruling], refused: Sequence[Answer], approvers: Sequence[str]) -> Action:
    blocked = [ruling.found for ruling in told if ruling.mode is Mode.BLOCK]
    blocks = [(found, found.finding.undo) for found in blocked if found.finding.undo is not None]
    reopen = ticket.status.is_done and any(undo.reopen for _, undo in blocks)
    remove = dict.fromkeys(tag for found, undo in blocks for tag in _removable(undo.remove_tags, found.change, ticket))
    add = dict.fromkeys(tag for _, undo in blocks for tag in undo.tags)
    group = next((undo.group for _, undo in blocks if undo.group), None)
    answered = [answer.id for answer in refused]
    findings = [ruling.found.finding.id for ruling in told]
    return Action(
        id=action_id(ticket, [*findings, *answered]),
        ticket_id=ticket.id,
        change_id=told[-1].found.change.id if told else refused[-1].id.rpartition(":")[0],
        note_html=note(
            [Told(finding=ruling.found.finding, mode=ruling.mode) for ruling in told],
            [answer.refusal for answer in refused if answer.refusal],
            Undone(
                is_reopened=reopen,
                removed_tags=tuple(remove),
                group=group,
                is_unsent=any(found.change.id in (ticket.held or ()) for found in blocked),
            ),
            approvers=approvers,
        ),
        reopen=reopen,
        group=group,
        add_tags=tuple(add),
        remove_tags=tuple(remove),
    )


def action_id(ticket: Ticket, causes: Iterable[str]) -> str:
    """16 characters, the same for the same ticket and causes: a helpdesk keeps it as our marker."""
    text = "\n".join((ticket.helpdesk, ticket.account, ticket.id, *sorted(causes)))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _removable(patterns: Sequence[str], change: Change, ticket: Ticket) -> list[str]:
    """A pattern with `*` takes off only what the change itself put on; a tag's full name takes off that tag."""
    return [
        tag
        for tag in ticket.tags
        if any(pattern == tag or (tag in change.tags_added and fnmatchcase(tag, pattern)) for pattern in patterns)
    ]


def _does_something(action: Action) -> bool:
    return bool(action.note_html or action.reopen or action.group or action.add_tags or action.remove_tags)
