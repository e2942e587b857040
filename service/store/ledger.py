"""What was judged, done and answered on a ticket. Each function runs inside one transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, select, update

from policies.verdict import Action, Verdict
from service.store import doubts, topics, views
from service.store.databases import insert_all_new
from service.store.errors import LeaseLostError
from service.store.inbox import fence_of, hold, is_fenced, lost
from service.store.many import Many
from service.store.past import seq_of
from service.store.records import ActionState, Answer, FollowUp, Record, StoredDecision, StoredFinding, TicketKey, Visit
from service.store.schema import actions, answers, decisions, findings, keepable, microseconds, tickets

Recorded = tuple[Visit, Record]
"""A visit, and what it leaves behind."""


def record_all(connection: Connection, recorded: Sequence[Recorded]) -> list[LeaseLostError | None]:
    """Of each visit: decisions, the intended action and the bookmark, all or nothing.

    For each, the refusal if the visit has lost its lease. The tickets are held.
    """
    bookmarks = [_bookmark(visit, new) for visit, new in recorded]
    held = {(row.seq, row.token) for row in _BOOKMARKED.run(connection, bookmarks)}
    kept = [(visit, new) for visit, new in recorded if (visit.ticket_seq, visit.token) in held]
    decided = [decision_row(visit.ticket_seq, verdict, new.at) for visit, new in kept for verdict in new.verdicts]
    if decided:
        connection.execute(decisions.insert(), decided)
    insert_all_new(connection, findings, [row_of(visit.ticket_seq, one) for visit, new in kept for one in new.findings])
    insert_all_new(connection, answers, [row_of(visit.ticket_seq, one) for visit, new in kept for one in new.answers])
    planned = [planned_row(visit.ticket_seq, new.action, new.at) for visit, new in kept if new.action is not None]
    insert_all_new(connection, actions, planned)
    followed = [_followed(visit, one) for visit, new in kept for one in new.follow_ups]
    if followed:
        connection.execute(_FOLLOWED, followed)
    views.keep_all(connection, [(visit.ticket_seq, new.view) for visit, new in kept if new.view is not None])
    for visit, new in kept:
        topics.remember(connection, visit.ticket_seq, new.mentions, new.at)
        doubts.remember(connection, visit.ticket_seq, new.doubts, new.at)
    return [None if (visit.ticket_seq, visit.token) in held else lost(visit) for visit, _ in recorded]


def _bookmark(visit: Visit, new: Record) -> dict[str, Any]:
    return {
        **fence_of(visit),
        "bookmark": keepable(new.bookmark),
        "watched_since": new.watched_since and microseconds(new.watched_since),
    }


def _update_bookmarked(given: Any, _: Any) -> Any:
    values = {"bookmark": given.c.bookmark, "watched_since": given.c.watched_since}
    return update(tickets).where(is_fenced(given)).values(**values).returning(tickets.c.seq, tickets.c.token)


def decision_row(ticket_seq: int, verdict: Verdict, at: datetime) -> dict[str, object]:
    """A verdict as it is kept."""
    return {
        "ticket_seq": ticket_seq,
        "change_id": verdict.change_id,
        "point": verdict.point,
        "revision": verdict.revision,
        "recorded_at": at,
        "verdict": msgspec.json.encode(verdict),
    }


def planned_row(ticket_seq: int, action: Action, at: datetime) -> dict[str, object]:
    """An action as it is kept before it is carried out."""
    return {
        "id": action.id,
        "ticket_seq": ticket_seq,
        "action": msgspec.json.encode(action),
        "state": ActionState.PENDING,
        "planned_at": at,
    }


def row_of(ticket_seq: int, row: StoredFinding | Answer) -> dict[str, object]:
    """A finding or an answer as it is kept."""
    return {"ticket_seq": ticket_seq, **{name: getattr(row, name) for name in row.__dataclass_fields__}}


def _followed(visit: Visit, new: FollowUp) -> dict[str, object]:
    return {"seq": visit.ticket_seq, "finding": new.finding_id, "correction": new.correction, "at": new.at}


def mark_action(connection: Connection, visit: Visit, action_id: str, state: ActionState, at: datetime) -> None:
    """Notes what became of an action. Raises LeaseLostError."""
    hold(connection, visit)
    connection.execute(update(actions).where(actions.c.id == action_id).values(state=state, marked_at=at))


def decisions_of(connection: Connection, key: TicketKey) -> tuple[StoredDecision, ...]:
    """Every decision on a ticket, oldest first."""
    found = select(decisions).where(decisions.c.ticket_seq == seq_of(key).scalar_subquery()).order_by(decisions.c.seq)
    return tuple(
        StoredDecision(
            id=row.seq,
            ticket=key,
            recorded_at=row.recorded_at,
            verdict=msgspec.json.decode(row.verdict, type=Verdict),
        )
        for row in connection.execute(found)
    )


_BOOKMARKED = Many(
    [tickets.c[name] for name in ("seq", "owner", "token", "bookmark", "watched_since")], _update_bookmarked
)
_FOLLOWED = (
    update(findings)
    .where(findings.c.ticket_seq == bindparam("seq"), findings.c.id == bindparam("finding"))
    .values(followed_by=bindparam("correction"), followed_at=bindparam("at"))
)
