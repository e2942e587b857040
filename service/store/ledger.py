"""What was judged, done and answered on a ticket. Each function runs inside one transaction."""

from datetime import datetime

import msgspec
from sqlalchemy import Connection, select, update

from policies.verdict import Verdict
from service.store import doubts, topics
from service.store.databases import insert_new
from service.store.inbox import fenced_update, hold
from service.store.past import seq_of
from service.store.records import ActionState, Answer, Record, StoredDecision, StoredFinding, TicketKey, Visit
from service.store.schema import actions, answers, decisions, findings


def record(connection: Connection, visit: Visit, new: Record) -> None:
    """Decisions, the intended action and the bookmark, all or nothing. Raises LeaseLostError."""
    fenced_update(connection, visit, bookmark=new.bookmark, watched_since=new.watched_since)
    for verdict in new.verdicts:
        connection.execute(
            decisions.insert().values(
                ticket_seq=visit.ticket_seq,
                change_id=verdict.change_id,
                point=verdict.point,
                revision=verdict.revision,
                recorded_at=new.at,
                verdict=msgspec.json.encode(verdict),
            )
        )
    for finding in new.findings:
        insert_new(connection, findings, ticket_seq=visit.ticket_seq, **_columns(finding))
    for answer in new.answers:
        insert_new(connection, answers, ticket_seq=visit.ticket_seq, **_columns(answer))
    topics.remember(connection, visit.ticket_seq, new.mentions, new.at)
    doubts.remember(connection, visit.ticket_seq, new.doubts, new.at)
    if new.action is not None:
        insert_new(
            connection,
            actions,
            id=new.action.id,
            ticket_seq=visit.ticket_seq,
            action=msgspec.json.encode(new.action),
            state=ActionState.PENDING,
            planned_at=new.at,
        )


def _columns(row: StoredFinding | Answer) -> dict[str, object]:
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


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
