"""Apps ask only where a policy could have something to say, and know what to do if no answer comes."""

from datetime import UTC, datetime

import pytest

from policies.facts import FACTS
from policies.loader import load
from policies.policy import Rulebook
from policies.reading import Moment
from policies.ticket import Change, Comment, Person, Role, Status, Ticket, Via, Visibility
from policies.verdict import Mode
from service.enforcement import Limits
from service.gate_plan import KINDS, Plan, is_about_reply, plan_of, unchecked_of
from service.paused import Halt, Paused
from service.policy_files import SHIPPED, load_folder

BLOCK = Limits(ceiling=Mode.BLOCK)
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def shipped() -> Rulebook:
    return load_folder(SHIPPED)


def house(policy: str, mode: str = "block") -> Rulebook:
    given = f"actor.role: {'customer' if 'customer' in policy else 'agent'}, ticket.channel: chat"
    text = f"""
format: 1
pack: house
policies:
  - id: p
    title: t
    why: w
    mode: {mode}
    unchecked: block
    {policy}
    tests:
      - {{name: yes, given: {{{given}, change.solves: true, change.tags_added: [vip]}}, expect: violation}}
      - {{name: no, given: {{{given}, change.solves: false, change.tags_added: []}}, expect: pass}}
"""
    return load({"house.yaml": text.encode()})


SOLVES = "when: {change.solves: true}"
TAGS = "when: {change.tags_added: {contains: vip}}"


def asked(rulebook: Rulebook, limits: Limits = BLOCK) -> set[str]:
    return {kind for kind, plan in plan_of(rulebook, limits).items() if plan.ask}


def test_of_the_shipped_policies_none_has_a_word_for_notes_and_plain_properties(shipped: Rulebook) -> None:
    assert asked(shipped) == {"public_reply", "solve", "tags"}
    assert {plan.unchecked for plan in plan_of(shipped, BLOCK).values()} == {"allow"}


@pytest.mark.parametrize(
    ("policy", "kinds"),
    [
        (SOLVES, {"solve"}),
        (TAGS, {"public_reply", "solve", "tags"}),
        (f"applies_to: {{actor.role: customer}}\n    {SOLVES}", set()),
        ("applies_to: {ticket.channel: chat}\n    when: {any: [{change.solves: true}]}", {"solve"}),
    ],
)
def test_what_is_not_surely_out_of_the_question_is_asked(policy: str, kinds: set[str]) -> None:
    assert asked(house(policy)) == kinds


def test_a_policy_that_observes_is_not_asked_about_and_an_account_that_observes_is(shipped: Rulebook) -> None:
    """The one is tried by the webhooks; the other wants to see what the gate would say."""
    assert asked(house(SOLVES, mode="observe")) == set()
    assert asked(shipped, Limits(ceiling=Mode.OBSERVE)) == asked(shipped)


@pytest.mark.parametrize(
    ("limits", "unchecked"),
    [
        (BLOCK, "block"),
        (Limits(ceiling=Mode.NOTE), "allow"),
        (Limits(ceiling=Mode.BLOCK, kill_switch=True), "allow"),
        (Limits(ceiling=Mode.BLOCK, paused=Paused(policies={"p": Halt(since=NOW)})), "allow"),
    ],
)
def test_a_policy_closes_the_gate_unchecked_only_where_it_could_block(limits: Limits, unchecked: str) -> None:
    rulebook = house(SOLVES)

    assert plan_of(rulebook, limits)["solve"] == Plan(ask=True, unchecked=unchecked)  # type: ignore[arg-type]
    assert unchecked_of(rulebook, limits, ["public_reply", "solve"]) == unchecked
    assert unchecked_of(rulebook, limits, ["internal_note"]) == "allow"
    assert unchecked_of(house(SOLVES, mode="note"), limits, KINDS) == "allow"


@pytest.mark.parametrize("visibility", [None, Visibility.INTERNAL])
def test_each_yes_or_no_about_a_reply_is_no_without_one(shipped: Rulebook, visibility: Visibility | None) -> None:
    """On this the plan rests: else an app would keep silent where it should ask."""
    maya, tom = Person(id="c", role=Role.CUSTOMER), Person(id="a", role=Role.AGENT)
    words = "You closed my account. Please look at it again! Is the student discount gone?"
    said = Comment(id="1", visibility=Visibility.PUBLIC, text=words)
    opening = Change(id="1", at=NOW, actor=maya, via=Via.WEB, comment=said)
    note = Comment(id="2", visibility=visibility, text="We have closed your account for good.") if visibility else None
    draft = Change(id="2", at=NOW, actor=tom, via=Via.WEB, comment=note)
    ticket = Ticket(
        helpdesk="zendesk",
        account="acme",
        id="42",
        subject="My books",
        status=Status.OPEN,
        requester=maya,
        created_at=NOW,
        updated_at=NOW,
        changes=(opening,),
    )
    moment = Moment(ticket=ticket, change=draft, now=NOW, phrases=shipped.phrases)

    assert {fact.name: fact.read(moment).value for fact in FACTS.values() if is_about_reply(fact)} == {
        name: False for name, fact in FACTS.items() if is_about_reply(fact)
    }
