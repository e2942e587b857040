"""What becomes of a reply that the helpdesk holds back: whatever stops enforcement lets it go."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from policies.ticket import Change, Channel, Comment, Person, Role, Standing, Status, Ticket, Via, Visibility
from policies.verdict import Action, Mode
from service.enforcement import Limits, refit
from service.holding import end_of_hold
from service.notes import UNSENT
from service.paused import Halt, Paused
from service.store.records import ActionState, Answer, CommandKind, Past, StoredAction, StoredFinding

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
AGENT = Person(id="2", role=Role.AGENT, name="Ida")
REPLY = Change(
    id="c1", at=NOW, actor=AGENT, via=Via.WEB, comment=Comment(id="k1", visibility=Visibility.PUBLIC, text="Closed.")
)
TICKET = Ticket(
    helpdesk="zendesk",
    account="acme",
    id="7",
    subject="Books",
    status=Status.OPEN,
    requester=Person(id="1", role=Role.CUSTOMER),
    created_at=NOW,
    updated_at=NOW,
    channel=Channel.EMAIL,
    held=("c1",),
    changes=(REPLY,),
)
ACTION = Action(id="act", ticket_id="7", change_id="c1", note_html=f"<p>Look.</p>{UNSENT}")
BLOCKING = Limits(ceiling=Mode.BLOCK)


def past(state: ActionState = ActionState.APPLIED, mode: Mode = Mode.BLOCK, **parts: Any) -> Past:
    finding = StoredFinding(
        id="F1", policy="p", change_id="c1", actor_id="2", mode=mode, action_id="act", recorded_at=NOW
    )
    return Past(findings=(finding,), actions=(StoredAction(action=ACTION, state=state, planned_at=NOW),), **parts)


def answer(command: CommandKind, refusal: str | None = None) -> Answer:
    return Answer(
        id="x",
        finding_id="F1",
        policy="p",
        command=command,
        actor_id="3",
        reason="fine",
        refusal=refusal,
        given_at=NOW,
    )


def test_a_blocked_reply_is_made_private_before_the_hold_ends() -> None:
    step = end_of_hold(TICKET, past(), BLOCKING)

    assert step is not None
    assert (step.make_private, step.ends_hold) == (("k1",), False)


@pytest.mark.parametrize(
    ("known", "limits"),
    [
        pytest.param(Past(), BLOCKING, id="nothing found"),
        pytest.param(past(mode=Mode.NOTE), BLOCKING, id="a note alone"),
        pytest.param(past(mode=Mode.OBSERVE), BLOCKING, id="held back by the fuse, an approval or a rollout"),
        pytest.param(past(state=ActionState.FAILED), BLOCKING, id="the note was refused"),
        pytest.param(past(state=ActionState.SUPERSEDED), BLOCKING, id="stopped before it was told"),
        pytest.param(past(), Limits(ceiling=Mode.NOTE), id="the ceiling was lowered"),
        pytest.param(past(), Limits(ceiling=Mode.OBSERVE), id="the ceiling is observe"),
        pytest.param(past(), replace(BLOCKING, kill_switch=True), id="kill switch"),
        pytest.param(past(), replace(BLOCKING, paused=Paused(everything=Halt(since=NOW))), id="all paused"),
        pytest.param(past(), replace(BLOCKING, paused=Paused(policies={"p": Halt(since=NOW)})), id="policy paused"),
        pytest.param(past(answers=(answer(CommandKind.APPROVE),)), BLOCKING, id="approved"),
    ],
)
def test_whatever_stops_a_block_lets_the_reply_go(known: Past, limits: Limits) -> None:
    """Holding is not enforcement."""
    step = end_of_hold(TICKET, known, limits)

    assert step is not None
    assert (step.make_private, step.ends_hold) == ((), True)


@pytest.mark.parametrize("given", [answer(CommandKind.APPROVE, "not yours"), answer(CommandKind.OVERRIDE)])
def test_an_answer_that_does_not_count_releases_nothing(given: Answer) -> None:
    step = end_of_hold(TICKET, past(answers=(given,)), BLOCKING)

    assert step is not None
    assert step.make_private == ("k1",)


@pytest.mark.parametrize("standing", [Standing.CLOSED, Standing.MERGED, Standing.DELETED])
def test_where_nothing_can_be_written_nothing_is_tried(standing: Standing) -> None:
    assert end_of_hold(replace(TICKET, standing=standing), past(), BLOCKING) is None


def test_a_note_does_not_say_unsent_of_what_was_mailed_meanwhile() -> None:
    kept, late = refit(ACTION, TICKET), refit(ACTION, replace(TICKET, held=None))

    assert kept is not None
    assert late is not None
    assert (kept.note_html, late.note_html) == (ACTION.note_html, "<p>Look.</p>")


def test_an_action_that_an_older_version_stored_is_still_read() -> None:
    stored = {
        key: value for key, value in msgspec.to_builtins(ACTION).items() if key not in ("make_private", "ends_hold")
    }

    assert msgspec.json.decode(msgspec.json.encode(stored), type=Action) == ACTION
