"""Freshdesk's numbers and what they mean to us. Source: ticket_fields of a recorded account, in airbytehq/airbyte."""

from collections.abc import Mapping

from policies.ticket import Channel, Status, Via

OPEN, PENDING, RESOLVED, CLOSED = 2, 3, 4, 5
DONE = frozenset({RESOLVED, CLOSED})

STATUSES: Mapping[int, Status] = {
    OPEN: Status.OPEN,
    PENDING: Status.PENDING,
    RESOLVED: Status.SOLVED,
    CLOSED: Status.CLOSED,
}

CHANNELS: Mapping[int, Channel] = {
    1: Channel.EMAIL,
    2: Channel.WEB,
    3: Channel.PHONE,
    5: Channel.SOCIAL,
    6: Channel.SOCIAL,
    7: Channel.CHAT,
    8: Channel.CHAT,
    9: Channel.WEB,
    10: Channel.EMAIL,
    12: Channel.CHAT,
    13: Channel.SOCIAL,
}
OUTBOUND_EMAIL = 10
"""A ticket that an agent opened by writing to the requester first."""

REPLY, NOTE, SURVEY, FORWARD, PHONE = 0, 2, 6, 8, 9
"""Where a conversation comes from."""

VIAS: Mapping[int, Via] = {5: Via.SOCIAL, 7: Via.SOCIAL, FORWARD: Via.EMAIL, PHONE: Via.PHONE, 11: Via.OTHER}


def status_of(code: int | None, statuses: Mapping[int, Status]) -> Status:
    """Ours for a code. An account's own status that nobody mapped counts as pending: it waits, and is not done."""
    if code is None:
        return Status.OPEN
    return STATUSES.get(code) or statuses.get(code, Status.PENDING)
