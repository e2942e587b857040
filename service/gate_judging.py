"""A draft judged: what the policies say, how far it goes, what the customer still waits to hear. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from policies.bulletins import Bulletin
from policies.calendar import STANDARD, Calendar
from policies.declared import declared_answer
from policies.engine import judge
from policies.policy import Rulebook
from policies.verdict import Evidence, Mode, Point, Verdict
from service.drafts import name_of, second_look_id
from service.enforcement import Limits, Ruling
from service.gate_bodies import Ask
from service.gate_drafts import Basis, drafted
from service.gate_memory import Memory
from service.gate_rulings import rulings_of
from service.store.drafts import Known
from service.store.records import CommandKind, StoredFinding, TicketKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """All that a draft is judged from."""

    rulebook: Rulebook
    limits: Limits
    ask: Ask
    key: TicketKey
    known: Known
    now: datetime
    calendar: Calendar = STANDARD
    astray: Mapping[str, int] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)
    """Saves time and changes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedDraft:
    """What came of it."""

    verdict: Verdict
    rulings: tuple[Ruling, ...]
    answer: Bulletin | None
    basis: Basis

    @property
    def told(self) -> tuple[Ruling, ...]:
        """What the agent is told, the worst first."""
        told = (ruling for ruling in self.rulings if ruling.is_told)
        return tuple(sorted(told, key=lambda one: (one.mode.rank, one.found.finding.severity.rank), reverse=True))

    @property
    def word(self) -> str:
        """`allow`, `warn` or `block`."""
        modes = {ruling.mode for ruling in self.told}
        return "block" if Mode.BLOCK in modes else "warn" if modes else "allow"

    @property
    def findings(self) -> tuple[StoredFinding, ...]:
        """The same as it is stored."""
        return tuple(
            StoredFinding(
                id=ruling.found.finding.id,
                policy=ruling.found.finding.policy,
                change_id=ruling.found.change.id,
                actor_id=ruling.found.change.actor.id,
                mode=ruling.mode,
                action_id=None,
                recorded_at=self.verdict.at,
                held_by=ruling.held_by,
            )
            for ruling in self.rulings
        )


def judge_draft(bench: Bench) -> JudgedDraft:
    """The draft judged with the rulebook that its ticket is judged with later."""
    draft = drafted(bench.ask, bench.known, bench.key, bench.now)
    ticket, change = draft.ticket, draft.change
    bench.memory.remind(ticket)
    verdict = judge(
        bench.rulebook,
        ticket,
        change,
        bench.now,
        point=Point.DRAFT,
        calendar=bench.calendar,
        astray=bench.astray,
    )
    # Of a ticket that is not there yet all is known: nothing.
    knows_past = draft.basis is not Basis.NONE or bench.ask.ticket.id is None
    return JudgedDraft(
        verdict=verdict,
        rulings=rulings_of(ticket, change, verdict.findings, bench.known.past, bench.limits, knows_past=knows_past),
        answer=declared_answer(bench.rulebook, ticket, change, bench.now),
        basis=draft.basis,
    )


def as_json(judged: JudgedDraft, bench: Bench) -> dict[str, Any]:
    """The gate's answer."""
    asked = {stored.action.id for stored in bench.known.past.actions}
    return {
        "verdict": judged.word,
        "checked": True,
        "reason": None,
        "basis": judged.basis,
        "findings": [_finding(ruling, bench.key, asked) for ruling in judged.told],
        "passed": _passed(judged.rulings, bench),
        "answers": [_answer(judged.answer)] if judged.answer else [],
    }


def unchecked_json(reason: str, verdict: str) -> dict[str, Any]:
    """The answer where nothing could be judged."""
    told = {"verdict": verdict, "checked": False, "reason": reason, "basis": Basis.NONE}
    return {**told, "findings": [], "passed": [], "answers": []}


def _passed(rulings: Iterable[Ruling], bench: Bench) -> list[dict[str, Any]]:
    """What somebody else's word lets pass, with that word: whoever drafts now may not know of it."""
    said = {
        (one.policy, "approved" if one.command is CommandKind.APPROVE else "answered"): one
        for one in bench.known.past.answers
        if one.refusal is None
    }
    held = {(one.found.finding.policy, one.held_by): one.found.finding.title for one in rulings}
    given = [(title, said[why]) for why, title in held.items() if why in said]
    return [
        {"title": title, "by": name_of(bench.known.ticket, answer.actor_id), "reason": answer.reason}
        for title, answer in given
        if answer.actor_id != str(bench.ask.agent.id or "")
    ]


def _finding(ruling: Ruling, key: TicketKey, asked: set[str]) -> dict[str, Any]:
    finding = ruling.found.finding
    may_override = ruling.mode is not Mode.BLOCK or finding.overridable
    return {
        "id": finding.id,
        "policy": finding.policy,
        "title": finding.title,
        "why": finding.why,
        "explanation": finding.explanation,
        "advice": finding.advice,
        "severity": finding.severity,
        "mode": ruling.mode,
        "evidence": [_evidence(seen, ruling.found.change.id) for seen in finding.evidence],
        "may_override": may_override,
        "needs_second_look": not may_override,
        "second_look": "asked" if second_look_id(key, finding.id) in asked else None,
    }


def _evidence(seen: Evidence, draft_id: str) -> dict[str, Any]:
    """Where it stands in the draft; in another message it has no place here."""
    is_here = seen.change_id == draft_id
    return {"text": seen.text, "start": seen.start if is_here else None, "end": seen.end if is_here else None}


def _answer(bulletin: Bulletin) -> dict[str, str]:
    return {"bulletin": bulletin.id, "title": bulletin.title, "text": bulletin.answer}
