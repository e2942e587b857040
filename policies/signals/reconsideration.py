"""Whether the customer asked for another look at a decision and is still waiting for an answer in substance.

A request is open until a human agent answers it with more than form wording, not with the same text again and not
with another termination, or until the requester says that the matter is settled. Narrow phrases ("please reopen my
account") are requests anywhere; broad ones ("can you look again?") only after an agent's adverse message, or after an
answer in substance that neither grants what was asked, nor tells how to get it, nor asks back.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from policies.phrases import Match, Tier
from policies.reading import UNKNOWN, Fact, FactType, Moment, Reading
from policies.signals.replies import says_something
from policies.signals.stance import stance_of
from policies.signals.thread import Message, Side, business_hours_since, can_read, find, hours_since, messages
from policies.text import asks
from policies.ticket import Change
from policies.verdict import Evidence

_FEWEST_WORDS = 6
"""Words beside form wording that answer such a request."""
_ADVERSE_PACKS = ("termination", "refusal", "turned_down", "recourse_denied", "reason_withheld", "accusation")
"""What an agent says against the customer: each opens the gate for broad wordings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A message that asks for another look, and the words that do."""

    message: Message
    match: Match


def open_request(moment: Moment, changes: Sequence[Change] | None = None) -> Request | None:
    """The oldest request that waits for an answer, up to and with this change; None if none does.

    `changes`: only as far as these go.
    """
    thread = messages(moment.ticket, moment.past if changes is None else changes)
    wanted = {at: matches for at, message in enumerate(thread) if (matches := _wanted(moment, message))}
    broad = (at for at, asked in wanted.items() if any(match.tier is not Tier.BLOCK for match in asked))
    adverse = _first_adverse(moment, thread[: max(broad, default=0)])
    waiting: Request | None = None
    for at in range(min(wanted, default=len(thread)), len(thread)):  # most threads hold no such word, and end here
        message = thread[at]
        if message.side is Side.CUSTOMER:
            asked = _counted(wanted.get(at, ()), is_after_adverse=adverse is not None and adverse < at)
            waiting = _heard(moment, message, waiting, asked)
        elif waiting and _answers(moment, message, thread[:at]):
            waiting = None
    return waiting


def _wanted(moment: Moment, message: Message) -> Sequence[Match]:
    """Where the requester asks; nowhere in what happened before Ombuds watched, which is past."""
    since = moment.ticket.watched_since
    if message.side is not Side.CUSTOMER or (since is not None and message.at < since):
        return ()
    return find(moment, "reconsideration", message.said.text)


def _first_adverse(moment: Moment, thread: Sequence[Message]) -> int | None:
    """The first of these messages in which we say something adverse: its number, -1 if it may be in another ticket."""
    if moment.ticket.follows is not None:
        return -1
    ours = ((at, message) for at, message in enumerate(thread) if message.side in (Side.AGENT, Side.RULE))
    adverse = (at for at, one in ours if is_adverse(moment, one) or _is_a_no(moment, one, thread[:at]))
    return next(adverse, None)


def _counted(asked: Sequence[Match], *, is_after_adverse: bool) -> Sequence[Match]:
    """The words that count as a request: broad ones only after something adverse."""
    return [match for match in asked if is_after_adverse or match.tier is Tier.BLOCK]


def _heard(moment: Moment, message: Message, waiting: Request | None, asked: Sequence[Match]) -> Request | None:
    """The request that waits once the requester has said this."""
    if asked:
        plainest = max(asked, key=lambda match: (match.tier is Tier.BLOCK, match.end - match.start))
        return waiting or Request(message=message, match=plainest)
    if waiting is None:
        return None
    stance, match = stance_of(moment, message)
    return None if match is not None and stance == "agreement" and match.tier is Tier.BLOCK else waiting


def is_adverse(moment: Moment, message: Message) -> bool:
    """Whether a message of ours says something against the customer: an end, a refusal, blame."""
    text = message.said.text
    return any(find(moment, pack, text) for pack in _ADVERSE_PACKS)


def _is_a_no(moment: Moment, message: Message, earlier: Sequence[Message]) -> bool:
    """Whether a human agent answers without a question and gives nothing: there are too many wordings of a no."""
    text = message.said.text
    is_readable = message.side is Side.AGENT and can_read(moment, "granted", text)
    if not is_readable or asks(text) or find(moment, "granted", text):
        return False
    return any(one.side is Side.CUSTOMER for one in earlier) and says_something(moment, message, earlier)


def _answers(moment: Moment, message: Message, earlier: Sequence[Message]) -> bool:
    return message.side is Side.AGENT and says_something(moment, message, earlier, at_least=_FEWEST_WORDS)


def asks_reconsideration(moment: Moment) -> Reading:
    """Whether a request for another look is open."""
    if "reconsideration" not in moment.phrases:
        return UNKNOWN
    request = open_request(moment)
    if request is not None:
        return Reading(value=True, evidence=(_quoted(request),))
    spoken = [message for message in messages(moment.ticket, moment.past) if message.side is Side.CUSTOMER]
    is_read = all(can_read(moment, "reconsideration", message.said.text) for message in spoken[-1:])
    return Reading(value=False) if is_read else UNKNOWN


def hours_reconsideration_waits(moment: Moment) -> Reading:
    """Hours since the oldest open request for another look."""
    request = open_request(moment)
    if request is None:
        return UNKNOWN
    return Reading(value=hours_since(moment, request.message.at), evidence=(_quoted(request),))


def business_hours_reconsideration_waits(moment: Moment) -> Reading:
    """The same in business time."""
    request = open_request(moment)
    if request is None:
        return UNKNOWN
    return business_hours_since(moment, request.message.at, _quoted(request))


def _quoted(request: Request) -> Evidence:
    return request.message.cite_sentence(request.match)


FACTS = (
    Fact(
        name="thread.asks_reconsideration",
        type=FactType.BOOL,
        means="The requester asked for another look at a decision, and no human agent has answered in substance since. "
        "An answer sent with this very change counts.",
        unknown="when the requester's last message is in a language that no loaded pack `reconsideration` is in",
        example="{thread.asks_reconsideration: true}",
        read=asks_reconsideration,
        said=("the customer's request for another look is open", "no request for another look is open"),
    ),
    Fact(
        name="thread.hours_reconsideration_waits",
        type=FactType.HOURS,
        means="Hours since the oldest request for another look that is still open.",
        unknown="when no request is open; test `thread.asks_reconsideration` beside it",
        example="{thread.asks_reconsideration: true, thread.hours_reconsideration_waits: {gte: 24h}}",
        read=hours_reconsideration_waits,
        ticks=True,
        said=("the customer has waited {} for an answer", ""),
    ),
    Fact(
        name="thread.business_hours_reconsideration_waits",
        type=FactType.BUSINESS_HOURS,
        means="Business time since the oldest request for another look that is still open.",
        unknown="when no request is open; test `thread.asks_reconsideration` beside it",
        example="{thread.asks_reconsideration: true, "
        "thread.business_hours_reconsideration_waits: {gte: 1 business day}}",
        read=business_hours_reconsideration_waits,
        ticks=True,
        said=("the customer has waited {} for an answer", ""),
    ),
)
"""What a policy may ask about requests for another look."""
