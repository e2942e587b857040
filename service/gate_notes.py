"""The internal note that asks colleagues for a second look at something that was not sent yet."""

from collections.abc import Sequence

from policies.verdict import Finding
from service.notes import command, escape, paragraph, quotes

_MOST_QUOTES = 5


def asks_second_look(finding: Finding, *, asked_by: str, reason: str, approvers: Sequence[str]) -> str:
    """What was found, in the draft's own words, why somebody asks, and how to let it pass. Safe HTML as in `notes`."""
    who = escape(asked_by) or "An agent"
    way = (
        f"{command('approve', [finding.id])} lets it pass; a colleague from {escape(' or '.join(approvers))} can do so"
    )
    return "".join(
        (
            paragraph(
                f"Ombuds: {who} asks for a second look before this is sent: <strong>{escape(finding.title)}</strong>"
            ),
            paragraph(escape(finding.explanation)),
            *(f"<blockquote>{escape(text)}</blockquote>" for text in quotes(finding)[:_MOST_QUOTES]),
            paragraph(f"<em>{escape(finding.why)}</em>"),
            paragraph(f"<strong>{who} says:</strong> {escape(reason)}") if reason else "",
            paragraph(f"To answer, write an internal note:<br>{way}"),
        )
    )
