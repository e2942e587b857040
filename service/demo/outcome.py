"""What came of a scene: read from the store and from the desk, never from what was hoped for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from policies.ticket import Status
from policies.verdict import Action, Finding, Mode, Verdict
from service.demo.story import PREPARED_TAG, Scene
from service.store.records import ActionState, Past


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What came of one scene."""

    scene: Scene
    findings: tuple[tuple[Finding, Mode], ...]
    """With the mode that was in force."""
    deeds: tuple[str, ...]
    """What was done to the ticket besides a note."""
    notes: tuple[str, ...]
    """The HTML of internal notes that were not there before."""
    view: dict[str, Any]
    """The ticket as the desk shows it now."""

    @property
    def missing(self) -> tuple[str, ...]:
        """What did not come, or came and was not expected, as sentences; empty if all is well."""
        found = {finding.policy for finding, _ in self.findings}
        missing = [f"{policy} did not find anything" for policy in sorted(self.scene.expected - found)]
        missing += [f"{policy} found something it should not" for policy in sorted(found - self.scene.expected)]
        if self.scene.reopened and self.view["status"] != Status.OPEN:
            missing.append(f"the ticket is {self.view['status']} and not open again")
        if self.scene.untagged and PREPARED_TAG in self.view["tags"]:
            missing.append(f"the tag {PREPARED_TAG} is still there")
        return tuple(missing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a ticket stands: in our store, and at the desk."""

    verdicts: tuple[Verdict, ...]
    past: Past
    view: dict[str, Any]

    @property
    def is_acting(self) -> bool:
        """Whether something is decided and not yet done."""
        return any(stored.state is ActionState.PENDING for stored in self.past.actions)

    @property
    def notes(self) -> list[str]:
        """The HTML of all internal notes."""
        return [comment["html"] or comment["text"] for comment in self.view["comments"] if not comment["public"]]


def what_came(scene: Scene, change_id: str, before: Standing, after: Standing) -> Seen:
    """What one scene brought, told from how things stood before and after it; the strictest finding first."""
    modes = {finding.id: finding.mode for finding in after.past.findings}
    fresh = (verdict for verdict in after.verdicts[len(before.verdicts) :] if verdict.change_id.startswith(change_id))
    found = [(finding, modes.get(finding.id, finding.mode)) for verdict in fresh for finding in verdict.findings]
    actions = [stored.action for stored in after.past.actions[len(before.past.actions) :]]
    return Seen(
        scene=scene,
        findings=tuple(sorted(found, key=lambda it: it[1].rank, reverse=True)),
        deeds=tuple(_deeds(actions, before.view, after.view)),
        notes=tuple(after.notes[len(before.notes) :]),
        view=after.view,
    )


def _deeds(actions: Sequence[Action], before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    if any(action.reopen for action in actions):
        yield "ticket reopened"
    for action in actions:
        yield from (f"tag {tag} removed" for tag in action.remove_tags)
        yield from (f"tag {tag} added" for tag in action.add_tags if tag not in before["tags"])
    if after["group"] != before["group"]:
        yield f"handed to the group {after['group']}"
