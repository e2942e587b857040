"""What an agent does to make something good: answers, reopens, apologises. Told from the change itself. Pure."""

from datetime import datetime
from enum import StrEnum

from policies.policy import Rulebook
from policies.reading import Moment
from policies.signals.apology import apologises
from policies.signals.hearing import heard_change
from policies.signals.thread import Side, human_reply, side_of
from policies.ticket import Change, Ticket


class Correction(StrEnum):
    """How something was made good; of one change, the first of these that it is."""

    APOLOGISED = "apologised"
    REOPENED = "reopened"
    ANSWERED = "answered"


def correction(rulebook: Rulebook, ticket: Ticket, change: Change, now: datetime) -> Correction | None:
    """What a human agent makes good with this change; None of what Ombuds, rules, machines and customers do."""
    if change.is_own or side_of(ticket, change.actor) is not Side.AGENT:
        return None
    change = heard_change(ticket, change, rulebook.phrases)
    moment = Moment(ticket=ticket, change=change, now=now, phrases=rulebook.phrases)
    if apologises(moment).value:
        return Correction.APOLOGISED
    if _reopens(change):
        return Correction.REOPENED
    return None if human_reply(moment) is None else Correction.ANSWERED


def _reopens(change: Change) -> bool:
    move = change.status
    if move is None or move.by_rule or move.before is None:
        return False
    return move.before.is_done and not move.after.is_done
