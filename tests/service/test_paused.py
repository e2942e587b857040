"""What is paused, as a value; and what a pause holds back when findings are planned for."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from policies.ticket import Change, Ticket
from policies.verdict import Action, Finding, Mode, Tell
from service.enforcement import Found, Limits, is_allowed, plan
from service.paused import Halt, Paused
from service.store.records import Answer, Past


@pytest.fixture
def halt(now: datetime) -> Halt:
    return Halt(since=now, reason="a storm")


def stopped(*policies: str, halt: Halt) -> Limits:
    return Limits(ceiling=Mode.BLOCK, paused=Paused().paused(policies, halt))


def test_a_policy_is_resumed_without_the_rest_and_everything_with_it(halt: Halt) -> None:
    paused = Paused().paused(["closed", "waits"], halt)

    assert (paused.holds("closed"), paused.holds("other")) == (True, False)
    assert paused.paused((), halt).holds("other")
    assert paused.resumed(["closed"]) == Paused().paused(["waits"], halt)
    assert paused.paused((), halt).resumed(["closed"]).holds("closed")
    assert paused.paused((), halt).resumed(()) == Paused()


def test_pausing_twice_keeps_the_beginning_and_takes_the_newer_reason(halt: Halt) -> None:
    later = halt.since + timedelta(hours=1)

    again = Paused().paused((), halt).paused((), Halt(since=later))
    explained = again.paused((), Halt(since=later, reason="still"))

    assert again.everything == halt
    assert explained.everything == Halt(since=halt.since, reason="still")


@pytest.mark.parametrize(
    ("policies", "ruled"),
    [((), (Mode.OBSERVE, "paused")), (("closed",), (Mode.OBSERVE, "paused")), (("other",), (Mode.BLOCK, None))],
    ids=["everything", "this policy", "another policy"],
)
def test_what_is_paused_is_observed(
    make_ticket: Callable[..., Ticket],
    make_change: Callable[..., Change],
    make_finding: Callable[..., Finding],
    now: datetime,
    halt: Halt,
    policies: tuple[str, ...],
    ruled: tuple[Mode, str | None],
) -> None:
    found = Found(finding=make_finding(mode=Mode.BLOCK), change=make_change())

    planned = plan(make_ticket(), [found], (), Past(), stopped(*policies, halt=halt), now)

    (ruling,) = planned.rulings
    assert (ruling.mode, ruling.held_by) == ruled
    assert (planned.action is not None) is ruling.is_told


def test_a_paused_policy_does_not_silence_the_one_it_covers(
    make_ticket: Callable[..., Ticket],
    make_change: Callable[..., Change],
    make_finding: Callable[..., Finding],
    now: datetime,
    halt: Halt,
) -> None:
    """Or pausing one would silence two."""
    change = make_change()
    weaker = Found(finding=make_finding(), change=change)
    stronger = Found(finding=make_finding("F00002", policy="ended", covers=("closed",)), change=change)

    planned = plan(make_ticket(), [weaker, stronger], (), Past(), stopped("ended", halt=halt), now)

    assert [ruling.held_by for ruling in planned.rulings] == [None, "paused"]


@pytest.mark.parametrize(("policies", "is_answered"), [((), False), (("closed",), True)])
def test_agents_get_answers_to_commands_unless_everything_is_paused(
    make_ticket: Callable[..., Ticket],
    refused_answer: Answer,
    now: datetime,
    halt: Halt,
    policies: tuple[str, ...],
    is_answered: bool,
) -> None:
    planned = plan(make_ticket(), [], [refused_answer], Past(), stopped(*policies, halt=halt), now)

    assert (planned.action is not None) is is_answered


def test_what_ops_are_told_goes_on_as_with_the_kill_switch(
    make_ticket: Callable[..., Ticket],
    make_change: Callable[..., Change],
    make_finding: Callable[..., Finding],
    now: datetime,
    halt: Halt,
) -> None:
    found = Found(finding=make_finding(tell=Tell.OPS), change=make_change())

    (ruling,) = plan(make_ticket(), [found], (), Past(), stopped(halt=halt), now).rulings

    assert ruling.is_for_ops


@pytest.mark.parametrize(
    ("paused", "asked_by", "is_done"),
    [((), {"closed"}, False), (("closed",), {"closed", "waits"}, False), (("closed",), {"waits"}, True)],
    ids=["everything", "one of those that asked", "another"],
)
def test_one_paused_policy_stops_an_action_that_it_asked_for(
    halt: Halt, paused: tuple[str, ...], asked_by: set[str], is_done: bool
) -> None:
    action = Action(id="x", ticket_id="42", change_id="1", note_html="<p>Hello</p>")

    assert is_allowed(action, stopped(*paused, halt=halt), asked_by) is is_done
