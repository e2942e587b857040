"""Decisions of the past and the policies they were made by, to be explained and judged anew."""

import re
import zlib
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from functools import partial
from importlib.metadata import version

import msgspec
from sqlalchemy import Connection, Row, Select, and_, func, select

from policies.policy import Rulebook
from policies.verdict import Mode, Result, Verdict
from service.store.databases import insert_new
from service.store.records import StoredDecision, StoredRulebook, TicketKey
from service.store.schema import OF_EVENTS, decisions, findings, rulebooks, tickets
from service.store.store import Store

_NUMBER = re.compile("[0-9]{1,18}")
_DECODER = msgspec.json.Decoder(Verdict)


class Counted(msgspec.Struct, frozen=True, gc=False):
    """Of an outcome what is counted; the rest is not even decoded."""

    policy: str
    result: Result
    exception: str | None = None


class _Outcomes(msgspec.Struct):
    """The same of a verdict."""

    outcomes: tuple[Counted, ...] = ()


_OUTCOMES = msgspec.json.Decoder(_Outcomes)


def in_use(rulebook: Rulebook, now: datetime) -> StoredRulebook:
    """The rulebook as it is kept."""
    return StoredRulebook(
        revision=rulebook.revision, version=version("ombuds"), first_used_at=now, sources=rulebook.sources
    )


async def remember_rulebook(store: Store, new: StoredRulebook) -> None:
    """Keeps a set of policies; one that is known already stays as it was first kept."""
    await store.tell(partial(_insert, new=new))


async def rulebook_of(store: Store, revision: str) -> StoredRulebook | None:
    """The policies of that revision; None if they were never kept."""
    return await store.ask(partial(_rulebook, revision=revision))


async def find_decision(store: Store, name: str) -> StoredDecision | None:
    """A decision by its number, or the newest in which the finding of that id was made; None if there is none."""
    numbered = await store.ask(partial(_numbered, number=int(name))) if _NUMBER.fullmatch(name) else None
    return numbered or await store.ask(partial(_with_finding, finding_id=name.upper()))


async def rulings_of(store: Store, decision: StoredDecision) -> dict[str, tuple[Mode, str | None]]:
    """By policy, the mode in force for the finding that the decision made, and what lowered it."""
    return await store.ask(partial(_rulings, number=decision.id))


async def decisions_since(store: Store, since: datetime, *, page: int = 1_000) -> AsyncIterator[StoredDecision]:
    """Every decision on what happened from then on, by number, read page by page."""
    after = 0
    while found := await store.ask(partial(_after, after=after, since=since, limit=page)):
        for decision in found:
            yield decision
        after = found[-1].id


async def outcomes_since(store: Store, since: datetime, *, page: int = 1_000) -> AsyncIterator[tuple[Counted, ...]]:
    """What was said of each change from then on, and nothing else of it, read page by page."""
    after = 0
    while found := await store.ask(partial(_outcomes, after=after, since=since, limit=page)):
        for _, outcomes in found:
            yield outcomes
        after = found[-1][0]


async def count_since(store: Store, since: datetime) -> int:
    """How many there are, those on drafts left out."""
    counted = select(func.count()).select_from(decisions).where(decisions.c.recorded_at >= since, OF_EVENTS)
    return await store.ask(lambda connection: connection.scalar(counted) or 0)


async def reaches_back_to(store: Store, moment: datetime) -> bool:
    """Whether a decision is kept from then or from before."""
    older = select(decisions.c.seq).where(decisions.c.recorded_at <= moment).limit(1)
    return await store.ask(lambda connection: connection.scalar(older) is not None)


def _insert(connection: Connection, new: StoredRulebook) -> None:
    insert_new(
        connection,
        rulebooks,
        revision=new.revision,
        version=new.version,
        first_used_at=new.first_used_at,
        sources=zlib.compress(msgspec.json.encode(new.sources)),
    )


def _rulebook(connection: Connection, revision: str) -> StoredRulebook | None:
    row = connection.execute(select(rulebooks).where(rulebooks.c.revision == revision)).one_or_none()
    if row is None:
        return None
    return StoredRulebook(
        revision=row.revision,
        version=row.version,
        first_used_at=row.first_used_at,
        sources=msgspec.json.decode(zlib.decompress(row.sources), type=dict[str, str]),
    )


def _numbered(connection: Connection, number: int) -> StoredDecision | None:
    row = connection.execute(_decisions().where(decisions.c.seq == number)).one_or_none()
    return None if row is None else _decision(row)


def _with_finding(connection: Connection, finding_id: str) -> StoredDecision | None:
    same_change = (findings.c.ticket_seq == decisions.c.ticket_seq) & (findings.c.change_id == decisions.c.change_id)
    found = _decisions().join(findings, same_change).where(findings.c.id == finding_id).order_by(decisions.c.seq.desc())
    row = connection.execute(found.limit(1)).one_or_none()
    return None if row is None else _decision(row)


def _rulings(connection: Connection, number: int) -> dict[str, tuple[Mode, str | None]]:
    # A finding is written down once, with the decision that made it first: they share ticket, change and time.
    same = and_(
        findings.c.ticket_seq == decisions.c.ticket_seq,
        findings.c.change_id == decisions.c.change_id,
        findings.c.recorded_at == decisions.c.recorded_at,
    )
    made = select(findings.c.policy, findings.c.mode, findings.c.held_by).join(decisions, same)
    return {
        row.policy: (Mode(row.mode), row.held_by) for row in connection.execute(made.where(decisions.c.seq == number))
    }


def _after(connection: Connection, after: int, since: datetime, limit: int) -> Sequence[StoredDecision]:
    found = _decisions().where(decisions.c.seq > after, decisions.c.recorded_at >= since, OF_EVENTS)
    return [_decision(row) for row in connection.execute(found.order_by(decisions.c.seq).limit(limit))]


def _outcomes(
    connection: Connection, after: int, since: datetime, limit: int
) -> Sequence[tuple[int, tuple[Counted, ...]]]:
    wanted = decisions.c.seq > after, decisions.c.recorded_at >= since, OF_EVENTS
    kept = select(decisions.c.seq, decisions.c.verdict).where(*wanted)
    rows = connection.execute(kept.order_by(decisions.c.seq).limit(limit))
    return [(row.seq, _OUTCOMES.decode(row.verdict).outcomes) for row in rows]


def _decisions() -> Select[tuple[int, datetime, bytes, str, str, str]]:
    return select(
        decisions.c.seq,
        decisions.c.recorded_at,
        decisions.c.verdict,
        tickets.c.helpdesk,
        tickets.c.account,
        tickets.c.ticket_id,
    ).join(tickets, tickets.c.seq == decisions.c.ticket_seq)


def _decision(row: Row[tuple[int, datetime, bytes, str, str, str]]) -> StoredDecision:
    key = TicketKey(helpdesk=row.helpdesk, account=row.account, id=row.ticket_id)
    return StoredDecision(id=row.seq, ticket=key, recorded_at=row.recorded_at, verdict=_DECODER.decode(row.verdict))
