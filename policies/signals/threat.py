"""Whether the customer says he will leave, tell the public, or go to law.

What he said stands until he says himself that the matter is settled: a threat does not pass because somebody answered.
"""

from policies.phrases import Tier
from policies.reading import UNKNOWN, Fact, FactType, Moment, Reading
from policies.signals.heard import surest
from policies.signals.stance import stance_of
from policies.signals.thread import Message, Side, can_read, find, messages


def customer_threatens(moment: Moment) -> Reading:
    """Whether the requester has threatened, up to and with this change, and has not called it settled since."""
    if "threat" not in moment.phrases:
        return UNKNOWN
    spoken = [message for message in messages(moment.ticket, moment.past) if message.side is Side.CUSTOMER]
    for message in reversed(spoken):
        found = find(moment, "threat", message.said.text)
        if found:
            return Reading(value=True, evidence=tuple(message.cite(match) for match in surest(found)))
        if _settles(moment, message):
            break
    return (
        Reading(value=False)
        if all(can_read(moment, "threat", message.said.text) for message in spoken[-1:])
        else UNKNOWN
    )


def _settles(moment: Moment, message: Message) -> bool:
    stance, match = stance_of(moment, message)
    return match is not None and stance == "agreement" and match.tier is Tier.BLOCK


FACTS = (
    Fact(
        name="thread.customer_threatens",
        type=FactType.BOOL,
        means="The requester says that he will leave, tell the public or go to law, and has not said since that the "
        "matter is settled.",
        unknown="when the requester's last message is in a language that no loaded pack `threat` is in",
        example="{thread.customer_threatens: true}",
        read=customer_threatens,
        said=("the customer threatens to leave, go public or go to law", "the customer threatens nothing"),
    ),
)
"""What a policy may ask about a customer at risk."""
