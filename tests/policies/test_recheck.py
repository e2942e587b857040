"""The next look by the clock: the earliest moment at which a finding would come while nobody touches the ticket."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.calendar import STANDARD, Calendar
from policies.engine import judge, recheck_at
from policies.facts import registry
from policies.policy import All, Any, Condition, Not, Place, Policy, Rulebook, Test, Unit
from policies.reading import UNKNOWN, Fact, FactType, Moment, Reading
from policies.ticket import Change, Person, Role, Status, Ticket, Via, clock_change
from policies.verdict import Mode, Point, Severity

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HERE = Place(source="test.yaml", line=1, column=1)
TICKET = Ticket(
    helpdesk="zendesk",
    account="acme",
    id="42",
    subject="",
    status=Status.OPEN,
    requester=Person(id="c", role=Role.CUSTOMER),
    created_at=NOW,
    updated_at=NOW,
    changes=(Change(id="1", at=NOW, actor=Person(id="c", role=Role.CUSTOMER), via=Via.EMAIL),),
)


def waited(moment: Moment) -> Reading:
    return Reading(value=(moment.now - NOW) / timedelta(hours=1))


def waited_longer(moment: Moment) -> Reading:
    return Reading(value=(moment.now - NOW) / timedelta(hours=1) + 10.25)


def worked(moment: Moment) -> Reading:
    hours = moment.calendar.hours_between(NOW, moment.now)
    return Reading(value=hours, day_hours=moment.calendar.day_hours)


def fail(moment: Moment) -> Reading:
    raise KeyError(moment.ticket.id)


def fact(name: str, kind: FactType, *, ticks: bool = False, **read: object) -> Fact:
    return Fact(name=name, type=kind, means=name, unknown="never", example="", ticks=ticks, **read)  # type: ignore[arg-type]


FACTS: Mapping[str, Fact] = registry(
    [
        fact("waited", FactType.HOURS, ticks=True, read=waited),
        fact("longer", FactType.HOURS, ticks=True, read=waited_longer),
        fact("worked", FactType.BUSINESS_HOURS, ticks=True, read=worked),
        fact("never", FactType.HOURS, ticks=True, read=lambda _: UNKNOWN),
        fact("broken", FactType.HOURS, ticks=True, read=fail),
        fact("yes", FactType.BOOL, read=lambda _: Reading(value=True)),
        fact("dunno", FactType.BOOL, read=lambda _: UNKNOWN),
        fact("by", FactType.CHOICE, read=lambda moment: Reading(value=moment.change.actor.role.value)),
    ]
)


def asked(name: str, operator: str, wanted: float | str) -> Test:
    return Test(fact=name, operator=operator, wanted=wanted, place=HERE)


BY_CLOCK = asked("by", "is", "clock")


def rulebook(when: Condition, **fields: object) -> Rulebook:
    told: dict[str, object] = {
        "id": "p",
        "title": "",
        "why": "",
        "severity": Severity.LOW,
        "modes": dict.fromkeys(Point, Mode.NOTE),
        "applies_to": BY_CLOCK,
        "place": HERE,
    }
    return Rulebook(policies=(Policy(**(told | fields | {"when": when})),))  # type: ignore[arg-type]


def next_look(
    when: Condition, *, now: datetime = NOW, calendar: Calendar = STANDARD, **fields: object
) -> datetime | None:
    return recheck_at(rulebook(when, **fields), TICKET, now, calendar=calendar, facts=FACTS)


DUE = [
    (asked("waited", "gte", 24), 24),
    (asked("waited", "gt", 24), 24),
    (asked("longer", "gte", 24), 13.75),
    (Not(part=asked("waited", "lt", 24), place=HERE), 24),
    (All(parts=(asked("waited", "gte", 5), asked("longer", "gte", 20)), place=HERE), 9.75),
    (Any(parts=(asked("waited", "gte", 5), asked("longer", "gte", 20)), place=HERE), 5),
]


@pytest.mark.parametrize(("when", "hours"), DUE)
def test_the_next_look_comes_a_second_after_the_limit_is_reached(when: Condition, hours: float) -> None:
    assert next_look(when) == NOW + timedelta(hours=hours) + SECOND


BERLIN = ZoneInfo("Europe/Berlin")
DESK = Calendar(zone=BERLIN, week=(((540, 1020),),) * 5 + ((), ()), holidays=frozenset({date(2026, 3, 4)}))
"""A Monday, 12:00 UTC, is 13:00 in Berlin: four hours of work are left. Wednesday is off."""


@pytest.mark.parametrize(
    ("operator", "wanted", "unit", "due"),
    [
        ("gte", 3, Unit.BUSINESS_HOURS, "2026-03-02 16:00:01"),
        ("gte", 4, Unit.BUSINESS_HOURS, "2026-03-02 17:00:01"),
        ("gt", 4, Unit.BUSINESS_HOURS, "2026-03-03 09:00:01"),
        ("gte", 5, Unit.BUSINESS_HOURS, "2026-03-03 10:00:01"),
        ("gte", 1, Unit.BUSINESS_DAYS, "2026-03-03 13:00:01"),
        ("gte", 2, Unit.BUSINESS_DAYS, "2026-03-05 13:00:01"),
        ("gte", 20, Unit.BUSINESS_DAYS, "2026-03-31 13:00:01"),
    ],
)
def test_a_limit_in_business_time_comes_after_nights_weekends_holidays_and_changed_clocks(
    operator: str, wanted: float, unit: Unit, due: str
) -> None:
    when = replace(asked("worked", operator, float(wanted)), unit=unit)

    assert next_look(when, calendar=DESK) == datetime.fromisoformat(due).replace(tzinfo=BERLIN)


def test_what_is_due_already_is_due_now() -> None:
    later = NOW + timedelta(hours=30)

    assert next_look(asked("waited", "gte", 24), now=later) == later


@pytest.mark.parametrize(
    "when", [asked("waited", "lt", 0), asked("never", "gte", 1), asked("broken", "gte", 1), asked("by", "is", "agent")]
)
def test_what_never_comes_is_not_waited_for(when: Condition) -> None:
    assert next_look(when) is None


@pytest.mark.parametrize(
    "fields",
    [
        {"applies_to": asked("by", "is", "agent")},
        {"unless": asked("yes", "is", True)},
        {"modes": dict.fromkeys(Point, Mode.DISABLED)},
        {"status": "draft"},
    ],
)
def test_a_policy_that_does_not_apply_is_excused_or_not_in_force_waits_for_nothing(fields: dict[str, object]) -> None:
    assert next_look(asked("waited", "gte", 24), **fields) is None


def test_an_excuse_that_runs_out_is_waited_for() -> None:
    due = next_look(asked("yes", "is", True), unless=asked("waited", "lt", 48))

    assert due == NOW + timedelta(hours=48) + SECOND


def test_a_finding_that_was_reported_is_not_waited_for_until_somebody_touches_the_ticket() -> None:
    rules = rulebook(asked("waited", "gte", 24))
    due = recheck_at(rules, TICKET, NOW, facts=FACTS)
    assert due is not None
    reported = {finding.id for finding in judge(rules, TICKET, clock_change(due), due, facts=FACTS).findings}
    touched = replace(TICKET, changes=(*TICKET.changes, replace(TICKET.changes[0], id="2")))

    assert recheck_at(rules, TICKET, NOW, reported=reported, facts=FACTS) is None
    assert recheck_at(rules, TICKET, due, reported=reported, facts=FACTS) is None
    assert recheck_at(rules, touched, NOW, reported=reported, facts=FACTS) == due


def test_the_earliest_of_several_policies_counts() -> None:
    several = [rulebook(asked("waited", "gte", hours), id=f"p{hours}").policies[0] for hours in (48, 24, 72)]

    assert recheck_at(Rulebook(policies=tuple(several)), TICKET, NOW, facts=FACTS) == NOW + timedelta(hours=24) + SECOND


def test_a_ticket_no_policy_watches_by_the_clock_costs_one_reading() -> None:
    reads: list[str] = []

    def count(moment: Moment) -> Reading:
        reads.append("read")
        return Reading(value=moment.change.actor.role.value)

    facts = registry([fact("by", FactType.CHOICE, read=count), FACTS["waited"]])
    book = rulebook(asked("waited", "gte", 24), applies_to=asked("by", "is", "agent"))
    many = Rulebook(policies=tuple(replace(book.policies[0], id=f"p{number}") for number in range(100)))

    assert recheck_at(many, TICKET, NOW, facts=facts) is None
    assert reads == ["read"]


TESTS = st.builds(
    asked,
    st.sampled_from(["waited", "longer", "worked", "never"]),
    st.sampled_from(["gt", "gte", "lt", "lte"]),
    st.integers(0, 160).map(lambda quarters: quarters / 4),
) | st.sampled_from([asked("yes", "is", True), asked("dunno", "is", True)])
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    TESTS,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: All(parts=tuple(parts), place=HERE))
        | st.lists(inner, min_size=1, max_size=3).map(lambda parts: Any(parts=tuple(parts), place=HERE))
        | inner.map(lambda part: Not(part=part, place=HERE))
    ),
    max_leaves=5,
)


@settings(max_examples=100, deadline=None)
@given(CONDITIONS, st.none() | CONDITIONS, st.sampled_from([Mode.OBSERVE, Mode.NOTE]))
def test_the_clock_never_calls_in_vain_and_never_too_late(
    when: Condition, unless: Condition | None, if_unknown: Mode
) -> None:
    rules = rulebook(when, unless=unless, if_unknown=if_unknown)

    def finds(time: datetime) -> bool:
        return bool(judge(rules, TICKET, clock_change(time), time, facts=FACTS).findings)

    due = recheck_at(rules, TICKET, NOW, facts=FACTS)
    # Limits stand at quarters of an hour, so nothing turns between these moments.
    moments = [NOW + n * timedelta(minutes=15) + SECOND for n in range(170)]
    first = next((time for time in moments if finds(time)), None)

    is_later = due is not None and due > moments[-1]
    assert first == (None if is_later else due) or (due == NOW and finds(NOW))
