"""Takes the words out of what was judged, done and answered long enough ago. Each function runs in a transaction.

Ids, results, numbers and times stay, so that what was decided can still be explained, counted and judged anew.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, bindparam, func, select, update

from policies.verdict import Action, Point, Verdict
from service.forgetting import GONE, without_note, without_words
from service.store.databases import upsert
from service.store.records import ActionState
from service.store.schema import HAS_REASON, actions, answers, decisions, meta

CHUNK = 200
"""Decisions that one commit looks at, so that no webhook waits long behind it."""
_MOST_WAITING = 1_000
"""The same for tickets where something is still to be done; those behind them have their turn at the next look."""
PROGRESS = "words_forgotten"
_SETTLED = (ActionState.APPLIED, ActionState.SUPERSEDED)


class _Progress(msgspec.Struct, frozen=True):
    """How far the words are gone: the last decision, and the tickets where something is still to be done."""

    decision: int = 0
    waits: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Until:
    """What was judged before `words` loses its words; an action that failed, `failed` being its time, as well.

    Until then a replay may try it again, and needs its note.
    """

    words: datetime
    failed: datetime


def forget_words(connection: Connection, until: Until) -> bool:
    """Takes the next CHUNK of decisions, and what hangs on them; whether there may be more."""
    known = _progress(connection)
    columns = (decisions.c.seq, decisions.c.ticket_seq, decisions.c.point, decisions.c.recorded_at, decisions.c.verdict)
    page = select(*columns)
    page = page.where(decisions.c.seq > known.decision).order_by(decisions.c.seq).limit(CHUNK)
    rows = connection.execute(page).all()
    old = [row for row in rows if row.recorded_at < until.words]
    _rewrite(connection, decisions, "seq", "verdict", [(row.seq, row.verdict, _plain_verdict(row)) for row in old])
    tickets = {row.ticket_seq for row in old}
    waited = known.waits[:_MOST_WAITING]
    looked_at = dict.fromkeys((*waited, *sorted(tickets)))
    # A second look is asked for later than its draft was judged, and has no decision of its own.
    drafted = {row.ticket_seq for row in old if row.point == Point.DRAFT}
    open_still = forget_notes(connection, looked_at, until) | _planned_since(connection, {*waited, *drafted}, until)
    waits = (*known.waits[_MOST_WAITING:], *(seq for seq in looked_at if seq in open_still))
    reached = _Progress(decision=old[-1].seq if old else known.decision, waits=tuple(dict.fromkeys(waits)))
    if reached != known:
        _keep(connection, reached)
    return len(old) == CHUNK


def expect_numbers_again(connection: Connection) -> None:
    """To be called where decisions were deleted: a file gives the last ones' numbers to new ones, whose words go too.

    Of two processes that write the progress at once either may win: what it has not seen yet it looks at again.
    """
    known = _progress(connection)
    last = connection.scalar(select(func.max(decisions.c.seq))) or 0
    if last < known.decision:
        _keep(connection, msgspec.structs.replace(known, decision=last))


def forget_notes(connection: Connection, tickets: Collection[int], until: Until) -> set[int]:
    """Takes the text out of notes on these tickets; the tickets where one is still to be written."""
    asked = select(actions.c.id, actions.c.ticket_seq, actions.c.action, actions.c.state, actions.c.planned_at)
    asked = asked.where(actions.c.ticket_seq.in_(tickets), actions.c.planned_at < until.words).order_by(actions.c.id)
    rows = connection.execute(asked.with_for_update()).all()
    failed = [row.id for row in rows if row.state == ActionState.FAILED and row.planned_at < until.failed]
    connection.execute(update(actions).where(actions.c.id.in_(failed)).values(state=ActionState.SUPERSEDED))
    is_done = {row.id: row.state in _SETTLED or row.id in failed for row in rows}
    plain = [(row.id, row.action, _plain_action(row)) for row in rows if is_done[row.id]]
    _rewrite(connection, actions, "id", "action", plain)
    return {row.ticket_seq for row in rows if not is_done[row.id]}


def notes_with_words(connection: Connection, ticket: int) -> int:
    """How many notes on it still have their text."""
    rows = connection.execute(select(actions.c.action).where(actions.c.ticket_seq == ticket))
    return sum(row.action != _plain_action(row) for row in rows)


def _planned_since(connection: Connection, tickets: Collection[int], until: Until) -> set[int]:
    """The tickets with notes that are still too young."""
    young = actions.c.ticket_seq.in_(tickets), actions.c.planned_at >= until.words
    return set(connection.scalars(select(actions.c.ticket_seq).where(*young)))


def forget_reasons(connection: Connection, before: datetime) -> bool:
    """Takes CHUNK of what agents gave as their reasons before a time; whether there may be more."""
    old = select(answers.c.ticket_seq, answers.c.id).where(HAS_REASON, answers.c.given_at < before)
    rows = connection.execute(old.order_by(answers.c.given_at).limit(CHUNK).with_for_update(skip_locked=True)).all()
    if rows:
        one = answers.c.ticket_seq == bindparam("ticket"), answers.c.id == bindparam("of")
        found = [{"ticket": row.ticket_seq, "of": row.id} for row in rows]
        connection.execute(update(answers).where(*one).values(reason=GONE), found)
    return len(rows) == CHUNK


def _rewrite(connection: Connection, table: Table, key: str, column: str, rows: Sequence[tuple[Any, ...]]) -> None:
    changed = [{"of": of, "to": after} for of, before, after in rows if after != before]
    if changed:
        statement = update(table).where(table.c[key] == bindparam("of")).values({column: bindparam("to")})
        connection.execute(statement, changed)


def _plain_verdict(row: Any) -> bytes:
    return msgspec.json.encode(without_words(msgspec.json.decode(row.verdict, type=Verdict)))


def _plain_action(row: Any) -> bytes:
    return msgspec.json.encode(without_note(msgspec.json.decode(row.action, type=Action)))


def _keep(connection: Connection, progress: _Progress) -> None:
    upsert(connection, meta, "key", key=PROGRESS, value=msgspec.json.encode(progress).decode())


def _progress(connection: Connection) -> _Progress:
    kept = connection.scalar(select(meta.c.value).where(meta.c.key == PROGRESS))
    return msgspec.json.decode(kept, type=_Progress) if kept else _Progress()
