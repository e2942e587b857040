"""What is counted of a policy: what it found, what came of that, and what agents said to it."""

from dataclasses import dataclass
from datetime import datetime

from policies.verdict import Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongFlag:
    """An agent's word that a finding is mistaken."""

    finding_id: str
    reason: str
    given_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A policy's findings and what agents answered to them. Each finding counts once, however often it is answered."""

    hits: int = 0
    """Findings, those included that the policy wants seen because they could not be told."""
    notes: int = 0
    """Ruled to be told to agents by a note."""
    blocks: int = 0
    ops: int = 0
    """Told to ops; no agent hears of these."""
    told: int = 0
    """Of notes and blocks, those that the helpdesk took or may still take."""
    overrides: int = 0
    approvals: int = 0
    wrong: int = 0
    told_wrong: int = 0
    """Of those told, the ones that somebody called wrong."""
    apologised: int = 0
    """Of those told, the ones after which an agent first of all apologised, within a week; then the same of others."""
    reopened: int = 0
    answered: int = 0
    drafts: int = 0
    """Findings in drafts, before they were sent; none of the figures above holds them."""
    drafts_overridden: int = 0
    drafts_approved: int = 0
    drafts_wrong: int = 0
    latest_wrong: tuple[WrongFlag, ...] = ()
    """Three at most, newest first; of drafts as well."""

    @property
    def made_good(self) -> int:
        """Of those told, the ones after which an agent did any of these."""
        return self.apologised + self.reopened + self.answered


@dataclass(slots=True, kw_only=True)
class Judged:
    """What the decisions that are still kept say of a policy. One may be judged again and again by the clock."""

    judged: int = 0
    """Judgements of changes that the policy applies to, or may apply to."""
    unknown: int = 0
    excepted: int = 0
    held_back: int = 0
    """Findings ruled milder than the policy wanted: by ceiling, note window, fuse, an answer, ..."""
    mode: Mode | None = None
    """The policy's mode, as of the newest decision that tells it."""

    @property
    def unknown_share(self) -> float | None:
        """Of the judgements; None if there are none."""
        return self.unknown / self.judged if self.judged else None
