"""Whether a reply speaks as nobody to a customer who is upset: passive, official, without a person in it.

Passive alone harms nobody: a receipt may be written so. It counts where the customer is upset, where no sentence
says "I", and where what is said as nobody outweighs what "we" say.
"""

import re
from collections.abc import Sequence

from policies.phrases import Match, Tier, sentences
from policies.reading import UNKNOWN, Fact, FactType, Moment, Reading
from policies.signals.answering import answered
from policies.signals.heard import surest
from policies.signals.sender import signed_by
from policies.signals.thread import can_read, find, human_reply
from policies.verdict import Evidence

_FIRST_PERSON = re.compile(r"\b(?:I|I'm|I've|I'll|I'd)\b|\b(?i:me|my|mine|myself)\b")
_WE = re.compile(r"(?i)\bwe\b")
_POLITE_WE = re.compile(
    r"(?i)\bwe (?:\w+ ){0,3}?(?:apologi[sz]e|regret|thank|appreciate|value|strive"
    r"|(?:kindly )?(?:inform|advise|ask|request)|like to (?:inform|advise|remind|thank|apologi[sz]e)|wish to)\b"
)
"""What a firm says by habit: nobody in particular speaks."""
_ADDRESSES = re.compile(
    r"(?i)\b(?:it|that|there|you|they|he|she|don|isn|aren|won|can|didn|doesn|wasn)['\u2019](?:s|t|re|ll|ve|d)\b"
    r"|\bsorry\b|\b(?:\w+ here[.,:!]|(?:good|great) news\b)"
    r"|(?:^|[.!?]\s)\s*(?:yes|no|yep|nope|sure|right)\b(?=[,.:;!])|\?"
)
"""How one speaks to somebody: contracted, with a yes or a no, with a question."""
_SHOUTED = re.compile(r"[!?]{2,}|\b[A-Z]{4,}(?:[^\w.!?]+[A-Z]{2,}){2,}\b")
_MOST_SHOWN = 3


def impersonal(moment: Moment) -> Reading:
    """Whether a human agent answers an upset customer as nobody."""
    reply = human_reply(moment)
    if reply is None:
        return Reading(value=False)
    if not {"impersonal", "upset", "objection"} <= set(moment.phrases):
        return UNKNOWN
    upset = _upset(moment)
    if upset is None:
        return Reading(value=False)
    text = reply.said.text
    found = _as_nobody(moment, text)
    if found:
        return Reading(value=True, evidence=(*map(reply.cite, surest(found, _MOST_SHOWN)), upset))
    return Reading(value=False) if can_read(moment, "impersonal", text) else UNKNOWN


def _upset(moment: Moment) -> Evidence | None:
    """The words that tell that the customer is upset, in what this reply answers."""
    for message in reversed(answered(moment)):
        text = message.said.text
        found = [*find(moment, "upset", text), *find(moment, "objection", text)]
        if found:
            return message.cite(found[0])
        shouted = _SHOUTED.search(text)
        if shouted:
            return message.quote(*shouted.span())
    return None


def _as_nobody(moment: Moment, text: str) -> Sequence[Match]:
    """The impersonal words, where they outweigh the person."""
    if _FIRST_PERSON.search(text):
        return ()
    found = find(moment, "impersonal", text)
    by_us = [span for span in sentences(text) if _WE.search(text, *span) and not _POLITE_WE.search(text, *span)]
    found = [match for match in found if not any(start <= match.start < end for start, end in by_us)]
    by_nobody = sum(any(start <= match.start < end for match in found) for start, end in sentences(text))
    needed = 2 if _by_a_person(moment, text, found) else 1
    return _widest(found) if by_nobody >= max(needed, len(by_us)) else ()


def _widest(found: Sequence[Match]) -> Sequence[Match]:
    """Those that do not stand within a longer one: each place is shown once."""
    return [
        one
        for one in found
        if not any(
            it.start <= one.start and one.end <= it.end and it.end - it.start > one.end - one.start for it in found
        )
    ]


def _by_a_person(moment: Moment, text: str, found: Sequence[Match]) -> bool:
    """Whether a name stands under it, or somebody is spoken to, and the words are not plainly official."""
    if any(match.tier is Tier.BLOCK for match in found):
        return False
    return _ADDRESSES.search(text) is not None or signed_by(moment).value == "person"


FACTS = (
    Fact(
        name="reply.impersonal",
        type=FactType.BOOL,
        means="A human agent answers an upset customer as nobody: passive or official wording, nowhere an I, and less "
        "said by us than by nobody. Never where the customer is calm.",
        unknown="when a phrase pack `impersonal`, `upset` or `objection` is not loaded, or the reply is in a language "
        "that no such pack reads",
        example="{reply.impersonal: true}",
        read=impersonal,
        said=("an upset customer got an impersonal reply", "the reply is not impersonal"),
    ),
)
"""What a policy may ask about replies without a person."""
