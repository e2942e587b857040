"""The shipped policies, judged on tickets nobody thought of: never a fault, always the same, on time by the clock."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import policies
from policies.engine import judge, recheck_at
from policies.loader import load
from policies.policy import PolicyError, Rulebook
from policies.ticket import (
    Change,
    Comment,
    CommentKind,
    Macro,
    Person,
    Role,
    Status,
    StatusMove,
    Ticket,
    Via,
    Visibility,
    clock_change,
)
from policies.verdict import Result
from service.policy_files import PROVEN, SHIPPED, proven, read_folder

sys.path.insert(0, str(Path(__file__).parent))
from prove import proven_now

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
ACTIVE = Path(policies.__file__).parent / "active"


@pytest.fixture(scope="module")
def shipped() -> Rulebook:
    return load({path.relative_to(ACTIVE).as_posix(): path.read_bytes() for path in ACTIVE.rglob("*.yaml")})


def test_every_shipped_policy_has_an_owner_and_tells_what_to_do_instead_and_when_it_is_wrong(shipped: Rulebook) -> None:
    assert shipped.policies
    assert all(policy.owner and policy.advice and policy.wrong_when for policy in shipped.policies)


def test_what_is_said_to_be_proven_was_proven_as_it_is_shipped() -> None:
    """Run tests/policies/prove.py after a pack was changed."""
    assert PROVEN.read_text("ascii").split() == proven_now()


def test_a_changed_pack_has_to_prove_itself_again() -> None:
    files = read_folder(SHIPPED)
    pack = "phrases/approval.en.yaml"
    files[pack] = files[pack].replace(b"yes: [", b'yes: ["Of no such thing a word. ", ', 1)

    with pytest.raises(PolicyError, match="does not find its own example"):
        load(files, proven=proven())


SENTENCES = st.sampled_from(
    ["Please take another look.", "Your account has been closed.", "thanks!", "Regards,\nReview Team", "> quoted", "?"]
)
TEXTS = st.lists(SENTENCES | st.text(st.characters(), max_size=20), max_size=5).map("\n".join)
PEOPLE = {role: Person(id=role.value, role=role, name=role.value) for role in Role if role is not Role.CLOCK}
COMMENTS = st.builds(
    Comment,
    id=st.just("c"),
    visibility=st.sampled_from(Visibility),
    text=TEXTS,
    html=st.none() | TEXTS,
    sender=st.sampled_from([None, "noreply@shop.example", "help@shop.example"]),
    kind=st.sampled_from(CommentKind),
)
MOVES = st.builds(
    StatusMove, before=st.none() | st.sampled_from(Status), after=st.sampled_from(Status), by_rule=st.booleans()
)
CHANGES = st.builds(
    Change,
    id=st.just("0"),
    at=st.just(START),
    actor=st.sampled_from(list(PEOPLE.values())),
    via=st.sampled_from(Via),
    comment=st.none() | COMMENTS,
    status=st.none() | MOVES,
    tags_added=st.lists(st.sampled_from(["account_terminated", "vip", ""]), max_size=2).map(tuple),
    macros=st.lists(st.builds(Macro, id=st.just("m"), title=TEXTS), max_size=1).map(tuple),
    is_own=st.booleans(),
)


@st.composite
def tickets(draw: st.DrawFn) -> Ticket:
    """A ticket with a few changes, some hours apart."""
    drawn = draw(st.lists(st.tuples(CHANGES, st.integers(0, 40)), min_size=1, max_size=5))
    at, changes = START, []
    for number, (change, hours) in enumerate(drawn):
        at += timedelta(hours=hours)
        fields = {name: getattr(change, name) for name in Change.__dataclass_fields__}
        changes.append(Change(**(fields | {"id": str(number), "at": at})))
    return Ticket(
        helpdesk="zendesk",
        account="acme",
        id="42",
        subject=draw(TEXTS),
        status=draw(st.sampled_from(Status)),
        requester=PEOPLE[Role.CUSTOMER],
        created_at=START,
        updated_at=at,
        changes=tuple(changes),
    )


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ticket=tickets())
def test_no_ticket_makes_a_shipped_policy_fail(shipped: Rulebook, ticket: Ticket) -> None:
    now = ticket.updated_at

    for change in (*ticket.changes, clock_change(now)):
        verdict = judge(shipped, ticket, change, now)

        assert verdict == judge(shipped, ticket, change, now)
        assert not [outcome for outcome in verdict.outcomes if outcome.result is Result.ERROR]
        assert all(finding.explanation for finding in verdict.findings)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ticket=tickets())
def test_when_the_clock_calls_there_is_something_to_find_once(shipped: Rulebook, ticket: Ticket) -> None:
    due = recheck_at(shipped, ticket, ticket.updated_at)

    found = judge(shipped, ticket, clock_change(due), due).findings if due else ()

    assert bool(found) == (due is not None)
    reported = {finding.id for finding in found}
    assert due is None or recheck_at(shipped, ticket, due, reported=reported) != due
