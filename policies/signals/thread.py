"""The conversation as a signal reads it: who spoke, on which side, in what order.

Who counts. The customer is the requester, also when he works for the account. Any other end user, a colleague in
copy for instance, is a bystander: his word neither settles nor reopens the requester's matter, but it does answer a
question an agent asked. Only messages count: no survey, no automatic reply, nothing of our own;
internal notes are asked for by themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from policies.languages import language_of, read_by
from policies.phrases import Match, sentences
from policies.reading import Moment, Reading
from policies.searched import OwnWords, Searched
from policies.text import Said, said
from policies.ticket import Change, Comment, CommentKind, Person, Role, Ticket
from policies.verdict import Evidence, Point

_CLOSES = "%€$£)]\"'»”"
"""What may end a quotation beside a letter or a digit."""
NEWEST = 200
"""Public messages that are read, from the end: a thread of thousands costs no more than one of hundreds."""


class Side(Enum):
    """Whose voice a message is."""

    CUSTOMER = "the requester"
    BYSTANDER = "another end user"
    AGENT = "a human agent"
    RULE = "an automation"


_SIDES = {Role.CUSTOMER: Side.BYSTANDER, Role.AGENT: Side.AGENT, Role.AUTOMATION: Side.RULE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One public message, and on which side it was written."""

    change: Change
    comment: Comment
    side: Side

    @property
    def at(self) -> datetime:
        """When it was sent."""
        return self.change.at

    @property
    def said(self) -> Said:
        """The author's own words."""
        return said(self.comment)

    def quote(self, start: int, end: int) -> Evidence:
        """A stretch of it as evidence, white space at its ends left out."""
        text = self.said.text[start:end]
        start += len(text) - len(text.lstrip())
        text = text.strip()
        return Evidence(text=text, change_id=self.change.id, start=start, end=start + len(text))

    def cite(self, match: Match) -> Evidence:
        """What a phrase pack found in it as evidence, without a mark at its end, with the entry that found it."""
        text = self.said.text
        ends = (at for at in range(match.end, match.start, -1) if text[at - 1].isalnum() or text[at - 1] in _CLOSES)
        quoted = self.quote(match.start, next(ends, match.end))
        return replace(quoted, tier=match.tier, pattern=match.pattern)

    def cite_sentence(self, match: Match) -> Evidence:
        """The same, with the sentence around it: a few words alone may not tell a reader what was meant."""
        around = (span for span in sentences(self.said.text) if span[0] <= match.start < span[1])
        return replace(self.quote(*next(around, (match.start, match.end))), tier=match.tier, pattern=match.pattern)

    def whole(self) -> Evidence:
        """All of the author's own words as evidence."""
        return self.quote(0, len(self.said.text))


def side_of(ticket: Ticket, actor: Person) -> Side | None:
    """Whose voice the actor's is; None for the clock and the helpdesk itself."""
    is_human = actor.role in (Role.CUSTOMER, Role.AGENT)
    same_address = actor.email is not None and actor.email == ticket.requester.email
    if is_human and (actor.id == ticket.requester.id or same_address):
        return Side.CUSTOMER
    return _SIDES.get(actor.role)


def message_of(ticket: Ticket, change: Change) -> Message | None:
    """The public message this change carries; None without one, and for our own."""
    comment, side = change.comment, side_of(ticket, change.actor)
    if change.is_own or comment is None or side is None or not comment.is_public:
        return None
    if comment.kind is CommentKind.AUTO_REPLY and side is Side.AGENT:
        side = Side.RULE  # an out-of-office mail in an agent's name: judged, and no human's answer
    spoken = comment.kind is CommentKind.MESSAGE or (side is Side.RULE and comment.kind is CommentKind.AUTO_REPLY)
    return Message(change=change, comment=comment, side=side) if spoken else None


def messages(ticket: Ticket, changes: Sequence[Change]) -> tuple[Message, ...]:
    """The newest public messages among `changes`, oldest first."""
    found: list[Message] = []
    for change in reversed(changes):
        message = message_of(ticket, change)
        if message is not None:
            found.append(message)
        if len(found) == NEWEST:
            break
    return tuple(reversed(found))


def notes(ticket: Ticket, changes: Sequence[Change]) -> tuple[Message, ...]:
    """The newest internal notes that human agents left among `changes`, oldest first. None of ours."""
    found = [note for change in reversed(changes) if (note := _note_of(ticket, change)) is not None]
    return tuple(reversed(found[:NEWEST]))


def _note_of(ticket: Ticket, change: Change) -> Message | None:
    comment = change.comment
    if change.is_own or comment is None or comment.is_public or comment.kind is not CommentKind.MESSAGE:
        return None
    side = side_of(ticket, change.actor)
    return Message(change=change, comment=comment, side=side) if side is Side.AGENT else None


def reply_of(moment: Moment) -> Message | None:
    """The public message an agent or an automation sends with this change; None otherwise."""
    message = message_of(moment.ticket, moment.change)
    return message if message is not None and message.side in (Side.AGENT, Side.RULE) else None


def human_reply(moment: Moment) -> Message | None:
    """The public message a human agent sends with this change; None otherwise."""
    reply = reply_of(moment)
    return reply if reply is not None and reply.side is Side.AGENT else None


def since_last_reply(moment: Moment) -> tuple[Message | None, tuple[Message, ...]]:
    """The last public reply of a human agent before this change, and the messages of others after it."""
    after: list[Message] = []
    for message in reversed(messages(moment.ticket, moment.earlier)):
        if message.side is Side.AGENT:
            return message, tuple(reversed(after))
        after.append(message)
    return None, tuple(reversed(after))


def hours_since(moment: Moment, at: datetime) -> float:
    """Hours from `at` to the change; to now for a draft and for the clock. Never negative.

    What a person did is held against the time it was done, however late it is judged.
    """
    return max(0.0, (_reckoned_to(moment) - at).total_seconds() / 3600)


def business_hours_since(moment: Moment, at: datetime, *evidence: Evidence) -> Reading:
    """The same in hours of business time, as a reading that knows how long a business day is."""
    hours = moment.calendar.hours_between(at, _reckoned_to(moment))
    return Reading(value=hours, evidence=evidence, day_hours=moment.calendar.day_hours)


def _reckoned_to(moment: Moment) -> datetime:
    by_clock = moment.change.actor.role is Role.CLOCK or moment.point is Point.DRAFT
    return moment.now if by_clock else moment.change.at


def find(moment: Moment, signal: str, text: str) -> Sequence[Match]:
    """Where the pack of this signal matches, in the languages the text is in; nowhere if there is no such pack."""
    phrases = moment.phrases.get(signal)
    if phrases is None:
        return ()
    searched = _searched(moment, text)
    if phrases not in searched.matches:
        searched.matches[phrases] = phrases.find(searched, searched.to_search(phrases.languages))
    return searched.matches[phrases]


def can_read(moment: Moment, signal: str, *texts: str) -> bool:
    """Whether the pack of this signal is in the language of these texts, taken together.

    What a pack that cannot read them did not find is unknown, not false. Too few words to tell are read by any pack.
    """
    phrases = moment.phrases.get(signal)
    together = texts[0] if len(texts) == 1 else "\n".join(texts)  # one alone is searched already
    return phrases is not None and read_by(_searched(moment, together).shares, phrases.languages)


def language(moment: Moment, text: str) -> str | None:
    """The language that most of the text is in, as two or three letters; None where it cannot be told."""
    return language_of(_searched(moment, text).shares)


def _searched(moment: Moment, text: str) -> Searched:
    if isinstance(text, OwnWords):
        return text.searched
    if text not in moment.texts:
        moment.texts[text] = Searched(text)
    return moment.texts[text]
