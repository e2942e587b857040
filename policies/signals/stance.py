"""What a customer's message says of the matter: settled, not settled, or neither.

Agreement lets a ticket be closed, so it is read narrowly. In a sentence that reports, denies, doubts or quotes
("the mail says it is solved") nothing is agreed; a "but" takes back what stands before it; a message that asks for
something more agrees to nothing. Mere thanks count only in a message that holds nothing but courtesies.
"""

import re
from collections.abc import Sequence

from policies.phrases import Match, Tier, sentences
from policies.reading import Moment
from policies.signals.thread import Message, find
from policies.text import asks

_CLAUSE_END = re.compile(r"[.!?…,;:()\n]|\s[-–—]\s")
_WORD = re.compile(r"[^\W_][\w'’-]*")
_FEW = 2
"""Words beside a courtesy that change nothing, as in "Great, thanks to you"."""


def stance_of(moment: Moment, message: Message) -> tuple[str, Match | None]:
    """`agreement` or `objection` with the words it rests on; None without a stance.

    An objection outweighs an agreement, unless it is a mere likelihood and plain agreement follows it.
    """
    text = message.said.text
    objections, agreed = find(moment, "objection", text), _sure(moment, text)
    if objections and not (agreed and all(_is_past_anger(match, agreed) for match in objections)):
        return "objection", objections[0]
    return "agreement", agreed or _thanks(moment, text)


def sounds_content(moment: Moment, message: Message) -> bool:
    """Whether it ends in thanks or approval, with no question, request or "but" in it, whatever the news before.

    "Got it, a digit was missing. Thank you" sounds content; "Thank you. The lamp flickers" is only polite.
    """
    text = message.said.text
    found = _undoubted(moment, text)
    if not found or "?" in text or find(moment, "reservation", text):
        return False
    names = _names(moment)
    after = [word for word in _WORD.finditer(text, max(match.end for match in found)) if word[0].lower() not in names]
    return len(after) <= _FEW


def ends_in_thanks(moment: Moment, message: Message) -> bool:
    """The same where the rest of the sentence that thanks may say more: "Thank you Ravi, that is a relief."."""
    text = message.said.text
    found = _undoubted(moment, text)
    if not found or asks(text) or find(moment, "reservation", text) or find(moment, "inquiry", text):
        return False
    last = max(match.end for match in found)
    end = next((end for start, end in sentences(text) if start < last <= end), len(text))
    return len(_WORD.findall(text, end)) <= _FEW


def is_courtesy(moment: Moment, text: str) -> bool:
    """Whether the text holds nothing but thanks, greetings and wishes."""
    return _is_covered(moment, text, [*find(moment, "agreement", text), *find(moment, "pleasantry", text)])


def _is_past_anger(objection: Match, agreed: Match) -> bool:
    return objection.tier is Tier.NOTE and objection.end <= agreed.start


def _sure(moment: Moment, text: str) -> Match | None:
    """The last plain words of agreement that nothing takes back."""
    taken_back = find(moment, "reservation", text)
    if any(match.tier is Tier.BLOCK for match in taken_back):
        return None
    plain = [match for match in _undoubted(moment, text) if match.tier is Tier.BLOCK]
    if not plain or _asks_for_more(text, plain):
        return None
    last = plain[-1]
    is_kept = all(match.start < last.start for match in taken_back if match.language == last.language)
    return last if is_kept else None


def _undoubted(moment: Moment, text: str) -> Sequence[Match]:
    """Words of agreement in sentences without doubt. "No" is a doubt in some languages and a word in others."""
    doubts = find(moment, "doubt", text)
    doubtful = [
        (start, end, doubt.language) for start, end in sentences(text) for doubt in doubts if start <= doubt.start < end
    ]
    return [
        match
        for match in find(moment, "agreement", text)
        if not any(start <= match.start < end and match.language == language for start, end, language in doubtful)
    ]


def _asks_for_more(text: str, agreed: Sequence[Match]) -> bool:
    """Whether a question is left once "can you close it?" is set aside."""
    return any(not any(start <= match.start < end for match in agreed) for start, end in asks(text))


def _thanks(moment: Moment, text: str) -> Match | None:
    """The thanks of a message that holds nothing but courtesies and asks nothing."""
    found = _undoubted(moment, text)
    if not found or "?" in text:
        return None
    return found[0] if _is_covered(moment, text, [*found, *find(moment, "pleasantry", text)]) else None


def _is_covered(moment: Moment, text: str, courtesies: Sequence[Match]) -> bool:
    """Whether every clause is a courtesy or a name, give or take a few words."""
    names = _names(moment)
    start = 0
    for end, after in [*(match.span() for match in _CLAUSE_END.finditer(text)), (len(text), len(text))]:
        here = [match for match in courtesies if match.start < end and match.end > start]
        words = [word for word in _WORD.finditer(text, start, end) if word[0].lower() not in names]
        beside = [word for word in words if not any(one.start <= word.start() < one.end for one in here)]
        if len(beside) > (_FEW if here else 0):
            return False
        start = after
    return True


def _names(moment: Moment) -> frozenset[str]:
    """The names of whoever takes part, word by word in lower case."""
    people = [moment.ticket.requester, *(change.actor for change in moment.past)]
    return frozenset(word.lower() for person in people for word in (person.name or "").split())
