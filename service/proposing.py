"""Exceptions that would let a candidate's new hits pass, each as narrow as the policy's author allows. Pure.

They are proposed and not made: somebody has to answer for each of them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from policies.exception_files import MAX_EXCEPTIONS, MOST_DAYS
from policies.exceptions import Values, values_of_old
from policies.policy import ExceptionField, Policy, Rulebook
from policies.verdict import Result
from service.replay import Difference, Kind
from service.store.records import StoredDecision, TicketKey

MOST_SAMPLES = 3
_NARROWEST_FIRST = (ExceptionField.TICKET_ID, ExceptionField.ACTOR_EMAIL, ExceptionField.TICKET_TAG)
_TOO_MANY = f"a set holds {MAX_EXCEPTIONS} exceptions at most; mend the policy instead"


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """What one exception would name."""

    policy: str
    field: ExceptionField
    value: str
    """In small letters, as it is compared."""


@dataclass(frozen=True, slots=True, order=True)
class Refusal:
    """Why new hits of a policy get no exception."""

    policy: str
    why: str


@dataclass(slots=True, kw_only=True)
class Hits:
    """The candidate's hits, counted by what an exception could name."""

    policies: Mapping[str, Policy]
    new: Counter[Target] = field(default_factory=Counter)
    flagged: Counter[Target] = field(default_factory=Counter)
    """Hits that are hits today."""
    choices: Counter[tuple[Target, ...]] = field(default_factory=Counter)
    """New hits by the targets of the narrowest field, one of which is enough."""
    refused: Counter[Refusal] = field(default_factory=Counter)
    samples: dict[Target | Refusal, list[TicketKey]] = field(default_factory=dict)

    def add(self, decision: StoredDecision, differences: Sequence[Difference]) -> None:
        """Takes up one decision and what the candidate says differently of it."""
        values = values_of_old(decision.ticket.id, decision.verdict.facts)
        gone = {one.policy for one in differences if one.kind in (Kind.LOST, Kind.UNKNOWN)}
        for outcome in decision.verdict.outcomes:
            if outcome.result is Result.VIOLATION and outcome.policy not in gone:
                self.flagged.update(self._targets(outcome.policy, values))
        for one in differences:
            if one.kind is Kind.NEW:
                self._add_new(one, values)

    def _add_new(self, hit: Difference, values: Values) -> None:
        targets = self._targets(hit.policy, values)
        self.new.update(targets)
        for target in targets:
            self._show(target, hit.ticket)
        if targets:
            self.choices[tuple(one for one in targets if one.field is targets[0].field)] += 1
        else:
            refusal = Refusal(hit.policy, _why_not(self.policies[hit.policy], values))
            self.refused[refusal] += 1
            self._show(refusal, hit.ticket)

    def _targets(self, policy_id: str, values: Values) -> tuple[Target, ...]:
        """What an exception that covers the hit could name, the narrowest field first."""
        policy = self.policies.get(policy_id)
        allowed = [one for one in _NARROWEST_FIRST if policy is not None and one in policy.exceptable_by]
        return tuple(
            Target(policy_id, name, value)
            for name in allowed
            for value in sorted({value.lower() for value in values.get(name, ()) if _can_be_named(value)})
        )

    def _show(self, what: Target | Refusal, ticket: TicketKey) -> None:
        shown = self.samples.setdefault(what, [])
        if len(shown) < MOST_SAMPLES and ticket not in shown:
            shown.append(ticket)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """One exception that nobody has approved yet."""

    id: str
    target: Target
    new: int
    """New hits it would let pass."""
    flagged: int
    """Hits it would let pass that are hits today."""
    samples: Sequence[TicketKey]
    expires: date
    most_days: int | None
    """How long it may last, where that is shorter than what was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """New hits that cannot be excepted."""

    refusal: Refusal
    new: int
    samples: Sequence[TicketKey]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What would let new hits pass, policy by policy, those that let most pass first; and what cannot."""

    exceptions: tuple[Proposed, ...]
    refused: tuple[Refused, ...]
    covered: int
    """New hits that the exceptions let pass, all together."""


def propose(hits: Hits, candidate: Rulebook, *, today: date, ttl_days: int) -> Proposal:
    """The exceptions, approved `today` and expiring as many days later, or sooner where the policy wants it."""
    chosen: Counter[Target] = Counter()
    for targets, count in hits.choices.items():
        chosen[min(targets, key=lambda one: (hits.flagged[one], -hits.new[one], one))] += count
    ranked = sorted(chosen, key=lambda one: (-chosen[one], one))
    room = max(MAX_EXCEPTIONS - len(candidate.exceptions), 0)
    kept = sorted(ranked[:room], key=lambda one: (one.policy, -hits.new[one], one))
    names = _free_names(kept, {one.id for one in candidate.exceptions}, today)
    return Proposal(
        exceptions=tuple(
            _proposed(name, target, hits, today, ttl_days) for name, target in zip(names, kept, strict=True)
        ),
        refused=(*_refused(hits), *_crowded_out(hits, chosen, ranked[room:])),
        covered=sum(chosen[target] for target in kept),
    )


def _proposed(name: str, target: Target, hits: Hits, today: date, ttl_days: int) -> Proposed:
    policy = hits.policies[target.policy]
    most = min(policy.exception_max_days, MOST_DAYS[policy.severity])
    return Proposed(
        id=name,
        target=target,
        new=hits.new[target],
        flagged=hits.flagged[target],
        samples=hits.samples[target],
        expires=today + timedelta(days=min(ttl_days, most)),
        most_days=most if most < ttl_days else None,
    )


def _free_names(targets: Iterable[Target], taken: set[str], today: date) -> Iterator[str]:
    """An id for each: the policy's name, the day and a number. Ids have 64 letters at most."""
    number = 0
    for target in targets:
        name = ""
        while not name or name in taken:
            number += 1
            name = f"{target.policy[:48].rstrip('-')}-{today:%Y%m%d}-{number}"
        yield name


def _refused(hits: Hits) -> Iterator[Refused]:
    for refusal, count in sorted(hits.refused.items()):
        yield Refused(refusal=refusal, new=count, samples=hits.samples[refusal])


def _crowded_out(hits: Hits, chosen: Counter[Target], targets: Sequence[Target]) -> Iterator[Refused]:
    for policy in sorted({target.policy for target in targets}):
        own = [target for target in targets if target.policy == policy]
        samples = [hits.samples[target][0] for target in own[:MOST_SAMPLES]]
        yield Refused(refusal=Refusal(policy, _TOO_MANY), new=sum(chosen[one] for one in own), samples=samples)


def _can_be_named(value: str) -> bool:
    """Whether a file of exceptions may hold it."""
    return bool(value.strip()) and "*" not in value


def _why_not(policy: Policy, values: Values) -> str:
    if not policy.exceptable_by:
        return "its author allows no exceptions"
    told = [name for name in _NARROWEST_FIRST if name in policy.exceptable_by]
    if not told:
        return "its author allows them by actor.group only, and agents' groups are not told yet"
    if any(values.get(name) for name in told):
        return f"{' and '.join(told)} cannot be written into an exception"
    return f"{' and '.join(told)} {'was' if len(told) == 1 else 'were'} not kept with the decision"
