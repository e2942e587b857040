from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.policy import All, Place, Policy, Rulebook
from policies.ticket import Change, Comment, Person, Role, Ticket
from policies.verdict import Mode, Point, Severity
from service.commands import Sender, answer, commands_in, parse
from service.store.records import CommandKind, StoredFinding

PLACE = Place(source="p.yaml", line=1, column=1)
LINES = [
    ("#ombuds wrong F7K2QX she agreed on the phone", CommandKind.WRONG, "F7K2QX", "she agreed on the phone"),
    ("  #Ombuds APPROVE f7k2qx fine", CommandKind.APPROVE, "F7K2QX", "fine"),
    ("#ombuds wrong F7K2QX", CommandKind.WRONG, "F7K2QX", ""),
    ("#ombuds aprove F7K2QX yes", CommandKind.UNKNOWN, "F7K2QX", "yes"),
    ("#ombuds", CommandKind.UNKNOWN, "", ""),
]


@pytest.mark.parametrize(("text", "kind", "finding_id", "reason"), LINES)
def test_a_command_is_a_line_of_its_own(text: str, kind: CommandKind, finding_id: str, reason: str) -> None:
    (command,) = parse(text)

    assert (command.kind, command.finding_id, command.reason) == (kind, finding_id, reason)


def test_letters_that_look_like_digits_are_read_as_digits() -> None:
    (command,) = parse("#ombuds wrong <foil12>: really")

    assert command.finding_id == "F01112"


@pytest.mark.parametrize(
    "text", ["", "see #ombuds wrong F1 x", "> #ombuds approve F1 x", "#ombudsman wrong F1 x", "ombuds wrong F1 x"]
)
def test_other_text_is_no_command(text: str) -> None:
    assert parse(text) == ()


def test_several_commands_are_read_in_order_and_not_without_end() -> None:
    assert [command.finding_id for command in parse("#ombuds wrong A1 x\r\n#ombuds wrong B1 y")] == ["A1", "B1"]
    assert len(parse("#ombuds wrong A x\n" * 1000)) == 20


@settings(max_examples=100)
@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    parse(text)
    parse("#ombuds " + text)


def test_only_an_agents_internal_note_commands(
    make_ticket: Callable[..., Ticket], make_change: Callable[..., Change], make_comment: Callable[..., Comment]
) -> None:
    text = "#ombuds wrong F7K2QX reason"
    internal, public = make_comment(text, is_public=False), make_comment(text)
    customer = Person(id="c1", role=Role.CUSTOMER)
    employee_as_customer = Person(id="c1", role=Role.AGENT)
    ticket = make_ticket()

    assert len(commands_in(ticket, make_change(comment=internal))) == 1
    assert commands_in(ticket, make_change(comment=public)) == ()
    assert commands_in(ticket, make_change(comment=internal, actor=customer)) == ()
    assert commands_in(ticket, make_change(comment=internal, actor=employee_as_customer)) == ()
    assert commands_in(ticket, make_change(comment=internal, is_own=True)) == ()
    assert commands_in(ticket, make_change()) == ()


def rulebook(*, overridable: bool = True, approvers: tuple[str, ...] = ("Leads",)) -> Rulebook:
    policy = Policy(
        id="closed",
        title="t",
        why="w",
        severity=Severity.HIGH,
        modes={Point.EVENT: Mode.NOTE},
        applies_to=All(parts=(), place=PLACE),
        when=All(parts=(), place=PLACE),
        overridable=overridable,
        place=PLACE,
    )
    return Rulebook(policies=(policy,), lists={"approver_groups": approvers} if approvers else {})


RULES = [
    ("wrong F00001 no", Mode.NOTE, rulebook(), "a1", "", None),
    ("wrong F00001 no", Mode.BLOCK, rulebook(), "a1", "", None),
    ("wrong F00001", Mode.NOTE, rulebook(), "a1", "", "Please add why"),
    ("wrong F99999 no", Mode.NOTE, rulebook(), "a1", "", "There is no finding F99999"),
    ("dance F00001 no", Mode.NOTE, rulebook(), "a1", "", "The commands are approve, override and wrong"),
    ("override F00001 no", Mode.NOTE, rulebook(), "a1", "", None),
    ("override F00001 no", Mode.BLOCK, rulebook(), "a1", "", "needs a second look"),
    ("override F00001 no", Mode.NOTE, rulebook(overridable=False), "a1", "", "needs a second look"),
    ("approve F00001 no", Mode.BLOCK, rulebook(), "a2", "leads", None),
    ("approve F00001 no", Mode.BLOCK, rulebook(), "a1", "leads", "another pair of eyes"),
    ("approve F00001 no", Mode.BLOCK, rulebook(), "a2", "support", "is for members of Leads"),
    ("approve F00001 no", Mode.BLOCK, rulebook(approvers=()), "a2", "leads", "Nobody can approve yet"),
]


@pytest.mark.parametrize(("text", "mode", "rules", "by", "group", "refusal"), RULES)
def test_who_may_answer_what(
    *,
    make_change: Callable[..., Change],
    now: datetime,
    text: str,
    mode: Mode,
    rules: Rulebook,
    by: str,
    group: str,
    refusal: str | None,
) -> None:
    finding = StoredFinding(
        id="F00001", policy="closed", change_id="1", actor_id="a1", mode=mode, action_id=None, recorded_at=now
    )
    sender = Sender(person=Person(id=by, role=Role.AGENT), groups=frozenset({group}))

    (given_answer,) = answer(parse(f"#ombuds {text}"), make_change("9"), sender, {"F00001": finding}, rules, now)

    assert given_answer.id == "9:0"
    if refusal is None:
        assert given_answer.refusal is None
    else:
        assert refusal in (given_answer.refusal or "")
