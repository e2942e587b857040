"""What Ombuds found, did and was told on tickets. Each function reads inside one transaction."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, Table, bindparam, select, tuple_

from policies.correcting import Correction
from policies.verdict import Action, Mode
from service.store.records import (
    ActionState,
    Answer,
    CommandKind,
    Past,
    StoredAction,
    StoredFinding,
    TicketKey,
)
from service.store.schema import actions, answers, findings, tickets

T = TypeVar("T")


def pasts(connection: Connection, ticket_seqs: Sequence[int]) -> dict[int, Past]:
    """The past of each ticket by its number, oldest first."""
    found = _by_ticket(connection, _FINDINGS, ticket_seqs, _finding)
    done = _by_ticket(connection, _ACTIONS, ticket_seqs, _action)
    told = _by_ticket(connection, _ANSWERS, ticket_seqs, _answer)
    return {
        seq: Past(
            findings=tuple(found.get(seq, ())), actions=tuple(done.get(seq, ())), answers=tuple(told.get(seq, ()))
        )
        for seq in ticket_seqs
    }


def past(connection: Connection, ticket_seq: int) -> Past:
    """The past of one ticket."""
    return pasts(connection, [ticket_seq])[ticket_seq]


def past_of(connection: Connection, key: TicketKey) -> Past:
    """The same for a ticket by name; empty for one that was never seen."""
    seq = connection.scalar(seq_of(key))
    return Past() if seq is None else past(connection, seq)


def _by_ticket(
    connection: Connection, statement: Select[Any], seqs: Sequence[int], make: Callable[[Row[Any]], T]
) -> dict[int, list[T]]:
    found: dict[int, list[T]] = {}
    for row in connection.execute(statement, {"seqs": seqs}):
        found.setdefault(row.ticket_seq, []).append(make(row))
    return found


def _of_tickets(table: Table, order: ColumnElement[Any]) -> Select[Any]:
    """Made once: making it takes longer than finding nothing."""
    return select(table).where(table.c.ticket_seq.in_(bindparam("seqs", expanding=True))).order_by(order)


def _finding(row: Row[tuple[object, ...]]) -> StoredFinding:
    return StoredFinding(
        id=row.id,
        policy=row.policy,
        change_id=row.change_id,
        actor_id=row.actor_id,
        mode=Mode(row.mode),
        action_id=row.action_id,
        recorded_at=row.recorded_at,
        held_by=row.held_by,
        followed_by=row.followed_by and Correction(row.followed_by),
        followed_at=row.followed_at,
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


def seq_of(key: TicketKey) -> Select[int]:
    """The number of a ticket, as a question."""
    return select(tickets.c.seq).filter_by(helpdesk=key.helpdesk, account=key.account, ticket_id=key.id)


def seqs_of(connection: Connection, keys: Collection[TicketKey]) -> dict[TicketKey, int]:
    """The numbers of those tickets that were seen."""
    named = tuple_(tickets.c.helpdesk, tickets.c.account, tickets.c.ticket_id)
    wanted = named.in_([(key.helpdesk, key.account, key.id) for key in keys])
    found = connection.execute(select(tickets).where(wanted))
    return {TicketKey(helpdesk=row.helpdesk, account=row.account, id=row.ticket_id): row.seq for row in found}


_FINDINGS = _of_tickets(findings, findings.c.recorded_at)
_ACTIONS = _of_tickets(actions, actions.c.planned_at)
_ANSWERS = _of_tickets(answers, answers.c.given_at)
