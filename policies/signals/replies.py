"""What an agent writes to the customer: his own words, whether they say anything, whether they were said before."""

from collections.abc import Sequence

from policies.phrases import Match, Tier, sentences
from policies.reading import UNKNOWN, Fact, FactType, Moment, Reading
from policies.signals.repeats import earlier_twin
from policies.signals.termination import customer_wants_to_leave
from policies.signals.thread import Message, find, human_reply, language, messages, reply_of

_FEWEST_WORDS = 3
"""Words beside form wording that make an answer: "Done, changed today." is one."""


def own_words(moment: Moment) -> Reading:
    """What the agent wrote."""
    reply = reply_of(moment)
    return UNKNOWN if reply is None else Reading(value=reply.said.text, evidence=(reply.whole(),))


def own_language(moment: Moment) -> Reading:
    """The language the agent wrote in."""
    reply = reply_of(moment)
    spoken = None if reply is None else language(moment, reply.said.text)
    return UNKNOWN if spoken is None else Reading(value=spoken)


def repeats_earlier(moment: Moment) -> Reading:
    """Whether the reply is the same text an agent sent on this ticket before."""
    reply = reply_of(moment)
    if reply is None:
        return Reading(value=False)
    same = earlier_twin(moment, reply, messages(moment.ticket, moment.earlier))
    return Reading(value=same is not None, evidence=(reply.whole(), same.whole()) if same else ())


def is_substantive(moment: Moment) -> Reading:
    """Whether a human agent says something to the matter with this change."""
    reply = human_reply(moment)
    if reply is None:
        return Reading(value=False)
    answers = says_something(moment, reply, messages(moment.ticket, moment.earlier))
    return Reading(value=answers, evidence=() if answers else (reply.whole(),))


def says_something(
    moment: Moment, reply: Message, earlier: Sequence[Message], *, at_least: int = _FEWEST_WORDS
) -> bool:
    """Not the same text again, and enough words beside form wording.

    Who restates a decision has to say as well what was looked at, or what follows from it.
    """
    if earlier_twin(moment, reply, earlier) is not None:
        return False
    text = reply.said.text
    form, facts = _form_wording(moment, text), find(moment, "specific", text)
    if any(match.tier is Tier.BLOCK for match in form) and not facts:
        return False
    free = [span for span in sentences(text) if not _any_within(form, span) or _any_within(facts, span)]
    return sum(len(text[start:end].split()) for start, end in free) >= at_least


def _form_wording(moment: Moment, text: str) -> Sequence[Match]:
    """What could stand in any reply, the notice of an end that was not asked for among it."""
    notice = find(moment, "termination", text)
    is_wanted = bool(notice) and bool(customer_wants_to_leave(moment).value)
    return [*find(moment, "form_reply", text), *(() if is_wanted else notice)]


def _any_within(matches: Sequence[Match], span: tuple[int, int]) -> bool:
    return any(span[0] <= match.start < span[1] for match in matches)


FACTS = (
    Fact(
        name="reply.text",
        type=FactType.PROSE,
        means="What the agent or automation writes to the customer, without quoted mails and signature.",
        unknown="when the change carries no public reply",
        example='{reply.text: {contains: "as a one-time courtesy"}}',
        read=own_words,
        said=("the reply says {}", ""),
    ),
    Fact(
        name="reply.language",
        type=FactType.TEXT,
        means="The language most of the public reply is in, told from its own words, as a code of ISO 639: en, de, pt.",
        unknown="when the change carries no public reply, or one too short or too mixed to tell",
        example="{reply.language: {in: [en, de]}}",
        read=own_language,
        said=("the reply is in the language {}", ""),
    ),
    Fact(
        name="reply.is_substantive",
        type=FactType.BOOL,
        means="A human agent answers with this change: more than form wording, and not a text that was sent before. "
        "Who restates a decision has to say what was looked at; that somebody will look is no answer yet.",
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
