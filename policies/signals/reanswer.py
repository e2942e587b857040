"""How a request for another look is met: by whom, and whether anybody else had a part in it."""

from policies.reading import UNKNOWN, Fact, FactType, Moment, Reading
from policies.signals.reconsideration import Request, is_adverse, open_request
from policies.signals.thread import Message, Side, can_read, find, hours_since, human_reply, messages, notes


def meets_request(moment: Moment) -> Reading:
    """Whether a human agent replies while a request for another look is open."""
    reply = human_reply(moment)
    if reply is None:
        return Reading(value=False)
    if "reconsideration" not in moment.phrases:
        return UNKNOWN
    request = open_request(moment, moment.earlier)
    if request is None:
        return Reading(value=False)
    return Reading(value=True, evidence=(request.message.cite_sentence(request.match), reply.whole()))


def hours_request_waited(moment: Moment) -> Reading:
    """Hours that the oldest open request waited until a human agent answers it with this change."""
    request = open_request(moment, moment.earlier) if human_reply(moment) is not None else None
    if request is None or open_request(moment) is not None:
        return UNKNOWN
    return Reading(
        value=hours_since(moment, request.message.at), evidence=(request.message.cite_sentence(request.match),)
    )


def by_the_decider(moment: Moment) -> Reading:
    """Whether who replies to the request made the decision, and nobody else has had a part in the matter since."""
    reply = human_reply(moment)
    request = open_request(moment, moment.earlier) if reply is not None else None
    if reply is None or request is None:
        return Reading(value=False)
    decision = _decision(moment, request)
    if decision is None:
        return UNKNOWN
    if decision.change.actor.id != reply.change.actor.id or _someone_else_wrote(moment, request):
        return Reading(value=False)
    return Reading(value=True, evidence=(decision.whole(),))


def names_another_look(moment: Moment) -> Reading:
    """Whether the reply says that somebody looks again, or has."""
    return _says(moment, "another_look")


def takes_it_back(moment: Moment) -> Reading:
    """Whether the reply gives the customer what was taken from him or refused."""
    return _says(moment, "reversal")


def _says(moment: Moment, signal: str) -> Reading:
    reply = human_reply(moment)
    if reply is None:
        return Reading(value=False)
    if signal not in moment.phrases:
        return UNKNOWN
    found = find(moment, signal, reply.said.text)
    if found:
        return Reading(value=True, evidence=(reply.cite(found[0]),))
    return Reading(value=False) if can_read(moment, signal, reply.said.text) else UNKNOWN


def _decision(moment: Moment, request: Request) -> Message | None:
    """The newest adverse message of a human agent before the request; None if it was made elsewhere."""
    thread = messages(moment.ticket, moment.ticket.up_to(request.message.change))
    by_agents = (message for message in reversed(thread) if message.side is Side.AGENT)
    return next((message for message in by_agents if is_adverse(moment, message)), None)


def _someone_else_wrote(moment: Moment, request: Request) -> bool:
    """Whether another agent has written since the request, to the customer or in a note."""
    written = (*messages(moment.ticket, moment.earlier), *notes(moment.ticket, moment.earlier))
    return any(
        message.side is Side.AGENT
        and message.change.actor.id != moment.change.actor.id
        and message.at >= request.message.at
        for message in written
    )


FACTS = (
    Fact(
        name="reply.meets_request",
        type=FactType.BOOL,
        means="A human agent replies with this change while a request for another look is open. Whether that answers "
        "it, `thread.asks_reconsideration` tells.",
        unknown="when no phrase pack `reconsideration` is loaded",
        example="{reply.meets_request: true, thread.asks_reconsideration: true}",
        read=meets_request,
        beside="reply.hours_request_waited",
        said=("the customer had asked for another look", "the customer had not asked for another look"),
    ),
    Fact(
        name="reply.hours_request_waited",
        type=FactType.HOURS,
        means="Hours that a request for another look had waited when this reply answered it.",
        unknown="when no request was open, or it is still open after this reply; test `reply.meets_request` beside it",
        example="{reply.meets_request: true, reply.hours_request_waited: {gte: 48h}}",
        read=hours_request_waited,
        said=("the customer had waited {} for this answer", ""),
    ),
    Fact(
        name="reply.by_the_decider",
        type=FactType.BOOL,
        means="Whoever replies to a request for another look wrote the decision too, and no other agent has written "
        "on the ticket since the request.",
        unknown="when no adverse message of a human agent is on the ticket: the decision was made elsewhere",
        example="{reply.by_the_decider: true}",
        read=by_the_decider,
        said=("the one who decided answers it himself", "somebody else than the one who decided answers it"),
    ),
    Fact(
        name="reply.names_another_look",
        type=FactType.BOOL,
        means="The reply says that somebody looks at the matter again, or has: the agent himself, a colleague, a lead.",
        unknown="when it is in a language that no phrase pack reads, or no pack `another_look` is loaded",
        example="{reply.names_another_look: false}",
        read=names_another_look,
        said=("the reply says who looks again", "the reply names nobody who looks again"),
    ),
    Fact(
        name="reply.takes_it_back",
        type=FactType.BOOL,
        means="The reply takes an adverse decision back: the account is open again, the refund is granted after all.",
        unknown="when it is in a language that no phrase pack reads, or no pack `reversal` is loaded",
        example="{reply.takes_it_back: false}",
        read=takes_it_back,
        said=("the reply takes the decision back", "the reply does not take the decision back"),
    ),
)
"""What a policy may ask about replies to requests for another look."""
