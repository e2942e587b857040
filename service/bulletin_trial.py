"""A message tried on the declared changes: which it would match, which it nearly would, and why.

The message is put into a ticket of its own, and the engine's own facts say what it is about; the scores say why.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from policies.bulletin_matching import ENOUGH, Asked, Profile
from policies.bulletin_reasons import Reason, reasons
from policies.bulletins import Bulletin
from policies.facts import FACTS
from policies.policy import Rulebook
from policies.reading import Moment
from policies.signals.thread import message_of
from policies.verdict import Evidence
from service.lone_ticket import AGENT, CUSTOMER, lone_ticket, said
from service.measuring import Speaker

NEARLY = ENOUGH / 2
"""The score from which a bulletin is worth showing: half of what is needed."""
_SAYS = ("reply.contradicts_bulletin", "reply.tells_bulletin")


class Outcome(StrEnum):
    """What became of a bulletin that the message has something of."""

    MATCHES = "matches"
    OUTWEIGHED = "outweighed"
    CONTENT = "content"
    NOT_YET = "not_yet"
    NO_LONGER = "no_longer"
    NEARLY = "nearly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """A bulletin, what became of it, on which words, and why."""

    bulletin: Bulletin
    outcome: Outcome
    score: float
    words: Evidence
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """All that a message has something of, what matches first and then by score."""

    considered: tuple[Considered, ...]
    declared: int
    in_force: int
    says: tuple[str, ...] = ()
    """The facts that hold of an agent's reply, e.g. `reply.contradicts_bulletin`."""


def try_message(rulebook: Rulebook, text: str, speaker: Speaker, at: datetime) -> Trial:
    """What the message would match if it were sent at that time."""
    moment = _moment(rulebook, text, speaker, at)
    found = sorted(_considered(moment), key=lambda one: one.outcome is not Outcome.MATCHES)
    says = tuple(name for name in _SAYS if FACTS[name].read(moment).value) if speaker is Speaker.AGENT else ()
    profiles, in_force = rulebook.bulletins.profiles, rulebook.bulletins.in_force(at)
    return Trial(considered=tuple(found), declared=len(profiles), in_force=len(in_force), says=says)


def _considered(moment: Moment) -> Iterator[Considered]:
    message = message_of(moment.ticket, moment.change)
    if message is None:
        return
    matter = FACTS["bulletin.id"].read(moment).value
    bulletins, text = moment.bulletins, message.said.text
    profiles: dict[str, Profile] = {one.bulletin.id: one for one in bulletins.profiles}
    for asked in bulletins.closest_in(text, bulletins.profiles):
        outcome = _outcome(asked, matter, moment.change.at)
        if outcome is not None:
            yield Considered(
                bulletin=asked.bulletin,
                outcome=outcome,
                score=asked.score,
                words=message.quote(asked.start, asked.end),
                reasons=tuple(reasons(asked, profiles[asked.bulletin.id], text, bulletins.rarity)),
            )


def _outcome(asked: Asked, matter: object, at: datetime) -> Outcome | None:
    """None: it has too little of it, or is not in force and would not match if it were."""
    if asked.score < ENOUGH:
        is_near = asked.score >= NEARLY and asked.bulletin.is_in_force(at)
        return Outcome.NEARLY if is_near else None
    if not asked.bulletin.is_in_force(at):
        return Outcome.NOT_YET if at < asked.bulletin.since else Outcome.NO_LONGER
    if matter is None:
        return Outcome.CONTENT
    return Outcome.MATCHES if matter == asked.bulletin.id else Outcome.OUTWEIGHED


def _moment(rulebook: Rulebook, text: str, speaker: Speaker, at: datetime) -> Moment:
    change = said("message", CUSTOMER if speaker is Speaker.CUSTOMER else AGENT, text, at)
    ticket = lone_ticket(change)
    return Moment(ticket=ticket, change=change, now=at, phrases=rulebook.phrases, bulletins=rulebook.bulletins)
