"""Whether the customer still waits for an answer in substance."""

from collections.abc import Sequence

from policies.reading import UNKNOWN, Fact, FactType, Moment, Reading
from policies.signals.reconsideration import open_request
from policies.signals.replies import says_something
from policies.signals.stance import ends_in_thanks, is_courtesy, stance_of
from policies.signals.thread import Message, Side, messages


def waits_for_answer(moment: Moment) -> Reading:
    """Whether the requester's newest message has had no answer in substance, one sent with this change included."""
    thread = messages(moment.ticket, moment.past)
    for position in reversed(range(len(thread))):
        message = thread[position]
        if message.side is Side.CUSTOMER:
            stance, match = stance_of(moment, message)
            is_agreed = match is not None and stance == "agreement"
            is_settled = is_agreed or is_courtesy(moment, message.said.text)
            if not is_settled and match is None and _may_be_done(moment, message, thread[:position]):
                return UNKNOWN
            return Reading(value=not is_settled, evidence=() if is_settled else (message.whole(),))
        if message.side is Side.AGENT and says_something(moment, message, thread[:position]):
            break
    return Reading(value=False)


def _may_be_done(moment: Moment, message: Message, earlier: Sequence[Message]) -> bool:
    """Whether news that end in thanks follow an answer: then who is to say that the customer waits for another."""
    replies = (at for at in reversed(range(len(earlier))) if earlier[at].side is Side.AGENT)
    at = next(replies, None)
    is_answered = at is not None and says_something(moment, earlier[at], earlier[:at])
    return is_answered and ends_in_thanks(moment, message) and open_request(moment) is None


FACTS = (
    Fact(
        name="thread.waits_for_answer",
        type=FactType.BOOL,
        means="The requester wrote last, form letters and automatic replies aside, and no human agent has answered in "
        "substance, not with this change either. Thanks and agreement wait for nothing.",
        unknown="when an answer is met with news that end in thanks, and with no question or request",
        example="{thread.waits_for_answer: true}",
        read=waits_for_answer,
        said=("the customer's last message has no answer in substance", "the customer's last message was answered"),
    ),
)
"""What a policy may ask about who waits."""
