"""Which words of policy files are names that the helpdesk gave, and where they stand."""

from connectors.helpdesk import Named
from policies.facts import FACTS
from policies.policy import Place
from policies.reading import FactType
from service.named import KINDS, missing, named_in
from service.policy_files import SHIPPED, load_folder

NAMES_OF_OTHERS = {
    "actor.name", "actor.email", "change.rule", "reply.language", "reply.topic",
    "bulletin.id", "bulletin.title", "bulletin.answer",
}  # fmt: skip
"""Texts that no list of the helpdesk's holds, or that we made ourselves."""


def names(content: str) -> list[tuple[Named, tuple[str, ...], int]]:
    return [(one.kind, one.texts, one.place.line) for one in named_in({"a.yaml": content})]


def test_every_fact_of_short_texts_is_known_to_be_a_name_or_none() -> None:
    """A new fact is asked for in helpdesks, or somebody decided that it cannot be."""
    short = {fact.name for fact in FACTS.values() if fact.type in (FactType.TEXT, FactType.TEXTS)}

    assert short == KINDS.keys() | NAMES_OF_OTHERS


def test_tags_that_are_taken_off_and_tags_of_exceptions_are_names() -> None:
    pack = "policies:\n  - do:\n      block: {tags: [new], remove_tags: [old]}\n"
    exceptions = "exceptions:\n  - match:\n      ticket.tag: [vip, press]\n      actor.email: a@b.example\n"

    assert names(pack) == [(Named.TAG, ("old",), 3)]
    assert names(exceptions) == [(Named.TAG, ("vip",), 3), (Named.TAG, ("press",), 3)]


def test_of_tags_taken_off_that_are_a_net_one_is_enough() -> None:
    pack = "policies:\n  - do:\n      block: {remove_tags: [ban_*, banned]}\n"
    found = named_in({"a.yaml": pack})

    assert missing(found, {Named.TAG: frozenset({"banned"})}, "zendesk/acme") == []
    assert [str(one) for one in missing(found, {Named.TAG: frozenset({"vip"})}, "zendesk/acme")] == [
        "a.yaml:3:28: warning: nothing in this list fits a tag that zendesk/acme lists. Add the names of your account.",
        "a.yaml:3:36: warning: zendesk/acme lists no tag `banned`. It has: vip.",
    ]


def test_a_list_is_of_the_kind_of_the_facts_that_are_held_against_it() -> None:
    pack = (
        "policies:\n  - unless: {all: [{ticket.tags: {matches_list: used}}]}\n"
        "    tests: [{given: {ticket.tags: [example]}}]\n"
        "lists:\n  used: [one, two*]\n  unused: [three]\n  approver_groups: [four]\n"
    )

    assert names(pack) == [
        (Named.TAG, ("one", "two*"), 5),
        (Named.TAG, ("one",), 5),
        (Named.GROUP, ("four",), 7),
    ]


def test_what_could_not_be_asked_is_not_missing() -> None:
    found = named_in({"a.yaml": "policies: [{do: {block: {group: review}}}]"})

    assert missing(found, {Named.TAG: frozenset()}, "zendesk/acme") == []
    (problem,) = missing(found, {Named.GROUP: frozenset({"360001", "REVIEWS"})}, "zendesk/acme")
    assert problem.place == Place(source="a.yaml", line=1, column=33)
    assert str(problem).endswith("warning: zendesk/acme lists no group `review`. Did you mean `REVIEWS`?")


def test_a_group_may_be_named_by_its_id() -> None:
    found = named_in({"a.yaml": 'policies: [{do: {block: {group: "360001"}}}]'})

    assert missing(found, {Named.GROUP: frozenset({"360001", "Reviews"})}, "zendesk/acme") == []


def test_groups_and_brands_with_modes_of_their_own_are_names() -> None:
    groups, brands = "    groups: {Billing: block}\n", "    brands: {Outlet: {draft: note}}\n"
    modes = f"modes:\n  quick: note\n  slow:\n    event: note\n{groups}{brands}"

    assert names(modes) == [(Named.GROUP, ("Billing",), 5), (Named.BRAND, ("Outlet",), 6)]


def test_the_shipped_policies_name_something_of_every_kind_but_brands() -> None:
    assert {one.kind for one in named_in(load_folder(SHIPPED).sources)} == set(Named) - {Named.BRAND}
