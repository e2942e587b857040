"""The line at the end of each note of ours: which action it belongs to, and what else the action did.

Freshdesk keeps no record of who changed a status or a tag, so the note has to: read back, it tells our own
changes from everybody else's, also after a restart. It is visible because hidden markup may be cleaned away.
"""

import re
from dataclasses import dataclass

SEPARATOR = " · "
MOST_STEPS = 40
LONGEST_STEP = 90

_LINE = re.compile(r"Ombuds action (?P<id>[\w.:-]{1,80})(?P<steps>(?:\s·\s[^·]{1,100}){0,40})\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """One action of ours on a ticket, as its note tells it. `group_id` is the group the ticket was handed to."""

    action_id: str
    is_reopened: bool = False
    tagged: tuple[str, ...] = ()
    untagged: tuple[str, ...] = ()
    group_id: str | None = None
    unknown_group: str | None = None
    """The group it should have been handed to, had there been one; for the admin's eyes."""

    @property
    def line(self) -> str:
        """The line as text, to be escaped where it goes into HTML."""
        steps = [f"Ombuds action {self.action_id}"]
        steps += ["reopened"] if self.is_reopened else []
        steps += [f"tagged {tag}" for tag in self.tagged]
        steps += [f"untagged {tag}" for tag in self.untagged]
        steps += [f"group {self.group_id}"] if self.group_id else []
        steps += [f"found no group {self.unknown_group}"] if self.unknown_group else []
        return SEPARATOR.join(step.replace("·", "-")[:LONGEST_STEP] for step in steps[:MOST_STEPS])


def read_marker(text: str) -> Marker | None:
    """The marker that a note ends with; None if it ends otherwise."""
    start = text.rfind("Ombuds action ")
    found = _LINE.match(text, start) if start >= 0 else None
    if found is None:
        return None
    steps = [step.strip() for step in found["steps"].split("·")[1:]]
    groups = _after("group ", steps)
    return Marker(
        action_id=found["id"],
        is_reopened="reopened" in steps,
        tagged=_after("tagged ", steps),
        untagged=_after("untagged ", steps),
        group_id=groups[0] if groups else None,
    )


def _after(prefix: str, steps: list[str]) -> tuple[str, ...]:
    return tuple(step.removeprefix(prefix) for step in steps if step.startswith(prefix))
