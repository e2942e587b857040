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
MOST_QUOTES_IN_SHORT = 2
LONGEST_QUOTE = 200

UNSENT = (
    "<p>The reply was not mailed to the customer: it is held back and made private. Mend it and send it again; once it "
    "is approved, it may be sent as it was.</p>"
)
"""Where the helpdesk held the reply back."""

NOT_PRIVATE = (
    "<p><strong>Ombuds:</strong> The helpdesk refused to make the reply private. It still waits, and is mailed to the "
    "customer within two hours, unless somebody makes it an internal note before.</p>"
)
"""Where the helpdesk did not do what the note before says."""

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
    is_unsent: bool = False
    """What is told of was held back by the helpdesk, and is not mailed."""


def note(told: Sequence[Told], refusals: Sequence[str], undone: Undone, *, approvers: Sequence[str] = ()) -> str | None:
    """The note for all findings of a visit; None if there is nothing to say.

    The worst finding is told in full, of the others what they are and what helps: who reads it is in a hurry.
    """
    ranked = sorted(told, key=lambda item: (item.mode.rank, item.finding.severity.rank), reverse=True)
    shown = ranked[:MOST_FINDINGS]
    parts = [_in_full(shown[0]), _in_short(shown)] if shown else []
    if len(ranked) > MOST_FINDINGS:
        parts.append(paragraph(f"And {len(ranked) - MOST_FINDINGS} more, which are on record."))
    parts += [UNSENT if undone.is_unsent else "", _undone(undone)]
    if shown:
        parts.append(paragraph("<br>".join(("To answer, write an internal note:", *_ways_out(shown, approvers)))))
    parts += [paragraph(f"<strong>Ombuds:</strong> {escape(refusal)}") for refusal in refusals[:MOST_FINDINGS]]
    return "".join(parts) or None


def _in_full(item: Told) -> str:
    finding = item.finding
    lead = "Ombuds asks for a second look:" if item.mode is Mode.BLOCK else "Ombuds noticed:"
    return "".join(
        (
            paragraph(f"{lead} <strong>{escape(finding.title)}</strong>"),
            paragraph(escape(finding.explanation)),
            *(f"<blockquote>{escape(text)}</blockquote>" for text in quotes(finding)[:MOST_QUOTES]),
            paragraph(f"<em>{escape(finding.why)}</em>"),
            paragraph(f"<strong>What helps:</strong> {escape(finding.advice)}") if finding.advice else "",
        )
    )


def _in_short(shown: Sequence[Told]) -> str:
    """All but the first, each with the words that were not quoted yet."""
    quoted = set(_evidence(shown[0].finding))
    lines = []
    for item in shown[1:]:
        fresh = [text for text in _evidence(item.finding) if text not in quoted][:MOST_QUOTES_IN_SHORT]
        quoted.update(fresh)
        seen = f" {', '.join(f'“{escape(text)}”' for text in fresh)}." if fresh else ""
        name = f"<strong>{escape(item.finding.title)}</strong> (<code>{escape(item.finding.id)}</code>)."
        lines.append(f"<li>{name}{seen} {escape(item.finding.advice)}</li>")
    return paragraph("Also:") + f"<ul>{''.join(lines)}</ul>" if lines else ""


def quotes(finding: Finding) -> list[str]:
    """What the finding rests on, without what its explanation says anyway."""
    explained = {_quotable(seen.text) for seen in finding.evidence if seen.text in finding.explanation}
    return [text for text in _evidence(finding) if text not in explained]


def _evidence(finding: Finding) -> list[str]:
    """What the finding rests on, each once."""
    return list(dict.fromkeys(_quotable(seen.text) for seen in finding.evidence))


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
    return paragraph(" ".join(told)) if told else ""


def _ways_out(shown: Sequence[Told], approvers: Sequence[str]) -> list[str]:
    """How to answer, in words to copy, each way once."""
    who = f" from {escape(' or '.join(approvers))}" if approvers else ""
    strict = [item.finding.id for item in shown if item.mode is Mode.BLOCK or not item.finding.overridable]
    mild = [item.finding.id for item in shown if item.finding.id not in strict]
    ways = (
        ("approve", strict, f"lets it pass; a colleague{who} can do so"),
        ("override", mild, "if there is a good reason for it"),
        ("wrong", [*strict, *mild], "if this is a mistake"),
    )
    return [f"{command(word, ids)} {meaning}" for word, ids, meaning in ways if ids]


def command(word: str, ids: Sequence[str]) -> str:
    """The command for the first of several findings, and the ids of the others."""
    others = f" (or {', '.join(map(escape, ids[1:]))})" if len(ids) > 1 else ""
    return f"<code>#ombuds {word} {escape(ids[0])} reason</code>{others}"


def paragraph(inner: str) -> str:
    """HTML that is safe already, as a paragraph."""
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
