"""How the conversation stands when a ticket is solved: agreed, objected, asked and not answered."""

import re
from datetime import timedelta

from policies.reading import UNKNOWN, Fact, FactType, Moment, Reading
from policies.signals.reconsideration import open_request
from policies.signals.stance import is_courtesy, sounds_content, stance_of
from policies.signals.thread import Message, Side, can_read, find, hours_since, messages, since_last_reply
from policies.text import asks

_ONE_SITTING = timedelta(hours=12)
"""Messages of agents that follow each other sooner are one follow-up."""

_OWN_ANSWER = re.compile(r"\s*(?:yes|no|because|ja|nein|weil|oui|non|parce|sí|no|porque|sim|não)\b", re.IGNORECASE)
"""How an agent begins who asked only to answer: "Can I pay by card? Yes, with any card."."""


def customer_agreed(moment: Moment) -> Reading:
    """Whether the requester says that the matter is settled, after the last reply."""
    return _stance(moment, "agreement")


def customer_objects(moment: Moment) -> Reading:
    """Whether the requester says that the matter is not settled, after the last reply."""
    return _stance(moment, "objection")


def _stance(moment: Moment, wanted: str) -> Reading:
    """The newest message that takes a stance decides; an agreement only if nothing but courtesies follows it.

    Of news that end in thanks ("Got it, a digit was missing. Thank you") it cannot be told.
    """
    if wanted not in moment.phrases:
        return UNKNOWN
    spoken = _follow_ups(moment)
    is_last_word, may_be_content = True, False
    for message in reversed(spoken):
        stance, match = stance_of(moment, message)
        if match is not None and (stance == "objection" or is_last_word):
            decided = Reading(value=stance == wanted, evidence=(message.cite_sentence(match),))
            return UNKNOWN if may_be_content and stance == "objection" else decided
        if match is not None:
            break
        may_be_content = may_be_content or (is_last_word and sounds_content(moment, message))
        is_last_word = is_last_word and is_courtesy(moment, message.said.text)
    is_open = wanted == "agreement" and may_be_content and open_request(moment) is None
    is_read = all(can_read(moment, wanted, message.said.text) for message in spoken)
    return Reading(value=False) if is_read and not is_open else UNKNOWN


def _follow_ups(moment: Moment) -> tuple[Message, ...]:
    """What the requester wrote after the last reply; what opened the ticket is none, unless it goes on from another."""
    reply, after = since_last_reply(moment)
    spoken = tuple(message for message in after if message.side is Side.CUSTOMER)
    return spoken if reply is not None or moment.ticket.follows is not None else spoken[1:]


def last_public_author(moment: Moment) -> Reading:
    """Who had the last word before this change: the requester, a human agent, or nobody."""
    sides = {Side.CUSTOMER: "customer", Side.AGENT: "agent"}
    for message in reversed(messages(moment.ticket, moment.earlier)):
        if message.side in sides:
            return Reading(value=sides[message.side], evidence=(message.whole(),))
    return Reading(value="nobody")


def question_is_open(moment: Moment) -> Reading:
    """Whether an agent asked something, up to and with this change, that no end user has answered."""
    asked = _open_question(moment)
    return Reading(value=False) if asked is None else Reading(value=True, evidence=(asked[0].quote(*asked[1]),))


def hours_since_question(moment: Moment) -> Reading:
    """Hours since the agent's newest open question."""
    asked = _open_question(moment)
    if asked is None:
        return UNKNOWN
    return Reading(value=hours_since(moment, asked[0].at), evidence=(asked[0].quote(*asked[1]),))


def _open_question(moment: Moment) -> tuple[Message, tuple[int, int]] | None:
    for message in reversed(messages(moment.ticket, moment.past)):
        if message.side in (Side.CUSTOMER, Side.BYSTANDER):
            return None
        if message.side is Side.AGENT:
            text = message.said.text
            real = [span for span in asks(text) if _waits_for_an_answer(moment, text, *span)]
            if real:
                return message, real[-1]
    return None


def _waits_for_an_answer(moment: Moment, text: str, start: int, end: int) -> bool:
    """Whether a question is no courtesy, and the agent does not answer it himself with the next word."""
    return not (find(moment, "courtesy_question", text[start:end]) or _OWN_ANSWER.match(text, end))


def unanswered_followups(moment: Moment) -> Reading:
    """How often agents wrote since an end user last did; messages within 12 hours count once."""
    count, newest = 0, None
    for message in reversed(messages(moment.ticket, moment.earlier)):
        if message.side in (Side.CUSTOMER, Side.BYSTANDER):
            break
        if message.side is Side.AGENT and (newest is None or newest - message.at >= _ONE_SITTING):
            count, newest = count + 1, message.at
    return Reading(value=count)


def hours_since_customer(moment: Moment) -> Reading:
    """Hours since the requester last wrote; since the ticket was created where he never did."""
    spoken = [message for message in messages(moment.ticket, moment.past) if message.side is Side.CUSTOMER]
    return Reading(value=hours_since(moment, spoken[-1].at if spoken else moment.ticket.created_at))


FACTS = (
    Fact(
        name="thread.customer_agreed",
        type=FactType.BOOL,
        means="Since the agent's last public reply the requester said that the matter is settled, or simply thanked. "
        "Read narrowly: not where it is reported, denied, doubted, taken back, or followed by more.",
        unknown="when news end in thanks, with no request or question; when it is in a language that no phrase "
        "pack reads; when no pack `agreement` is loaded",
        example="{thread.customer_agreed: true}",
        read=customer_agreed,
        said=("the customer agreed that it is settled", "the customer has not agreed that it is settled"),
    ),
    Fact(
        name="thread.customer_objects",
        type=FactType.BOOL,
        means="Since the agent's last public reply the requester said that the matter is not settled.",
        unknown="when news that end in thanks follow the objection; when it is in a language that no phrase pack "
        "reads; when no pack `objection` is loaded",
        example="{thread.customer_objects: true}",
        read=customer_objects,
        said=("the customer says that it is not settled", "the customer does not object"),
    ),
    Fact(
        name="thread.last_public_author",
        type=FactType.CHOICE,
        means="Who wrote the last public message before this change: the requester, a human agent, or neither.",
        unknown="never",
        example="{thread.last_public_author: customer}",
        read=last_public_author,
        choices=("customer", "agent", "nobody"),
        said=("the last to write: {}", ""),
    ),
    Fact(
        name="thread.question_is_open",
        type=FactType.BOOL,
        means="An agent asked the customer something, with this change or before it, and nobody on his side wrote "
        'since. Courtesies such as "is there anything else?" do not count.',
        unknown="never",
        example="{thread.question_is_open: true}",
        read=question_is_open,
        said=("the agent's question has not been answered", "no question of an agent is open"),
    ),
    Fact(
        name="thread.hours_since_agent_question",
        type=FactType.HOURS,
        means="Hours since the agent's newest question that is still open.",
        unknown="when no question is open; test `thread.question_is_open` beside it",
        example="{thread.question_is_open: true, thread.hours_since_agent_question: {lt: 72h}}",
        read=hours_since_question,
        ticks=True,
        said=("the question was asked {} earlier", ""),
    ),
    Fact(
        name="thread.unanswered_followups",
        type=FactType.COUNT,
        means="How often agents wrote publicly since an end user last did, before this change. "
        "Messages within 12 hours count once.",
        unknown="never",
        example="{thread.unanswered_followups: {gte: 2}}",
        read=unanswered_followups,
        said=("follow-ups without an answer: {}", ""),
    ),
    Fact(
        name="thread.hours_since_customer",
        type=FactType.HOURS,
        means="Hours since the requester last wrote publicly, or since the ticket was created if he never did.",
        unknown="never",
        example="{thread.hours_since_customer: {gte: 7d}}",
        read=hours_since_customer,
        ticks=True,
        said=("the customer last wrote {} earlier", ""),
    ),
)
"""What a policy may ask about how a conversation stands."""
