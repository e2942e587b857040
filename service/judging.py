"""Judging a whole ticket offline, as the service would have: every change at its own time, the clock in between."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any

from policies.calendar import STANDARD, Calendar
from policies.engine import judge, recheck_at
from policies.policy import Rulebook
from policies.ticket import Change, Status, Ticket, clock_change
from policies.verdict import Verdict

MOST_BY_CLOCK = 100
"""Judgements by the clock between two changes: far more than there are policies with a deadline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One change, by somebody or by the clock, and what was said of it."""

    change: Change
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """All changes of a ticket in order of time, and when the clock would look next if nobody touched it."""

    changes: tuple[Judged, ...]
    recheck_at: datetime | None


def judge_ticket(rulebook: Rulebook, ticket: Ticket, now: datetime, *, calendar: Calendar = STANDARD) -> Judgement:
    """Every change judged at its own time against the past so far, and the clock up to `now`.

    A change after `now` is judged all the same; only the clock does not run past it.
    """
    judged: list[Judged] = []
    reported: set[str] = set()
    stages = tuple(as_it_was(ticket))
    for stage, following in zip_longest(stages, stages[1:]):
        change = stage.changes[-1]
        judged.append(Judged(change=change, verdict=judge(rulebook, stage, change, change.at, calendar=calendar)))
        reported.update(finding.id for finding in judged[-1].verdict.findings)
        until = following.changes[-1].at - timedelta.resolution if following else now
        judged.extend(_by_clock(rulebook, stage, until, reported, calendar))
    if not stages:
        return Judgement(changes=(), recheck_at=None)
    end = max(now, stages[-1].updated_at)
    due = recheck_at(rulebook, stages[-1], end, reported=reported, calendar=calendar)
    return Judgement(changes=tuple(judged), recheck_at=due)


def _by_clock(
    rulebook: Rulebook, ticket: Ticket, until: datetime, reported: set[str], calendar: Calendar
) -> Iterator[Judged]:
    """What the clock finds between the ticket's last change and `until`; adds to `reported`."""
    moment = ticket.updated_at
    for _ in range(MOST_BY_CLOCK):
        due = recheck_at(rulebook, ticket, moment, reported=reported, calendar=calendar)
        if due is None or due > until:
            return
        change = clock_change(due)
        verdict = judge(rulebook, ticket, change, due, calendar=calendar)
        fresh = tuple(finding for finding in verdict.findings if finding.id not in reported)
        if not fresh:
            return
        reported.update(finding.id for finding in fresh)
        yield Judged(change=change, verdict=replace(verdict, findings=fresh))
        moment = due


def as_it_was(ticket: Ticket) -> Iterator[Ticket]:
    """The ticket after each of its changes, with the status and tags it had then."""
    status, tags = _status_at_first(ticket), _tags_at_first(ticket)
    for position, change in enumerate(ticket.changes, start=1):
        status = change.status.after if change.status else status
        kept = tuple(tag for tag in tags if tag not in change.tags_removed)
        tags = (*kept, *(tag for tag in change.tags_added if tag not in kept))
        yield replace(ticket, status=status, tags=tags, updated_at=change.at, changes=ticket.changes[:position])


def _status_at_first(ticket: Ticket) -> Status:
    moves = (change.status.before for change in ticket.changes if change.status)
    return next(moves, None) or ticket.status


def _tags_at_first(ticket: Ticket) -> tuple[str, ...]:
    """A tag that some change took off first was there; one that some change put on first was not."""
    was_there: dict[str, bool] = {}
    for change in ticket.changes:
        was_there |= {tag: True for tag in change.tags_removed if tag not in was_there}
        was_there |= {tag: False for tag in change.tags_added if tag not in was_there}
    given = tuple(tag for tag in ticket.tags if was_there.get(tag, True))
    return (*given, *(tag for tag, there in was_there.items() if there and tag not in given))


def as_json(judgement: Judgement) -> dict[str, Any]:
    """`{"changes": [{"id", "results", "findings"}], "recheck_at"}`: what `ombuds judge --json` prints."""
    return {
        "changes": [
            {
                "id": judged.change.id,
                "results": {outcome.policy: outcome.result for outcome in judged.verdict.outcomes},
                "findings": [
                    {
                        "policy": finding.policy,
                        "mode": finding.mode,
                        "tell": finding.tell,
                        "evidence": [evidence.text for evidence in finding.evidence],
                        "explanation": finding.explanation,
                    }
                    for finding in judged.verdict.findings
                ],
            }
            for judged in judgement.changes
        ],
        "recheck_at": judgement.recheck_at,
    }
