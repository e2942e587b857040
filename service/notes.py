"""What an agent reads: an internal note that says what was seen, why it matters and what would be better.

HTML of p, strong, em, blockquote, ul, li, code and br alone. Whatever comes from a ticket or a policy is escaped, and
made harmless to the helpdesks' own placeholders.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

from policies.verdict import Finding, Mode

MOST_FINDINGS = 6
MOST_QUOTES = 3
LONGEST_QUOTE = 200

_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_PLACEHOLDER = re.compile(r"\{(?=[{%])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A finding to tell of, and the mode that was in force."""

    finding: Finding
    mode: Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """What was done to the ticket besides the note."""

    is_reopened: bool = False
    removed_tags: tuple[str, ...] = ()
    group: str | None = None


def note(told: Sequence[Told], refusals: Sequence[str], undone: Undone, *, approvers: Sequence[str] = ()) -> str | None:
    """The note for all findings of a visit, the worst first; None if there is nothing to say."""
    shown = sorted(told, key=lambda item: (item.mode.rank, item.finding.severity.rank), reverse=True)
    parts = [_finding(item) for item in shown[:MOST_FINDINGS]]
    if len(shown) > MOST_FINDINGS:
        parts.append(_paragraph(f"And {len(shown) - MOST_FINDINGS} more, which are on record."))
    parts.append(_undone(undone))
    if shown:
        ways = [way for item in shown[:MOST_FINDINGS] for way in _ways_out(item, approvers)]
        parts.append(_paragraph("<br>".join(("To answer, write an internal note:", *ways))))
    parts += [_paragraph(f"<strong>Ombuds:</strong> {escape(refusal)}") for refusal in refusals[:MOST_FINDINGS]]
    return "".join(parts) or None


def _finding(item: Told) -> str:
    finding = item.finding
    lead = "Ombuds asks for a second look:" if item.mode is Mode.BLOCK else "Ombuds noticed:"
    quotes = dict.fromkeys(_quotable(seen.text) for seen in finding.evidence if seen.text not in finding.explanation)
    return "".join(
        (
            _paragraph(f"{lead} <strong>{escape(finding.title)}</strong>"),
            _paragraph(escape(finding.explanation)),
            *(f"<blockquote>{escape(text)}</blockquote>" for text in list(quotes)[:MOST_QUOTES]),
            _paragraph(f"<em>{escape(finding.why)}</em>"),
            _paragraph(f"<strong>What helps:</strong> {escape(finding.advice)}") if finding.advice else "",
        )
    )


def _undone(undone: Undone) -> str:
    """True whoever did it: by the time the note arrives, somebody may have been quicker."""
    told = []
    if undone.is_reopened:
        told.append("The ticket is open again.")
    if undone.removed_tags:
        tags = ", ".join(f"<code>{escape(tag)}</code>" for tag in undone.removed_tags)
        told.append(f"Taken off: {tags}.")
    if undone.group:
        told.append(f"For {escape(undone.group)} to look at.")
    return _paragraph(" ".join(told)) if told else ""


def _ways_out(item: Told, approvers: Sequence[str]) -> tuple[str, str]:
    """How to answer, in words to copy."""
    finding_id = escape(item.finding.id)
    mistaken = f"<code>#ombuds wrong {finding_id} reason</code> if this is a mistake"
    if item.mode is Mode.BLOCK or not item.finding.overridable:
        who = f" from {escape(' or '.join(approvers))}" if approvers else ""
        return f"<code>#ombuds approve {finding_id} reason</code> lets it pass; a colleague{who} can do so", mistaken
    return f"<code>#ombuds override {finding_id} reason</code> if there is a good reason for it", mistaken


def _paragraph(inner: str) -> str:
    return f"<p>{inner}</p>"


def _quotable(text: str) -> str:
    """One line, shortened at a word."""
    line = " ".join(_UNSEEN.sub(" ", text).split())
    if len(line) <= LONGEST_QUOTE:
        return line
    cut = line[: LONGEST_QUOTE - 1]
    return (cut.rsplit(" ", 1)[0] or cut) + "…"


def escape(text: str) -> str:
    """Text that is only text: no markup, no placeholder, nothing that hides or turns around what follows."""
    return _PLACEHOLDER.sub("{\u200b", html.escape(_UNSEEN.sub(" ", text)))
