"""What was judged, done and answered on a ticket. Each function runs inside one transaction."""

from datetime import datetime

import msgspec
from sqlalchemy import Connection, Row, Select, select, update

from policies.verdict import Action, Mode, Verdict
from service.store import doubts, topics
from service.store.databases import insert_new
from service.store.inbox import fenced_update, hold
from service.store.records import (
    ActionState,
    Answer,
    CommandKind,
    Past,
    Record,
    StoredAction,
    StoredDecision,
    StoredFinding,
    TicketKey,
    Visit,
)
from service.store.schema import actions, answers, decisions, findings, tickets


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


def past(connection: Connection, ticket_seq: int) -> Past:
    """All that Ombuds found, did and was told on a ticket, oldest first."""
    found = select(findings).where(findings.c.ticket_seq == ticket_seq).order_by(findings.c.recorded_at)
    done = select(actions).where(actions.c.ticket_seq == ticket_seq).order_by(actions.c.planned_at)
    told = select(answers).where(answers.c.ticket_seq == ticket_seq).order_by(answers.c.given_at)
    return Past(
        findings=tuple(map(_finding, connection.execute(found))),
        actions=tuple(map(_action, connection.execute(done))),
        answers=tuple(map(_answer, connection.execute(told))),
    )


def _finding(row: Row[tuple[object, ...]]) -> StoredFinding:
    return StoredFinding(
        id=row.id,
        policy=row.policy,
        change_id=row.change_id,
        actor_id=row.actor_id,
        mode=Mode(row.mode),
        action_id=row.action_id,
        recorded_at=row.recorded_at,
    )


def _action(row: Row[tuple[object, ...]]) -> StoredAction:
    action = msgspec.json.decode(row.action, type=Action)
    return StoredAction(action=action, state=ActionState(row.state), planned_at=row.planned_at)


def _answer(row: Row[tuple[object, ...]]) -> Answer:
    return Answer(
        id=row.id,
        finding_id=row.finding_id,
        policy=row.policy,
        command=CommandKind(row.command),
        actor_id=row.actor_id,
        reason=row.reason,
        refusal=row.refusal,
        given_at=row.given_at,
    )


def past_of(connection: Connection, key: TicketKey) -> Past:
    """The same for a ticket by name; empty for one that was never seen."""
    seq = connection.scalar(_seq_of(key))
    return Past() if seq is None else past(connection, seq)


def decisions_of(connection: Connection, key: TicketKey) -> tuple[StoredDecision, ...]:
    """Every decision on a ticket, oldest first."""
    found = select(decisions).where(decisions.c.ticket_seq == _seq_of(key).scalar_subquery()).order_by(decisions.c.seq)
    return tuple(
        StoredDecision(
            id=row.seq,
            ticket=key,
            recorded_at=row.recorded_at,
            verdict=msgspec.json.decode(row.verdict, type=Verdict),
        )
        for row in connection.execute(found)
    )


def _seq_of(key: TicketKey) -> Select[int]:
    return select(tickets.c.seq).filter_by(helpdesk=key.helpdesk, account=key.account, ticket_id=key.id)
