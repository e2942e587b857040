"""Another set of policies, judged beside the one in force on every change. It never acts; where it differs is told."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import structlog

from policies.meaning import Likeness
from policies.policy import Rulebook
from policies.verdict import Outcome, Result, Verdict
from service.elsewhere import review_with_doubts
from service.metrics import Metrics
from service.review import Material, Review
from service.store.records import Visit
from service.store.store import Store
from service.watched_folder import WatchedFolder

log = structlog.get_logger(__name__)


class Kind(StrEnum):
    """What a candidate would change."""

    NEW = "new"
    LOST = "lost"
    UNKNOWN = "unknown"
    """Violated by the policies in force, and the candidate cannot tell."""
    MODE = "mode"
    """Violated by both, and told in another mode."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One policy on one change."""

    policy: str
    change_id: str
    kind: Kind


def differences(in_force: Sequence[Verdict], candidate: Sequence[Verdict]) -> Iterator[Difference]:
    """Where two sets of policies judge the same changes differently, in order of changes and then of policies."""
    for ours, theirs in zip(in_force, candidate, strict=True):
        before, after = ({outcome.policy: outcome for outcome in verdict.outcomes} for verdict in (ours, theirs))
        for policy in sorted(before.keys() | after.keys()):
            kind = _kind(before.get(policy), after.get(policy))
            if kind is not None:
                yield Difference(policy=policy, change_id=ours.change_id, kind=kind)


def _kind(before: Outcome | None, after: Outcome | None) -> Kind | None:
    was, is_now = (outcome is not None and outcome.result is Result.VIOLATION for outcome in (before, after))
    if before and after and was and is_now:
        return Kind.MODE if before.mode is not after.mode else None
    if was == is_now:
        return None
    if is_now:
        return Kind.NEW
    return Kind.UNKNOWN if after and after.result is Result.UNKNOWN else Kind.LOST


class Candidate:
    """The candidate's rulebook, from a folder that is watched. With a mistake in it, the last good set is compared."""

    def __init__(self, *, folder: Path, store: Store, metrics: Metrics, likeness: Likeness | None = None) -> None:
        self.current: Rulebook | None = None
        self._folder = WatchedFolder(
            folder, success=metrics.candidate_load_success, refused=_tell_refused, likeness=likeness
        )
        self._store = store
        self._metrics = metrics

    async def watch(self) -> None:
        """Loads the folder, and again whenever it changes, until it is cancelled."""
        await self._folder.watch(self.refresh)

    async def refresh(self) -> None:
        """Takes the folder's set over if it is another than the one looked at last, and sound."""
        loaded = await self._folder.changed()
        if loaded is not None:
            self.current = loaded
            self._folder.take(loaded)
            log.info("candidate policies loaded", revision=loaded.revision, policies=len(loaded.policies))

    async def compare(self, visit: Visit, material: Material, reviewed: Review) -> tuple[Difference, ...]:
        """Judges the round by the candidate, counts and logs what differs. A candidate that fails harms nothing."""
        if self.current is None or not reviewed.verdicts:
            return ()
        try:
            theirs = await review_with_doubts(self._store, visit, replace(material, rulebook=self.current))
        except Exception as error:  # noqa: BLE001 - it is told, with its place and without its words
            log.error("candidate policies could not be compared", error=error)  # noqa: TRY400 - it holds no words
            return ()
        found = tuple(differences(reviewed.verdicts, theirs.verdicts))
        self._metrics.candidate_compared.inc(len(reviewed.verdicts))
        for one in found:
            self._metrics.candidate_differences.labels(policy=one.policy, kind=one.kind).inc()
            log.info(
                "candidate differs",
                helpdesk=visit.ticket.helpdesk,
                account=visit.ticket.account,
                ticket_id=visit.ticket.id,
                change_id=one.change_id,
                policy=one.policy,
                kind=one.kind,
                candidate=self.current.revision,
            )
        return found


def _tell_refused(told: Mapping[str, object]) -> None:
    log.error("candidate policies not loaded: the files have problems", **told)
