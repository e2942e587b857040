"""Visits to tickets of an account that has a gate: what was judged as a draft counts when it has been sent."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.helpdesk import Delivery
from policies.loader import load
from policies.ticket import Change, Comment, Person, Role, Status, StatusMove, Via
from policies.verdict import Action, Finding, Mode, Outcome, Point, Result, Verdict
from service.drafts import PAST_THE_GATE, draft_id, second_look_id
from service.enforcement import Limits
from service.pipeline import Pipeline
from service.policy_files import SHIPPED
from service.rulebooks import Rulebooks
from service.store.drafts import DraftRecord, keep_answer, known, plan_second_look, record_draft
from service.store.records import ActionState, Answer, CommandKind, StoredFinding, TicketKey, Visit
from service.store.store import Store

KEY = TicketKey(helpdesk="zendesk", account="acme", id="42")
GATED = frozenset({("zendesk", "acme")})
LEAD = Person(id="lead", role=Role.AGENT)
FINDING = "F7K2QX"
Visits = Callable[..., Awaitable[Visit]]
Changes = Callable[..., Change]


@pytest.fixture
def pipeline(store: Store, make_pipeline: Callable[..., Pipeline]) -> Pipeline:
    return make_pipeline(
        store, gated=GATED, limits={("zendesk", "acme"): Limits(ceiling=Mode.BLOCK, approvers=("Leads",))}
    )


@pytest.fixture
def visit(store: Store, pipeline: Pipeline, clock: Any) -> Visits:
    """A delivery comes in, its ticket is taken, something happens at the gate, and the visit runs to its end."""
    numbers = iter(range(100))

    async def run(*meanwhile: Awaitable[object], house: Pipeline = pipeline) -> Visit:
        delivery = Delivery(
            helpdesk="zendesk",
            account="acme",
            id=f"d{next(numbers)}",
            ticket_id="42",
            occurred_at=clock(),
            received_at=clock(),
        )
        await store.accept(delivery, clock())
        (taken,) = await store.claim("w", clock(), limit=1, lease_s=60)
        for one in meanwhile:
            await one
        await house.run(taken)
        return taken

    return run


@pytest.fixture
def solve(make_change: Changes) -> Changes:
    """Tom solves the ticket, which policy `closed` blocks."""

    def make(id: str = "1", **parts: Any) -> Change:  # noqa: A002
        return make_change(
            id, **({"minutes_ago": 1, "status": StatusMove(before=Status.OPEN, after=Status.SOLVED)} | parts)
        )

    return make


@pytest.fixture
def drafted(store: Store, clock: Any, make_finding: Callable[..., Finding]) -> Callable[..., Awaitable[None]]:
    """The gate has judged what is to be sent, and refused it unless told otherwise."""

    async def draft(change: Change, mode: Mode | None = Mode.BLOCK, drafter: str = "a1") -> None:
        verdict = Verdict(
            change_id=draft_id(change),
            point=Point.DRAFT,
            at=clock(),
            revision="abc",
            outcomes=(
                Outcome(
                    policy="closed",
                    result=Result.VIOLATION if mode else Result.PASS,
                    mode=mode or Mode.BLOCK,
                    explanation="",
                ),
            ),
            findings=(make_finding(FINDING, mode=mode),) if mode else (),
        )
        finding = StoredFinding(
            id=FINDING,
            policy="closed",
            change_id=draft_id(change),
            actor_id=drafter,
            mode=mode or Mode.BLOCK,
            action_id=None,
            recorded_at=clock(),
        )
        await record_draft(store, KEY, DraftRecord(verdict=verdict, at=clock(), findings=(finding,) if mode else ()))

    return draft


@pytest.fixture
def answered(store: Store, clock: Any) -> Callable[..., Awaitable[None]]:
    """An agent has answered the draft's finding at the gate."""

    async def answer(command: CommandKind, actor: str = "a1", **ago: float) -> None:
        given = Answer(
            id=f"gate:{command}",
            finding_id=FINDING,
            policy="closed",
            command=command,
            actor_id=actor,
            reason="so",
            refusal=None,
            given_at=clock() - timedelta(**ago),
        )
        await keep_answer(store, KEY, given)

    return answer


async def held(store: Store, change_id: str = "1") -> str | None:
    """What held back the finding in the change."""
    (finding,) = [one for one in (await store.past_of(KEY)).findings if one.change_id == change_id]
    return finding.held_by


def bypassed(pipeline: Pipeline) -> dict[str, float]:
    """By path, what was seen to have come past the gate."""
    samples = next(one for one in pipeline.metrics.bypass_seen.collect()).samples
    return {one.labels["path"]: one.value for one in samples if one.name.endswith("_total") and one.value}


@pytest.mark.parametrize(
    ("parts", "is_kept"), [({}, True), ({"keeps_views": False}, False), ({"gated": frozenset()}, False)]
)
async def test_a_ticket_is_kept_as_it_was_read_where_a_gate_asks_for_it_and_words_may_be_kept(
    store: Store,
    desk: Any,
    pipeline: Pipeline,
    visit: Visits,
    make_change: Changes,
    parts: dict[str, Any],
    is_kept: bool,
) -> None:
    desk.add(make_change("1", minutes_ago=1))

    await visit(house=replace(pipeline, **parts))

    kept = (await known(store, KEY)).ticket
    assert (kept is not None) == is_kept
    assert kept is None or kept == replace(desk.ticket, watched_since=kept.watched_since)


@pytest.mark.parametrize("command", [CommandKind.OVERRIDE, CommandKind.WRONG])
async def test_what_an_agent_let_pass_at_the_gate_while_the_ticket_was_read_is_not_undone(
    store: Store, desk: Any, visit: Visits, solve: Changes, drafted: Any, answered: Any, command: CommandKind
) -> None:
    desk.add(solve())

    await visit(drafted(solve()), answered(command))

    assert (desk.applied, await held(store)) == ([], "answered")


@pytest.mark.parametrize("ago", [{"hours": 24, "minutes": 2}, {"days": 3}])
async def test_it_holds_for_what_is_sent_within_the_note_window(
    store: Store, desk: Any, visit: Visits, solve: Changes, drafted: Any, answered: Any, ago: dict[str, float]
) -> None:
    desk.add(solve())

    await visit(drafted(solve()), answered(CommandKind.OVERRIDE, **ago))

    assert await held(store) is None
    assert len(desk.applied) == 1


async def approve(desk: Any, make_change: Changes, make_comment: Callable[..., Comment], by: Person = LEAD) -> None:
    comment = make_comment(f"#ombuds approve {FINDING} it is settled", is_public=False)
    desk.add(make_change("0", minutes_ago=2, actor=by, comment=comment))


async def test_a_colleague_approves_a_draft_by_a_note_before_it_is_sent(
    store: Store, desk: Any, visit: Visits, solve: Changes, drafted: Any, make_change: Changes, make_comment: Any
) -> None:
    await drafted(solve())
    await approve(desk, make_change, make_comment)
    await visit()
    desk.add(solve())

    await visit()

    assert (desk.applied, await held(store)) == ([], "approved")


async def test_whoever_sends_a_draft_has_not_approved_it_whatever_name_it_was_drafted_by(
    store: Store, desk: Any, visit: Visits, solve: Changes, drafted: Any, make_change: Changes, make_comment: Any
) -> None:
    """Who asks the gate is what his app says of him: he may have drafted it by a colleague's name."""
    await drafted(solve(), drafter="a1")
    await approve(desk, make_change, make_comment)
    desk.add(solve(actor=LEAD))

    await visit()

    (answer,) = (await store.past_of(KEY)).answers
    assert answer.refusal is None
    assert await held(store) is None
    assert len(desk.applied) == 1


async def test_a_note_may_override_a_draft_that_is_blocked_as_the_gate_would_let_him(
    store: Store, desk: Any, visit: Visits, solve: Changes, drafted: Any, make_change: Changes, make_comment: Any
) -> None:
    await drafted(solve())
    desk.add(make_change("0", minutes_ago=2, comment=make_comment(f"#ombuds override {FINDING} so", is_public=False)))

    await visit()

    assert [one.refusal for one in (await store.past_of(KEY)).answers] == [None]
    assert desk.applied == []


async def test_a_second_look_is_asked_for_on_the_ticket_and_takes_no_note_from_others(
    store: Store, desk: Any, visit: Visits, solve: Changes, pipeline: Pipeline, clock: Any
) -> None:
    house = replace(pipeline, limits={("zendesk", "acme"): Limits(ceiling=Mode.BLOCK, fuse_actions_per_hour=1)})
    note = Action(id=second_look_id(KEY, FINDING), ticket_id="42", change_id=draft_id(solve()), note_html="<p>Look</p>")
    await plan_second_look(store, KEY, note, clock())
    (taken,) = await store.claim("w", clock(), limit=1, lease_s=60)
    await house.run(taken)
    assert [one.note_html for one in desk.applied] == ["<p>Look</p>"]
    desk.add(solve())

    await visit(house=house)

    assert [one.state for one in (await store.past_of(KEY)).actions] == [ActionState.APPLIED] * 2


@pytest.mark.parametrize(
    ("via", "path"), [(Via.WEB, "web"), (Via.API, "api"), (Via.WEB, PAST_THE_GATE), (Via.API, PAST_THE_GATE)]
)
async def test_what_came_past_the_gate_is_counted_by_its_path(
    desk: Any, visit: Visits, solve: Changes, drafted: Any, pipeline: Pipeline, via: Via, path: str
) -> None:
    desk.add(solve(via=via))

    await visit(*([drafted(solve())] if path == PAST_THE_GATE else []))

    assert bypassed(pipeline) == {path: 1}


async def test_what_the_gate_let_pass_came_through_it(
    desk: Any, visit: Visits, solve: Changes, drafted: Any, pipeline: Pipeline
) -> None:
    desk.add(solve())

    await visit(drafted(solve(), Mode.BLOCK), drafted(solve(), None))

    assert bypassed(pipeline) == {}


async def test_what_was_let_pass_by_an_answer_came_through_the_gate(
    desk: Any, visit: Visits, solve: Changes, drafted: Any, answered: Any, pipeline: Pipeline
) -> None:
    desk.add(solve())

    await visit(drafted(solve()), answered(CommandKind.OVERRIDE))

    assert bypassed(pipeline) == {}


async def test_what_the_gate_only_warned_of_came_through_it(
    desk: Any, visit: Visits, solve: Changes, drafted: Any, pipeline: Pipeline
) -> None:
    desk.add(solve())

    await visit(drafted(solve(), Mode.NOTE))

    assert bypassed(pipeline) == {}


async def test_what_a_rule_of_the_helpdesk_does_could_never_have_been_asked_about(
    desk: Any, visit: Visits, solve: Changes, pipeline: Pipeline, house: str
) -> None:
    rulebook = load({"house.yaml": house.replace("actor.role: agent", "actor.role: automation").encode()})
    rulebooks = Rulebooks(rulebook, folder=SHIPPED, metrics=pipeline.metrics, clock=pipeline.clock)
    desk.add(solve(actor=Person(id="rule", role=Role.AUTOMATION)))

    await visit(house=replace(pipeline, rulebooks=rulebooks))

    assert (len(desk.applied), bypassed(pipeline)) == (1, {})


@pytest.mark.parametrize("limits", [Limits(ceiling=Mode.NOTE), Limits(ceiling=Mode.BLOCK, kill_switch=True)])
async def test_where_the_gate_refuses_nothing_nothing_comes_past_it(
    desk: Any, visit: Visits, solve: Changes, pipeline: Pipeline, limits: Limits
) -> None:
    desk.add(solve())

    await visit(house=replace(pipeline, limits={("zendesk", "acme"): limits}))

    assert bypassed(pipeline) == {}


async def test_without_a_gate_nothing_is_counted(desk: Any, visit: Visits, solve: Changes, pipeline: Pipeline) -> None:
    desk.add(solve())

    await visit(house=replace(pipeline, gated=frozenset()))

    assert bypassed(pipeline) == {}
    paths = {one.labels["path"] for one in next(iter(pipeline.metrics.bypass_seen.collect())).samples}
    assert paths == {"web", "email", "api", "mobile", "past_the_gate"}
