"""Who a reply comes from: the address it leaves from, and the name under it."""

import re2

from policies.phrases import sentences
from policies.reading import UNKNOWN, Fact, FactType, Moment, Reading
from policies.signals.thread import Message, find, reply_of
from policies.signature import is_closing_formula
from policies.verdict import Evidence

_NAME = re2.compile(r"^\p{Lu}[\p{L}'.-]*(?:\s+\p{Lu}[\p{L}'.-]*){0,3}$")
# "Anna from Customer Care", "Anna | Support", "Team at Acme": what stands first is who signs.
_PARTS = re2.compile(r"(?i)\s*(?:[,|/•·(]|\s-\s|\s[–—]\s|\sfrom\s|\sat\s|\sof\s|\svon\s|\sde\s|\bvom\s)\s*")
_BULLETS = "-–—~* _|"


def sender(moment: Moment) -> Reading:
    """The address the reply leaves from."""
    reply = reply_of(moment)
    if reply is None:
        return UNKNOWN
    address = reply.comment.sender or moment.ticket.sender
    if address is None:
        return UNKNOWN
    return Reading(value=address.lower(), evidence=(Evidence(text=address, change_id=moment.change.id),))


def signed_by(moment: Moment) -> Reading:
    """Who signs the reply."""
    reply = reply_of(moment)
    if reply is None:
        return UNKNOWN
    written = (line.strip(_BULLETS + ",.!") for line in _signature(moment, reply).split("\n"))
    lines = [line for line in written if line and not is_closing_formula(line)]
    if _names_the_agent(moment, lines):
        return Reading(value="person")
    for line in lines:
        first = _PARTS.split(line, 1)[0]
        if find(moment, "department", first):
            return Reading(value="department", evidence=(_signed(reply, line),))
        if _NAME.search(first):
            return Reading(value="person")
    return Reading(value="nobody")


def _signature(moment: Moment, reply: Message) -> str:
    """The signature; else a last line of a few words that name a department and end without a full stop."""
    own = reply.said
    if own.signature:
        return own.signature
    *before, last = (own.text[start:end].strip() for start, end in sentences(own.text)) if own.text.strip() else [""]
    is_name = len(last.split()) <= 6 and _NAME.search(last.removeprefix("The ")) and find(moment, "department", last)
    return last if before and is_name else ""


def _names_the_agent(moment: Moment, lines: list[str]) -> bool:
    """Whether a part of the agent's own name stands in the signature, unless the agent is called like a department."""
    name = moment.change.actor.name
    if find(moment, "department", name):
        return False
    words = {word.lower() for line in lines for word in line.replace(",", " ").split()}
    return any(part.lower() in words for part in name.split() if len(part) > 2)


def _signed(reply: Message, line: str) -> Evidence:
    start = reply.comment.text.rfind(line)
    return reply_evidence(reply, line, start if start >= 0 else None)


def reply_evidence(reply: Message, text: str, start: int | None) -> Evidence:
    """A stretch of the reply that is not among its own words, such as a line of the signature."""
    return Evidence(text=text, change_id=reply.change.id, start=start, end=None if start is None else start + len(text))


FACTS = (
    Fact(
        name="reply.sender",
        type=FactType.TEXT,
        means="The address the public reply leaves from, in lower case: the reply's own, else the ticket's.",
        unknown="when the change carries no public reply, or the helpdesk does not tell the address",
        example='{reply.sender: {matches: "noreply@*"}}',
        read=sender,
        said=("the reply left from {}", ""),
    ),
    Fact(
        name="reply.signed_by",
        type=FactType.CHOICE,
        means="Who signs the public reply: a person by name, a department, or nobody.",
        unknown="when the change carries no public reply",
        example="{reply.signed_by: department}",
        read=signed_by,
        choices=("person", "department", "nobody"),
        said=("the reply is signed by: {}", ""),
    ),
)
"""What a policy may ask about where a reply comes from."""
