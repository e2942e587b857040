"""Whether a few words are all that a substantive message got.

Short is not rude: a question back, a thing done, a number, a day, a way through a menu or a word of welcome after
thanks is an answer. A brush-off is a short reply in which nothing is left once pointers elsewhere, dismissals and form
wording are set aside, or one so curt that it could not hold an answer and names nothing.
"""

import re
from collections.abc import Sequence

from policies.phrases import sentences
from policies.reading import UNKNOWN, Fact, FactType, Moment, Reading
from policies.signals.answering import answered
from policies.signals.stance import stance_of
from policies.signals.thread import Message, can_read, find, human_reply
from policies.text import asks

_SUBSTANTIVE = 25
"""Words of the customer's, from which a message deserves more than a few in return."""
_TERSE = 25
"""Words of a reply that is short."""
_TERSE_LENGTH = 600
"""Characters of a reply that is short; a link may be long."""
_NOTHING = 3
"""Words beside pointers and form wording that say nothing yet, as in "Try again."."""
_CURT = 6
"""Words of a reply that is no answer unless it names something, as in "We only sell new ones."."""
_GREETING = re.compile(r"(?i)\s*(?:hi|hello|hey|dear|good (?:morning|afternoon|evening))\b[^,.!?\n]{0,40}[,.!\n]\s*")
_LINK = re.compile(r"(?:https?://|www\.)\S+")
_CONCRETE = re.compile(
    r"\d|\w\s*(?:>|\u2192|/)\s*\w|(?i:\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:noon|midnight|tomorrow|tonight)\b)"
    r"|(?<=[a-z,:] )[A-Z][a-z]+"
)
"""A number, a day, a name, or a way through a menu."""


def brushes_off(moment: Moment) -> Reading:
    """Whether a human agent's reply meets a substantive message with next to nothing."""
    reply = human_reply(moment)
    asked = answered(moment) if reply is not None else ()
    if reply is None or not _is_substantive(moment, asked):
        return Reading(value=False)
    if "brush_off" not in moment.phrases:
        return UNKNOWN
    text = _without_greeting(reply.said.text)
    if len(text) > _TERSE_LENGTH or not 0 < len(text.split()) <= _TERSE:
        return Reading(value=False)
    if not can_read(moment, "brush_off", text, *(message.said.text for message in asked)):
        return UNKNOWN
    if _answers(moment, text):
        return Reading(value=False)
    found = find(moment, "brush_off", reply.said.text)
    return Reading(value=True, evidence=(*map(reply.cite, found[:1]), reply.whole(), asked[-1].whole()))


def _is_substantive(moment: Moment, asked: Sequence[Message]) -> bool:
    """Enough words, and not the customer's agreement that all is well."""
    if sum(message.said.words for message in asked) < _SUBSTANTIVE:
        return False
    stance, match = stance_of(moment, asked[-1])
    return match is None or stance == "objection"


def _answers(moment: Moment, text: str) -> bool:
    """Whether a short reply asks, does or says something to the matter."""
    if any(not _asks_nothing(moment, text[start:end]) for start, end in asks(text)):
        return True
    given = [*find(moment, "specific", text), *find(moment, "brief_answer", text)]
    if any(match.language == "en" for match in given):
        return True
    left = _LINK.sub(" ", _besides(moment, text))
    enough = _CURT if len(left.split()) == len(text.split()) else _NOTHING
    return len(left.split()) > enough or _CONCRETE.search(left) is not None


def _asks_nothing(moment: Moment, question: str) -> bool:
    """Whether the question is a courtesy, or the first line of any checklist."""
    return bool(find(moment, "courtesy_question", question) or find(moment, "stock_question", question))


def _besides(moment: Moment, text: str) -> str:
    """The text without sentences that point elsewhere, dismiss or could stand in any reply, and without courtesies."""
    empty = [match for pack in ("brush_off", "form_reply", "stock_question") for match in find(moment, pack, text)]
    covered = [span for span in sentences(text) if any(span[0] <= match.start < span[1] for match in empty)]
    covered += [(match.start, match.end) for match in find(moment, "pleasantry", text)]
    return "".join(" " if any(start <= at < end for start, end in covered) else char for at, char in enumerate(text))


def _without_greeting(text: str) -> str:
    greeting = _GREETING.match(text)
    return text[greeting.end() :] if greeting else text


FACTS = (
    Fact(
        name="reply.brushes_off",
        type=FactType.BOOL,
        means="A human agent meets a substantive message of the customer with a few words that say nothing to the "
        "matter: a mere pointer elsewhere, a dismissal, an acknowledgement.",
        unknown="when no phrase pack `brush_off` is loaded, or a short reply is in a language that no such pack reads",
        example="{reply.brushes_off: true}",
        read=brushes_off,
        said=("a substantive message got only a few words", "the message was not brushed off"),
    ),
)
"""What a policy may ask about replies of a few words."""
