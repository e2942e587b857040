"""Whether the customer asked for another look at a decision and is still waiting for an answer in substance.

A request is open until a human agent answers it with more than form wording, not with the same text again and not
with another termination, or until the requester says that the matter is settled. Narrow phrases ("please reopen my
account") are requests anywhere; broad ones ("can you look again?") only after an agent's adverse message.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from policies.phrases import Match, Tier
from policies.reading import UNKNOWN, Fact, FactType, Moment, Reading
from policies.signals.replies import says_something
from policies.signals.stance import stance_of
from policies.signals.thread import Message, Side, can_read, find, hours_since, messages
from policies.verdict import Evidence

_FEWEST_WORDS = 6
"""Words beside form wording that answer such a request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A message that asks for another look, and the words that do."""

    message: Message
    match: Match


def open_request(moment: Moment) -> Request | None:
    """The oldest request that waits for an answer, up to and with this change; None if none does."""
    thread = messages(moment.ticket, moment.past)
    waiting: Request | None = None
    after_adverse = False
    for position, message in enumerate(thread):
        if message.side is Side.CUSTOMER:
            waiting = _heard(moment, message, waiting, after_adverse=after_adverse)
        elif message.side in (Side.AGENT, Side.RULE):
            after_adverse = after_adverse or _is_adverse(moment, message)
            waiting = None if waiting and _answers(moment, message, thread[:position]) else waiting
    return waiting


def _heard(moment: Moment, message: Message, waiting: Request | None, *, after_adverse: bool) -> Request | None:
    """The request that waits once the requester has said this."""
    since = moment.ticket.watched_since
    if since is not None and message.at < since:
        return None
    asked = [
        match
        for match in find(moment, "reconsideration", message.said.text)
        if after_adverse or match.tier is Tier.BLOCK
    ]
    if asked:
        plainest = max(asked, key=lambda match: (match.tier is Tier.BLOCK, match.end - match.start))
        return waiting or Request(message=message, match=plainest)
    stance, match = stance_of(moment, message)
    return None if match is not None and stance == "agreement" and match.tier is Tier.BLOCK else waiting


def _is_adverse(moment: Moment, message: Message) -> bool:
    text = message.said.text
    return bool(find(moment, "termination", text) or find(moment, "refusal", text))


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
)
"""What a policy may ask about requests for another look."""
