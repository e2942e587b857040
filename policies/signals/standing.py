"""Facts about the ticket as the change left it: where it stands, how it came in, how old it is."""

from collections.abc import Sequence
from datetime import timedelta

from policies.reading import UNKNOWN, Fact, FactType, Moment, Reading
from policies.ticket import Change, Channel, Role, Standing, Status


def _later(moment: Moment) -> Sequence[Change]:
    """What has happened since, oldest first."""
    past = {change.id for change in moment.past}
    return [change for change in moment.ticket.changes if change.id not in past]


def _status(moment: Moment) -> Reading:
    """The ticket is read as it is now, so what came after the change is taken back."""
    if moment.change.status is not None:
        return Reading(value=moment.change.status.after.value)
    since = next((change.status for change in _later(moment) if change.status is not None), None)
    if since is None:
        return Reading(value=moment.ticket.status.value)
    if since.before is not None:
        return Reading(value=since.before.value)
    moves = (change.status for change in reversed(moment.past) if change.status is not None)
    last = next(moves, None)
    return Reading(value=last.after.value) if last else UNKNOWN


def _standing(moment: Moment) -> Reading:
    return Reading(value=moment.ticket.standing.value)


def _is_follow_up(moment: Moment) -> Reading:
    return Reading(value=moment.ticket.follows is not None)


def _channel(moment: Moment) -> Reading:
    return Reading(value=moment.ticket.channel.value)


def _tags(moment: Moment) -> Reading:
    tags = set(moment.ticket.tags)
    for change in reversed(_later(moment)):
        tags = (tags - set(change.tags_added)) | set(change.tags_removed)
    # A draft is not in the ticket yet; for a change that is, this changes nothing.
    tags = (tags - set(moment.change.tags_removed)) | set(moment.change.tags_added)
    return Reading(value=tuple(sorted(tags)))


def _subject(moment: Moment) -> Reading:
    return Reading(value=moment.ticket.subject)


def _group(moment: Moment) -> Reading:
    return _named(moment.ticket.group_id, moment.ticket.group)


def _brand(moment: Moment) -> Reading:
    return _named(moment.ticket.brand_id, moment.ticket.brand)


def _named(known_id: str | None, name: str | None) -> Reading:
    return UNKNOWN if known_id and not name else Reading(value=name or "")


def _hours_open(moment: Moment) -> Reading:
    until = moment.now if moment.change.actor.role is Role.CLOCK else moment.change.at
    return Reading(value=max(0.0, (until - moment.ticket.created_at) / timedelta(hours=1)))


FACTS: tuple[Fact, ...] = (
    Fact(
        name="ticket.status",
        type=FactType.CHOICE,
        means="The status the ticket had after the change.",
        unknown="if it was moved later and the helpdesk does not tell from where",
        example="{ticket.status: {in: [solved, closed]}}",
        read=_status,
        choices=tuple(Status),
        said=("the ticket is {}", ""),
    ),
    Fact(
        name="ticket.standing",
        type=FactType.CHOICE,
        means="Whether the ticket can still be spoken to, as it is now: `live`, or else why not.",
        unknown="never",
        example="{ticket.standing: {in: [merged, deleted, suspended]}}",
        read=_standing,
        choices=tuple(Standing),
        said=("the ticket is {}", ""),
    ),
    Fact(
        name="ticket.is_follow_up",
        type=FactType.BOOL,
        means="Whether the ticket goes on from another that is closed for good: its first message already speaks of "
        "an earlier answer. Freshdesk has none: there a customer's reply opens the closed ticket again.",
        unknown="never",
        example="{ticket.is_follow_up: true}",
        read=_is_follow_up,
        said=("the ticket goes on from a closed one", "the ticket goes on from no other"),
    ),
    Fact(
        name="ticket.channel",
        type=FactType.CHOICE,
        means="The way the ticket came in.",
        unknown="never; a way Ombuds does not know is `other`",
        example="{ticket.channel: email}",
        read=_channel,
        choices=tuple(Channel),
        said=("the ticket came in by {}", ""),
    ),
    Fact(
        name="ticket.tags",
        type=FactType.TEXTS,
        means="The tags the ticket had after the change.",
        unknown="never; there may be none",
        example="{ticket.tags: {contains: vip}}",
        read=_tags,
        said=("the ticket's tags: {}", ""),
    ),
    Fact(
        name="ticket.subject",
        type=FactType.PROSE,
        means="The ticket's subject line.",
        unknown="never; it may be empty",
        example="{ticket.subject: {contains: account closed}}",
        read=_subject,
        said=("the subject says {}", ""),
    ),
    Fact(
        name="ticket.group",
        type=FactType.TEXT,
        means="The name of the group that the ticket is in now; empty if it is in none.",
        unknown="when our credentials may not read the account's groups",
        example="{ticket.group: Billing}",
        read=_group,
        said=("the ticket is in the group {}", ""),
    ),
    Fact(
        name="ticket.brand",
        type=FactType.TEXT,
        means="The name of the brand that the ticket belongs to now, at Freshdesk of the product; empty if to none.",
        unknown="when our credentials may not read the account's brands",
        example="{ticket.brand: Outlet}",
        read=_brand,
        said=("the ticket belongs to {}", ""),
    ),
    Fact(
        name="ticket.hours_open",
        type=FactType.HOURS,
        means="Hours from the ticket's creation to the change; for the clock, to now. A solved ticket ages too.",
        unknown="never",
        example="{ticket.hours_open: {gte: 5d}}",
        read=_hours_open,
        ticks=True,
        said=("the ticket was opened {} before", ""),
    ),
)
