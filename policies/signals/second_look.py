"""Whether a second person looked: another agent who approves, in an internal note, what is done with this change.

Only the ticket is seen here, and it does not tell who is in which group. So another agent's word counts, whoever he
is; whether he may approve a finding is checked where the command is answered.
"""

import re
from collections.abc import Sequence

from policies.reading import UNKNOWN, Fact, FactType, Moment, Reading
from policies.signals.thread import Message, Side, can_read, find, hours_since, notes, side_of
from policies.text import plain
from policies.verdict import Evidence

_COMMAND = re.compile(r"^[^\S\n]*#ombuds[^\S\n]+approve[^\S\n]+\S+[^\S\n]+\S.*$", re.IGNORECASE | re.MULTILINE)
"""With its reason: without one it is refused."""


def second_look(moment: Moment) -> Reading:
    """Whether another agent approved before this change."""
    look = _newest(moment)
    if look is not None:
        return Reading(value=True, evidence=(look[1],))
    if "approval" not in moment.phrases:
        return UNKNOWN
    readable = all(can_read(moment, "approval", note.said.text) for note in _of_colleagues(moment))
    return Reading(value=False) if readable else UNKNOWN


def hours_since_second_look(moment: Moment) -> Reading:
    """Hours since the newest approval."""
    look = _newest(moment)
    return UNKNOWN if look is None else Reading(value=hours_since(moment, look[0].at), evidence=(look[1],))


def tags_of_colleagues(moment: Moment) -> Reading:
    """The tags that another agent had put on the ticket before this change, and nobody took off."""
    tags: dict[str, str] = {}
    for change in moment.earlier:
        is_colleagues = side_of(moment.ticket, change.actor) is Side.AGENT and change.actor.id != moment.change.actor.id
        for tag in change.tags_removed:
            tags.pop(tag, None)
        if is_colleagues and not change.is_own:
            tags |= dict.fromkeys(change.tags_added, change.id)
    evidence = tuple(Evidence(text=tag, change_id=change_id) for tag, change_id in tags.items())
    return Reading(value=tuple(tags), evidence=evidence)


def _newest(moment: Moment) -> tuple[Message, Evidence] | None:
    for note in reversed(_of_colleagues(moment)):
        approval = _approval(moment, note)
        if approval is not None:
            return note, approval
    return None


def _approval(moment: Moment, note: Message) -> Evidence | None:
    command = _COMMAND.search(plain(note.comment))
    if command is not None:
        return Evidence(text=command[0], change_id=note.change.id, start=command.start(), end=command.end())
    found = find(moment, "approval", note.said.text)
    return note.cite_sentence(found[0]) if found else None


def _of_colleagues(moment: Moment) -> Sequence[Message]:
    """The internal notes of agents who are not the one whose change this is."""
    return [note for note in notes(moment.ticket, moment.earlier) if note.change.actor.id != moment.change.actor.id]


FACTS = (
    Fact(
        name="thread.second_look",
        type=FactType.BOOL,
        means="Before this change another agent approved in an internal note: by `#ombuds approve`, with a reason, or "
        "in his own words. In which group he is, is not known here.",
        unknown="when a colleague's note is in a language that no phrase pack reads, or no pack `approval` is loaded",
        example="{thread.second_look: false}",
        read=second_look,
        said=("a colleague approved", "no colleague approved"),
    ),
    Fact(
        name="thread.hours_since_second_look",
        type=FactType.HOURS,
        means="Hours since the newest approval by another agent.",
        unknown="when there is none; test `thread.second_look` beside it",
        example="{thread.second_look: true, thread.hours_since_second_look: {gte: 30d}}",
        read=hours_since_second_look,
        ticks=True,
        said=("the approval was given {} earlier", ""),
    ),
    Fact(
        name="thread.tags_of_colleagues",
        type=FactType.TEXTS,
        means="The tags that another human agent had put on the ticket before this change.",
        unknown="never; there may be none. Freshdesk does not report who set a tag: the likeliest agent counts",
        example="{thread.tags_of_colleagues: {matches_list: second_look_tags}}",
        read=tags_of_colleagues,
        said=("tags that colleagues put on: {}", ""),
    ),
)
"""What a policy may ask about a second look."""
