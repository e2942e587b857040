"""What `{{triggered_event}}` says: Freshdesk's own notation in braces, which is not JSON.

Seen: `{note_type:private}`, `{status:{from:4,to:6}}`. Only the first of several things that happened is told, so
this names a delivery for the metrics and is never evidence. Source: recorded bodies in zulip/zulip under
zerver/webhooks/freshdesk, read 2026-11.
"""

import re
from dataclasses import dataclass

KNOWN_KEYS = frozenset(
    {
        "customer_feedback",
        "group_id",
        "note_type",
        "priority",
        "reply_sent",
        "responder_id",
        "source",
        "status",
        "tag",
        "ticket_action",
        "ticket_type",
        "time_sheet_action",
    }
)
LONGEST = 2_000

_MOVE = re.compile(r"\{\s*from\s*:(?P<before>.*),\s*to\s*:(?P<after>.*)\}", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggeredEvent:
    """One thing that happened, as far as it could be read. `raw` is always all of it, cut at `LONGEST` characters."""

    raw: str
    key: str = ""
    value: str = ""
    """For `{key:value}`; empty for a move."""
    before: str | None = None
    after: str | None = None

    @property
    def label(self) -> str:
        """The key if it is a known one, else `unknown`: safe as a metric's label."""
        return self.key if self.key in KNOWN_KEYS else "unknown"


def parse_triggered_event(raw: object) -> TriggeredEvent:
    """What could be read of it; never raises, whatever it is given."""
    text = raw[:LONGEST] if isinstance(raw, str) else ""
    inner = text.strip()
    if not (inner.startswith("{") and inner.endswith("}") and ":" in inner):
        return TriggeredEvent(raw=text)
    key, _, value = inner[1:-1].partition(":")
    value = value.strip()
    if move := _MOVE.fullmatch(value):
        before, after = move["before"].strip(), move["after"].strip()
        return TriggeredEvent(raw=text, key=key.strip(), before=before, after=after)
    return TriggeredEvent(raw=text, key=key.strip(), value=value)
