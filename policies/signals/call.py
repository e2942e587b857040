"""Whether anybody spoke to the customer, or tried to, before this change was made.

A call tells itself: by its kind, or by the way it came. Beside that counts what agents write, to each other or to
the customer: "called her twice, no answer".
"""

from collections.abc import Sequence
from datetime import datetime

from policies.reading import UNKNOWN, Fact, FactType, Moment, Reading
from policies.signals.thread import Message, Side, can_read, find, hours_since, messages, notes, side_of
from policies.ticket import Change, Channel, CommentKind, Via
from policies.verdict import Evidence

_PEOPLE = (Side.AGENT, Side.CUSTOMER)


def call_tried(moment: Moment) -> Reading:
    """Whether there was a call, or an attempt, up to and with this change."""
    known = _newest(moment)
    if known is not None:
        return Reading(value=True, evidence=known[1])
    if "call" not in moment.phrases:
        return UNKNOWN
    return (
        Reading(value=False)
        if all(can_read(moment, "call", message.said.text) for message in _written(moment))
        else UNKNOWN
    )


def hours_since_call(moment: Moment) -> Reading:
    """Hours since the newest of them."""
    known = _newest(moment)
    return UNKNOWN if known is None else Reading(value=hours_since(moment, known[0]), evidence=known[1])


def _newest(moment: Moment) -> tuple[datetime, tuple[Evidence, ...]] | None:
    """When the newest call was, and the words that tell of it."""
    calls = [(change.at, _told(change)) for change in moment.past if _is_call(moment, change)]
    if moment.ticket.channel is Channel.PHONE:
        calls.append((moment.ticket.created_at, ()))
    for message in reversed(_written(moment)):
        found = find(moment, "call", message.said.text)
        if found:
            calls.append((message.at, (message.cite_sentence(found[0]),)))
            break
    return max(calls, key=lambda call: call[0], default=None)


def _is_call(moment: Moment, change: Change) -> bool:
    if change.is_own or side_of(moment.ticket, change.actor) not in _PEOPLE:
        return False
    return change.via is Via.PHONE or (change.comment is not None and change.comment.kind is CommentKind.CALL)


def _told(change: Change) -> tuple[Evidence, ...]:
    return (Evidence(text=f"a call by {change.actor.name or change.actor.role}", change_id=change.id),)


def _written(moment: Moment) -> Sequence[Message]:
    """What agents wrote, internal notes included, oldest first."""
    said = (*messages(moment.ticket, moment.past), *notes(moment.ticket, moment.past))
    return sorted((message for message in said if message.side is Side.AGENT), key=lambda message: message.at)


FACTS = (
    Fact(
        name="thread.call_tried",
        type=FactType.BOOL,
        means="Somebody spoke to the customer on the phone, or tried to: a call on the ticket, a ticket that came in "
        "by phone, or an agent who writes so.",
        unknown="when no call is on the ticket and agents wrote in a language that no phrase pack reads, or no pack "
        "`call` is loaded. A call that nobody noted is not seen",
        example="{thread.call_tried: false}",
        read=call_tried,
        said=("somebody called the customer", "nobody called the customer"),
    ),
    Fact(
        name="thread.hours_since_call",
        type=FactType.HOURS,
        means="Hours since the newest call, or the newest attempt.",
        unknown="when there was none; test `thread.call_tried` beside it",
        example="{thread.call_tried: true, thread.hours_since_call: {gte: 7d}}",
        read=hours_since_call,
        ticks=True,
        said=("the last call was {} earlier", ""),
    ),
)
"""What a policy may ask about calls."""
