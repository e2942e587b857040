"""How far a policy goes on the tickets of a group or brand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from policies.engine import judge, recheck_at
from policies.loader import load
from policies.policy import Rulebook
from policies.ticket import Change, Comment, Person, Role, Status, Ticket, Via, Visibility
from policies.verdict import Mode

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
POLICIES = """
format: 1
pack: p
policies:
  - id: replies
    title: A reply
    why: So that something is found.
    mode: note
    when: {change.is_public_reply: true}
    tests:
      - {name: a reply, given: {change.is_public_reply: true}, expect: violation}
      - {name: a note, given: {change.is_public_reply: false}, expect: pass}
  - id: waits
    title: The customer waits
    why: A day is long.
    mode: note
    applies_to: {actor.role: clock}
    when: {ticket.hours_open: {gte: 24}}
    tests:
      - {name: waits, given: {actor.role: clock, ticket.hours_open: 25}, expect: violation}
      - {name: is new, given: {actor.role: clock, ticket.hours_open: 3}, expect: pass}
"""
MODES = """
format: 1
modes:
  replies:
    event: observe
    groups: {Billing: block, Leads: {event: note}}
    brands: {Outlet: note}
  waits: {groups: {Billing: disabled}}
"""
REPLY = Change(
    id="7",
    at=NOW,
    actor=Person(id="a", role=Role.AGENT),
    via=Via.WEB,
    comment=Comment(id="m", visibility=Visibility.PUBLIC, text="Hello."),
)
TICKET = Ticket(
    helpdesk="zendesk",
    account="acme",
    id="42",
    subject="Books",
    status=Status.OPEN,
    requester=Person(id="c", role=Role.CUSTOMER),
    created_at=NOW - timedelta(hours=1),
    updated_at=NOW,
    changes=(REPLY,),
)


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return load({"p.yaml": POLICIES.encode(), "modes.yaml": MODES.encode()})


@pytest.mark.parametrize(
    ("place", "mode"),
    [
        ({}, Mode.OBSERVE),
        ({"group_id": "1", "group": "Sales"}, Mode.OBSERVE),
        ({"group_id": "1", "group": "Billing"}, Mode.BLOCK),
        ({"group_id": "1", "group": " billing"}, Mode.BLOCK),
        ({"group_id": "1", "group": "Leads"}, Mode.NOTE),
        ({"brand_id": "2", "brand": "Outlet"}, Mode.NOTE),
        ({"group_id": "1", "group": "Billing", "brand_id": "2", "brand": "Outlet"}, Mode.NOTE),
        ({"group_id": "1"}, Mode.OBSERVE),
        ({"group_id": "1", "group": "Billing", "brand_id": "2"}, Mode.OBSERVE),
    ],
    ids=[
        "nowhere", "in another group", "in the group", "however it is written", "in another with a mode",
        "of the brand", "the lower of both", "a group without a name", "a brand without a name",
    ],
)  # fmt: skip
def test_the_group_and_brand_of_a_ticket_may_have_a_mode_of_their_own(
    rulebook: Rulebook, place: dict[str, str], mode: Mode
) -> None:
    """What cannot be told goes no further than it would anywhere."""
    verdict = judge(rulebook, replace(TICKET, **place), REPLY, NOW)

    assert {one.policy: one.mode for one in verdict.findings} == {"replies": mode}
    assert {one.mode for one in verdict.outcomes if one.policy == "replies"} == {mode}


def test_a_replay_knows_the_place_from_the_facts(rulebook: Rulebook) -> None:
    verdict = judge(rulebook, replace(TICKET, group_id="1", group="Billing"), REPLY, NOW)

    assert (verdict.facts["ticket.group"], verdict.facts["ticket.brand"]) == ("Billing", "")


def test_where_a_policy_is_disabled_the_clock_does_not_look_for_it(rulebook: Rulebook) -> None:
    assert recheck_at(rulebook, TICKET, NOW) == NOW + timedelta(hours=23, seconds=1)
    assert recheck_at(rulebook, replace(TICKET, group_id="1", group="Billing"), NOW) is None
