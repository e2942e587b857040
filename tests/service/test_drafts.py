"""A draft is known again once it was sent, and what was found in it stands as its last answer says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from policies.ticket import Change, Comment, Person, Role, Status, StatusMove, Via, Visibility
from policies.verdict import Action, Mode
from service.drafts import State, draft_id, is_draft, second_look_id, state_of
from service.store.records import ActionState, Answer, CommandKind, Past, StoredAction, StoredFinding, TicketKey

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ANNA = Person(id="a1", role=Role.AGENT)
KEY = TicketKey(helpdesk="zendesk", account="acme", id="42")
FINDING = StoredFinding(
    id="F7K2QX", policy="p", change_id="draft:1", actor_id="a1", mode=Mode.BLOCK, action_id=None, recorded_at=NOW
)


def reply(text: str, visibility: Visibility = Visibility.PUBLIC, **changes: object) -> Change:
    comment = Comment(id="c", visibility=visibility, text=text)
    return replace(Change(id="7", at=NOW, actor=ANNA, via=Via.WEB, comment=comment), **changes)


SOLVED = StatusMove(before=Status.OPEN, after=Status.SOLVED)


def test_a_draft_is_known_again_with_a_signature_and_what_it_answers_below_it() -> None:
    draft = reply("Your account has been closed.")
    sent = reply("Your account  has been\nclosed.\n\nKind regards\nAnna\n\nOn 3 Mar 2026 at 10:12, Jo wrote:\n> Hi?")

    assert draft_id(sent) == draft_id(draft)
    assert is_draft(draft_id(draft))
    assert len(draft_id(draft)) == len("draft:") + 16


def test_another_text_or_reader_or_outcome_is_another_draft() -> None:
    drafts = [
        reply("Your account has been closed."),
        reply("Your account has been opened."),
        reply("Your account has been closed.", Visibility.INTERNAL),
        reply("Your account has been closed.", status=SOLVED),
        reply("", comment=None),
        reply("", comment=None, status=SOLVED),
        reply("", comment=None, tags_added=("refund",)),
        reply("", comment=None, tags_removed=("refund",)),
        reply("👍"),
        reply("👎"),
    ]

    assert len({draft_id(draft) for draft in drafts}) == len(drafts)


def test_tags_and_what_a_trigger_moved_do_not_hide_a_draft_that_was_sent() -> None:
    by_rule = replace(SOLVED, by_rule=True)

    assert draft_id(reply("Done.", tags_added=("urgent",), status=by_rule)) == draft_id(reply("Done."))


def answered(command: CommandKind, refusal: str | None = None) -> Answer:
    return Answer(
        id=command,
        finding_id="F7K2QX",
        policy="p",
        command=command,
        actor_id="a2",
        reason="so",
        refusal=refusal,
        given_at=NOW + timedelta(minutes=1),
    )


ASKED = StoredAction(
    action=Action(id=second_look_id(KEY, "F7K2QX"), ticket_id="42", change_id="draft:1"),
    state=ActionState.PENDING,
    planned_at=NOW,
)
WRONG, OVERRIDDEN = answered(CommandKind.WRONG), answered(CommandKind.OVERRIDE)
APPROVED, REFUSED = answered(CommandKind.APPROVE), answered(CommandKind.APPROVE, "not you")


@pytest.mark.parametrize(
    ("past", "state", "answer"),
    [
        (Past(), State.OPEN, None),
        (Past(answers=(REFUSED,)), State.OPEN, None),
        (Past(actions=(ASKED,), answers=(REFUSED,)), State.ASKED, None),
        (Past(actions=(ASKED,), answers=(WRONG, APPROVED, REFUSED)), State.APPROVED, APPROVED),
        (Past(answers=(OVERRIDDEN,)), State.OVERRIDDEN, OVERRIDDEN),
        (Past(answers=(WRONG,)), State.WRONG, WRONG),
        (Past(answers=(replace(WRONG, finding_id="OTHER1"),)), State.OPEN, None),
    ],
)
def test_the_last_answer_that_counts_decides_how_it_stands(past: Past, state: State, answer: Answer | None) -> None:
    assert state_of(KEY, FINDING, past, may_override=True) == (state, answer)


def test_what_only_a_colleague_may_let_pass_stays_open_whatever_the_agent_says() -> None:
    states = [
        state_of(KEY, FINDING, past, may_override=False)
        for past in (
            Past(answers=(WRONG,)),
            Past(actions=(ASKED,), answers=(WRONG, OVERRIDDEN)),
            Past(answers=(APPROVED, WRONG)),
        )
    ]

    assert states == [(State.OPEN, None), (State.ASKED, None), (State.APPROVED, APPROVED)]
