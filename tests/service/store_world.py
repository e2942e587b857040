"""A small world around a store: deliveries of ticket 42, visits, what a round of judging leaves behind."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from connectors.helpdesk import Delivery
from policies.verdict import Action, Mode, Outcome, Point, Result, Verdict
from service.store.records import Answer, CommandKind, Record, StoredFinding, Visit
from service.store.store import Store

NOW = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def delivery(number: int, ticket_id: str | None = "42", **changes: str) -> Delivery:
    given = Delivery(
        helpdesk="zendesk", account="acme", id=f"d{number}", ticket_id=ticket_id, occurred_at=NOW, received_at=NOW
    )
    return replace(given, **changes)


async def claim(store: Store, now: datetime = NOW, owner: str = "one", limit: int = 10) -> tuple[Visit, ...]:
    return await store.claim(owner, now, limit=limit, lease_s=60)


def record_of(action: Action | None = None) -> Record:
    verdict = Verdict(
        change_id="7",
        point=Point.EVENT,
        at=NOW,
        revision="abc",
        outcomes=(Outcome(policy="p", result=Result.VIOLATION, mode=Mode.NOTE, explanation="so"),),
        facts={"change.solves": True, "thread.hours": 2.5, "tags": ("a", "b"), "unknown": None},
    )
    finding = StoredFinding(
        id="F00001",
        policy="p",
        change_id="7",
        actor_id="a1",
        mode=Mode.NOTE,
        action_id=action.id if action else None,
        recorded_at=NOW,
    )
    answer = Answer(
        id="7:0",
        finding_id="F00000",
        policy="p",
        command=CommandKind.WRONG,
        actor_id="a2",
        reason="not so",
        refusal=None,
        given_at=NOW,
    )
    return Record(
        bookmark="b1",
        watched_since=NOW,
        at=NOW,
        verdicts=(verdict,),
        findings=(finding,),
        answers=(answer,),
        action=action,
    )


ACTION = Action(id="act1", ticket_id="42", change_id="7", note_html="<p>Hello</p>", add_tags=("review",))
