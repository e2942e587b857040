"""What one policy says of one moment: its result, the reason, and the finding that follows."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from policies.advice import filled
from policies.evaluation import Answer, FactError, Read, evidence_of, weigh
from policies.explain import explain, explain_doubt, explain_fault
from policies.policy import Policy
from policies.reading import Fact, Moment
from policies.ticket import Role
from policies.verdict import Finding, Mode, Outcome, Point, Result

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_DRAFT = "draft"
BROAD = "The words found are often harmless, so nothing is blocked."
"""What a finding says that rests on broad phrases alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A policy's result with its reason and the tests it rests on.

    `doubtful`: it is a violation and must not block, for an excuse could not be told or the words are broad.
    """

    policy: Policy
    result: Result
    explanation: str
    answer: Answer = field(default_factory=Answer)
    doubtful: bool = False
    exception: str | None = None
    """Where it is EXCEPTED: the id of the exception."""

    def mode(self, point: Point) -> Mode:
        """The mode in force: the policy's own, lowered where something could not be told. Never higher."""
        wanted = self.policy.modes[point]
        if self.result is Result.UNKNOWN:
            return Mode.lowest(wanted, self.policy.if_unknown, Mode.NOTE)
        return Mode.lowest(wanted, Mode.NOTE) if self.doubtful else wanted


def in_force(policies: Iterable[Policy], point: Point) -> tuple[Policy, ...]:
    """Those that are judged at this point: not disabled, and no drafts."""
    return tuple(policy for policy in policies if policy.status != _DRAFT and policy.modes[point] is not Mode.DISABLED)


def consider(policy: Policy, facts: Mapping[str, Fact], read: Read) -> Judgement:
    """What the policy says. A fact that fails makes it an ERROR and touches no other policy."""
    try:
        return _consider(policy, facts, read)
    except FactError as error:
        return Judgement(policy=policy, result=Result.ERROR, explanation=explain_fault(error))


def _consider(policy: Policy, facts: Mapping[str, Fact], read: Read) -> Judgement:
    applies = weigh(policy.applies_to, facts, read)
    if applies.truth is not True:
        return _judged(policy, Result.SKIPPED if applies.truth is False else Result.UNKNOWN, applies)
    answer = weigh(policy.when, facts, read)
    if answer.truth is not True:
        return _judged(policy, Result.PASS if answer.truth is False else Result.UNKNOWN, answer)
    if policy.unless is None:
        return _violation(policy, answer)
    excuse = weigh(policy.unless, facts, read)
    if excuse.truth is True:
        return _judged(policy, Result.EXEMPT, excuse)
    if excuse.truth is False:
        return _violation(policy, answer)
    explanation = f"{explain(Result.VIOLATION, answer)} {explain_doubt(excuse)}"
    return Judgement(policy=policy, result=Result.VIOLATION, explanation=explanation, answer=answer, doubtful=True)


def _judged(policy: Policy, result: Result, answer: Answer) -> Judgement:
    return Judgement(policy=policy, result=result, explanation=explain(result, answer), answer=answer)


def _violation(policy: Policy, answer: Answer) -> Judgement:
    """A violation that may go as far as its policy, unless only broad phrases tell of it."""
    judgement = _judged(policy, Result.VIOLATION, answer)
    if not answer.is_broad or policy.broad_may_block or Mode.BLOCK not in policy.modes.values():
        return judgement
    return replace(judgement, doubtful=True, explanation=f"{judgement.explanation} {BROAD}")


def outcome_of(judgement: Judgement, point: Point) -> Outcome:
    """The judgement as it is recorded."""
    return Outcome(
        policy=judgement.policy.id,
        result=judgement.result,
        mode=judgement.mode(point),
        explanation=judgement.explanation,
        exception=judgement.exception,
    )


def is_finding(judgement: Judgement) -> bool:
    """Whether somebody may hear of it: a violation, or something untold that its policy wants seen."""
    if judgement.result is Result.UNKNOWN:
        return judgement.policy.if_unknown is not Mode.OBSERVE
    return judgement.result is Result.VIOLATION


def finding_of(judgement: Judgement, moment: Moment, facts: Mapping[str, Fact], read: Read) -> Finding:
    """The finding of a judgement that `is_finding`."""
    policy = judgement.policy
    return Finding(
        id=finding_id(policy, moment),
        policy=policy.id,
        title=policy.title,
        why=policy.why,
        severity=policy.severity,
        mode=judgement.mode(moment.point),
        advice=_advice(policy, facts, read),
        explanation=judgement.explanation,
        evidence=evidence_of(judgement.answer.because, moment),
        undo=policy.undo,
        overridable=policy.overridable,
        tell=policy.tell,
        covers=policy.covers,
        rollout=policy.rollout,
    )


def _advice(policy: Policy, facts: Mapping[str, Fact], read: Read) -> str:
    """With the actual values; as it is written if one of them cannot be read."""
    try:
        return filled(policy.advice, facts, read)
    except FactError:
        return policy.advice


def finding_id(policy: Policy, moment: Moment) -> str:
    """Six characters, the same for the same policy, ticket and change.

    A clock change is made anew at every look, so the newest change that is not ours stands for it: a deadline
    that has passed yields one id, however often it is looked at.
    """
    ticket, anchor = moment.ticket, moment.change.id
    if moment.change.actor.role is Role.CLOCK:
        anchor = next((change.id for change in reversed(ticket.changes) if not change.is_own), "")
    parts = (ticket.helpdesk, ticket.account, ticket.id, policy.id, anchor)
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()
    number = int.from_bytes(digest[:4], "big")
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(27, 1, -5))
