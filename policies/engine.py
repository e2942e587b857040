"""Judging one change against a whole rulebook, now or when the clock says so. Pure; the clock is an argument."""

from collections.abc import Container, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from policies.calendar import STANDARD, Calendar
from policies.evaluation import FactError, Readings, in_hours
from policies.exceptions import excepted, values_of
from policies.facts import FACTS
from policies.judgement import Judgement, consider, finding_id, finding_of, in_force, is_finding, outcome_of
from policies.places import at_its_place
from policies.policy import Condition, Not, Policy, Rulebook, Test
from policies.reading import Fact, FactType, Moment
from policies.signals.hearing import heard, heard_change
from policies.signals.topics import words_in_doubt
from policies.ticket import Change, Role, Ticket, clock_change
from policies.topic_words import Usage, Word
from policies.verdict import Point, Result, Value, Verdict

MOST_MOMENTS = 16
"""Moments to come that are looked at for one policy."""
_AFTER = timedelta(seconds=1)
"""Looked at so long after a limit is reached: then rounding cannot hide it."""


def judge(  # noqa: PLR0913 - each is a value of its own, and all but the first four have a default
    rulebook: Rulebook,
    ticket: Ticket,
    change: Change,
    now: datetime,
    *,
    point: Point = Point.EVENT,
    calendar: Calendar = STANDARD,
    astray: Mapping[str, int] | None = None,
    usage: Mapping[str, Usage] | None = None,
    facts: Mapping[str, Fact] = FACTS,
) -> Verdict:
    """What every policy in force says of `change`, looked at `now`. Of a change of our own nothing is said.

    `astray`: by bulletin, on how many other tickets an answer about it went wrong within the last day.
    `usage`: the same for the words of `doubted`, by their keys.
    """
    change, ticket = heard_change(ticket, change, rulebook.phrases), heard(ticket, rulebook.phrases)
    moment = Moment(
        ticket=ticket,
        change=change,
        now=now,
        point=point,
        phrases=rulebook.phrases,
        calendar=calendar,
        bulletins=rulebook.bulletins,
        astray=astray or {},
        usage=usage or {},
    )
    read = Readings(moment, facts)
    policies = () if change.is_own else in_force(at_its_place(rulebook.policies, facts, read), point)
    judgements = [_judged(policy, rulebook, facts, read) for policy in policies]
    return Verdict(
        change_id=change.id,
        point=point,
        at=now,
        revision=rulebook.revision,
        outcomes=tuple(outcome_of(judgement, point) for judgement in judgements),
        findings=tuple(finding_of(judgement, moment, facts, read) for judgement in judgements if is_finding(judgement)),
        facts=_kept(read, facts),
    )


def doubted(rulebook: Rulebook, ticket: Ticket, change: Change, now: datetime) -> tuple[Word, ...]:
    """The words of the question that this change leaves in doubt, if nobody has declared what it is about."""
    if change.is_own or change.actor.role is not Role.AGENT or change.comment is None:
        return ()
    change, ticket = heard_change(ticket, change, rulebook.phrases), heard(ticket, rulebook.phrases)
    return words_in_doubt(
        Moment(ticket=ticket, change=change, now=now, phrases=rulebook.phrases, bulletins=rulebook.bulletins)
    )


def _judged(policy: Policy, rulebook: Rulebook, facts: Mapping[str, Fact], read: Readings) -> Judgement:
    judgement = consider(policy, facts, read)
    if not policy.exceptable_by:
        return judgement
    values = values_of(judgement, read.moment.ticket.id, facts, read)
    return excepted(judgement, rulebook.exceptions, read.moment.change.at, values)


def _kept(read: Readings, facts: Mapping[str, Fact]) -> dict[str, Value]:
    """What was read, without what somebody wrote: customers' words are in the helpdesk and stay there."""
    for beside in {facts[name].beside for name, reading in read.known.items() if reading.value} - {None}:
        with suppress(FactError):
            read(facts[str(beside)])
    return {name: reading.value for name, reading in read.known.items() if facts[name].type is not FactType.PROSE}


def recheck_at(
    rulebook: Rulebook,
    ticket: Ticket,
    now: datetime,
    *,
    reported: Container[str] = frozenset(),
    calendar: Calendar = STANDARD,
    facts: Mapping[str, Fact] = FACTS,
) -> datetime | None:
    """When to judge the ticket by the clock: the earliest time, `now` or later, that would yield a new finding.

    None if none comes while nobody touches the ticket. A finding whose id is in `reported` is not new.
    """
    looks = _Looks(rulebook, ticket, calendar, facts)
    policies = in_force(at_its_place(rulebook.policies, facts, looks.at(now)), Point.EVENT)
    times = [looks.first_finding(policy, now, reported) for policy in policies]
    return min((time for time in times if time is not None), default=None)


class _Looks:
    """A ticket looked at by the clock at several moments; what was read at one moment serves every policy."""

    def __init__(self, rulebook: Rulebook, ticket: Ticket, calendar: Calendar, facts: Mapping[str, Fact]) -> None:
        self._rulebook = rulebook
        self._ticket = heard(ticket, rulebook.phrases)
        self._calendar = calendar
        self._facts = facts
        self._readings: dict[datetime, Readings] = {}

    def first_finding(self, policy: Policy, now: datetime, reported: Container[str]) -> datetime | None:
        """The earliest moment from `now` on at which the policy finds something new."""
        if finding_id(policy, self.at(now).moment) in reported:
            return None
        judgement = self._judged(policy, now)
        if is_finding(judgement):
            return now
        if judgement.result is Result.SKIPPED and not self._ticking(policy.applies_to):
            return None  # nearly every policy: it is about what somebody does, not about time
        return next((time for time in self._moments(policy, now) if is_finding(self._judged(policy, time))), None)

    def at(self, time: datetime) -> Readings:
        """What is read at that moment."""
        if time not in self._readings:
            moment = Moment(
                ticket=self._ticket,
                change=clock_change(time),
                now=time,
                phrases=self._rulebook.phrases,
                calendar=self._calendar,
                bulletins=self._rulebook.bulletins,
            )
            self._readings[time] = Readings(moment, self._facts)
        return self._readings[time]

    def _judged(self, policy: Policy, time: datetime) -> Judgement:
        return _judged(policy, self._rulebook, self._facts, self.at(time))

    def _moments(self, policy: Policy, now: datetime) -> list[datetime]:
        """When the policy may turn: its tests on facts that grow by the hour reach their limits then."""
        conditions = (policy.applies_to, policy.when, policy.unless)
        ahead = {turn for test in self._ticking(*conditions) for turn in self._turns(test, now)}
        return sorted(ahead)[:MOST_MOMENTS]

    def _turns(self, test: Test, now: datetime) -> Iterator[datetime]:
        """Just after the test's limit is reached; for business time also when it is first exceeded.

        A limit that is reached at closing time is exceeded only the next morning.
        """
        left = self._time_left(test, now)
        if left is None or left < timedelta():
            return
        if self._facts[test.fact].type is not FactType.BUSINESS_HOURS:
            yield now + left + _AFTER
            return
        reached, exceeded = self._calendar.after(now, left), self._calendar.after(now, left + _AFTER)
        yield from (time for time in (reached + _AFTER if reached else None, exceeded) if time is not None)

    def _ticking(self, *conditions: Condition | None) -> list[Test]:
        """The tests on facts that grow by the hour."""
        tests = (test for condition in conditions if condition is not None for test in _tests(condition))
        return [test for test in tests if test.fact in self._facts and self._facts[test.fact].ticks]

    def _time_left(self, test: Test, now: datetime) -> timedelta | None:
        """Until the fact has the value that is asked for; negative if it had it before."""
        try:
            reading = self.at(now)(self._facts[test.fact])
        except FactError:
            return None
        wanted = in_hours(test, reading).wanted
        if isinstance(reading.value, int | float) and isinstance(wanted, int | float):
            return timedelta(hours=wanted - reading.value)
        return None


def _tests(condition: Condition) -> Iterator[Test]:
    """Every test of the condition, wherever it stands."""
    match condition:
        case Test():
            yield condition
        case Not(part=part):
            yield from _tests(part)
        case _:
            for part in condition.parts:
                yield from _tests(part)
