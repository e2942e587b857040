"""Whether a reply leaves a definite question with "maybe": words in doubt about the answer itself.

Counted only after a question of the customer that has an answer. Who says that he does not know yet and goes to find
out is honest, and who was unsure and then checked is certain: neither hedges.
"""

from collections.abc import Sequence

from policies.phrases import Match, Tier, sentences
from policies.reading import UNKNOWN, Fact, FactType, Moment, Reading
from policies.signals.answering import answered
from policies.signals.heard import surest
from policies.signals.thread import Message, can_read, find, human_reply
from policies.text import asks
from policies.verdict import Evidence

_MOST_SHOWN = 3


def hedges(moment: Moment) -> Reading:
    """Whether a human agent's reply is in doubt where a definite answer was asked for."""
    reply = human_reply(moment)
    if reply is None:
        return Reading(value=False)
    if "hedge" not in moment.phrases:
        return UNKNOWN
    question = _question(moment)
    if question is None:
        return Reading(value=False)
    text = reply.said.text
    found = doubtful(moment, text)
    if found:
        return Reading(value=True, evidence=(*map(reply.cite, surest(found, _MOST_SHOWN)), question))
    return Reading(value=False) if can_read(moment, "hedge", text) else UNKNOWN


def doubtful(moment: Moment, text: str) -> Sequence[Match]:
    """The hedges that stand: not in a question, not settled by what follows."""
    asked, found = asks(text), find(moment, "hedge", text)
    standing = [match for match in found if not any(start <= match.start < end for start, end in asked)]
    settled = find(moment, "certainty", text) if standing else ()
    if any(match.tier is Tier.BLOCK for match in settled):
        return ()
    return [match for match in standing if not any(match.end <= sure.start for sure in settled)]


def _question(moment: Moment) -> Evidence | None:
    """The newest question of the requester's that asks for something definite."""
    asked = definite_questions(moment)
    return asked[0].quote(*asked[1][0]) if asked else None


def definite_questions(moment: Moment) -> tuple[Message, Sequence[tuple[int, int]]] | None:
    """The newest unanswered message of the requester's that asks something definite, and the sentences that do."""
    for message in reversed(answered(moment)):
        spans = _definite(moment, message)
        if spans:
            return message, spans
    return None


def _definite(moment: Moment, message: Message) -> list[tuple[int, int]]:
    text = message.said.text
    open_ended, inquiries = find(moment, "opinion_asked", text), find(moment, "inquiry", text)
    asked = set(asks(text))
    return [
        (start, end)
        for start, end in sentences(text)
        if ((start, end) in asked or any(start <= match.start < end for match in inquiries))
        and not any(start <= match.start < end for match in open_ended)
    ]


FACTS = (
    Fact(
        name="reply.hedges",
        type=FactType.BOOL,
        means="A human agent's reply is in doubt about the answer where the customer asked something definite. Doubts "
        "about the future, suggestions and courtesies do not count, nor does saying that one goes to find out.",
        unknown="when no phrase pack `hedge` is loaded, or the reply is in a language that no such pack reads; "
        "false where nothing definite was asked",
        example="{reply.hedges: true}",
        read=hedges,
        said=("the reply hedges where something definite was asked", "the reply does not hedge"),
    ),
)
"""What a policy may ask about doubtful answers."""
