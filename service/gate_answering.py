"""What agents answer to findings in drafts, and how it stands with them until a colleague has answered."""

import re
from functools import partial

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from policies.verdict import Finding
from service.drafts import State, name_of, state_of
from service.gate import Gate
from service.gate_bodies import Reply
from service.gate_door import Door, Refused, read
from service.gate_replies import (
    answer_of,
    finding_in,
    may_override,
    refusal_of,
    second_look_of,
    second_look_refusal,
)
from service.store.archive import find_decision
from service.store.drafts import Known, keep_answer, known, plan_second_look
from service.store.records import CommandKind, StoredFinding, TicketKey

_TICKET = re.compile("[1-9][0-9]{0,19}")
log = structlog.get_logger(__name__)


async def _say(command: CommandKind, gate: Gate, door: Door, request: Request) -> Response:
    """Keeps what an agent says to a finding. Raises Refused, StoreError."""
    reply = await read(request, Reply, within_s=gate.body_read_s)
    key, rulebook = door.key(reply.ticket), gate.rulebooks.current
    what = await _known(gate, key)
    finding = finding_in(what.past, reply.finding)
    refusal = refusal_of(finding, command, rulebook)
    answer = answer_of(finding, command, reply, refusal, gate.clock())
    outcome = "accepted" if refusal is None else "refused"
    gate.metrics.answers.labels(policy=finding.policy, command=command, outcome=outcome).inc()
    if refusal is not None:
        raise Refused("not_allowed", refusal)
    await keep_answer(gate.store, key, answer)
    log.info("draft's finding answered", **key.logged, policy=finding.policy, command=command)
    state = State.OVERRIDDEN if command is CommandKind.OVERRIDE else State.WRONG
    return JSONResponse({"finding": finding.id, "state": state})


override = partial(_say, CommandKind.OVERRIDE)
wrong = partial(_say, CommandKind.WRONG)


async def second_look(gate: Gate, door: Door, request: Request) -> Response:
    """Leaves a note on the ticket, by a worker, that asks colleagues. Raises Refused, StoreError."""
    reply = await read(request, Reply, within_s=gate.body_read_s)
    key, rulebook = door.key(reply.ticket), gate.rulebooks.current
    what = await _known(gate, key)
    finding = finding_in(what.past, reply.finding)
    state, _ = state_of(key, finding, what.past, may_override=may_override(finding, rulebook))
    if state is not State.OPEN:
        return JSONResponse({"finding": finding.id, "state": state})
    limits = gate.limits_of(door, rulebook, gate.pauses.last)
    refusal = second_look_refusal(finding, rulebook, limits.approvers, what.past, gate.clock())
    if refusal is not None:
        raise Refused("not_allowed", refusal)
    told = await _told(gate, key, finding)
    await plan_second_look(gate.store, key, second_look_of(key, finding, told, reply, limits), gate.clock())
    log.info("second look asked for", **key.logged, policy=finding.policy)
    return JSONResponse({"finding": finding.id, "state": State.ASKED})


async def finding(gate: Gate, door: Door, request: Request) -> Response:
    """How it stands with a finding, who said so and why. Raises Refused, StoreError."""
    ticket = request.query_params.get("ticket", "")
    if not _TICKET.fullmatch(ticket):
        raise Refused("unreadable", "Please name the ticket: /findings/F7K2QX?ticket=42.")
    key = door.key(ticket)
    what = await _known(gate, key)
    found = finding_in(what.past, request.path_params["finding"])
    may = may_override(found, gate.rulebooks.current)
    state, given = state_of(key, found, what.past, may_override=may)
    who = name_of(what.ticket, given.actor_id) if given else None
    return JSONResponse({"finding": found.id, "state": state, "by": who, "reason": given.reason if given else None})


async def _known(gate: Gate, key: TicketKey) -> Known:
    """What is known of the ticket, and so what its agents were told a moment ago."""
    await gate.finish()
    return await known(gate.store, key)


async def _told(gate: Gate, key: TicketKey, finding: StoredFinding) -> Finding:
    """The finding with its words, out of the decision that made it."""
    decision = await find_decision(gate.store, finding.id)
    if decision is not None and decision.ticket == key:
        for one in decision.verdict.findings:
            if one.id == finding.id:
                return one
    raise Refused("not_found", "What was found is not kept any more: ask about the draft again.")
