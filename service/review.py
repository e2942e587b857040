"""One round of judging a ticket: what is new on it, what the policies say, what agents answered. Pure."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from policies.calendar import STANDARD, Calendar
from policies.engine import doubted, judge
from policies.policy import Rulebook
from policies.ticket import Change, Ticket, clock_change
from policies.verdict import Verdict
from service.commands import Sender, answer, commands_in
from service.enforcement import Found, Limits, Plan, plan
from service.following import follow_ups
from service.store.records import Answer, FollowUp, Past, Record, StoredFinding, Visit
from service.store.topic_records import Doubt, Mention
from service.topics import InDoubt, fingerprint, mentions_in, ops_note, topic_of

GRACE = timedelta(minutes=5)
"""A ticket seen for the first time is judged from so long before its delivery on: clocks differ, mails are slow."""
_OLDEST = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What a round came to: verdicts in order, the plan, the answers."""

    verdicts: tuple[Verdict, ...]
    plan: Plan
    answers: tuple[Answer, ...]
    doubts: tuple[Doubt, ...]
    follow_ups: tuple[FollowUp, ...]
    """What agents made good with these changes."""
    own_changes: int
    """Changes of our own that were passed over."""

    @property
    def is_empty(self) -> bool:
        """Whether there was nothing to judge and nothing to answer."""
        return not self.verdicts and not self.answers

    @property
    def hedged(self) -> frozenset[str]:
        """The changes that leave a definite question in doubt, by id."""
        return frozenset(verdict.change_id for verdict in self.verdicts if verdict.facts.get("reply.hedges") is True)

    @property
    def ops_notes(self) -> tuple[Mention, ...]:
        """What those who run the desk are told, in order."""
        verdicts = {verdict.change_id: verdict for verdict in self.verdicts}
        rulings = [ruling for ruling in self.plan.rulings if ruling.is_for_ops]
        return tuple(ops_note(verdicts[ruling.found.change.id], ruling.found.finding) for ruling in rulings)

    def record(self, bookmark: str, watched_since: datetime, now: datetime) -> Record:
        """The same as it is stored."""
        action = self.plan.action
        return Record(
            bookmark=bookmark,
            watched_since=watched_since,
            at=now,
            verdicts=self.verdicts,
            answers=self.answers,
            action=action,
            doubts=self.doubts,
            follow_ups=self.follow_ups,
            mentions=(*(mention for verdict in self.verdicts for mention in mentions_in(verdict)), *self.ops_notes),
            findings=tuple(
                StoredFinding(
                    id=ruling.found.finding.id,
                    policy=ruling.found.finding.policy,
                    change_id=ruling.found.change.id,
                    actor_id=ruling.found.change.actor.id,
                    mode=ruling.mode,
                    action_id=action.id if action and ruling.is_told else None,
                    recorded_at=now,
                    held_by=ruling.held_by,
                )
                for ruling in self.plan.rulings
            ),
        )


def watched_since(visit: Visit, opened_at: datetime, now: datetime) -> datetime:
    """From when on the visit's ticket is judged. What happened before Ombuds came is never gone into again.

    A ticket that was opened after the account's first delivery has no such past, however late its webhooks come.
    """
    if visit.watched_since is not None:
        return visit.watched_since
    # A vendor's time may be far off; a webhook is not older than a day.
    heard = [max(taken.occurred_at, taken.received_at - _OLDEST) for taken in visit.deliveries]
    since = min(heard, default=now) - GRACE
    is_ours_from_the_start = visit.account_since is not None and opened_at >= visit.account_since
    return min(since, opened_at) if is_ours_from_the_start else since


def to_judge(ticket: Ticket, unjudged: Sequence[Change]) -> tuple[Change, ...]:
    """What is new since we watch, oldest first, without what we did ourselves."""
    since = ticket.watched_since
    return tuple(change for change in unjudged if not change.is_own and (since is None or change.at >= since))


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """All that a round is judged from. `now` is the service's clock; `deadline` is set if one has come."""

    rulebook: Rulebook
    limits: Limits
    ticket: Ticket
    unjudged: Sequence[Change]
    past: Past
    now: datetime
    deadline: datetime | None = None
    calendar: Calendar = STANDARD
    astray: Mapping[str, int] = field(default_factory=dict)
    """By bulletin, on how many other tickets an answer about it went wrong within the last day."""
    in_doubt: InDoubt = field(default_factory=InDoubt)
    """What the new changes leave in doubt that nobody has declared."""
    ops_told: frozenset[tuple[str, str]] = frozenset()
    """What ops heard within the last day on any ticket: policies, each with a topic."""
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The groups of agents who sent commands, by the agent's id."""


def review(material: Material) -> Review:
    """Judges what is new, and the clock if a deadline has come."""
    ticket, now, past = material.ticket, material.now, material.past
    changes = to_judge(ticket, material.unjudged)
    verdicts = [(change, _judged(material, change)) for change in changes]
    if material.deadline is not None:
        verdicts.append(_by_clock(material, material.deadline))
    answers = [given for change in changes for given in _answers(material, change)]
    found = [
        Found(finding=finding, change=change, topic=topic_of(verdict))
        for change, verdict in verdicts
        for finding in verdict.findings
    ]
    return Review(
        verdicts=tuple(verdict for _, verdict in verdicts),
        plan=plan(ticket, found, answers, past, material.limits, now, material.ops_told),
        answers=tuple(answers),
        doubts=tuple(material.in_doubt.doubts),
        follow_ups=follow_ups(material.rulebook, ticket, verdicts, past, now),
        own_changes=sum(change.is_own for change in material.unjudged),
    )


def left_in_doubt(material: Material, hedged: Container[str]) -> InDoubt:
    """The words of the questions that these changes, by id, leave in doubt; how usual they are is not known yet."""
    ticket = material.ticket
    changes = (change for change in to_judge(ticket, material.unjudged) if change.id in hedged)
    words = {change.id: doubted(material.rulebook, ticket, change, material.now) for change in changes}
    customer = fingerprint(ticket.helpdesk, ticket.account, ticket.requester.id)
    return InDoubt(customer=customer, words={change: found for change, found in words.items() if found})


def _judged(material: Material, change: Change) -> Verdict:
    return judge(
        material.rulebook,
        material.ticket,
        change,
        material.now,
        calendar=material.calendar,
        astray=material.astray,
        usage=material.in_doubt.usage,
    )


def _by_clock(material: Material, deadline: datetime) -> tuple[Change, Verdict]:
    """A deadline that was told of already is not told of again."""
    change = clock_change(deadline)
    verdict = _judged(material, change)
    known = {finding.id for finding in material.past.findings}
    return change, replace(verdict, findings=tuple(item for item in verdict.findings if item.id not in known))


def _answers(material: Material, change: Change) -> tuple[Answer, ...]:
    known = {finding.id: finding for finding in material.past.findings}
    sender = Sender(person=change.actor, groups=material.groups.get(change.actor.id, frozenset()))
    return answer(commands_in(material.ticket, change), change, sender, known, material.rulebook, material.now)
