"""What an agent writes to the customer: his own words, whether they say anything, whether they were said before."""

from collections.abc import Sequence

from rapidfuzz import fuzz

from policies.phrases import sentences
from policies.reading import UNKNOWN, Fact, FactType, Moment, Reading
from policies.signals.termination import customer_wants_to_leave
from policies.signals.thread import Message, Side, find, message_of, messages, reply_of
from policies.text import canonical

_SAME_TEXT = 82.0
"""Character ratio, in percent, from which two texts count as one."""
_SHORTEST_REPEAT = 35
"""Characters of canonical text below which two texts are alike by chance."""
_FEWEST_WORDS = 3
"""Words beside form wording that make an answer: "Done, changed today." is one."""
_LONGEST_COMPARED = 8_000
"""Canonical characters that are compared: the work grows with the product of both lengths."""


def own_words(moment: Moment) -> Reading:
    """What the agent wrote."""
    reply = reply_of(moment)
    return UNKNOWN if reply is None else Reading(value=reply.said.text, evidence=(reply.whole(),))


def repeats_earlier(moment: Moment) -> Reading:
    """Whether the reply is the same text an agent sent on this ticket before."""
    reply = reply_of(moment)
    if reply is None:
        return Reading(value=False)
    same = earlier_twin(reply, messages(moment.ticket, moment.earlier))
    return Reading(value=same is not None, evidence=(reply.whole(), same.whole()) if same else ())


def is_substantive(moment: Moment) -> Reading:
    """Whether a human agent says something to the matter with this change."""
    reply = message_of(moment.ticket, moment.change)
    if reply is None or reply.side is not Side.AGENT:
        return Reading(value=False)
    answers = says_something(moment, reply, messages(moment.ticket, moment.earlier))
    return Reading(value=answers, evidence=() if answers else (reply.whole(),))


def says_something(
    moment: Moment, reply: Message, earlier: Sequence[Message], *, at_least: int = _FEWEST_WORDS
) -> bool:
    """Not the same text again, no termination against the customer's will, and enough words beside form wording."""
    text = reply.said.text
    is_termination = bool(find(moment, "termination", text)) and not customer_wants_to_leave(moment).value
    if is_termination or earlier_twin(reply, earlier) is not None:
        return False
    return words_beside_form(moment, text) >= at_least


def words_beside_form(moment: Moment, text: str) -> int:
    """How many words stand in sentences without form wording."""
    form = [(match.start, match.end) for match in find(moment, "form_reply", text)]
    free = (span for span in sentences(text) if not any(span[0] <= start < span[1] for start, _ in form))
    return sum(len(text[start:end].split()) for start, end in free)


def earlier_twin(reply: Message, earlier: Sequence[Message]) -> Message | None:
    """The newest earlier reply of ours that is the same text, or None."""
    text = canonical(reply.said.text)[:_LONGEST_COMPARED]
    if len(text) < _SHORTEST_REPEAT:
        return None
    sent = (message for message in reversed(earlier) if message.side in (Side.AGENT, Side.RULE))
    return next((message for message in sent if _is_same(text, canonical(message.said.text))), None)


def _is_same(text: str, other: str) -> bool:
    return len(other) >= _SHORTEST_REPEAT and fuzz.ratio(text, other[:_LONGEST_COMPARED]) >= _SAME_TEXT


FACTS = (
    Fact(
        name="reply.text",
        type=FactType.PROSE,
        means="What the agent or automation writes to the customer, without quoted mails and signature.",
        unknown="when the change carries no public reply",
        example='{reply.text: {contains: "as a one-time courtesy"}}',
        read=own_words,
    ),
    Fact(
        name="reply.is_substantive",
        type=FactType.BOOL,
        means="A human agent answers with this change: more than form wording, and not a text that was sent before.",
        unknown="never; false where the change carries no public reply of an agent",
        example="{reply.is_substantive: false}",
        read=is_substantive,
        said=("the agent answered in substance", "the agent gave no answer in substance"),
    ),
    Fact(
        name="reply.repeats_earlier",
        type=FactType.BOOL,
        means="The reply is the same text, or nearly, that was sent to this customer on this ticket before.",
        unknown="never; false where the change carries no public reply",
        example="{reply.repeats_earlier: true}",
        read=repeats_earlier,
        said=("the same text was sent before", "the text was not sent before"),
    ),
)
"""What a policy may ask about a reply."""
