"""Whether a reply keeps its reason from the customer, or gives one.

A refusal ("we cannot tell you why") counts whatever stands beside it. What only hides the reason, a general word ("you
violated our policies") or a broad refusal, counts where nothing more definite is said.
"""

from collections.abc import Sequence

from policies.phrases import Match, Tier
from policies.reading import Fact, FactType, Moment, Reading
from policies.signals.heard import says
from policies.signals.thread import find


def withholds_reason(moment: Moment) -> Reading:
    """Whether the public reply refuses the reason, or hides it behind a general word."""
    return says(moment, "reason_withheld", lambda text: _withheld(moment, text))


def gives_reason(moment: Moment) -> Reading:
    """Whether the public reply says why."""
    return says(moment, "reason_given", lambda text: find(moment, "reason_given", text))


def _withheld(moment: Moment, text: str) -> Sequence[Match]:
    refused = find(moment, "reason_withheld", text)
    if any(match.tier is Tier.BLOCK for match in refused):
        return refused
    hidden = [*refused, *find(moment, "reason_vague", text)]
    return () if hidden and find(moment, "reason_given", text) else hidden


FACTS = (
    Fact(
        name="reply.withholds_reason",
        type=FactType.BOOL,
        means="A public reply refuses to say why, or names nothing more definite than its terms or policies.",
        unknown="when the reply is in a language that no loaded pack `reason_withheld` is in; false "
        "where the change carries no public reply",
        example="{reply.withholds_reason: true}",
        read=withholds_reason,
        said=("the reply withholds its reason", "the reply does not withhold its reason"),
    ),
    Fact(
        name="reply.gives_reason",
        type=FactType.BOOL,
        means="A public reply says why, in more definite words than its terms or policies.",
        unknown="when the reply is in a language that no loaded pack `reason_given` is in; false where "
        "the change carries no public reply",
        example="{reply.gives_reason: true}",
        read=gives_reason,
        said=("the reply gives its reason", "the reply gives no reason"),
    ),
)
"""What a policy may ask about reasons."""
