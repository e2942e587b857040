"""Exceptions: read strictly, no wider or longer than allowed; what they cover is judged and recorded all the same."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from policies.engine import judge, recheck_at
from policies.lint import lint_exceptions
from policies.loader import load
from policies.policy import PolicyError, Rulebook
from policies.ticket import Change, Person, Role, Status, StatusMove, Ticket, Via
from policies.verdict import Result

PACK = """\
format: 1
pack: p
policies:
  - id: solved
    title: an agent solved the ticket
    why: To have something to find.
    severity: high
    mode: block
    when: {change.solves: true}
    exceptable_by: [ticket.id, ticket.tag, actor.email, actor.group]
    exception_max_days: 90
    tests:
      - {name: solves, given: {change.solves: true}, expect: violation}
      - {name: writes, given: {change.solves: false}, expect: pass}
  - id: strict
    title: an agent solved the ticket
    why: To have something to find.
    mode: note
    when: {change.solves: true}
    tests:
      - {name: solves, given: {change.solves: true}, expect: violation}
      - {name: writes, given: {change.solves: false}, expect: pass}
"""
EXCEPTION = """\
format: 1
owner: leads
exceptions:
  - id: sale
    policy: solved
    match: {ticket.tag: Closing-Sale}
    reason: They were told by letter.
    approver: Amara
    approved: 2026-03-02
    expires: 2026-03-31
"""
AGENT = Person(id="a", role=Role.AGENT, name="Jonas", email="jonas@shop.example")
SOLVED = StatusMove(before=Status.OPEN, after=Status.SOLVED)


def rulebook(exception: str = EXCEPTION) -> Rulebook:
    return load({"p.yaml": PACK.encode(), "x.yaml": exception.encode()})


def ticket(at: datetime, *, tags: tuple[str, ...] = ("closing-sale",)) -> Ticket:
    change = Change(id="1", at=at, actor=AGENT, via=Via.WEB, status=SOLVED)
    return Ticket(
        helpdesk="zendesk",
        account="acme",
        id="42",
        subject="",
        status=Status.SOLVED,
        requester=Person(id="c", role=Role.CUSTOMER),
        created_at=at - timedelta(hours=1),
        updated_at=at,
        tags=tags,
        changes=(change,),
    )


def result(judged_by: Rulebook, told: Ticket) -> Result:
    verdict = judge(judged_by, told, told.changes[-1], told.updated_at)
    return next(one.result for one in verdict.outcomes if one.policy == "solved")


MARCH = datetime(2026, 3, 10, 12, tzinfo=UTC)


def test_what_is_excepted_is_recorded_with_its_reason_and_told_to_nobody() -> None:
    told = ticket(MARCH)

    verdict = judge(rulebook(), told, told.changes[-1], MARCH)

    assert [finding.policy for finding in verdict.findings] == ["strict"]
    outcome = verdict.outcomes[0]
    assert (outcome.result, outcome.exception) == (Result.EXCEPTED, "sale")
    assert outcome.explanation.endswith("Excepted as sale by Amara until 2026-03-31: They were told by letter.")
    assert verdict.facts["ticket.tags"] == ("closing-sale",)


def test_what_exceptions_may_ask_for_is_kept_wherever_the_policy_applies() -> None:
    """A stricter set may find it in a replay, and exceptions be proposed from that."""
    told = ticket(MARCH)
    passing = replace(told.changes[0], status=None)

    solved = PACK.partition("  - id: strict")[0]
    of_customers = solved.replace("    when:", "    applies_to: {actor.role: customer}\n    when:")
    of_customers = of_customers.replace("given: {", "given: {actor.role: customer, ")
    verdicts = [judge(load({"p.yaml": pack.encode()}), told, passing, MARCH) for pack in (solved, of_customers)]

    kept = [verdict.facts.keys() & {"ticket.tags", "actor.email"} for verdict in verdicts]
    assert [verdict.outcomes[0].result for verdict in verdicts] == [Result.PASS, Result.SKIPPED]
    assert kept == [{"ticket.tags", "actor.email"}, set()]


def test_other_tickets_are_not_excepted() -> None:
    assert result(rulebook(), ticket(MARCH, tags=("sale",))) is Result.VIOLATION


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 3, 1, 23, 59, tzinfo=UTC), Result.VIOLATION),
        (datetime(2026, 3, 2, 0, 0, tzinfo=UTC), Result.EXCEPTED),
        (datetime(2026, 3, 31, 23, 59, tzinfo=UTC), Result.EXCEPTED),
        (datetime(2026, 4, 1, 0, 0, tzinfo=UTC), Result.VIOLATION),
    ],
    ids=str,
)
def test_an_exception_counts_from_its_approval_to_the_end_of_its_last_day(at: datetime, expected: Result) -> None:
    assert result(rulebook(), ticket(at)) is expected


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ('{ticket.id: "42"}', Result.EXCEPTED),
        ('{ticket.id: ["41", "42"]}', Result.EXCEPTED),
        ("{actor.email: JONAS@shop.example}", Result.EXCEPTED),
        ("{actor.email: mia@shop.example}", Result.VIOLATION),
        ("{ticket.tag: closing-sale, actor.email: jonas@shop.example}", Result.EXCEPTED),
        ("{ticket.tag: closing-sale, actor.email: mia@shop.example}", Result.VIOLATION),
    ],
)
def test_every_field_must_fit_by_one_of_its_values(match: str, expected: Result) -> None:
    assert result(rulebook(EXCEPTION.replace("{ticket.tag: Closing-Sale}", match)), ticket(MARCH)) is expected


REFUSED = {
    "another policy": ("policy: solved", "policy: solve", "5:13: error: there is no policy `solve`."),
    "a policy without exceptions": (
        "policy: solved",
        "policy: strict",
        "6:13: error: `strict` is exceptable by nothing",
    ),
    "a field that is none": ("ticket.tag:", "ticket.tags:", "6:13: error: `solved` is exceptable by ticket.id,"),
    "a group": ("ticket.tag:", "actor.group:", "6:13: error: agents' groups are not told yet."),
    "a wildcard": ("Closing-Sale", "'closing-*'", "6:25: error: `ticket.tag` is compared as it stands"),
    "nothing": ("{ticket.tag: Closing-Sale}", "{}", "6:12: error: `match` is empty."),
    "no end": ("    expires: 2026-03-31\n", "", "4:5: error: an exception lacks `expires`."),
    "a day that is none": ("2026-03-31", "2026-02-30", "10:14: error: `expires` is no day."),
    "an end before the beginning": ("2026-03-31", "2026-03-01", "4:5: error: `expires` is before `approved`."),
    "longer than its severity allows": (
        "2026-03-31",
        "2026-05-31",
        "4:5: error: an exception from `solved` lasts 30 days at most. Let it expire on 2026-04-01",
    ),
    "nobody who answers for it": ("    approver: Amara\n", "", "4:5: error: an exception lacks `approver`."),
    "an unknown key": ("reason:", "raeson:", "7:5: error: an exception has no key `raeson`. Did you mean `reason`?"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_exception_with_a_mistake_is_refused_at_its_place(case: str) -> None:
    before, after, told = REFUSED[case]
    assert EXCEPTION.count(before) == 1

    with pytest.raises(PolicyError) as refused:
        rulebook(EXCEPTION.replace(before, after))

    assert any(str(problem).startswith(f"x.yaml:{told}") for problem in refused.value.problems)


def test_two_of_one_id_are_refused() -> None:
    with pytest.raises(PolicyError, match="the exception `sale` stands twice"):
        load({"p.yaml": PACK.encode(), "x.yaml": EXCEPTION.encode(), "y.yaml": EXCEPTION.encode()})


@pytest.mark.parametrize(
    ("today", "told"),
    [
        (date(2026, 3, 23), []),
        (date(2026, 3, 24), ["the exception `sale` expires on 2026-03-31."]),
        (date(2026, 4, 1), ["the exception `sale` has expired on 2026-03-31."]),
    ],
    ids=str,
)
def test_what_runs_out_is_told_a_week_before(today: date, told: list[str]) -> None:
    assert [problem.message for problem in lint_exceptions(rulebook().exceptions, today)] == told


def test_a_deadline_that_is_excepted_wakes_nobody() -> None:
    pack = PACK.replace("{change.solves: true}\n    exceptable", "{ticket.hours_open: {gte: 5}}\n    exceptable")
    pack = pack.replace("given: {change.solves: true}", "given: {ticket.hours_open: 6}", 1)
    pack = pack.replace("given: {change.solves: false}", "given: {ticket.hours_open: 4}", 1)
    told = ticket(MARCH)

    without = load({"p.yaml": pack.encode()})
    excepted = load({"p.yaml": pack.encode(), "x.yaml": EXCEPTION.encode()})

    assert recheck_at(without, told, MARCH) is not None
    assert recheck_at(excepted, told, MARCH) is None
