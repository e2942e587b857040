"""What other policies would have said of decisions of the past, judged anew from the facts that were kept."""

from collections import Counter
from collections.abc import AsyncIterable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from policies.exceptions import excepted, values_of_old
from policies.judgement import BROAD, Judgement, in_force
from policies.places import located
from policies.policy import Policy, PolicyException, Rulebook
from policies.rejudging import rejudged, result_of
from policies.verdict import Mode, Outcome, Point, Result
from service.store.records import StoredDecision, TicketKey

MOST_SAMPLES = 5
"""Tickets that are shown for a policy and a kind of difference."""


class Kind(StrEnum):
    """How a decision comes out differently."""

    NEW = "new"
    """A violation that was none."""
    LOST = "lost"
    """A violation that would be none, or that nobody would look for."""
    UNKNOWN = "unknown"
    """It cannot be told from what was kept; it was told then."""
    STRICTER = "stricter"
    """A violation as before, of which more would follow."""
    MILDER = "milder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What one policy would say of one decision, and did not."""

    policy: str
    kind: Kind
    decision: int
    ticket: TicketKey
    change_id: str
    reason: str


@dataclass(slots=True, kw_only=True)
class Replay:
    """What came of judging anew: decisions looked at, differences by policy and kind, and some of each."""

    decisions: int = 0
    counts: Counter[tuple[str, Kind]] = field(default_factory=Counter)
    samples: dict[tuple[str, Kind], list[Difference]] = field(default_factory=dict)

    def add(self, differences: Sequence[Difference]) -> None:
        """Takes up what one decision comes to."""
        self.decisions += 1
        for one in differences:
            key = one.policy, one.kind
            self.counts[key] += 1
            shown = self.samples.setdefault(key, [])
            if len(shown) < MOST_SAMPLES:
                shown.append(one)

    def total(self, kind: Kind) -> int:
        """Differences of one kind, over all policies."""
        return sum(count for (_, of_kind), count in self.counts.items() if of_kind is kind)

    @property
    def policies(self) -> list[str]:
        """The policies with a difference, those with most first."""
        totals: Counter[str] = Counter()
        for (policy, _), count in self.counts.items():
            totals[policy] += count
        return [policy for policy, _ in totals.most_common()]


Heard = Callable[[StoredDecision, Sequence[Difference]], None]
"""Called with every decision and all that comes out differently; the replay itself keeps samples."""


def unheard(_decision: StoredDecision, _differences: Sequence[Difference]) -> None:
    """For whom the samples are enough."""


async def replay(
    decisions: AsyncIterable[StoredDecision],
    candidate: Rulebook,
    *,
    only: str | None = None,
    progress: Callable[[int], None] = lambda _: None,
    heard: Heard = unheard,
) -> Replay:
    """Judges every decision by the candidate's policies, or by one of them. `progress` hears of every decision."""
    judges = {point: _Judges.at(candidate, point, only) for point in Point}
    done = Replay()
    async for decision in decisions:
        differences = tuple(judges[decision.verdict.point].differences(decision))
        done.add(differences)
        heard(decision, differences)
        progress(1)
    return done


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judges:
    """The candidate's policies that are judged at one point."""

    point: Point
    policies: tuple[Policy, ...]
    exceptions: tuple[PolicyException, ...]
    only: str | None

    @staticmethod
    def at(candidate: Rulebook, point: Point, only: str | None) -> "_Judges":
        """Those in force there."""
        policies = tuple(policy for policy in candidate.policies if only in (None, policy.id))
        return _Judges(point=point, policies=policies, exceptions=candidate.exceptions, only=only)

    def differences(self, decision: StoredDecision) -> Iterator[Difference]:
        """What they say of a decision and was not said."""
        verdict = decision.verdict
        before = {outcome.policy: outcome for outcome in verdict.outcomes}
        for policy in in_force(located(self.policies, verdict.facts.get), self.point):
            was, now = before.pop(policy.id, None), result_of(policy, verdict.facts)
            if was is not None and was.result is now and now is not Result.VIOLATION:
                continue  # nearly all of them, and a reason takes its time
            values = values_of_old(decision.ticket.id, verdict.facts)
            judgement = excepted(rejudged(policy, verdict.facts), self.exceptions, verdict.at, values)
            kind = _kind(was, judgement, self.point)
            if kind is not None:
                yield _difference(policy.id, kind, decision, judgement.explanation)
        for outcome in before.values():
            if outcome.result is Result.VIOLATION and self.only in (None, outcome.policy):
                yield _difference(outcome.policy, Kind.LOST, decision, "The candidate does not judge by it.")


def _difference(policy: str, kind: Kind, decision: StoredDecision, reason: str) -> Difference:
    return Difference(
        policy=policy,
        kind=kind,
        decision=decision.id,
        ticket=decision.ticket,
        change_id=decision.verdict.change_id,
        reason=reason,
    )


def _kind(was: Outcome | None, now: Judgement, point: Point) -> Kind | None:
    """How the two differ; None if they do not, or not in what matters."""
    if now.result is Result.UNKNOWN:
        return None if was is None or was.result is Result.UNKNOWN else Kind.UNKNOWN
    hit, hits = was is not None and was.result is Result.VIOLATION, now.result is Result.VIOLATION
    if hits is not hit:
        return Kind.NEW if hits else Kind.LOST
    return _of_mode(was, now, point) if was is not None and hits else None


def _of_mode(was: Outcome, now: Judgement, point: Point) -> Kind | None:
    """Whether more would follow or less. How sure the words were is not kept, but that they were not is told."""
    may_block = now.policy.broad_may_block or not was.explanation.endswith(BROAD)
    mode = now.mode(point) if may_block else Mode.lowest(now.mode(point), Mode.NOTE)
    if mode is was.mode:
        return None
    return Kind.STRICTER if mode.rank > was.mode.rank else Kind.MILDER
