"""What counts as made good after a note: who did what, when, and what does not count."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from policies.correcting import Correction
from policies.policy import Rulebook
from policies.ticket import Change, Comment, CommentKind, Person, Role, Status, StatusMove, Ticket, Via, Visibility
from policies.verdict import Action, Finding, Mode, Point, Verdict
from service.following import FOLLOWED_FOR, follow_ups
from service.policy_files import SHIPPED, load_folder
from service.store.records import ActionState, Past, StoredAction, StoredFinding

HOUR = timedelta(hours=1)
APOLOGY = "Hello Maya,\n\nI am sorry that we closed this without asking you. It is open again."
ANSWER = "Hello Maya,\n\nthe books are back in your library since this morning."
REOPENS = StatusMove(before=Status.SOLVED, after=Status.OPEN)
MAYA = Person(id="c1", role=Role.CUSTOMER, name="Maya")
RULE = Person(id="r1", role=Role.AUTOMATION, name="A trigger")


def says(text: str, **parts: Any) -> Comment:
    return Comment(**({"id": "k", "visibility": Visibility.PUBLIC, "text": text} | parts))


FOLLOWS: Mapping[str, tuple[dict[str, Any], Correction | None]] = {
    "an answer": ({"comment": says(ANSWER)}, Correction.ANSWERED),
    "an apology": ({"comment": says(APOLOGY)}, Correction.APOLOGISED),
    "an apology and a reopening": ({"comment": says(APOLOGY), "status": REOPENS}, Correction.APOLOGISED),
    "a reopening": ({"status": REOPENS}, Correction.REOPENED),
    "a reopening with an answer": ({"comment": says(ANSWER), "status": REOPENS}, Correction.REOPENED),
    "an internal note": ({"comment": says(ANSWER, visibility=Visibility.INTERNAL)}, None),
    "an out-of-office mail": ({"comment": says(ANSWER, kind=CommentKind.AUTO_REPLY)}, None),
    "a tag": ({"tags_added": ("vip",)}, None),
    "a move among open": ({"status": replace(REOPENS, before=Status.PENDING)}, None),
    "a move out of nowhere": ({"status": replace(REOPENS, before=None)}, None),
    "closing for good": ({"status": StatusMove(before=Status.SOLVED, after=Status.CLOSED)}, None),
    "a reopening by a trigger": ({"status": replace(REOPENS, by_rule=True)}, None),
    "the customer's word": ({"comment": says(ANSWER), "actor": MAYA, "status": REOPENS}, None),
    "a rule's mail": ({"comment": says(APOLOGY), "actor": RULE, "via": Via.RULE}, None),
    "what we did": ({"comment": says(ANSWER), "status": REOPENS, "is_own": True}, None),
}


@pytest.fixture(scope="module")
def shipped() -> Rulebook:
    return load_folder(SHIPPED)


@pytest.fixture
def past(now: datetime) -> Past:
    """Agents were told of one finding, the sending of another's note failed, and a third was only recorded."""
    actions = (("act1", ActionState.APPLIED), ("act2", ActionState.FAILED))
    told = {"policy": "closed", "change_id": "1", "actor_id": "a1", "mode": Mode.NOTE, "recorded_at": now}
    return Past(
        findings=tuple(
            StoredFinding(id=finding, action_id=action, **told)
            for finding, action in (("TOLD", "act1"), ("UNSENT", "act2"), ("SEEN", None))
        ),
        actions=tuple(
            StoredAction(action=Action(id=one, ticket_id="42", change_id="1"), state=state, planned_at=now)
            for one, state in actions
        ),
    )


@pytest.fixture
def follow(
    shipped: Rulebook, past: Past, make_ticket: Callable[..., Ticket], make_change: Callable[..., Change], now: datetime
) -> Callable[..., dict[str, tuple[Correction, datetime]]]:
    """What is made good by changes that come so long after the note, each by agent Tom unless said otherwise."""

    def run(*changes: dict[str, Any], found: tuple[Finding, ...] = (), known: Past = past) -> Any:
        made = [
            replace(make_change(f"{number}"), **{"at": now + HOUR, **parts})
            for number, parts in enumerate(changes, start=2)
        ]
        ticket = make_ticket(changes=tuple(made))
        judged = [
            (one, Verdict(change_id=one.id, point=Point.EVENT, at=one.at, revision="r", findings=found)) for one in made
        ]
        followed = follow_ups(shipped, ticket, judged, known, now + 30 * FOLLOWED_FOR)
        return {one.finding_id: (one.correction, one.at - now) for one in followed}

    return run


@pytest.mark.parametrize(("change", "correction"), FOLLOWS.values(), ids=FOLLOWS)
def test_of_what_was_told_only_what_a_human_agent_does_for_the_customer_makes_it_good(
    follow: Callable[..., Any], change: dict[str, Any], correction: Correction | None
) -> None:
    assert follow(change) == ({"TOLD": (correction, HOUR)} if correction else {})


@pytest.mark.parametrize(
    ("after", "counts"),
    [(-HOUR, False), (timedelta(), False), (FOLLOWED_FOR, True), (FOLLOWED_FOR + HOUR, False)],
    ids=["before the note", "the change that was judged", "a week later", "later than that"],
)
def test_only_what_comes_after_the_note_and_within_a_week_counts(
    follow: Callable[..., Any], after: timedelta, counts: bool, now: datetime
) -> None:
    assert bool(follow({"comment": says(ANSWER), "at": now + after})) is counts


def test_the_first_correction_stands(follow: Callable[..., Any], past: Past, now: datetime) -> None:
    both = {"comment": says(ANSWER)}, {"comment": says(APOLOGY), "at": now + 2 * HOUR}
    kept = replace(past.findings[0], followed_by=Correction.REOPENED, followed_at=now)

    assert follow(*both) == {"TOLD": (Correction.ANSWERED, HOUR)}
    assert follow(*both, known=replace(past, findings=(kept,))) == {}


def test_an_answer_in_which_the_same_is_found_again_makes_nothing_good(
    follow: Callable[..., Any], make_finding: Callable[..., Finding]
) -> None:
    answer = {"comment": says(ANSWER)}

    assert follow(answer, found=(make_finding(policy="closed"),)) == {}
    assert follow(answer, found=(make_finding(policy="other"),))
