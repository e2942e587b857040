"""What is paused: it is judged and recorded as always, and nothing is done about it. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """Since when something is paused, and why; the reason is empty if nobody gave one."""

    since: datetime | None
    """None: nobody told, as with a file that is just there."""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """Everything, or some policies by id, or both: one is resumed without the other."""

    everything: Halt | None = None
    policies: Mapping[str, Halt] = field(default_factory=dict)

    def holds(self, policy: str) -> bool:
        """Whether the policy is paused, be it with everything."""
        return self.everything is not None or policy in self.policies

    def paused(self, policies: Collection[str], halt: Halt) -> "Paused":
        """The same with these paused too; without any, with everything. What is paused already keeps its beginning."""
        if not policies:
            return replace(self, everything=_begun(self.everything, halt))
        added = {policy: _begun(self.policies.get(policy), halt) for policy in policies}
        return replace(self, policies={**self.policies, **added})

    def resumed(self, policies: Collection[str]) -> "Paused":
        """The same without these; without any, nothing at all is paused."""
        if not policies:
            return Paused()
        left = {policy: halt for policy, halt in self.policies.items() if policy not in policies}
        return replace(self, policies=left)


def _begun(before: Halt | None, halt: Halt) -> Halt:
    return halt if before is None else Halt(since=before.since, reason=halt.reason or before.reason)
