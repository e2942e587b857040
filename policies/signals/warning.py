"""Whether the customer was warned that his account may be ended, and how long he has had to answer."""

from policies.phrases import Match, Tier
from policies.reading import UNKNOWN, Fact, FactType, Moment, Reading
from policies.signals.termination import terminates_account
from policies.signals.thread import Message, Side, can_read, find, hours_since, messages, reply_of


def warned_of_termination(moment: Moment) -> Reading:
    """Whether a public message of ours warned of it before this change."""
    if "warning" not in moment.phrases:
        return UNKNOWN
    warned = _first_warning(moment)
    if warned is not None:
        return Reading(value=True, evidence=(warned[0].cite_sentence(warned[1]),))
    return (
        Reading(value=False)
        if all(can_read(moment, "warning", message.said.text) for message in _sent(moment))
        else UNKNOWN
    )


def hours_since_warning(moment: Moment) -> Reading:
    """Hours since the first warning: a reminder does not begin the time to answer anew."""
    warned = _first_warning(moment)
    if warned is None:
        return UNKNOWN
    message, match = warned
    return Reading(value=hours_since(moment, message.at), evidence=(message.cite_sentence(match),))


def ends_account(moment: Moment) -> Reading:
    """Whether this reply ends the account, for the first time and with nothing by which it could be prevented."""
    ended = terminates_account(moment)
    reply = reply_of(moment)
    if ended.value is not True or reply is None:
        return ended
    if "warning" not in moment.phrases:
        return UNKNOWN
    return Reading(value=False) if _ways_out(moment, reply) or _was_ended(moment) else ended


def _ways_out(moment: Moment, message: Message) -> bool:
    """Whether it says what would prevent the end; then it is a warning."""
    return any(match.tier is Tier.BLOCK for match in find(moment, "warning", message.said.text))


def _was_ended(moment: Moment) -> bool:
    """Whether the customer was told so before, and not since that it was taken back."""
    for message in reversed(_sent(moment)):
        if find(moment, "reversal", message.said.text):
            return False
        if find(moment, "termination", message.said.text) and not _ways_out(moment, message):
            return True
    return False


def _first_warning(moment: Moment) -> tuple[Message, Match] | None:
    for message in _sent(moment):
        found = find(moment, "warning", message.said.text)
        if found:
            return message, next((match for match in found if match.tier is Tier.BLOCK), found[0])
    return None


def _sent(moment: Moment) -> tuple[Message, ...]:
    """What the customer was sent before this change, by people and by rules."""
    earlier = messages(moment.ticket, moment.earlier)
    return tuple(message for message in earlier if message.side in (Side.AGENT, Side.RULE))


FACTS = (
    Fact(
        name="thread.warned_of_termination",
        type=FactType.BOOL,
        means="Before this change the customer was sent a public message, by an agent or a rule, that warned of the "
        "end of the account.",
        unknown="when a message of ours is in a language that no phrase pack reads, or no pack `warning` is loaded. "
        "Warnings by letter, on the phone or on another ticket are not seen",
        example="{thread.warned_of_termination: false}",
        read=warned_of_termination,
        said=("the customer was warned", "the customer was not warned"),
    ),
    Fact(
        name="thread.hours_since_warning",
        type=FactType.HOURS,
        means="Hours since the customer was first warned of the end of the account.",
        unknown="when he was not; test `thread.warned_of_termination` beside it",
        example="{thread.warned_of_termination: true, thread.hours_since_warning: {lt: 7d}}",
        read=hours_since_warning,
        ticks=True,
        said=("the warning was sent {} earlier", ""),
    ),
    Fact(
        name="reply.ends_account",
        type=FactType.BOOL,
        means="The reply ends the account. It does not where it says what the customer can do to prevent it, for that "
        "is a warning, nor where the customer was told before and this only speaks of it again.",
        unknown="when no phrase pack `termination` or `warning` is loaded; false where the change carries no public "
        "reply",
        example="{reply.ends_account: true, thread.warned_of_termination: false}",
        read=ends_account,
        said=("the reply ends the customer's account", "the reply does not end the customer's account"),
    ),
)
"""What a policy may ask about warnings."""
