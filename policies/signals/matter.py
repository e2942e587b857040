"""The declared change that a ticket is about: the newest message of the requester that asks about one in force.

It stays open until an agent has told him how things are: "Maybe it ended" leaves it open, and so does "It still
applies".
"""

from collections.abc import Sequence
from dataclasses import dataclass

from policies.bulletin_answers import Find, telling
from policies.bulletin_matching import Asked, Profile
from policies.bulletins import Bulletin
from policies.reading import Moment
from policies.signals.stance import stance_of
from policies.signals.thread import Message, Side, find, human_reply, messages
from policies.verdict import Evidence

_NEWEST = 10
"""Messages of the requester's that are looked at, from the end."""
_MATTER = "matter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What the requester asked about, where, and whether it waits for an answer."""

    message: Message | None
    """None: nobody asked; the agent speaks of it unasked."""
    profile: Profile
    evidence: Evidence | None = None
    is_open: bool = False

    @property
    def bulletin(self) -> Bulletin:
        """The declared change."""
        return self.profile.bulletin


def matter_of(moment: Moment) -> Matter | None:
    """The declared change that the ticket is about, up to and with this change; None if it is about none."""
    if _MATTER not in moment.worked_out:
        moment.worked_out[_MATTER] = _matter(moment)
    matter: Matter | None = moment.worked_out[_MATTER]
    return matter


def _matter(moment: Moment) -> Matter | None:
    among = moment.bulletins.in_force(moment.change.at)
    thread = messages(moment.ticket, moment.past) if among else ()
    spoken = [place for place, message in enumerate(thread) if message.side is Side.CUSTOMER]
    for place in reversed(spoken[-_NEWEST:]):
        message = thread[place]
        heard = _heard(moment, message, among)
        if heard is not None:
            asked, evidence = heard
            profile = next(one for one in among if one.bulletin is asked.bulletin)
            waits = not any(_tells(moment, profile, reply) for reply in thread[place + 1 :])
            return Matter(message=message, profile=profile, evidence=evidence, is_open=waits)
    return None


def _heard(moment: Moment, message: Message, among: Sequence[Profile]) -> tuple[Asked, Evidence] | None:
    """The bulletin that a message is about, and the words that show it. Who says all is well asks nothing."""
    text = message.said.text
    asked = moment.bulletins.asked_in(text, among)
    if asked is not None:
        stance, match = stance_of(moment, message)
        agrees = match is not None and stance == "agreement"
        return None if agrees else (asked, message.quote(asked.start, asked.end))
    subject = moment.ticket.subject
    if subject and moment.ticket.changes and moment.ticket.changes[0].id == message.change.id:
        asked = moment.bulletins.asked_in(f"{subject}\n\n{text}", among)
        return (asked, Evidence(text=subject, change_id=message.change.id)) if asked else None
    return None


def _tells(moment: Moment, profile: Profile, reply: Message) -> bool:
    """Whether it is an agent's earlier reply that told how things are."""
    if reply.side is not Side.AGENT or reply.change.id == moment.change.id:
        return False
    return telling(profile, reply.said.text, finder(moment)) is not None


def finder(moment: Moment) -> Find:
    """Where the packs of this moment hold."""
    return lambda signal, text: find(moment, signal, text)


def matter_or_spoken_of(moment: Moment) -> Matter | None:
    """The matter of the ticket; for a reply to nobody's question, the change it speaks of itself."""
    matter = matter_of(moment)
    reply = human_reply(moment)
    if matter is not None or reply is None:
        return matter
    among = moment.bulletins.in_force(moment.change.at)
    asked = moment.bulletins.asked_in(reply.said.text, among)
    return Matter(message=None, profile=next(one for one in among if one.bulletin is asked.bulletin)) if asked else None
