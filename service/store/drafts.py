"""What the gate reads of a ticket and writes on it. No visit holds the ticket: a worker may be on it meanwhile."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, and_, bindparam, exists, literal, or_, select, update

from policies.ticket import Ticket
from policies.verdict import Action, Point, Verdict
from service.paused import Paused
from service.store import past, topics, views
from service.store.databases import insert_all_new, insert_new
from service.store.intake import make_due
from service.store.ledger import decision_row, planned_row, row_of
from service.store.pauses import PAUSED_ROW, paused_as
from service.store.records import Answer, Past, StoredFinding, TicketKey
from service.store.schema import accounts, actions, answers, decisions, findings, tickets
from service.store.schema import views as kept
from service.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a ticket; empty for one that was never seen."""

    past: Past = field(default_factory=Past)
    ticket: Ticket | None = None
    """As a worker last read it; None where it is not kept."""
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRecord:
    """What judging a draft leaves behind. Its findings have the draft's id as change, and no action tells of them."""

    verdict: Verdict
    at: datetime
    findings: tuple[StoredFinding, ...] = ()


async def known(store: Store, key: TicketKey) -> Known:
    """What Ombuds knows of the ticket. Raises StoreError."""
    return await store.ask(partial(_known, key=key))


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What a draft is judged from."""

    known: Known
    paused: Paused
    astray: Mapping[str, int]
    """By bulletin, on how many other tickets an answer went wrong."""


async def grounds(store: Store, key: TicketKey, *, astray_since: datetime | None) -> Grounds:
    """All of it in one question, for an agent waits. `astray_since` None: nothing is declared. Raises StoreError."""
    return await store.ask(partial(_grounds, key=key, astray_since=astray_since))


async def record_draft(store: Store, key: TicketKey, record: DraftRecord) -> None:
    """Writes the decision and what is new of its findings; the ticket need never have been seen. Raises StoreError."""
    await store.write_alike_on(key, _record_all, (key, record))


async def keep_answer(store: Store, key: TicketKey, answer: Answer) -> None:
    """Writes down what an agent said to a finding; one with the same id stays as it is. Raises StoreError."""
    await store.write_on(key, partial(_keep_answer, key=key, answer=answer))


async def plan_second_look(store: Store, key: TicketKey, action: Action, now: datetime) -> bool:
    """Whether the action is new: then it is pending and its ticket due, in one commit. Raises StoreError.

    A worker carries it out even if a visit to the ticket is under way.
    """
    return await store.write_on(key, partial(_plan, key=key, action=action, now=now), makes_due=True)


def verdicts_of_drafts(connection: Connection, ticket_seq: int, draft_ids: Sequence[str]) -> dict[str, Verdict]:
    """By draft, what was last said of it before it was sent, of those that the gate was asked about."""
    asked = decisions.c.ticket_seq == ticket_seq, decisions.c.change_id.in_(draft_ids), decisions.c.point == Point.DRAFT
    found = select(decisions.c.change_id, decisions.c.verdict).where(*asked).order_by(decisions.c.seq)
    return {row.change_id: msgspec.json.decode(row.verdict, type=Verdict) for row in connection.execute(found)}


def _grounds(connection: Connection, key: TicketKey, astray_since: datetime | None) -> Grounds:
    row = _look(connection, key)
    return Grounds(
        known=_known_of(connection, row),
        paused=paused_as(row.paused),
        astray=topics.astray(connection, astray_since, besides=row.seq or 0) if astray_since else {},
    )


def _known(connection: Connection, key: TicketKey) -> Known:
    return _known_of(connection, _look(connection, key))


def _known_of(connection: Connection, row: Row[Any]) -> Known:
    ticket = views.unpack(row.ticket) if row.ticket is not None else None
    return Known(
        past=past.past(connection, row.seq) if row.has_past else Past(),
        ticket=ticket,
        read_at=row.read_at if ticket is not None else None,
    )


def _look(connection: Connection, key: TicketKey) -> Row[Any]:
    return connection.execute(_LOOK, {"helpdesk": key.helpdesk, "account": key.account, "id": key.id}).one()


def _one_look() -> Select[Any]:
    """What is paused, the ticket as it is kept, and whether more is known of it: one row, of whatever ticket.

    Of nearly every ticket nothing more is known; and a statement is a journey, or a turn that other threads take.
    """
    named = and_(
        tickets.c.helpdesk == bindparam("helpdesk"),
        tickets.c.account == bindparam("account"),
        tickets.c.ticket_id == bindparam("id"),
    )
    has_past = or_(*(exists().where(table.c.ticket_seq == tickets.c.seq) for table in (findings, actions, answers)))
    always = select(literal(1)).subquery()
    columns = (tickets.c.seq, kept.c.read_at, kept.c.ticket, has_past.label("has_past"))
    return select(*columns, PAUSED_ROW.scalar_subquery().label("paused")).select_from(
        always.outerjoin(tickets, named).outerjoin(kept, kept.c.ticket_seq == tickets.c.seq)
    )


_LOOK = _one_look()


def _record_all(connection: Connection, drafts: Sequence[tuple[TicketKey, DraftRecord]]) -> list[None]:
    seqs = past.seqs_of(connection, {key for key, _ in drafts})
    connection.execute(decisions.insert(), [decision_row(seqs[key], draft.verdict, draft.at) for key, draft in drafts])
    rows = [row for key, draft in drafts for row in _rows(seqs[key], draft.findings)]
    insert_all_new(connection, findings, rows)
    if rows:  # one that was only noted before the ticket was known may be refused now
        connection.execute(_RULED, [{"seq": one["ticket_seq"], "finding": one["id"], **_ruling(one)} for one in rows])
    return [None] * len(drafts)


def _ruling(row: Mapping[str, object]) -> dict[str, object]:
    return {"to_mode": row["mode"], "to_held_by": row["held_by"]}


_RULED = (
    update(findings)
    .where(findings.c.ticket_seq == bindparam("seq"), findings.c.id == bindparam("finding"))
    .values(mode=bindparam("to_mode"), held_by=bindparam("to_held_by"))
)


def _keep_answer(connection: Connection, key: TicketKey, answer: Answer) -> None:
    insert_all_new(connection, answers, _rows(_seq(connection, key), [answer]))


def _plan(connection: Connection, key: TicketKey, action: Action, now: datetime) -> bool:
    seq = _seq(connection, key)
    if not insert_new(connection, actions, **planned_row(seq, action, now)):
        return False
    # Only tickets of accounts that are known are taken; and no webhook of this one may have come yet.
    insert_new(connection, accounts, helpdesk=key.helpdesk, account=key.account, since=now)
    # A visit under way finds, when it settles, an action that nobody has carried out, and leaves the ticket due.
    make_due(connection, [seq], now)
    return True


def _seq(connection: Connection, key: TicketKey) -> int:
    """The ticket's number. It is there and held: see `Store.write_on`."""
    return connection.execute(past.seq_of(key)).scalar_one()


def _rows(seq: int, rows: Sequence[StoredFinding | Answer]) -> list[dict[str, object]]:
    return [row_of(seq, row) for row in rows]
