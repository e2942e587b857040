"""Figures by policy over all tickets: findings and answers are counted by the database, decisions are streamed."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

import msgspec
from sqlalchemy import ColumnElement, Connection, Integer, Select, Subquery, and_, case, cast, func, not_, select, true

from policies.correcting import Correction
from policies.verdict import Mode, Result
from service.drafts import PREFIX
from service.store.policy_records import Found, Judged, WrongFlag
from service.store.records import ARRIVES, CommandKind
from service.store.schema import OF_EVENTS, actions, answers, decisions, findings
from service.store.store import Store

MOST_REASONS = 3
"""Latest reasons that are told of a policy."""
_PAGE = 1_000
_PLAIN = (Result.SKIPPED, Result.PASS, Result.EXEMPT)
"""Results whose mode is the policy's own: that of a violation may have been lowered by a doubt."""


class _Outcome(msgspec.Struct):
    policy: str
    result: Result
    mode: Mode


class _Finding(msgspec.Struct):
    id: str
    policy: str
    mode: Mode


class _Verdict(msgspec.Struct):
    """Only what is counted; the rest is not even decoded."""

    outcomes: tuple[_Outcome, ...] = ()
    findings: tuple[_Finding, ...] = ()


class _Page(msgspec.Struct):
    """Some decisions in order: the last number, when the oldest was recorded, and each verdict with its rulings."""

    last: int
    oldest_at: datetime
    verdicts: Sequence[tuple[_Verdict, dict[str, Mode]]]


_DECODER = msgspec.json.Decoder(_Verdict)


async def found_since(store: Store, since: datetime, policy: str | None = None) -> dict[str, Found]:
    """What each policy, or one, found from then on, and what was answered to just that, by policy."""
    return await store.ask(partial(_found, since=since, policy=policy))


async def judged_since(
    store: Store, since: datetime, policy: str | None = None, *, progress: Callable[[int], None] = lambda _: None
) -> tuple[dict[str, Judged], datetime | None]:
    """What the decisions from then on say of each policy, or of one, and when the oldest of them was recorded.

    `progress` hears how many decisions each page held. One page is in memory at a time.
    """
    counts: dict[str, Judged] = {}
    oldest_at, after = None, 0
    while (page := await store.ask(partial(_page, since=since, after=after))) is not None:
        for verdict, ruled in page.verdicts:
            _count(counts, verdict, ruled, policy)
        oldest_at, after = oldest_at or page.oldest_at, page.last
        progress(len(page.verdicts))
    return counts, oldest_at


def _count(counts: dict[str, Judged], verdict: _Verdict, ruled: dict[str, Mode], policy: str | None) -> None:
    for outcome in verdict.outcomes:
        if policy in (None, outcome.policy):
            _add(counts.setdefault(outcome.policy, Judged()), outcome)
    for finding in verdict.findings:
        if finding.id in ruled and policy in (None, finding.policy):
            is_lowered = ruled[finding.id].rank < finding.mode.rank
            counts.setdefault(finding.policy, Judged()).held_back += is_lowered


def _add(known: Judged, outcome: _Outcome) -> None:
    known.judged += outcome.result is not Result.SKIPPED
    known.unknown += outcome.result is Result.UNKNOWN
    known.excepted += outcome.result is Result.EXCEPTED
    if outcome.result in _PLAIN or known.mode is None:
        known.mode = outcome.mode


def _page(connection: Connection, since: datetime, after: int) -> _Page | None:
    wanted = and_(decisions.c.seq > after, decisions.c.recorded_at >= since, OF_EVENTS)
    columns = (decisions.c.seq, decisions.c.ticket_seq, decisions.c.recorded_at, decisions.c.verdict)
    rows = connection.execute(select(*columns).where(wanted).order_by(decisions.c.seq).limit(_PAGE)).all()
    if not rows:
        return None
    ruled: dict[tuple[int, datetime], dict[str, Mode]] = {}
    # A finding is written down once, with the decision that made it first: they share ticket and time.
    made = select(findings.c.ticket_seq, findings.c.recorded_at, findings.c.id, findings.c.mode)
    in_page = and_(decisions.c.seq.between(rows[0].seq, rows[-1].seq), decisions.c.recorded_at >= since)
    visits = select(decisions.c.ticket_seq, decisions.c.recorded_at).where(in_page).distinct().subquery()
    together = and_(findings.c.ticket_seq == visits.c.ticket_seq, findings.c.recorded_at == visits.c.recorded_at)
    for row in connection.execute(made.join(visits, together)):
        ruled.setdefault((row.ticket_seq, row.recorded_at), {})[row.id] = Mode(row.mode)
    verdicts = [(_DECODER.decode(row.verdict), ruled.get((row.ticket_seq, row.recorded_at), {})) for row in rows]
    return _Page(last=rows[-1].seq, oldest_at=min(row.recorded_at for row in rows), verdicts=verdicts)


def _found(connection: Connection, since: datetime, policy: str | None) -> dict[str, Found]:
    wanted = and_(findings.c.recorded_at >= since, true() if policy is None else findings.c.policy == policy)
    flags: dict[str, list[WrongFlag]] = {}
    for row in connection.execute(_latest_wrong(wanted)):
        flag = WrongFlag(finding_id=row.finding_id, reason=row.reason, given_at=row.given_at)
        flags.setdefault(row.policy, []).append(flag)
    counted = connection.execute(_counts(wanted)).mappings()
    return {
        row["policy"]: Found(**{name: row[name] for name in _COUNTED}, latest_wrong=tuple(flags.get(row["policy"], ())))
        for row in counted
    }


def _answered() -> Subquery:
    """By finding, which commands were accepted."""
    given = (
        func.max(case((answers.c.command == kind, 1), else_=0)).label(kind)
        for kind in (CommandKind.OVERRIDE, CommandKind.APPROVE, CommandKind.WRONG)
    )
    found = select(answers.c.ticket_seq, answers.c.finding_id, *given).where(answers.c.refusal.is_(None))
    return found.group_by(answers.c.ticket_seq, answers.c.finding_id).subquery()


_ANSWERED = _answered()
_TO_AGENTS = findings.c.action_id.is_not(None)
_IS_TOLD = and_(_TO_AGENTS, actions.c.state.in_(ARRIVES))
_OF_DRAFT = findings.c.change_id.startswith(PREFIX)
_OF_EVENT = not_(_OF_DRAFT)
"""Drafts are told apart: nobody has received them, and most are judged again once they are sent."""
_COUNTED: dict[str, ColumnElement[bool]] = {
    "hits": _OF_EVENT,
    "notes": and_(_TO_AGENTS, findings.c.mode == Mode.NOTE),
    "blocks": and_(_TO_AGENTS, findings.c.mode == Mode.BLOCK),
    "ops": and_(_OF_EVENT, findings.c.action_id.is_(None), findings.c.mode == Mode.NOTE),
    "told": _IS_TOLD,
    "overrides": and_(_OF_EVENT, _ANSWERED.c.override == 1),
    "approvals": and_(_OF_EVENT, _ANSWERED.c.approve == 1),
    "wrong": and_(_OF_EVENT, _ANSWERED.c.wrong == 1),
    "told_wrong": and_(_IS_TOLD, _ANSWERED.c.wrong == 1),
    **{one.value: and_(_IS_TOLD, findings.c.followed_by == one) for one in Correction},
    "drafts": _OF_DRAFT,
    "drafts_overridden": and_(_OF_DRAFT, _ANSWERED.c.override == 1),
    "drafts_approved": and_(_OF_DRAFT, _ANSWERED.c.approve == 1),
    "drafts_wrong": and_(_OF_DRAFT, _ANSWERED.c.wrong == 1),
}


def _counts(wanted: ColumnElement[bool]) -> Select[tuple[str]]:
    counted = (cast(func.sum(case((holds, 1), else_=0)), Integer).label(name) for name, holds in _COUNTED.items())
    theirs = and_(_ANSWERED.c.ticket_seq == findings.c.ticket_seq, _ANSWERED.c.finding_id == findings.c.id)
    rows = select(findings.c.policy, *counted).outerjoin(_ANSWERED, theirs)
    return rows.outerjoin(actions, actions.c.id == findings.c.action_id).where(wanted).group_by(findings.c.policy)


def _latest_wrong(wanted: ColumnElement[bool]) -> Select[tuple[str, str, str, datetime]]:
    newest = func.row_number().over(partition_by=findings.c.policy, order_by=(answers.c.given_at.desc(), answers.c.id))
    told = (findings.c.policy, answers.c.finding_id, answers.c.reason, answers.c.given_at, newest.label("place"))
    theirs = and_(answers.c.ticket_seq == findings.c.ticket_seq, answers.c.finding_id == findings.c.id)
    counts = and_(wanted, answers.c.command == CommandKind.WRONG, answers.c.refusal.is_(None))
    ranked = select(*told).join(answers, theirs).where(counts).subquery()
    columns = (ranked.c.policy, ranked.c.finding_id, ranked.c.reason, ranked.c.given_at)
    return select(*columns).where(ranked.c.place <= MOST_REASONS).order_by(ranked.c.policy, ranked.c.place)
