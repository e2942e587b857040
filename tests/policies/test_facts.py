"""The registry, and the facts that are read straight off a change and its ticket."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from policies.facts import FACTS, registry
from policies.loader import load
from policies.reading import Fact, FactType, Moment, Reading
from policies.ticket import (
    Change,
    Channel,
    Comment,
    CommentKind,
    Macro,
    Person,
    Role,
    Standing,
    Status,
    StatusMove,
    Ticket,
    Via,
    Visibility,
    clock_change,
)
from policies.verdict import Evidence, Point, Value

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
AGENT = Person(id="a", role=Role.AGENT, name="Ann", email="ann@shop.example")
CUSTOMER = Person(id="c", role=Role.CUSTOMER)
CHANGE = Change(id="5", at=NOW, actor=AGENT, via=Via.WEB)
TICKET = Ticket(
    helpdesk="zendesk",
    account="acme",
    id="42",
    subject="Where is my book?",
    status=Status.OPEN,
    requester=CUSTOMER,
    created_at=NOW - timedelta(hours=5),
    updated_at=NOW,
    channel=Channel.EMAIL,
    changes=(CHANGE,),
)


def read(name: str, change: Change = CHANGE, ticket: Ticket = TICKET, now: datetime = NOW) -> Value:
    return FACTS[name].read(Moment(ticket=ticket, change=change, now=now)).value


def moved(before: Status | None, after: Status, *, by_rule: bool = False) -> Change:
    return replace(CHANGE, status=StatusMove(before=before, after=after, by_rule=by_rule))


def test_every_fact_stands_in_the_registry_under_its_own_name() -> None:
    assert all(name == fact.name for name, fact in FACTS.items())
    assert {"actor.role", "change.solves", "ticket.hours_open"} <= set(FACTS)


def test_two_facts_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match=r"actor\.role"):
        registry(FACTS.values(), [FACTS["actor.role"]])


@pytest.mark.parametrize("fact", FACTS.values(), ids=lambda fact: fact.name)
def test_every_fact_is_documented_for_the_admin(fact: Fact) -> None:
    assert fact.means.endswith(".")
    assert fact.means[0].isupper()
    assert fact.unknown
    assert fact.name in fact.example
    assert bool(fact.choices) == (fact.type is FactType.CHOICE)
    assert bool(fact.said[0] and fact.said[1]) == (fact.type is FactType.BOOL)


@pytest.mark.parametrize("fact", FACTS.values(), ids=lambda fact: fact.name)
def test_every_example_is_a_condition_the_loader_reads(fact: Fact) -> None:
    lists = ", ".join(f"{word.rstrip('}')}: [a]" for word in fact.example.split("matches_list: ")[1:])
    example = (
        "format: 1\npack: p\npolicies:\n  - {id: a, title: t, why: w, mode: note, applies_to: {actor.role: system}, "
        f"when: {fact.example}, tests: "
        "[{name: n, given: {actor.role: agent}, expect: skipped}]}\n"
        f"lists: {{{lists}}}\n"
    )
    with pytest.raises(Exception, match="has no test that expects") as refused:
        load({"p.yaml": example.encode()})

    assert len(refused.value.problems) == 2  # type: ignore[attr-defined]


@pytest.mark.parametrize("fact", FACTS.values(), ids=lambda fact: fact.name)
@pytest.mark.parametrize("point", Point)
def test_every_fact_can_be_read_on_the_barest_change(fact: Fact, point: Point) -> None:
    bare = replace(TICKET, changes=())
    kinds: dict[FactType, type | tuple[type, ...]] = {FactType.BOOL: bool, FactType.COUNT: int, FactType.TEXTS: tuple}

    for change in (CHANGE, clock_change(NOW), replace(CHANGE, actor=CUSTOMER)):
        reading = fact.read(Moment(ticket=bare, change=change, now=NOW, point=point))

        assert isinstance(reading, Reading)
        assert reading.value is None or isinstance(reading.value, kinds.get(fact.type, (int, float, str)))
        assert not fact.choices or reading.value is None or reading.value in fact.choices


SOLVES = [
    (moved(Status.OPEN, Status.SOLVED), True),
    (moved(Status.HOLD, Status.CLOSED), True),
    (moved(Status.SOLVED, Status.CLOSED), False),
    (moved(Status.SOLVED, Status.OPEN), False),
    (moved(Status.OPEN, Status.SOLVED, by_rule=True), False),
    (moved(None, Status.SOLVED), True),
    (moved(None, Status.CLOSED), None),
    (CHANGE, False),
]


@pytest.mark.parametrize(("change", "solves"), SOLVES)
def test_a_change_solves_if_its_actor_took_the_ticket_from_not_done_to_done(
    change: Change, solves: bool | None
) -> None:
    assert read("change.solves", change, replace(TICKET, changes=(change,))) is solves


def test_a_status_the_helpdesk_does_not_tell_is_taken_from_the_past() -> None:
    solved = replace(moved(Status.OPEN, Status.SOLVED), id="4")
    closed = moved(None, Status.CLOSED)

    assert read("change.solves", closed, replace(TICKET, changes=(solved, closed))) is False


def comment(**fields: object) -> Change:
    told: dict[str, object] = {"id": "1", "visibility": Visibility.PUBLIC, "text": "Hello"}
    return replace(CHANGE, comment=Comment(**(told | fields)))  # type: ignore[arg-type]


PUBLIC = [
    (comment(), True),
    (replace(comment(), actor=CUSTOMER), True),
    (replace(comment(), actor=Person(id="r", role=Role.AUTOMATION)), False),
    (comment(visibility=Visibility.INTERNAL), False),
    (comment(kind=CommentKind.AUTO_REPLY), False),
    (CHANGE, False),
]


@pytest.mark.parametrize(("change", "is_public"), PUBLIC)
def test_a_public_reply_is_a_persons_message_the_customer_can_read(change: Change, is_public: bool) -> None:
    assert read("change.is_public_reply", change) is is_public


STRAIGHT = [
    ("actor.role", CHANGE, "agent"),
    ("actor.role", clock_change(NOW), "clock"),
    ("actor.name", CHANGE, "Ann"),
    ("actor.name", replace(CHANGE, actor=CUSTOMER), None),
    ("actor.email", CHANGE, "ann@shop.example"),
    ("actor.email", replace(CHANGE, actor=CUSTOMER), None),
    ("change.via", CHANGE, "web"),
    ("change.status_to", moved(None, Status.PENDING), "pending"),
    ("change.status_to", CHANGE, "unchanged"),
    ("change.tags_added", replace(CHANGE, tags_added=("x",)), ("x",)),
    ("change.tags_removed", replace(CHANGE, tags_removed=("y",)), ("y",)),
    ("change.macros", replace(CHANGE, macros=(Macro(id="7", title="Bye"),)), ("Bye",)),
    ("change.rule", CHANGE, ""),
    ("change.rule", replace(CHANGE, rule="Auto-close"), "Auto-close"),
    ("change.rule", replace(CHANGE, actor=Person(id="r", role=Role.AUTOMATION)), None),
    ("ticket.channel", CHANGE, "email"),
    ("ticket.subject", CHANGE, "Where is my book?"),
    ("ticket.standing", CHANGE, "live"),
    ("ticket.is_follow_up", CHANGE, False),
]


@pytest.mark.parametrize(("name", "change", "value"), STRAIGHT)
def test_facts_say_what_the_change_says(name: str, change: Change, value: Value) -> None:
    assert read(name, change) == value


def test_used_macros_and_tags_are_evidence() -> None:
    change = replace(CHANGE, macros=(Macro(id="7", title="Account::Terminate"),))

    reading = FACTS["change.macros"].read(Moment(ticket=TICKET, change=change, now=NOW))

    assert reading.evidence == (Evidence(text="Account::Terminate", change_id="5"),)


def test_the_ticket_is_told_as_the_change_left_it_not_as_it_is_now() -> None:
    later = (
        replace(moved(Status.PENDING, Status.OPEN), id="6", tags_added=("new",)),
        replace(moved(Status.OPEN, Status.SOLVED), id="7", tags_removed=("old",)),
    )
    ticket = replace(TICKET, status=Status.SOLVED, tags=("new", "kept"), changes=(CHANGE, *later))

    assert (read("ticket.status", CHANGE, ticket), read("ticket.tags", CHANGE, ticket)) == ("pending", ("kept", "old"))
    assert read("ticket.status", later[0], ticket) == "open"
    assert read("ticket.status", clock_change(NOW + timedelta(hours=1)), ticket) == "solved"


def test_a_tag_that_came_and_went_later_was_not_there() -> None:
    later = (replace(CHANGE, id="6", tags_added=("brief",)), replace(CHANGE, id="7", tags_removed=("brief",)))

    assert read("ticket.tags", CHANGE, replace(TICKET, changes=(CHANGE, *later))) == ()


def test_a_status_that_was_left_unseen_is_unknown() -> None:
    ticket = replace(TICKET, changes=(CHANGE, replace(moved(None, Status.SOLVED), id="6")))

    assert read("ticket.status", CHANGE, ticket) is None


def test_a_draft_counts_as_if_it_had_happened() -> None:
    draft = replace(moved(None, Status.SOLVED), id="draft", tags_added=("bye",))

    assert read("ticket.status", draft) == "solved"
    assert read("ticket.tags", draft) == ("bye",)


def test_the_age_of_a_ticket_stands_still_for_a_change_and_runs_for_the_clock() -> None:
    later = NOW + timedelta(hours=3)

    assert read("ticket.hours_open", CHANGE, now=later) == 5
    assert read("ticket.hours_open", clock_change(NOW), now=later) == 8


def test_where_a_ticket_stands_is_told() -> None:
    assert read("ticket.standing", ticket=replace(TICKET, standing=Standing.MERGED)) == "merged"
    assert read("ticket.is_follow_up", ticket=replace(TICKET, follows="41")) is True
