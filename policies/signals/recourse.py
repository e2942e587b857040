"""Whether a reply shuts the door on the customer, or shows him one: an appeal, another look, a person to write to.

A way shown undoes a "final": "this decision is final, but you can appeal within two weeks" denies nothing. The mere
courtesy "contact us with any questions" shows none.
"""

from collections.abc import Sequence

from policies.phrases import Match
from policies.reading import Fact, FactType, Moment, Reading
from policies.signals.heard import says
from policies.signals.thread import find


def denies_recourse(moment: Moment) -> Reading:
    """Whether the public reply says that there is no way to have the matter looked at again."""
    return says(moment, "recourse_denied", lambda text: _denied(moment, text))


def offers_recourse(moment: Moment) -> Reading:
    """Whether the public reply says how the customer can have the matter looked at again."""
    return says(moment, "recourse_offered", lambda text: find(moment, "recourse_offered", text))


def _denied(moment: Moment, text: str) -> Sequence[Match]:
    denied = find(moment, "recourse_denied", text)
    return () if denied and find(moment, "recourse_offered", text) else denied


FACTS = (
    Fact(
        name="reply.denies_recourse",
        type=FactType.BOOL,
        means="A public reply says that there is no way back: the decision is final, nobody will answer again, no "
        "appeal is possible. Not where the same reply offers a way.",
        unknown="when the reply is in a language that no loaded pack `recourse_denied` is in; false "
        "where the change carries no public reply",
        example="{reply.denies_recourse: true}",
        read=denies_recourse,
        said=("the reply denies any way back", "the reply does not deny a way back"),
    ),
    Fact(
        name="reply.offers_recourse",
        type=FactType.BOOL,
        means="A public reply tells the customer how to have the matter looked at again: an appeal, a review, a "
        "person or a body to turn to. More than a courtesy such as an offer to answer questions.",
        unknown="when the reply is in a language that no loaded pack `recourse_offered` is in; false "
        "where the change carries no public reply",
        example="{reply.offers_recourse: true}",
        read=offers_recourse,
        said=("the reply offers a way back", "the reply offers no way back"),
    ),
)
"""What a policy may ask about ways back."""
