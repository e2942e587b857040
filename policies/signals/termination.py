"""Whether a reply tells the customer that his account is ended, and whether that is what he asked for."""

from policies.reading import UNKNOWN, Fact, FactType, Moment, Reading
from policies.signals.heard import distinct, surest
from policies.signals.thread import Side, find, messages, reply_of


def terminates_account(moment: Moment) -> Reading:
    """Whether the public reply says that the account is or will be ended."""
    reply = reply_of(moment)
    if reply is None:
        return Reading(value=False)
    if "termination" not in moment.phrases:
        return UNKNOWN
    found = find(moment, "termination", reply.said.text)
    return Reading(value=bool(found), evidence=tuple(reply.cite(match) for match in surest(distinct(found))))


def customer_wants_to_leave(moment: Moment) -> Reading:
    """Whether the requester asked for the end of his own account, up to this change."""
    if "leaving" not in moment.phrases:
        return UNKNOWN
    for message in reversed(messages(moment.ticket, moment.past)):
        found = find(moment, "leaving", message.said.text) if message.side is Side.CUSTOMER else ()
        if found:
            return Reading(value=True, evidence=(message.cite(found[0]),))
    asked = find(moment, "leaving", moment.ticket.subject)
    return Reading(value=bool(asked))


FACTS = (
    Fact(
        name="reply.terminates_account",
        type=FactType.BOOL,
        means="A public reply says that the customer's account was or will be closed, ended or banned.",
        unknown="when no phrase pack `termination` is loaded; false where the change carries no public reply",
        example="{reply.terminates_account: true}",
        read=terminates_account,
        said=("the reply ends the customer's account", "the reply does not end the customer's account"),
    ),
    Fact(
        name="thread.customer_wants_to_leave",
        type=FactType.BOOL,
        means="The requester asked for his own account to be closed or deleted, in a message or in the subject.",
        unknown="when no phrase pack `leaving` is loaded",
        example="{thread.customer_wants_to_leave: true}",
        read=customer_wants_to_leave,
        said=("the customer asked to have the account closed", "the customer did not ask to have the account closed"),
    ),
)
"""What a policy may ask about the end of an account."""
