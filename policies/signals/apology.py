"""Whether an agent apologises to the customer or owns up to a mistake."""

from policies.reading import Fact, FactType, Moment, Reading
from policies.signals.heard import says
from policies.signals.thread import find, human_reply


def apologises(moment: Moment) -> Reading:
    """Whether a human agent apologises in the public reply."""
    if human_reply(moment) is None:
        return Reading(value=False)
    return says(moment, "apology", lambda text: find(moment, "apology", text))


FACTS = (
    Fact(
        name="reply.apologises",
        type=FactType.BOOL,
        means="A human agent says sorry in a public reply for what was done, or owns up to a mistake. Regret about the "
        "customer's own bad luck and the phrase about any inconvenience do not count.",
        unknown="when the reply is in a language that no loaded pack `apology` is in; false where the change carries "
        "no public reply of a human agent",
        example="{reply.apologises: true}",
        read=apologises,
        said=("the reply apologises", "the reply does not apologise"),
    ),
)
"""What a policy may ask about apologies."""
