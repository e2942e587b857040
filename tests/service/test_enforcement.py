from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from policies.ticket import Change, Standing, Status, Ticket
from policies.verdict import Action, Finding, Mode, Severity, Tell, Undo
from service.enforcement import Found, Limits, Plan, plan, refit
from service.store.records import ActionState, Answer, CommandKind, Past, StoredAction, StoredFinding

BLOCK = Limits(ceiling=Mode.BLOCK)
NOTHING = Past()


@pytest.fixture
def judge(
    make_ticket: Callable[..., Ticket],
    make_change: Callable[..., Change],
    make_finding: Callable[..., Finding],
    now: datetime,
) -> Callable[..., Plan]:
    """Plans for one finding of the given mode, with the ticket and the past as given."""

    def run(mode: Mode = Mode.NOTE, limits: Limits = BLOCK, past: Past = NOTHING, **ticket: object) -> Plan:
        found = Found(finding=make_finding(mode=mode), change=make_change(tags_added=("terminated",)))
        return plan(make_ticket(**ticket), [found], (), past, limits, now)

    return run


MODES = [
    (Mode.BLOCK, Mode.BLOCK, False, Mode.BLOCK, None),
    (Mode.BLOCK, Mode.NOTE, False, Mode.NOTE, "ceiling"),
    (Mode.BLOCK, Mode.OBSERVE, False, Mode.OBSERVE, "ceiling"),
    (Mode.NOTE, Mode.BLOCK, False, Mode.NOTE, None),
    (Mode.NOTE, Mode.BLOCK, True, Mode.OBSERVE, "kill_switch"),
    (Mode.BLOCK, Mode.BLOCK, True, Mode.OBSERVE, "kill_switch"),
    (Mode.OBSERVE, Mode.BLOCK, False, Mode.OBSERVE, None),
]


@pytest.mark.parametrize(("wanted", "ceiling", "kill_switch", "mode", "held_by"), MODES)
def test_the_mode_in_force_is_the_lowest_of_policy_ceiling_and_kill_switch(
    judge: Callable[..., Plan], wanted: Mode, ceiling: Mode, kill_switch: bool, mode: Mode, held_by: str | None
) -> None:
    planned = judge(wanted, Limits(ceiling=ceiling, kill_switch=kill_switch))

    (ruling,) = planned.rulings
    assert (ruling.mode, ruling.held_by) == (mode, held_by)
    assert (planned.action is not None) == ruling.is_told


@pytest.fixture
def acts(
    make_ticket: Callable[..., Ticket],
    make_change: Callable[..., Change],
    make_finding: Callable[..., Finding],
    now: datetime,
) -> Callable[[int], list[str]]:
    """Of tickets 0 to 999 those on which a policy acts that was rolled out to so many per cent."""

    def run(rollout: int) -> list[str]:
        found = [Found(finding=make_finding(rollout=rollout), change=make_change())]
        planned = {each: plan(make_ticket(id=each), found, (), NOTHING, BLOCK, now) for each in map(str, range(1_000))}
        assert {one.rulings[0].held_by for one in planned.values() if one.action is None} <= {"rollout"}
        return [each for each, one in planned.items() if one.action]

    return run


def test_a_policy_that_is_rolled_out_in_part_acts_on_the_same_share_of_tickets_each_time_and_more_with_a_higher_one(
    acts: Callable[[int], list[str]],
) -> None:
    tenth, third = acts(10), acts(30)

    assert acts(0) == []
    assert 70 < len(tenth) < 130
    assert tenth == acts(10)
    assert set(tenth) < set(third)
    assert len(acts(100)) == 1_000


def test_a_finding_that_is_not_rolled_out_here_covers_no_other(
    make_ticket: Callable[..., Ticket],
    make_change: Callable[..., Change],
    make_finding: Callable[..., Finding],
    now: datetime,
) -> None:
    more, less = make_finding(covers=("less",), rollout=0), make_finding("F00002", policy="less")
    found = [Found(finding=finding, change=make_change()) for finding in (more, less)]

    planned = plan(make_ticket(), found, (), NOTHING, BLOCK, now)

    assert [ruling.held_by for ruling in planned.rulings] == ["rollout", None]


@pytest.mark.parametrize(
    ("mode", "same_change", "held_by"),
    [(Mode.NOTE, True, "covered"), (Mode.BLOCK, True, None), (Mode.NOTE, False, None)],
)
def test_a_note_says_nothing_that_a_stronger_finding_of_the_same_change_says_already(
    make_ticket: Callable[..., Ticket],
    make_change: Callable[..., Change],
    make_finding: Callable[..., Finding],
    now: datetime,
    mode: Mode,
    same_change: bool,
    held_by: str | None,
) -> None:
    """What blocks is never covered: what it undoes would be lost."""
    change = make_change()
    weaker = Found(finding=make_finding(mode=mode), change=change if same_change else make_change("2"))
    stronger = Found(finding=make_finding("F00002", policy="ended", title="An end", covers=("closed",)), change=change)

    planned = plan(make_ticket(), [weaker, stronger], (), NOTHING, BLOCK, now)

    assert [ruling.held_by for ruling in planned.rulings] == [held_by, None]
    assert planned.action is not None
    assert planned.action.note_html is not None
    assert ("without the customer" in planned.action.note_html) is (held_by is None)


def test_severity_never_raises_a_mode(
    make_ticket: Callable[..., Ticket],
    make_change: Callable[..., Change],
    make_finding: Callable[..., Finding],
    now: datetime,
) -> None:
    critical = make_finding(mode=Mode.NOTE, severity=Severity.CRITICAL)

    planned = plan(make_ticket(), [Found(finding=critical, change=make_change())], (), Past(), BLOCK, now)

    assert planned.rulings[0].mode is Mode.NOTE


def test_a_note_undoes_nothing(judge: Callable[..., Plan]) -> None:
    action = judge(Mode.NOTE, tags=("terminated",)).action

    assert action is not None
    assert not action.reopen
    assert (action.add_tags, action.remove_tags, action.group) == ((), (), None)


def test_a_block_reopens_tags_and_hands_over_in_one_action(judge: Callable[..., Plan]) -> None:
    action = judge(Mode.BLOCK, tags=("vip", "terminated")).action

    assert action is not None
    assert action.reopen
    assert (action.add_tags, action.remove_tags, action.group) == (("ombuds_review",), ("terminated",), "review")
    assert "The ticket is open again." in (action.note_html or "")


TAGS = [
    ("only what the change added", ("terminat*",), ("terminated",), ("terminated", "terminate_never"), ("terminated",)),
    ("a full name is taken off anyway", ("gone",), (), ("gone", "other"), ("gone",)),
    ("what is off already is left alone", ("terminat*",), ("terminated",), (), ()),
    ("a star alone spares older tags", ("*",), ("new",), ("old", "new"), ("new",)),
]


@pytest.mark.parametrize(
    ("patterns", "added", "on_ticket", "removed"), [row[1:] for row in TAGS], ids=[r[0] for r in TAGS]
)
def test_tags_taken_off(
    *,
    make_ticket: Callable[..., Ticket],
    make_change: Callable[..., Change],
    make_finding: Callable[..., Finding],
    now: datetime,
    patterns: tuple[str, ...],
    added: tuple[str, ...],
    on_ticket: tuple[str, ...],
    removed: tuple[str, ...],
) -> None:
    finding = make_finding(mode=Mode.BLOCK, undo=Undo(remove_tags=patterns))
    found = Found(finding=finding, change=make_change(tags_added=added))

    action = plan(make_ticket(tags=on_ticket), [found], (), Past(), BLOCK, now).action

    assert action is not None
    assert action.remove_tags == removed


def test_a_ticket_that_is_not_solved_is_not_reopened(judge: Callable[..., Plan]) -> None:
    action = judge(Mode.BLOCK, status=Status.OPEN).action

    assert action is not None
    assert not action.reopen


@pytest.mark.parametrize("standing", [Standing.MERGED, Standing.DELETED, Standing.SUSPENDED, Standing.ARCHIVED])
def test_nobody_is_told_on_a_ticket_that_cannot_be_spoken_to(judge: Callable[..., Plan], standing: Standing) -> None:
    planned = judge(Mode.BLOCK, standing=standing)

    assert planned.action is None
    assert planned.rulings[0].held_by == "standing"


def stored(now: datetime, *, minutes_ago: float, state: ActionState = ActionState.APPLIED, number: int = 1) -> Past:
    """A past with as many notes of policy `closed`."""
    at = now - timedelta(minutes=minutes_ago)
    noted = {
        "policy": "closed",
        "change_id": "0",
        "actor_id": "a1",
        "mode": Mode.NOTE,
        "recorded_at": at,
    }
    return Past(
        findings=tuple(StoredFinding(id=f"OLD{n}", action_id=f"act{n}", **noted) for n in range(number)),
        actions=tuple(
            StoredAction(action=Action(id=f"act{n}", ticket_id="42", change_id="0"), state=state, planned_at=at)
            for n in range(number)
        ),
    )


WINDOW = [
    (Mode.NOTE, 23 * 60, ActionState.APPLIED, Mode.OBSERVE),
    (Mode.NOTE, 23 * 60, ActionState.PENDING, Mode.OBSERVE),
    (Mode.NOTE, 23 * 60, ActionState.FAILED, Mode.NOTE),
    (Mode.NOTE, 25 * 60, ActionState.APPLIED, Mode.NOTE),
    (Mode.BLOCK, 1, ActionState.APPLIED, Mode.BLOCK),
]


@pytest.mark.parametrize(("wanted", "minutes_ago", "state", "mode"), WINDOW)
def test_a_policy_notes_a_ticket_once_in_a_window_and_blocks_each_time(
    judge: Callable[..., Plan], now: datetime, wanted: Mode, minutes_ago: float, state: ActionState, mode: Mode
) -> None:
    planned = judge(wanted, past=stored(now, minutes_ago=minutes_ago, state=state))

    assert planned.rulings[0].mode is mode


def test_two_notes_of_a_policy_in_one_visit_become_one(
    make_ticket: Callable[..., Ticket],
    make_change: Callable[..., Change],
    make_finding: Callable[..., Finding],
    now: datetime,
) -> None:
    found = [Found(finding=make_finding(f"F0000{n}"), change=make_change(str(n))) for n in (1, 2)]

    planned = plan(make_ticket(), found, (), Past(), BLOCK, now)

    assert [ruling.held_by for ruling in planned.rulings] == [None, "note_window"]
    assert "F00002" not in (planned.action.note_html or "") if planned.action else False


@pytest.mark.parametrize(("number", "minutes_ago", "fused"), [(5, 30, False), (6, 30, True), (6, 61, False)])
def test_the_fuse_caps_actions_a_ticket_and_hour(
    judge: Callable[..., Plan], now: datetime, number: int, minutes_ago: float, fused: bool
) -> None:
    planned = judge(Mode.BLOCK, past=stored(now, minutes_ago=minutes_ago, number=number))

    assert planned.is_fused == fused
    assert (planned.action is None) == fused
    assert (planned.rulings[0].held_by == "fuse") == fused


ANSWERED = [
    (CommandKind.APPROVE, None, 1, Mode.BLOCK, Mode.OBSERVE),
    (CommandKind.APPROVE, None, 1, Mode.NOTE, Mode.OBSERVE),
    (CommandKind.APPROVE, None, 25, Mode.BLOCK, Mode.BLOCK),
    (CommandKind.APPROVE, "not you", 1, Mode.BLOCK, Mode.BLOCK),
    (CommandKind.OVERRIDE, None, 1, Mode.NOTE, Mode.OBSERVE),
    (CommandKind.OVERRIDE, None, 1, Mode.BLOCK, Mode.BLOCK),
    (CommandKind.WRONG, None, 100, Mode.NOTE, Mode.OBSERVE),
    (CommandKind.WRONG, None, 1, Mode.BLOCK, Mode.BLOCK),
]


@pytest.mark.parametrize(("command", "refusal", "hours_ago", "wanted", "mode"), ANSWERED)
def test_an_answer_quiets_its_policy_on_the_ticket_but_only_a_second_look_lifts_a_block(
    judge: Callable[..., Plan],
    now: datetime,
    command: CommandKind,
    refusal: str | None,
    hours_ago: float,
    wanted: Mode,
    mode: Mode,
) -> None:
    answer = Answer(
        id="5:0",
        finding_id="OLD",
        policy="closed",
        command=command,
        actor_id="a2",
        reason="r",
        refusal=refusal,
        given_at=now - timedelta(hours=hours_ago),
    )

    assert judge(wanted, past=Past(answers=(answer,))).rulings[0].mode is mode


def test_the_same_findings_make_the_same_action_and_other_tickets_another(judge: Callable[..., Plan]) -> None:
    first, again, other = judge().action, judge().action, judge(id="43").action

    assert first == again
    assert first is not None
    assert other is not None
    assert first.id != other.id


def test_an_action_is_refitted_to_the_ticket_as_it_is_now(
    judge: Callable[..., Plan], make_ticket: Callable[..., Ticket]
) -> None:
    action = judge(Mode.BLOCK, tags=("terminated",)).action
    assert action is not None

    fitted = refit(action, make_ticket(status=Status.OPEN, tags=("ombuds_review",)))

    assert fitted == replace(action, reopen=False, add_tags=(), remove_tags=())


def test_an_action_with_nothing_left_to_do_is_dropped(make_ticket: Callable[..., Ticket]) -> None:
    action = Action(id="x", ticket_id="42", change_id="1", reopen=True)

    assert refit(action, make_ticket(status=Status.OPEN)) is None
    assert refit(action, make_ticket()) == action
    assert refit(action, make_ticket(standing=Standing.MERGED)) is None


def test_a_refused_command_is_answered_with_a_note(
    make_ticket: Callable[..., Ticket], refused_answer: Answer, now: datetime
) -> None:
    action = plan(make_ticket(), [], [refused_answer], Past(), BLOCK, now).action

    assert action is not None
    assert action.change_id == "5"
    assert "There is no finding F1." in (action.note_html or "")
    assert plan(make_ticket(), [], [refused_answer], Past(), Limits(kill_switch=True), now).action is None


def test_mistyped_commands_leave_half_of_the_fuse_to_findings(
    judge: Callable[..., Plan], make_ticket: Callable[..., Ticket], now: datetime
) -> None:
    """An agent who mistypes six times may not then close an account unseen."""
    given: dict[str, Any] = {"id": "5:0", "finding_id": "F1", "policy": "", "actor_id": "a2", "reason": "r"}
    mistyped = Answer(**given, command=CommandKind.UNKNOWN, refusal="There is no such command.", given_at=now)
    few, many = stored(now, minutes_ago=1, number=2), stored(now, minutes_ago=1, number=3)

    assert plan(make_ticket(), [], [mistyped], few, BLOCK, now).action is not None
    assert plan(make_ticket(), [], [mistyped], many, BLOCK, now).is_fused
    assert judge(Mode.BLOCK, past=many).action is not None


def test_what_ops_are_told_never_touches_the_ticket_whatever_holds_the_account_back(
    make_ticket: Callable[..., Ticket],
    make_change: Callable[..., Change],
    make_finding: Callable[..., Finding],
    now: datetime,
) -> None:
    found = Found(finding=make_finding(tell=Tell.OPS), change=make_change())

    for limits in (BLOCK, Limits(ceiling=Mode.OBSERVE), Limits(kill_switch=True)):
        planned = plan(make_ticket(), [found], (), Past(), limits, now)

        assert planned.action is None
        assert [(ruling.is_told, ruling.is_for_ops) for ruling in planned.rulings] == [(False, True)]


@pytest.mark.parametrize(("minutes_ago", "is_for_ops"), [(23 * 60, False), (25 * 60, True)])
def test_ops_are_told_of_a_policy_once_a_ticket_and_window(
    make_ticket: Callable[..., Ticket],
    make_change: Callable[..., Change],
    make_finding: Callable[..., Finding],
    now: datetime,
    minutes_ago: float,
    is_for_ops: bool,
) -> None:
    past = stored(now, minutes_ago=minutes_ago)
    told = Past(findings=tuple(replace(finding, action_id=None) for finding in past.findings))
    found = Found(finding=make_finding(tell=Tell.OPS), change=make_change())

    planned = plan(make_ticket(), [found], (), told, BLOCK, now)

    assert [ruling.is_for_ops for ruling in planned.rulings] == [is_for_ops]


def test_what_was_found_in_a_draft_keeps_nothing_from_ops(
    make_ticket: Callable[..., Ticket],
    make_change: Callable[..., Change],
    make_finding: Callable[..., Finding],
    now: datetime,
) -> None:
    past = stored(now, minutes_ago=5)
    drafted = Past(findings=tuple(replace(one, action_id=None, change_id="draft:1") for one in past.findings))
    found = Found(finding=make_finding(tell=Tell.OPS), change=make_change())

    planned = plan(make_ticket(), [found], (), drafted, BLOCK, now)

    assert [ruling.is_for_ops for ruling in planned.rulings] == [True]


@pytest.mark.parametrize(
    ("topic", "known", "held_by"),
    [
        ("undeclared: promotion", {("closed", "undeclared: promotion")}, "note_window"),
        ("undeclared: promotion", {("closed", "undeclared: kettle"), ("other", "undeclared: promotion")}, None),
        ("-", {("closed", "-")}, None),
    ],
)
def test_ops_are_told_of_a_topic_once_however_many_tickets_it_is_on(
    make_ticket: Callable[..., Ticket],
    make_change: Callable[..., Change],
    make_finding: Callable[..., Finding],
    now: datetime,
    topic: str,
    known: set[tuple[str, str]],
    held_by: str | None,
) -> None:
    found = Found(finding=make_finding(tell=Tell.OPS), change=make_change(), topic=topic)

    (ruling,) = plan(make_ticket(), [found], (), Past(), BLOCK, now, known).rulings

    assert (ruling.is_for_ops, ruling.held_by) == (held_by is None, held_by)


def test_what_ops_know_of_keeps_nothing_from_agents(
    make_ticket: Callable[..., Ticket],
    make_change: Callable[..., Change],
    make_finding: Callable[..., Finding],
    now: datetime,
) -> None:
    found = Found(finding=make_finding(), change=make_change(), topic="tea")

    assert plan(make_ticket(), [found], (), Past(), BLOCK, now, {("closed", "tea")}).rulings[0].is_told


SPENT = [
    (Mode.NOTE, Mode.BLOCK, Mode.OBSERVE, "budget"),
    (Mode.BLOCK, Mode.NOTE, Mode.OBSERVE, "budget"),
    (Mode.BLOCK, Mode.BLOCK, Mode.BLOCK, None),
    (Mode.OBSERVE, Mode.BLOCK, Mode.OBSERVE, None),
]


@pytest.mark.parametrize(("wanted", "ceiling", "mode", "held_by"), SPENT)
def test_a_policy_without_notes_left_observes_and_blocks_all_the_same(
    judge: Callable[..., Plan], wanted: Mode, ceiling: Mode, mode: Mode, held_by: str | None
) -> None:
    """What a block undoes has harmed a customer, on however many tickets."""
    planned = judge(wanted, Limits(ceiling=ceiling, spent=frozenset({"closed"})))

    (ruling,) = planned.rulings
    assert (ruling.mode, ruling.held_by) == (mode, held_by)
    assert (planned.action is not None) == ruling.is_told
    assert planned.over_budget == (("closed",) if held_by == "budget" else ())


def test_what_other_policies_spent_and_what_ops_are_told_is_no_matter_of_the_budget(
    judge: Callable[..., Plan],
    make_ticket: Callable[..., Ticket],
    make_change: Callable[..., Change],
    make_finding: Callable[..., Finding],
    now: datetime,
) -> None:
    for_ops = Found(finding=make_finding(tell=Tell.OPS), change=make_change())

    (told,) = judge(Mode.NOTE, Limits(spent=frozenset({"other"}))).rulings
    (ruling,) = plan(make_ticket(), [for_ops], (), NOTHING, Limits(spent=frozenset({"closed"})), now).rulings

    assert told.is_told
    assert ruling.is_for_ops


@pytest.mark.parametrize(
    ("mode", "held_by"), [(Mode.NOTE, [None, "budget"]), (Mode.BLOCK, ["covered", None])], ids=["note", "block"]
)
def test_a_finding_that_the_budget_holds_covers_no_other(
    make_ticket: Callable[..., Ticket],
    make_change: Callable[..., Change],
    make_finding: Callable[..., Finding],
    now: datetime,
    mode: Mode,
    held_by: list[str | None],
) -> None:
    change = make_change()
    weaker = Found(finding=make_finding(), change=change)
    stronger = Found(finding=make_finding("F00002", policy="ended", mode=mode, covers=("closed",)), change=change)

    planned = plan(make_ticket(), [weaker, stronger], (), NOTHING, replace(BLOCK, spent=frozenset({"ended"})), now)

    assert [ruling.held_by for ruling in planned.rulings] == held_by


def test_what_the_ticket_was_told_already_is_held_by_that_and_still_covers(
    make_ticket: Callable[..., Ticket],
    make_change: Callable[..., Change],
    make_finding: Callable[..., Finding],
    now: datetime,
) -> None:
    change, past = make_change(), stored(now, minutes_ago=60)
    known = Found(finding=make_finding(covers=("less",)), change=change)
    weaker = Found(finding=make_finding("F00002", policy="less"), change=change)

    planned = plan(make_ticket(), [known, weaker], (), past, Limits(spent=frozenset({"closed"})), now)

    assert [ruling.held_by for ruling in planned.rulings] == ["note_window", "covered"]
    assert planned.over_budget == ()
