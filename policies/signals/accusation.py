"""Whether a reply presumes that the customer is guilty: of fraud, of a breach, of lying, of being the problem."""

from policies.reading import Fact, FactType, Moment, Reading
from policies.signals.heard import says
from policies.signals.thread import find


def accuses(moment: Moment) -> Reading:
    """Whether the public reply accuses the customer."""
    return says(moment, "accusation", lambda text: find(moment, "accusation", text))


FACTS = (
    Fact(
        name="reply.accuses",
        type=FactType.BOOL,
        means="A public reply lays guilt on the customer: fraud, a breach of rules, a lie, bad will, or that it is "
        "all his own fault.",
        unknown="when the reply is in a language that no loaded pack `accusation` is in; false where "
        "the change carries no public reply",
        example="{reply.accuses: true}",
        read=accuses,
        said=("the reply accuses the customer", "the reply does not accuse the customer"),
    ),
)
"""What a policy may ask about accusations."""
