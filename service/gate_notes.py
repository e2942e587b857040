"""The internal note that asks colleagues for a second look at something that was not sent yet."""

from collections.abc import Sequence
from datetime import timedelta

from policies.verdict import Finding
from service.notes import command, escape, paragraph, quotes

_MOST_QUOTES = 5


def asks_second_look(
    finding: Finding, *, asked_by: str, reason: str, approvers: Sequence[str], holds_for: timedelta
) -> str:
    """What was found, in the draft's own words, why somebody asks, and how to let it pass. Safe HTML as in `notes`.

    `asked_by`: a name that only the agent's app told, and the note says no more than that. `holds_for`: how long an
    approval lets the policy's findings on the ticket pass; whoever gives it reads no more than the words in question.
    """
    who = f" in the name of {escape(asked_by)}" if asked_by else ""
    way = (
        f"{command('approve', [finding.id])} lets it pass; a colleague from {escape(' or '.join(approvers))} can do so"
    )
    return "".join(
        (
            paragraph(f"Ombuds is asked for a second look{who}, before this is sent:"),
            paragraph(f"<strong>{escape(finding.title)}</strong>"),
            paragraph(escape(finding.explanation)),
            *(f"<blockquote>{escape(text)}</blockquote>" for text in quotes(finding)[:_MOST_QUOTES]),
            paragraph(f"<em>{escape(finding.why)}</em>"),
            paragraph(f"<strong>The reason given:</strong> {escape(reason)}") if reason else "",
            paragraph(f"To answer, write an internal note:<br>{way}"),
            paragraph(
                f"An approval holds for {holds_for / timedelta(hours=1):g} hours, for all that this policy finds in "
                "replies on this ticket. The whole draft can be seen with whoever asks."
            ),
        )
    )
