"""A draft from the app's question to its answer: judged within a time, recorded, and never an error for the agent."""

import asyncio

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from policies.calendar import STANDARD
from policies.policy import Rulebook, Unchecked
from service.enforcement import Limits
from service.gate import Gate
from service.gate_bodies import Ask, DraftSeen, Kind, MessageSeen, TicketSeen
from service.gate_door import Door, read
from service.gate_judging import Bench, JudgedDraft, as_json, judge_draft, unchecked_json
from service.gate_plan import kinds_in, unchecked_of
from service.store.drafts import DraftRecord, Known, grounds, record_draft
from service.store.errors import StoreError
from service.store.records import TicketKey
from service.telling import count_decisions
from service.topics import A_DAY

NEW = "new"
"""In place of the id of a ticket that is not there yet. No ticket has it."""
_HELLO = "Hello, where is my order? I have waited for two weeks."
log = structlog.get_logger(__name__)


async def ask(gate: Gate, door: Door, request: Request) -> Response:
    """The verdict on a draft. Raises Refused, StoreError."""
    with gate.metrics.gate_s.time():
        asked = await read(request, Ask, within_s=gate.body_read_s)
        key, rulebook = door.key(asked.ticket.id or NEW), gate.rulebooks.current
        try:
            if asked.draft.seen:
                return await _answer(gate, door, asked, rulebook)
            await gate.pauses.current()
            reason = "unseen"
        except TimeoutError:
            reason = "slow"
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, an agent waits for an answer
            # Without its text, which may hold a customer's words.
            log.error("draft not judged: a fault of ours", **key.logged, error=type(error).__name__)  # noqa: TRY400
            reason = "failed"
        limits = gate.limits_of(door, rulebook, gate.pauses.last)
        verdict = unchecked_of(rulebook, limits, kinds_in(asked.draft))
        if not asked.live:
            _tell_unchecked(gate, key, reason, verdict)
        return JSONResponse(unchecked_json(reason, verdict))


async def warm_up(gate: Gate, rulebook: Rulebook) -> None:
    """Judges a harmless draft, with every phrase pack once: what is first used takes a second to be made ready."""
    told = Ask(
        ticket=TicketSeen(id="1", conversation=(MessageSeen(sender="customer", at=gate.clock(), text=_HELLO),)),
        draft=DraftSeen(kind=Kind.PUBLIC_REPLY, text="It has arrived today.\n\nKind regards\nAnna", status="solved"),
    )
    key = TicketKey(helpdesk="", account="", id="1")
    bench = Bench(rulebook=rulebook, limits=Limits(), ask=told, key=key, known=Known(), now=gate.clock())
    await asyncio.get_running_loop().run_in_executor(gate.judges, _rehearse, bench)


def _rehearse(bench: Bench) -> None:
    for phrases in bench.rulebook.phrases.values():
        phrases.find(_HELLO)
    judge_draft(bench)


async def _answer(gate: Gate, door: Door, asked: Ask, rulebook: Rulebook) -> Response:
    key, now = door.key(asked.ticket.id or NEW), gate.clock()
    async with asyncio.timeout(gate.judge_s):
        since = now - A_DAY if rulebook.bulletins.profiles else None
        found = await grounds(gate.store, key, astray_since=since)
        bench = Bench(
            rulebook=rulebook,
            limits=gate.limits_of(door, rulebook, gate.pauses.seen(found.paused)),
            ask=asked,
            key=key,
            known=found.known,
            now=now,
            calendar=gate.calendars.get((door.kind, door.account), STANDARD),
            astray=found.astray,
            memory=gate.memory,
        )
        judged = await asyncio.get_running_loop().run_in_executor(gate.judges, judge_draft, bench)
    answer = JSONResponse(as_json(judged, bench))
    if asked.live:
        return answer
    _tell(gate, key, judged)
    if asked.ticket.id is not None:
        await gate.later(_record(gate, key, judged))
    return answer


async def _record(gate: Gate, key: TicketKey, judged: JudgedDraft) -> None:
    """What cannot be written down is told to the agent all the same."""
    try:
        at = judged.verdict.at
        await record_draft(gate.store, key, DraftRecord(verdict=judged.verdict, at=at, findings=judged.findings))
    except StoreError as error:
        log.warning("draft judged and not recorded", ticket_id=key.id, error=str(error))


def _tell(gate: Gate, key: TicketKey, judged: JudgedDraft) -> None:
    count_decisions(gate.metrics, [judged.verdict], judged.rulings)
    gate.metrics.gate_verdicts.labels(verdict=judged.word, checked="true").inc()
    findings = [f"{ruling.found.finding.policy}:{ruling.mode}" for ruling in judged.rulings]
    log.info("draft judged", **key.logged, verdict=judged.word, basis=judged.basis, findings=findings)


def _tell_unchecked(gate: Gate, key: TicketKey, reason: str, verdict: Unchecked) -> None:
    outcome = "blocked" if verdict is Unchecked.BLOCK else "allowed"
    gate.metrics.gate_verdicts.labels(verdict=verdict, checked="false").inc()
    gate.metrics.gate_unchecked.labels(helpdesk=key.helpdesk, reason=reason, outcome=outcome).inc()
    log.warning("draft not checked", **key.logged, reason=reason, outcome=outcome)
