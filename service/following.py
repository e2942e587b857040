"""Whether agents made good what they were told of: a note was left, and then somebody answered, reopened or apologised.

Pure. That one followed the other is all that is known; whether it did because of the note, nobody can tell.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from policies.correcting import correction
from policies.policy import Rulebook
from policies.ticket import Change, Ticket
from policies.verdict import Verdict
from service.store.records import FollowUp, Past, StoredFinding

FOLLOWED_FOR = timedelta(days=7)
"""What comes later was hardly meant for the note."""


def follow_ups(
    rulebook: Rulebook, ticket: Ticket, judged: Iterable[tuple[Change, Verdict]], past: Past, now: datetime
) -> tuple[FollowUp, ...]:
    """The first correction of each finding that agents were told of; `judged` is what is new, oldest first.

    A change in which the policy finds the same again makes nothing good.
    """
    arrived = past.arrived
    waiting = [found for found in past.findings if found.action_id in arrived and found.followed_by is None]
    followed: dict[str, FollowUp] = {}
    for change, verdict in judged:
        again = {finding.policy for finding in verdict.findings}
        due = [found for found in waiting if _is_due(found, change) and found.policy not in again]
        made = correction(rulebook, ticket, change, now) if due else None
        if made is not None:
            given = (FollowUp(finding_id=one.id, policy=one.policy, correction=made, at=change.at) for one in due)
            followed = {follow_up.finding_id: follow_up for follow_up in given} | followed
    return tuple(followed.values())


def _is_due(found: StoredFinding, change: Change) -> bool:
    """Whether the change came after the note and within its time."""
    return found.recorded_at < change.at <= found.recorded_at + FOLLOWED_FOR
