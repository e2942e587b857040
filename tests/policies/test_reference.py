"""The reference tells an admin what a policy is for, when it speaks up and when it is wrong."""

import pytest

from policies.facts import FACTS
from policies.loader import load
from policies.policy import Policy
from policies.reference import page, reference
from service.policy_files import SHIPPED, read_folder

PACK = b"""
format: 1
pack: letters
owner: support
policies:
  - id: cold-letter
    title: The letter is cold
    why: It hurts.
    wrong_when: The customer asked for a formal letter.
    severity: low
    mode: note
    at: {draft: block}
    applies_to: {actor.role: agent}
    when:
      any:
        - {change.macros: {matches_list: cold_macros}}
        - all:
            - not: {thread.customer_agreed: true}
            - {thread.hours_since_customer: {gte: 2d}}
    unless: {change.via: {in: [merge, spam]}}
    do:
      note: {advice: Write it warmly.}
      block: {reopen: true, tags: [seen], remove_tags: ["cold*"], group: review}
    tests:
      - name: a macro
        given: {actor.role: agent, change.macros: [Cold], change.via: web, thread.customer_agreed: true}
        expect: violation
      - {name: agreed, given: {actor.role: agent, change.macros: [], thread.customer_agreed: true}, expect: pass}
lists:
  cold_macros: [Cold, Colder]
"""


@pytest.fixture
def policy() -> Policy:
    return load({"letters.yaml": PACK}).policies[0]


def test_a_page_tells_all_that_its_policy_holds(policy: Policy) -> None:
    assert page(policy).split("\n") == [
        "## The letter is cold",
        "",
        "`cold-letter`",
        "",
        "It hurts.",
        "",
        "- mode: block before it is sent, note after the event",
        "- phrases that may block: narrow ones only",
        "- a draft that could not be judged in time: allow",
        "- severity: low; status: stable",
        "- pack: letters; owner: support",
        "",
        "### Judged where",
        "",
        "- `actor.role` is agent",
        "",
        "### Flagged when",
        "",
        "- any of:",
        "  - `change.macros` is in the list `cold_macros` (2 entries)",
        "  - all of:",
        "    - not:",
        "      - `thread.customer_agreed` is true",
        "    - `thread.hours_since_customer` is at least 48 hours",
        "",
        "### Excused when",
        "",
        "- `change.via` is one of merge, spam",
        "",
        "### This is wrong when",
        "",
        "The customer asked for a formal letter.",
        "",
        "### What would help",
        "",
        "Write it warmly.",
        "",
        "### What a block does",
        "",
        "- the ticket is opened again",
        "- tags that the change put on are taken off: `cold*`",
        "- tags are put on: `seen`",
        "- the ticket goes to the group `review`",
        "",
        "### Examples",
        "",
        "- a macro: violation",
        "- agreed: pass",
        "",
    ]


def test_the_reference_names_every_shipped_policy_and_every_fact() -> None:
    rulebook = load(read_folder(SHIPPED))

    written = reference(rulebook)

    assert all(f"\n`{policy.id}`\n" in written for policy in rulebook.policies)
    assert all(f"\n## `{name}`\n" in written for name in FACTS)


def test_a_page_tells_business_time_from_time_by_the_clock() -> None:
    pages = {policy.id: page(policy) for policy in load(read_folder(SHIPPED)).policies}

    assert (
        "`thread.business_hours_reconsideration_waits` is at least 1 business days"
        in pages["unanswered-reconsideration"]
    )
    assert "`thread.hours_since_agent_question` is less than 72 hours" in pages["closed-without-agreement"]
