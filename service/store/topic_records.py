"""What is counted of topics: declared changes, and words that answers were in doubt about."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

NO_TOPIC = "-"
"""The topic of what ops are told beside any bulletin."""
UNDECLARED = "undeclared: "
"""How a topic begins that no bulletin declares: no bulletin's id holds a blank."""


class MentionKind(StrEnum):
    """What a change has to do with a declared change."""

    ASK = "ask"
    HEDGE = "hedge"
    CONTRADICTION = "contradiction"
    OPS_NOTE = "ops_note"
    """A finding of a policy that is told to ops."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A change that speaks of a topic. `policy` is the policy of an OPS_NOTE, else empty."""

    change_id: str
    topic: str
    kind: MentionKind
    policy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A word of a question that a change left in doubt. `word` and `customer` are fingerprints.

    `name` is the word itself, None until several customers have used it.
    """

    change_id: str
    word: str
    name: str | None
    customer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """Since when something counts as new, and since when as usual; `days` between them, None if too few to tell."""

    new_since: datetime
    usual_since: datetime
    days: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic over all tickets. `ops_notes`: how often ops were told, by policy.

    `is_declared` None: ops were told of something beside any topic.
    """

    id: str
    is_declared: bool | None
    tickets: int
    asks: int
    hedges: int
    contradictions: int
    ops_notes: dict[str, int]
    newest_at: datetime
