"""Mail that a machine wrote and the helpdesk takes for a person's: out-of-office mails, bounces, receipts.

Told by wording, narrowly. One plain phrase is enough ("this is an automatic reply"); of phrases that people use as well
("I am out of the office") it takes two different ones. Whoever says something to the matter is a person, and what is
adverse is an agent's word and judged as his, whatever it calls itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from policies.phrases import PhraseSet, Tier
from policies.text import said
from policies.ticket import Change, Comment, CommentKind, Role, Ticket

NEWEST = 20
"""Changes that are looked at, from the end: what a machine answered long ago decides nothing any more."""
_LONGEST = 2_000
"""Characters of a machine's mail. A longer one was written by a person, or a person added to it."""
_TO_THE_MATTER = ("objection", "reconsideration", "threat")
_ADVERSE = ("termination", "refusal", "accusation", "recourse_denied", "reason_withheld")
_BOTH_WAYS = 2


def with_machines_apart(ticket: Ticket, phrases: Mapping[str, PhraseSet]) -> Ticket:
    """The ticket, in whose newest messages those of machines are marked as automatic replies."""
    told = tuple(heard_apart(change, phrases) for change in ticket.changes[-NEWEST:])
    return replace(ticket, changes=(*ticket.changes[:-NEWEST], *told))


def heard_apart(change: Change, phrases: Mapping[str, PhraseSet]) -> Change:
    """The change, its message marked as an automatic reply if its words are a machine's."""
    comment = change.comment
    if comment is None or change.is_own or change.actor.role not in (Role.CUSTOMER, Role.AGENT):
        return change
    if comment.kind is not CommentKind.MESSAGE or not comment.is_public or not _is_machines(comment, phrases):
        return change
    if change.actor.role is Role.AGENT and _says(_ADVERSE, comment, phrases):
        return change
    return replace(change, comment=replace(comment, kind=CommentKind.AUTO_REPLY))


def _is_machines(comment: Comment, phrases: Mapping[str, PhraseSet]) -> bool:
    if "auto_reply" not in phrases:
        return False
    text = said(comment).text
    if len(text.strip()) > _LONGEST:
        return False
    found = phrases["auto_reply"].find(text)
    if any(match.tier is Tier.BLOCK for match in found):
        return True
    return len({match.pattern for match in found}) >= _BOTH_WAYS and not _says(_TO_THE_MATTER, comment, phrases)


def _says(signals: Iterable[str], comment: Comment, phrases: Mapping[str, PhraseSet]) -> bool:
    text = said(comment).text
    return any(phrases[signal].find(text) for signal in signals if signal in phrases)
