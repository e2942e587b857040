"""What a reply answers: the customer's messages since the last reply, and whether they are in a readable language."""

import re
from collections.abc import Sequence

from policies.reading import Moment
from policies.signals.thread import Message, Side, since_last_reply

_WORD = re.compile(r"[^\W\d_]+")
_ENGLISH = re.compile(
    r"\b(?:an?|and|are|be|but|by|can|did|do|does|for|from|had|has|have|he|how|i|if|in|is|it|me|my|no|not|of|on|or|our|"
    r"please|so|that|the|their|there|they|this|to|was|we|what|when|which|why|will|with|you|your)\b",
    re.IGNORECASE,
)
_ENGLISH_SHARE = 0.2
"""Of all words; about half of an English text is such words, of the nearest other languages a tenth at most."""
_LONGEST_LOOK = 2_000


def answered(moment: Moment) -> Sequence[Message]:
    """The requester's messages that no human agent has replied to before this change, oldest first."""
    _, after = since_last_reply(moment)
    return tuple(message for message in after if message.side is Side.CUSTOMER)


def is_english(*texts: str) -> bool:
    """Whether the small words of English stand in these texts as often as they do in English."""
    text = " ".join(text[:_LONGEST_LOOK] for text in texts)
    return len(_ENGLISH.findall(text)) >= _ENGLISH_SHARE * len(_WORD.findall(text)) > 0
