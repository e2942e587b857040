"""One visit to one ticket, over a real store and a helpdesk in memory."""

import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, ClassVar

import pytest
from structlog.testing import capture_logs

from connectors.errors import (
    CredentialsError,
    HelpdeskError,
    NotFoundError,
    RateLimitError,
    RefusedError,
    TransientError,
)
from connectors.helpdesk import Delivery
from policies.calendar import Calendar
from policies.loader import load
from policies.policy import Policy, Rulebook
from policies.ticket import Change, Comment, Person, Role, Status, StatusMove, Visibility
from policies.verdict import Mode, Result
from service.breaker import BreakerRules
from service.breakers import Breakers
from service.enforcement import Limits
from service.metrics import Metrics
from service.pipeline import Pipeline
from service.policy_files import SHIPPED, read_folder
from service.rulebooks import Rulebooks
from service.store.doubts import topics_since
from service.store.errors import LeaseLostError
from service.store.records import ActionState, TicketKey, Visit
from service.store.store import Store

KEY = TicketKey(helpdesk="zendesk", account="acme", id="42")
SOLVED = StatusMove(before=Status.OPEN, after=Status.SOLVED)
MAYA = Person(id="c1", role=Role.CUSTOMER, name="Maya")
Visits = Callable[..., Awaitable[Visit]]


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(["zendesk"])


@pytest.fixture
def pipeline(store: Store, metrics: Metrics, make_pipeline: Callable[..., Pipeline]) -> Pipeline:
    return make_pipeline(
        store,
        metrics=metrics,
        limits={("zendesk", "acme"): Limits(ceiling=Mode.BLOCK, approvers=("Leads",))},
        breakers=Breakers(store=store, metrics=metrics, rules=BreakerRules(after=2, probe_s=60.0)),
    )


def judging_by(pipeline: Pipeline, rulebook: Rulebook) -> Pipeline:
    """The same with other policies in force."""
    rulebooks = Rulebooks(rulebook, folder=SHIPPED, metrics=pipeline.metrics, clock=pipeline.clock)
    return replace(pipeline, rulebooks=rulebooks)


@pytest.fixture
def deliver(store: Store, clock: Any) -> Callable[..., Awaitable[None]]:
    """A webhook about ticket 42 has come in."""
    count = iter(range(1000))

    async def accept(**changes: Any) -> None:
        given = Delivery(
            helpdesk="zendesk",
            account="acme",
            id=f"d{next(count)}",
            ticket_id="42",
            occurred_at=clock(),
            received_at=clock(),
        )
        await store.accept(replace(given, **changes), clock())

    return accept


@pytest.fixture
def visit(store: Store, pipeline: Pipeline, deliver: Callable[..., Awaitable[None]], clock: Any) -> Visits:
    """A delivery comes in (unless told otherwise) and its visit runs to its end."""

    async def run(house: Pipeline = pipeline, *, delivered: bool = True) -> Visit:
        if delivered:
            await deliver()
        (taken,) = await store.claim("w", clock(), limit=1, lease_s=60)
        await house.run(taken)
        return taken

    return run


async def reasons(store: Store) -> list[str]:
    return [letter.reason for letter in await store.dead_letters()]


def counted(pipeline: Pipeline, name: str, **labels: str) -> float:
    return pipeline.metrics.registry.get_sample_value(name, labels) or 0.0


async def test_a_violation_becomes_one_action_and_a_frozen_decision(
    visit: Visits, desk: Any, store: Store, make_change: Callable[..., Change], pipeline: Pipeline
) -> None:
    desk.ticket = replace(desk.ticket, status=Status.SOLVED, tags=("terminated",))
    desk.add(make_change("1", minutes_ago=1, status=SOLVED, tags_added=("terminated",)))

    await visit()

    (action,) = desk.applied
    assert (action.reopen, action.group, action.remove_tags) == (True, "review", ("terminated",))
    (decision,) = await store.decisions_of(KEY)
    results = {outcome.policy: outcome.result for outcome in decision.verdict.outcomes}
    assert results == {"closed": Result.VIOLATION, "waits": Result.SKIPPED}
    assert decision.verdict.revision == pipeline.rulebooks.current.revision
    past = await store.past_of(KEY)
    assert [(stored.state, stored.action.id) for stored in past.actions] == [(ActionState.APPLIED, action.id)]
    assert [finding.action_id for finding in past.findings] == [action.id]
    assert counted(pipeline, "ombuds_decisions_total", policy="closed", result="violation", mode="block", point="event")
    assert counted(pipeline, "ombuds_actions_total", action="block", outcome="applied") == 1


async def test_nothing_is_judged_twice(
    visit: Visits, desk: Any, store: Store, make_change: Callable[..., Change]
) -> None:
    desk.add(make_change("1", minutes_ago=1, status=SOLVED))

    await visit()
    await visit()

    assert len(desk.applied) == 1
    assert len(await store.decisions_of(KEY)) == 1


async def test_what_happened_before_we_watched_is_left_alone(
    visit: Visits, desk: Any, store: Store, make_change: Callable[..., Change]
) -> None:
    desk.add(make_change("1", minutes_ago=6, status=SOLVED), make_change("2", minutes_ago=4, status=SOLVED))

    await visit()

    assert [decision.verdict.change_id for decision in await store.decisions_of(KEY)] == ["2"]


async def test_a_vendors_wild_time_does_not_open_old_history(
    visit: Visits, deliver: Callable[..., Awaitable[None]], desk: Any, store: Store, clock: Any, make_change: Any
) -> None:
    desk.add(make_change("1", minutes_ago=2 * 24 * 60, status=SOLVED))

    await deliver(occurred_at=clock() - timedelta(days=4000))
    await visit(delivered=False)

    assert await store.decisions_of(KEY) == ()


async def test_our_own_changes_are_not_judged(
    visit: Visits, desk: Any, store: Store, pipeline: Pipeline, make_change: Callable[..., Change]
) -> None:
    desk.add(make_change("1", minutes_ago=1, status=SOLVED, is_own=True))

    await visit()

    assert await store.decisions_of(KEY) == ()
    assert counted(pipeline, "ombuds_loop_suppressed_total", reason="own_change") == 1


async def test_a_reply_lost_after_the_note_was_applied_leaves_one_note(
    visit: Visits, desk: Any, store: Store, clock: Any, make_change: Callable[..., Change]
) -> None:
    desk.add(make_change("1", minutes_ago=1, status=SOLVED))
    desk.apply_errors = [(TransientError("no answer"), True)]

    await visit()
    clock.advance(seconds=15)
    await visit(delivered=False)

    assert len(desk.applied) == 1
    assert desk.attempts == 2
    assert [stored.state for stored in (await store.past_of(KEY)).actions] == [ActionState.APPLIED]
    assert await store.next_deadline() is not None


async def test_a_restart_between_decision_and_action_finishes_the_action(
    visit: Visits, desk: Any, store: Store, clock: Any, make_change: Callable[..., Change]
) -> None:
    desk.add(make_change("1", minutes_ago=1, status=SOLVED))
    desk.apply_errors = [(TransientError("cut off"), False)]
    await visit()

    clock.advance(seconds=15)
    again = await visit(delivered=False)

    assert again.tries == 2
    assert len(desk.applied) == 1
    assert len(await store.decisions_of(KEY)) == 1


@pytest.mark.parametrize(
    "drawn_in",
    [Limits(ceiling=Mode.BLOCK, kill_switch=True), Limits(ceiling=Mode.OBSERVE), Limits(ceiling=Mode.NOTE)],
    ids=["kill switch", "ceiling observe", "ceiling note"],
)
async def test_what_was_decided_before_the_limits_were_drawn_in_is_not_done_after(
    drawn_in: Limits,
    visit: Visits,
    pipeline: Pipeline,
    store: Store,
    desk: Any,
    clock: Any,
    make_change: Callable[..., Change],
) -> None:
    desk.add(make_change("1", minutes_ago=1, status=SOLVED))
    desk.apply_errors = [(TransientError("away"), False)]
    await visit()
    clock.advance(seconds=15)
    (taken,) = await store.claim("w", clock(), limit=1, lease_s=60)

    await replace(pipeline, limits={("zendesk", "acme"): drawn_in}).run(taken)

    assert (desk.attempts, desk.applied) == (1, [])
    assert [stored.state for stored in (await store.past_of(KEY)).actions] == [ActionState.SUPERSEDED]


async def test_a_ticket_that_moves_on_is_read_and_judged_again_and_the_action_refitted(
    visit: Visits, desk: Any, store: Store, make_change: Callable[..., Change]
) -> None:
    desk.ticket = replace(desk.ticket, status=Status.SOLVED)
    desk.add(make_change("1", minutes_ago=1, status=SOLVED))

    def customer_writes() -> None:
        desk.ticket = replace(desk.ticket, status=Status.OPEN)
        desk.add(make_change("2", minutes_ago=0, actor=desk.ticket.requester))

    desk.meanwhile = [customer_writes]

    await visit()

    (action,) = desk.applied
    assert not action.reopen
    assert action.note_html
    assert [decision.verdict.change_id for decision in await store.decisions_of(KEY)] == ["1", "2"]


async def test_a_ticket_that_never_rests_is_left_for_later(
    visit: Visits, desk: Any, store: Store, clock: Any, make_change: Callable[..., Change]
) -> None:
    desk.add(make_change("1", minutes_ago=1, status=SOLVED))
    ids = iter("abcdefgh")
    desk.meanwhile = [lambda: desk.add(make_change(next(ids), actor=desk.ticket.requester))] * 3

    await visit()

    assert desk.applied == []
    assert desk.reads == 3
    clock.advance(seconds=15)
    await visit(delivered=False)
    assert len(desk.applied) == 1


FAILURES = [
    (NotFoundError("GET ticket was answered with 404", status=404), "ticket_gone"),
    (RefusedError("GET ticket was answered with 418", status=418, code="Teapot"), "refused"),
    (CredentialsError("GET ticket was answered with 401"), "credentials"),
]


@pytest.mark.parametrize(("error", "reason"), FAILURES, ids=[reason for _, reason in FAILURES])
async def test_what_cannot_succeed_is_parked_at_once(
    visit: Visits, desk: Any, store: Store, clock: Any, error: HelpdeskError, reason: str
) -> None:
    desk.fetch_errors = [error]

    await visit()

    assert await reasons(store) == [reason]
    assert await store.claim("w", clock() + timedelta(days=9), limit=9, lease_s=60) == ()


async def test_an_outage_is_waited_for_and_then_told(
    visit: Visits, desk: Any, store: Store, clock: Any, pipeline: Pipeline
) -> None:
    desk.fetch_errors = [TransientError("no answer")] * 3

    await visit()
    assert await store.claim("w", clock() + timedelta(seconds=9), limit=1, lease_s=60) == ()
    clock.advance(seconds=13)
    await visit(delivered=False)
    assert await reasons(store) == []
    clock.advance(seconds=121)
    await visit(delivered=False)

    assert await reasons(store) == ["helpdesk_unreachable"]
    assert desk.reads == 3
    assert counted(pipeline, "ombuds_visits_total", outcome="retried") == 2


async def test_what_failed_for_too_long_is_told_although_tries_are_left(
    visit: Visits, desk: Any, store: Store, clock: Any
) -> None:
    desk.fetch_errors = [TransientError("no answer")] * 2

    await visit()
    clock.advance(hours=73)
    await visit(delivered=False)

    assert await reasons(store) == ["too_old"]


async def test_a_helpdesk_that_is_down_is_left_alone_until_one_probe_finds_it_back(
    deliver: Callable[..., Awaitable[None]], desk: Any, store: Store, pipeline: Pipeline, clock: Any
) -> None:
    """Each ticket that is tried asks; those that wait neither ask nor lose a try."""
    for ticket_id in ("42", "43", "44", "45"):
        await deliver(ticket_id=ticket_id)
    desk.fetch_errors = [TransientError("no answer")] * 3

    with capture_logs() as lines:
        for minutes in (0, 0, 2, 2, 2):
            clock.advance(minutes=minutes)
            for visit in await store.claim("w", clock(), limit=1, lease_s=60):
                await pipeline.run(visit)

    told = [line["event"] for line in lines if line["event"].startswith("helpdesk")]
    assert told == [
        "helpdesk is down: its tickets wait, and no try is spent",
        "helpdesk still does not answer",
        "helpdesk answers again: its tickets are taken",
    ]
    assert counted(pipeline, "ombuds_breaker_opened_total", helpdesk="zendesk", account="acme") == 1
    assert (await store.breakers())["zendesk", "acme"].opened_at is None


async def test_a_probe_that_fails_does_not_spend_its_tickets_last_try(
    deliver: Callable[..., Awaitable[None]], desk: Any, store: Store, pipeline: Pipeline, clock: Any
) -> None:
    await deliver()
    for _ in pipeline.work.retry_s:
        desk.fetch_errors = [TransientError("no answer")]
        (visit,) = await store.claim("w", clock(), limit=1, lease_s=60)
        await pipeline.run(visit)
        clock.advance(minutes=5)
    await store.open_breaker(("zendesk", "acme"), clock() - timedelta(minutes=2), pipeline.breakers.rules)

    desk.fetch_errors = [TransientError("no answer")]
    (probe,) = await store.claim("w", clock(), limit=1, lease_s=60)
    await pipeline.run(probe)

    assert probe.is_probe
    assert await reasons(store) == []
    clock.advance(minutes=5)
    (again,) = await store.claim("w", clock(), limit=1, lease_s=60)
    assert again.tries == probe.tries


async def test_a_helpdesk_is_never_asked_earlier_than_it_says(
    visit: Visits, deliver: Callable[..., Awaitable[None]], desk: Any, store: Store, clock: Any
) -> None:
    desk.fetch_errors = [RateLimitError("429", retry_after_s=500.0)]

    await visit()
    await deliver()

    assert await store.claim("w", clock() + timedelta(seconds=499), limit=1, lease_s=60) == ()
    assert len(await store.claim("w", clock() + timedelta(seconds=601), limit=1, lease_s=60)) == 1


async def test_an_action_that_is_refused_does_not_stop_what_comes_later_and_a_replay_tries_it_again(
    visit: Visits, desk: Any, store: Store, clock: Any, make_change: Callable[..., Change]
) -> None:
    desk.add(make_change("1", minutes_ago=1, status=SOLVED))
    desk.apply_errors = [(RefusedError("422", status=422), False)]
    await visit()
    desk.add(make_change("2", minutes_ago=0))

    await visit()
    assert len(await store.decisions_of(KEY)) == 2
    (letter,) = await store.dead_letters()
    await store.replay(letter.id, clock())
    await visit(delivered=False)

    assert len(desk.applied) == 1


async def test_a_deadline_is_raised_by_the_clock_and_only_once(
    visit: Visits, desk: Any, store: Store, clock: Any, make_change: Callable[..., Change]
) -> None:
    await visit()
    assert desk.applied == []
    due_at = await store.next_deadline()
    assert due_at is not None
    assert timedelta(hours=23) <= due_at - clock() < timedelta(hours=23.1)

    clock.now = due_at
    await visit(delivered=False)

    (action,) = desk.applied
    assert "The customer waits" in (action.note_html or "")
    assert await store.next_deadline() is None
    clock.advance(hours=1)
    await visit()
    assert len(desk.applied) == 1


async def test_a_deadline_falls_into_the_hours_in_which_this_desk_works(
    visit: Visits, pipeline: Pipeline, desk: Any, store: Store, clock: Any, make_change: Callable[..., Change]
) -> None:
    """It is Monday noon; this desk works on Saturdays alone, and its business day has ten hours."""
    asks = Comment(id="k", visibility=Visibility.PUBLIC, text="Please reopen my account.")
    desk.add(make_change("1", minutes_ago=0, actor=MAYA, comment=asks))
    saturdays = Calendar(zone=UTC, week=((),) * 5 + (((600, 1200),), ()))
    house = replace(judging_by(pipeline, load(read_folder(SHIPPED))), calendars={("zendesk", "acme"): saturdays})

    await visit(house)

    assert await store.next_deadline() == datetime(2026, 3, 7, 20, 0, 1, tzinfo=UTC)
    clock.now = datetime(2026, 3, 7, 20, 0, 1, tzinfo=UTC)
    await visit(house, delivered=False)
    (action,) = desk.applied
    assert "another look" in (action.note_html or "")


async def test_a_second_look_lets_the_same_step_pass_the_next_time(
    visit: Visits, desk: Any, store: Store, make_change: Callable[..., Change], make_comment: Callable[..., Comment]
) -> None:
    lead = Person(id="lead", role=Role.AGENT)
    desk.add(make_change("1", minutes_ago=3, status=SOLVED))
    await visit()
    ((finding),) = (await store.past_of(KEY)).findings
    note = make_comment(f"#ombuds approve {finding.id} she agreed by phone", is_public=False)
    desk.add(make_change("2", minutes_ago=2, actor=lead, comment=note))
    await visit()

    desk.add(make_change("3", minutes_ago=1, status=SOLVED))
    await visit()

    past = await store.past_of(KEY)
    assert [answer.refusal for answer in past.answers] == [None]
    assert [item.mode for item in past.findings] == [Mode.BLOCK, Mode.OBSERVE]
    assert len(desk.applied) == 1


async def test_an_approval_by_the_wrong_agent_is_answered_kindly(
    visit: Visits, desk: Any, store: Store, make_change: Callable[..., Change], make_comment: Callable[..., Comment]
) -> None:
    desk.add(make_change("1", minutes_ago=3, status=SOLVED))
    await visit()
    ((finding),) = (await store.past_of(KEY)).findings
    note = make_comment(f"#ombuds approve {finding.id} I say so", is_public=False)
    desk.add(make_change("2", minutes_ago=2, comment=note))

    await visit()

    assert len(desk.applied) == 2
    assert "another pair of eyes" in (desk.applied[1].note_html or "")


async def test_an_account_that_is_not_configured_is_parked(
    visit: Visits, deliver: Callable[..., Awaitable[None]], store: Store
) -> None:
    await deliver(account="former")

    await visit(delivered=False)

    assert await reasons(store) == ["unknown_account"]


async def test_a_ticket_that_keeps_killing_the_process_is_parked(
    deliver: Callable[..., Awaitable[None]], store: Store, pipeline: Pipeline, clock: Any, desk: Any
) -> None:
    await deliver()
    for _ in range(4):
        (taken,) = await store.claim("w", clock(), limit=1, lease_s=60)
        clock.advance(seconds=61)

    await pipeline.run(taken)

    assert await reasons(store) == ["gave_up"]
    assert desk.reads == 0


async def test_a_visit_that_lost_its_lease_does_not_act(
    deliver: Callable[..., Awaitable[None]],
    store: Store,
    pipeline: Pipeline,
    clock: Any,
    desk: Any,
    make_change: Callable[..., Change],
) -> None:
    desk.add(make_change("1", minutes_ago=1, status=SOLVED))
    await deliver()
    (lost,) = await store.claim("one", clock(), limit=1, lease_s=60)
    clock.advance(seconds=61)
    await store.claim("two", clock(), limit=1, lease_s=60)

    with pytest.raises(LeaseLostError):
        await pipeline.run(lost)

    assert desk.attempts == 0


async def test_an_action_left_by_an_earlier_visit_is_not_sent_by_one_that_lost_its_lease(
    visit: Visits, store: Store, pipeline: Pipeline, clock: Any, desk: Any, make_change: Callable[..., Change]
) -> None:
    """Nothing is new, so nothing is recorded: the lease is proved right before the action."""
    desk.add(make_change("1", minutes_ago=1, status=SOLVED))
    desk.apply_errors = [(TransientError("cut off"), False)]
    await visit()
    clock.advance(seconds=15)
    (lost,) = await store.claim("one", clock(), limit=1, lease_s=60)
    clock.advance(seconds=61)
    await store.claim("two", clock(), limit=1, lease_s=60)

    with pytest.raises(LeaseLostError):
        await pipeline.run(lost)

    assert desk.attempts == 1


async def test_a_ticket_at_rest_is_read_once_a_visit(visit: Visits, desk: Any) -> None:
    await visit()

    assert desk.reads == 1


async def test_a_deadline_that_was_told_of_is_not_told_of_again_when_the_clock_is_asked_once_more(
    visit: Visits, deliver: Callable[..., Awaitable[None]], desk: Any, store: Store, clock: Any
) -> None:
    await visit()
    clock.advance(hours=24)
    await visit(delivered=False)
    await deliver()
    (taken,) = await store.claim("w", clock(), limit=1, lease_s=60)
    await store.settle(taken, clock(), recheck_at=clock())
    clock.advance(hours=48)

    await visit(delivered=False)

    assert len(desk.applied) == 1
    told = [len(decision.verdict.findings) for decision in await store.decisions_of(KEY)]
    assert told == [1, 0]


class Watched(tuple[Policy, ...]):
    """Policies that remember in which threads somebody went through them."""

    __slots__ = ()
    threads: ClassVar[set[int]] = set()

    def __iter__(self) -> Iterator[Policy]:
        self.threads.add(threading.get_ident())
        return super().__iter__()


async def test_judging_does_not_hold_up_whoever_comes_meanwhile(
    deliver: Callable[..., Awaitable[None]], pipeline: Pipeline, store: Store, clock: Any, make_change: Any, desk: Any
) -> None:
    """A long ticket takes seconds to judge; its webhooks and all others are answered by the loop's own thread."""
    desk.add(make_change("1", minutes_ago=1, status=SOLVED))
    await deliver()
    (taken,) = await store.claim("w", clock(), limit=1, lease_s=60)
    watched = Watched(pipeline.rulebooks.current.policies)
    house = judging_by(pipeline, replace(pipeline.rulebooks.current, policies=watched))
    watched.threads.clear()

    await house.run(taken)

    assert len(desk.applied) == 1
    assert watched.threads
    assert threading.get_ident() not in watched.threads


TOLD_TO_OPS = b"""
format: 1
pack: house
policies:
  - id: seen
    title: Ticket solved
    why: To have something to tell.
    mode: note
    tell: ops
    when: {change.solves: true}
    tests:
      - {name: solved, given: {change.solves: true}, expect: violation}
      - {name: not solved, given: {change.solves: false}, expect: pass}
"""


async def test_what_ops_are_told_is_one_log_line_a_count_and_a_topic_and_nothing_on_the_ticket(
    pipeline: Pipeline, store: Store, desk: Any, deliver: Callable[..., Awaitable[None]], clock: Any, make_change: Any
) -> None:
    desk.add(make_change("1", minutes_ago=1, status=SOLVED))
    await deliver()
    (taken,) = await store.claim("w", clock(), limit=1, lease_s=60)

    with capture_logs() as lines:
        await judging_by(pipeline, load({"house.yaml": TOLD_TO_OPS})).run(taken)

    (line,) = (line for line in lines if line["event"] == "ops told")
    assert (line["ticket_id"], line["policy"], line["topic"], line["change_id"]) == ("42", "seen", "-", "1")
    assert counted(pipeline, "ombuds_ops_notes_total", policy="seen") == 1
    assert [(topic.id, topic.ops_notes) for topic in await store.ask(partial(topics_since, since=clock()))] == [
        ("-", {"seen": 1})
    ]
    assert desk.applied == []
    assert [finding.action_id for finding in (await store.past_of(KEY)).findings] == [None]


async def test_a_reply_is_private_before_its_hold_ends_even_if_the_helpdesk_does_not_tell_yet(
    visit: Visits, desk: Any, make_change: Callable[..., Change], make_comment: Any, pipeline: Pipeline
) -> None:
    """Whether Zendesk's audits tell at once is not known: no circle, and never a mail."""
    desk.ticket = replace(desk.ticket, held=("1",))
    desk.add(make_change("1", minutes_ago=1, status=SOLVED, comment=make_comment("We are done here.")))
    [comment] = [change.comment.id for change in desk.ticket.changes]

    await visit()

    told, private, end = desk.applied
    assert (told.note_html is not None, private.make_private, end.ends_hold) == (True, (comment,), True)
    assert "not mailed" in told.note_html
    assert counted(pipeline, "ombuds_held_replies_total", outcome="made_private") == 1
    assert counted(pipeline, "ombuds_held_replies_total", outcome="released") == 0


async def test_under_a_kill_switch_a_reply_goes_on_its_way(
    visit: Visits, desk: Any, make_change: Callable[..., Change], make_comment: Any, pipeline: Pipeline
) -> None:
    desk.ticket = replace(desk.ticket, held=("1",))
    desk.add(make_change("1", minutes_ago=1, status=SOLVED, comment=make_comment("We are done here.")))
    stopped = {("zendesk", "acme"): Limits(ceiling=Mode.BLOCK, kill_switch=True)}

    await visit(replace(pipeline, limits=stopped))

    [end] = desk.applied
    assert (end.make_private, end.ends_hold, end.note_html) == ((), True, None)
    assert counted(pipeline, "ombuds_held_replies_total", outcome="released") == 1
