"""What was sent although the gate would have refused it: past the gate, or by a way on which nobody asks it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain

from policies.engine import judge
from policies.ticket import Change, Role
from policies.verdict import Mode, Point, Verdict
from service.drafts import PAST_THE_GATE, draft_id
from service.enforcement import Found
from service.gate_rulings import rulings_of
from service.review import Material, Review
from service.store.drafts import verdicts_of_drafts
from service.store.records import Past, Visit
from service.store.store import Store


async def bypasses(store: Store, visit: Visit, material: Material, reviewed: Review) -> list[tuple[str, str]]:
    """Policy and path of each; `material` is what was reviewed. Raises StoreError."""
    suspects = await asyncio.to_thread(_suspects, material, reviewed)
    if not suspects:
        return []
    ids = sorted({draft_id(found.change) for found in suspects})
    drafts = await store.ask(partial(verdicts_of_drafts, ticket_seq=visit.ticket_seq, draft_ids=ids))
    paths = [(found.finding.policy, _path(found, drafts, material.past)) for found in suspects]
    return [(policy, path) for policy, path in paths if path is not None]


def _path(found: Found, drafts: Mapping[str, Verdict], past: Past) -> str | None:
    """How it got out; None if the gate saw just that last and let it pass."""
    draft, policy = draft_id(found.change), found.finding.policy
    if draft not in drafts:
        return found.change.via
    is_found = any(finding.policy == policy for finding in drafts[draft].findings)
    refused = {one.policy for one in past.findings if one.change_id == draft and one.mode is Mode.BLOCK}
    return PAST_THE_GATE if is_found and policy in refused else None


def _suspects(material: Material, reviewed: Review) -> list[Found]:
    """What was found in what agents did, and the gate would have refused as well."""
    found = [ruling.found for ruling in reviewed.plan.rulings if ruling.found.change.actor.role is Role.AGENT]
    known = {(one.finding.policy, one.change.id) for one in found}
    changes = {one.change.id: one.change for one in found}.values()
    past = replace(material.past, answers=(*material.past.answers, *reviewed.answers))
    refused = chain.from_iterable(_refused(material, change, past) for change in changes)
    return [one for one in refused if (one.finding.policy, one.change.id) in known]


def _refused(material: Material, change: Change, past: Past) -> Sequence[Found]:
    """What the gate would have refused it for, after all that was answered until now."""
    verdict = judge(
        material.rulebook,
        material.ticket,
        change,
        material.now,
        point=Point.DRAFT,
        calendar=material.calendar,
        astray=material.astray,
        usage=material.in_doubt.usage,
    )
    rulings = rulings_of(material.ticket, change, verdict.findings, past, material.limits, knows_past=True)
    return [ruling.found for ruling in rulings if ruling.mode is Mode.BLOCK]
