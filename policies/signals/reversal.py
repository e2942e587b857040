"""Whether an adverse decision was taken back while the customer was told nothing.

What agents did since the customer was last told something: tags taken off, prepared steps used, notes that say so.
What was done by Ombuds itself does not count, nor does what a rule did.
"""

from collections.abc import Sequence
from datetime import datetime

from policies.phrases import Match, Tier
from policies.reading import UNKNOWN, Fact, FactType, Moment, Reading
from policies.signals.reconsideration import is_adverse
from policies.signals.replies import says_something
from policies.signals.thread import (
    NEWEST,
    Message,
    Side,
    business_hours_since,
    can_read,
    find,
    message_of,
    messages,
    notes,
    side_of,
)
from policies.ticket import Change
from policies.verdict import Evidence


def untold_reversal(moment: Moment) -> Reading:
    """Whether an agent's note says that it was taken back, and the customer has been told nothing since."""
    if "reversal" not in moment.phrases:
        return UNKNOWN
    found = _noted(moment)
    if found is not None:
        return Reading(value=True, evidence=(found[0].cite_sentence(found[1]),))
    written = notes(moment.ticket, _untold(moment))
    return Reading(value=False) if all(can_read(moment, "reversal", note.said.text) for note in written) else UNKNOWN


def untold_tags_removed(moment: Moment) -> Reading:
    """The tags that agents took off since the customer was last told something, and nobody put on again."""
    taken: dict[str, str] = {}
    for change in _untold(moment):
        taken |= dict.fromkeys(change.tags_removed, change.id)
    taken = {tag: change_id for tag, change_id in taken.items() if tag not in moment.ticket.tags}
    return Reading(value=tuple(taken), evidence=tuple(Evidence(text=tag, change_id=at) for tag, at in taken.items()))


def untold_macros(moment: Moment) -> Reading:
    """The titles of what agents used since the customer was last told something."""
    used = {macro.title: change.id for change in _untold(moment) for macro in change.macros}
    return Reading(value=tuple(used), evidence=tuple(Evidence(text=title, change_id=at) for title, at in used.items()))


def business_hours_untold(moment: Moment) -> Reading:
    """Business time since the newest of all these."""
    noted = _noted(moment)
    times: list[datetime] = [change.at for change in _untold(moment) if change.tags_removed or change.macros]
    times += [noted[0].at] if noted else []
    return business_hours_since(moment, max(times)) if times else UNKNOWN


def _untold(moment: Moment) -> Sequence[Change]:
    """What agents did since the customer was last told something, oldest first."""
    past = moment.past[-NEWEST:]
    acts = [at for at, change in enumerate(past) if _is_act(moment, change)]
    if not acts:  # on nearly every ticket, and then no message need be read
        return ()
    told = next((at for at in range(len(past) - 1, acts[0] - 1, -1) if _tells(moment, past, at)), -1)
    return [past[at] for at in acts if at > told]


def _is_act(moment: Moment, change: Change) -> bool:
    """Whether an agent did, while Ombuds watched, what the customer does not see by itself."""
    since = moment.ticket.watched_since
    if change.is_own or side_of(moment.ticket, change.actor) is not Side.AGENT:
        return False
    is_note = change.comment is not None and not change.comment.is_public
    return bool(change.tags_removed or change.macros or is_note) and (since is None or change.at >= since)


def _tells(moment: Moment, past: Sequence[Change], position: int) -> bool:
    """Whether this change tells: a person's message that says something, or anybody's that says just this."""
    message = message_of(moment.ticket, past[position])
    if message is None or message.side not in (Side.AGENT, Side.RULE):
        return False
    if find(moment, "reversal", message.said.text):
        return True
    return message.side is Side.AGENT and says_something(moment, message, messages(moment.ticket, past[:position]))


def _noted(moment: Moment) -> tuple[Message, Match] | None:
    """The newest note that says so; in broad words only where the customer had been told of something adverse."""
    for note in reversed(notes(moment.ticket, _untold(moment))):
        found = find(moment, "reversal", note.said.text)
        plain = [match for match in found if match.tier is Tier.BLOCK]
        if plain or (found and _had_bad_news(moment)):
            return note, (plain or found)[0]
    return None


def _had_bad_news(moment: Moment) -> bool:
    sent = (message for message in messages(moment.ticket, moment.past) if message.side in (Side.AGENT, Side.RULE))
    return any(is_adverse(moment, message) for message in sent)


FACTS = (
    Fact(
        name="thread.untold_reversal",
        type=FactType.BOOL,
        means="An agent notes that an adverse decision was taken back, and the customer has been told nothing since.",
        unknown="when such a note is in a language that no phrase pack reads, or no pack `reversal` is loaded",
        example="{thread.untold_reversal: true}",
        read=untold_reversal,
        said=("it was taken back and the customer was not told", "nothing was taken back behind the customer's back"),
    ),
    Fact(
        name="thread.untold_tags_removed",
        type=FactType.TEXTS,
        means="The tags that agents took off since the customer was last told something.",
        unknown="never; there may be none",
        example="{thread.untold_tags_removed: {matches_list: termination_tags}}",
        read=untold_tags_removed,
        said=("tags taken off, of which the customer was told nothing: {}", ""),
    ),
    Fact(
        name="thread.untold_macros",
        type=FactType.TEXTS,
        means="The titles of the prepared texts or steps that agents used since the customer was last told something.",
        unknown="never; there may be none",
        example="{thread.untold_macros: {matches_list: reversal_macros}}",
        read=untold_macros,
        said=("prepared steps used, of which the customer was told nothing: {}", ""),
    ),
    Fact(
        name="thread.business_hours_untold",
        type=FactType.BUSINESS_HOURS,
        means="Business time since the newest tag was taken off, the newest prepared step used or the newest note of a "
        "reversal written, of which the customer was told nothing.",
        unknown="when there is none of these",
        example="{thread.untold_reversal: true, thread.business_hours_untold: {gte: 1 business day}}",
        read=business_hours_untold,
        ticks=True,
        said=("that was {} before", ""),
    ),
)
"""What a policy may ask about decisions that were taken back."""
