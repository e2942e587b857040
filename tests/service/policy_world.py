"""Tickets on which policies find something and agents answer, for what is counted of policies."""

from dataclasses import replace
from datetime import datetime

from store_world import NOW, claim, delivery

from policies.correcting import Correction
from policies.verdict import Action, Finding, Mode, Outcome, Point, Result, Severity, Verdict
from service.store.drafts import DraftRecord, record_draft
from service.store.records import ActionState, Answer, CommandKind, FollowUp, Record, StoredFinding, Visit
from service.store.store import Store

BLOCK, NOTE, OBSERVE = Mode.BLOCK, Mode.NOTE, Mode.OBSERVE


class Ticket:
    """One ticket under a worker's eyes."""

    def __init__(self, store: Store, visit: Visit) -> None:
        self._store, self._visit = store, visit
        self._changes = 0

    @staticmethod
    async def opened(store: Store, number: int, now: datetime = NOW) -> "Ticket":
        await store.accept(delivery(number, f"{number}"), now)
        (visit,) = [visit for visit in await claim(store, now) if visit.ticket.id == f"{number}"]
        return Ticket(store, visit)

    async def judged(self, policy: str, result: Result, mode: Mode = NOTE, at: datetime = NOW) -> None:
        """A change of which nobody needs to hear."""
        await self.record(at, verdicts=(self.verdict(at, policy, result, mode),))

    async def flagged(
        self,
        finding: str,
        policy: str = "p",
        *,
        wanted: Mode = NOTE,
        ruled: Mode | None = None,
        state: ActionState = ActionState.APPLIED,
        is_for_ops: bool = False,
        at: datetime = NOW,
    ) -> None:
        """A violation, in the mode it wanted and in the mode it was ruled to have."""
        mode = ruled or wanted
        verdict = self.verdict(at, policy, Result.VIOLATION, wanted, finding)
        action = None
        if mode in (NOTE, BLOCK) and not is_for_ops:
            action = Action(id=f"a{finding}", ticket_id=self._visit.ticket.id, change_id=verdict.change_id)
        stored = StoredFinding(
            id=finding,
            policy=policy,
            change_id=verdict.change_id,
            actor_id="a",
            mode=mode,
            action_id=action and action.id,
            recorded_at=at,
        )
        await self.record(at, verdicts=(verdict,), findings=(stored,), action=action)
        if action is not None:
            await self._store.mark_action(self._visit, action.id, state, at)

    async def drafted(self, finding: str, policy: str = "p", mode: Mode = BLOCK, at: datetime = NOW) -> None:
        """A violation in what was about to be sent."""
        verdict = self.verdict(at, policy, Result.VIOLATION, mode, finding)
        verdict = replace(verdict, change_id=f"draft:{finding}", point=Point.DRAFT)
        stored = StoredFinding(
            id=finding,
            policy=policy,
            change_id=verdict.change_id,
            actor_id="a",
            mode=mode,
            action_id=None,
            recorded_at=at,
        )
        await record_draft(self._store, self._visit.ticket, DraftRecord(verdict=verdict, at=at, findings=(stored,)))

    async def answered(
        self,
        finding: str,
        command: CommandKind,
        reason: str = "so",
        *,
        policy: str = "p",
        refusal: str | None = None,
        at: datetime = NOW,
    ) -> None:
        self._changes += 1
        answer = Answer(
            id=f"{self._changes}:0",
            finding_id=finding,
            policy=policy,
            command=command,
            actor_id="b",
            reason=reason,
            refusal=refusal,
            given_at=at,
        )
        await self.record(at, answers=(answer,))

    async def made_good(self, finding: str, correction: Correction, policy: str = "p", at: datetime = NOW) -> None:
        """An agent did something about it after he was told."""
        follow_up = FollowUp(finding_id=finding, policy=policy, correction=correction, at=at)
        await self.record(at, follow_ups=(follow_up,))

    def verdict(self, at: datetime, policy: str, result: Result, mode: Mode, finding: str = "") -> Verdict:
        self._changes += 1
        made = Finding(
            id=finding,
            policy=policy,
            title="t",
            why="w",
            severity=Severity.LOW,
            mode=mode,
            advice="a",
            explanation="e",
        )
        return Verdict(
            change_id=str(self._changes),
            point=Point.EVENT,
            at=at,
            revision="r",
            outcomes=(Outcome(policy=policy, result=result, mode=mode, explanation="e"),),
            findings=(made,) if finding else (),
        )

    async def record(self, at: datetime, **parts: object) -> None:
        await self._store.record(
            self._visit,
            Record(bookmark=str(self._changes), watched_since=at, at=at, **parts),
        )
