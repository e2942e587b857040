"""What most signals on a reply share: its words held against one phrase pack, in three values."""

from collections.abc import Callable, Sequence

from policies.phrases import Match, Tier
from policies.reading import UNKNOWN, Moment, Reading
from policies.signals.thread import can_read, reply_of

MOST_QUOTED = 3
"""Places shown as evidence; more tell an agent nothing new."""


def says(moment: Moment, signal: str, pick: Callable[[str], Sequence[Match]]) -> Reading:
    """Whether `pick` finds words of this signal in the public reply.

    False without a reply; unknown without the pack, and without a match in a language the pack does not read.
    """
    reply = reply_of(moment)
    if reply is None:
        return Reading(value=False)
    if signal not in moment.phrases:
        return UNKNOWN
    text = reply.said.text
    found = distinct(pick(text))
    if found:
        return Reading(value=True, evidence=tuple(reply.cite(match) for match in surest(found)))
    return Reading(value=False) if can_read(moment, signal, text) else UNKNOWN


def surest(found: Sequence[Match], most: int = MOST_QUOTED) -> Sequence[Match]:
    """A few of them as they stand in the text, narrow ones before broad ones: a block rests on those alone."""
    chosen = sorted(found, key=lambda match: match.tier is not Tier.BLOCK)[:most]
    return sorted(chosen, key=lambda match: match.start)


def distinct(found: Sequence[Match]) -> list[Match]:
    """One match for each place: none that another one holds, unless it is narrow and the other is not."""
    by_start: dict[int, Match] = {}
    for match in sorted(found, key=lambda match: (match.start, match.tier is not Tier.BLOCK, -match.end)):
        by_start.setdefault(match.start, match)
    kept: list[Match] = []
    reached = {Tier.BLOCK: 0, Tier.NOTE: 0}  # where the narrow ones so far end, and all of them
    for match in by_start.values():
        if match.end > reached[match.tier]:
            kept.append(match)
        for tier in {match.tier, Tier.NOTE}:
            reached[tier] = max(reached[tier], match.end)
    return kept
