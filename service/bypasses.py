"""What was sent although the gate would have refused it: past the gate, or by a way on which nobody asks it."""

import asyncio
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import chain

from policies.engine import judge
from policies.ticket import Change, Role
from policies.verdict import Mode, Point, Verdict
from service.drafts import PAST_THE_GATE, accepted, draft_id, let_pass
from service.enforcement import Found, in_force
from service.review import Material, Review
from service.store.drafts import verdicts_of_drafts
from service.store.records import Visit
from service.store.store import Store


async def bypasses(store: Store, visit: Visit, material: Material, reviewed: Review) -> list[tuple[str, str]]:
    """Policy and path of each; `material` is what was reviewed. Raises StoreError."""
    suspects = await asyncio.to_thread(_suspects, material, reviewed)
    if not suspects:
        return []
    ids = sorted({draft_id(found.change) for found in suspects})
    drafts = await store.ask(partial(verdicts_of_drafts, ticket_seq=visit.ticket_seq, draft_ids=ids))
    paths = [(found.finding.policy, _path(found, drafts)) for found in suspects]
    return [(policy, path) for policy, path in paths if path is not None]


def _path(found: Found, drafts: Mapping[str, Verdict]) -> str | None:
    """How it got out; None if the gate saw just that last and let it pass."""
    verdict = drafts.get(draft_id(found.change))
    if verdict is None:
        return found.change.via
    refused = {finding.policy for finding in verdict.findings if finding.mode is Mode.BLOCK}
    return PAST_THE_GATE if found.finding.policy in refused else None


def _suspects(material: Material, reviewed: Review) -> list[Found]:
    """What agents did that the gate would have refused, and that nobody let pass there."""
    _, drafted = accepted((*material.past.answers, *reviewed.answers), material.past)
    found = [ruling.found for ruling in reviewed.plan.rulings if ruling.found.change.actor.role is Role.AGENT]
    known = {(one.finding.policy, one.change.id) for one in found}
    changes = {one.change.id: one.change for one in found}.values()
    return [
        one
        for one in chain.from_iterable(_refused(material, change) for change in changes)
        if (one.finding.policy, one.change.id) in known
        and not let_pass(one.finding, Mode.BLOCK, one.change, drafted, material.limits.note_window)
    ]


def _refused(material: Material, change: Change) -> Iterator[Found]:
    """What the gate would have refused it for."""
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
    found = (Found(finding=finding, change=change) for finding in verdict.findings)
    return (one for one in found if in_force(one, material.ticket, material.limits).mode is Mode.BLOCK)
