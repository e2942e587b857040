"""What an app need not ask about: the kinds of change that no policy in force could say a word to. Pure.

A policy is weighed with nothing known but the kind of change: only what is false whatever the ticket holds is left out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from policies.evaluation import weigh
from policies.facts import FACTS
from policies.judgement import in_force
from policies.policy import Policy, Rulebook, Unchecked
from policies.reading import UNKNOWN, Fact, FactType, Reading
from policies.ticket import Role
from policies.verdict import Mode, Point, Tell, Value
from service.enforcement import Limits
from service.gate_bodies import DraftSeen, Kind
from service.gate_drafts import status_of

TIMEOUT_MS = 3_000
"""How long an app waits before it decides alone; both helpdesks' agents wait as long for a page."""

_SAYS_NOTHING: Mapping[str, Value] = {"change.is_public_reply": False}
_MOVES_NOTHING: Mapping[str, Value] = {"change.solves": False}
_TAGS_NOTHING: Mapping[str, Value] = {"change.tags_added": (), "change.tags_removed": (), "change.macros": ()}

KINDS: Mapping[str, Mapping[str, Value]] = {
    "public_reply": {"change.is_public_reply": True, **_MOVES_NOTHING},
    "internal_note": {**_SAYS_NOTHING, **_MOVES_NOTHING, **_TAGS_NOTHING},
    "solve": {"change.solves": True},
    "properties": {**_SAYS_NOTHING, **_MOVES_NOTHING, **_TAGS_NOTHING},
    "tags": {**_SAYS_NOTHING, **_MOVES_NOTHING},
}
"""What is known of a change of each kind. A draft of several kinds is asked about if one of them is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """For one kind of change: whether to ask, and what becomes of it if no answer comes."""

    ask: bool
    unchecked: Unchecked


def plan_of(rulebook: Rulebook, limits: Limits) -> dict[str, Plan]:
    """By kind. Policies that only observe here for now are asked about too: their decisions are recorded."""
    loud = [policy for policy in in_force(rulebook.policies, Point.DRAFT) if _is_loud(policy)]
    return {kind: _plan([one for one in loud if _could_apply(one, kind)], limits) for kind in KINDS}


def kinds_in(draft: DraftSeen) -> tuple[str, ...]:
    """The kinds of change in a draft. One of which nothing could be read may be any."""
    if not draft.seen and draft.kind is Kind.NONE:
        return tuple(KINDS)
    ends = status_of(draft.status)
    has = {
        draft.kind.value: draft.kind is not Kind.NONE,
        "solve": ends is not None and ends.is_done,
        "tags": bool(draft.tags_added or draft.tags_removed or draft.macro),
    }
    return tuple(kind for kind, is_there in has.items() if is_there) or ("properties",)


def is_about_reply(fact: Fact) -> bool:
    """Whether it says yes or no of a reply: without one it is false."""
    return fact.type is FactType.BOOL and fact.name.startswith("reply.")


def unchecked_of(rulebook: Rulebook, limits: Limits, kinds: Iterable[str]) -> Unchecked:
    """What becomes of a draft of these kinds that was not judged."""
    plans = plan_of(rulebook, limits)
    is_blocked = any(plans[kind].unchecked is Unchecked.BLOCK for kind in kinds)
    return Unchecked.BLOCK if is_blocked else Unchecked.ALLOW


def _is_loud(policy: Policy) -> bool:
    return policy.tell is Tell.AGENTS and policy.strictest(Point.DRAFT).rank >= Mode.NOTE.rank


def _plan(policies: list[Policy], limits: Limits) -> Plan:
    is_blocked = any(one.unchecked is Unchecked.BLOCK and _may_block(one, limits) for one in policies)
    return Plan(ask=bool(policies), unchecked=Unchecked.BLOCK if is_blocked else Unchecked.ALLOW)


def _may_block(policy: Policy, limits: Limits) -> bool:
    is_held = limits.is_stopped or limits.paused.holds(policy.id) or limits.ceiling is not Mode.BLOCK
    return not is_held and policy.strictest(Point.DRAFT) is Mode.BLOCK


def _could_apply(policy: Policy, kind: str) -> bool:
    known: dict[str, Value] = {"actor.role": Role.AGENT.value, "change.rule": "", **KINDS[kind]}

    def read(fact: Fact) -> Reading:
        if known.get("change.is_public_reply") is False and is_about_reply(fact):
            return Reading(value=False)
        return Reading(value=known[fact.name]) if fact.name in known else UNKNOWN

    return all(weigh(part, FACTS, read).truth is not False for part in (policy.applies_to, policy.when))
