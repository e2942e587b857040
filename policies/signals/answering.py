"""What a reply answers: the customer's messages since the last reply."""

from collections.abc import Sequence

from policies.reading import Moment
from policies.signals.thread import Message, Side, since_last_reply


def answered(moment: Moment) -> Sequence[Message]:
    """The requester's messages that no human agent has replied to before this change, oldest first."""
    _, after = since_last_reply(moment)
    return tuple(message for message in after if message.side is Side.CUSTOMER)
