"""A proposal of exceptions and its file: what is chosen among many hits, and that it is read back as it was meant."""

from datetime import UTC, date, datetime

import pytest

from policies.exception_files import MAX_EXCEPTIONS
from policies.loader import load
from policies.policy import PolicyError, Rulebook
from policies.verdict import Mode, Outcome, Point, Result, Verdict
from service.proposal_file import written
from service.proposing import Hits, Proposal, propose
from service.replay import Difference, Kind
from service.store.records import StoredDecision, TicketKey

POLICY = """\
  - id: {id}
    title: an agent solved the ticket
    why: To have something to find.
    mode: note
    when: {{change.solves: true}}
    exceptable_by: [{field}]
    tests:
      - {{name: solves, given: {{change.solves: true}}, expect: violation}}
      - {{name: writes, given: {{change.solves: false}}, expect: pass}}
"""
PACK = "format: 1\npack: p\npolicies:\n" + "".join(
    POLICY.format(id=name, field=field) for name, field in {"by-ticket": "ticket.id", "by-tag": "ticket.tag"}.items()
)
TODAY = date(2026, 3, 2)


def hit(number: int, policy: str, tags: tuple[str, ...], *, ticket: str = "", is_new: bool = True) -> Hits:
    """What comes of a single decision."""
    hits = Hits(policies={one.id: one for one in load({"p.yaml": PACK.encode()}).policies})
    add(hits, number, policy, tags, ticket=ticket, is_new=is_new)
    return hits


def add(hits: Hits, number: int, policy: str, tags: tuple[str, ...], *, ticket: str = "", is_new: bool = True) -> None:
    at = datetime(2026, 3, 2, 12, tzinfo=UTC)
    key = TicketKey(helpdesk="zendesk", account="acme", id=ticket or str(number))
    outcome = Outcome(
        policy=policy, result=Result.PASS if is_new else Result.VIOLATION, mode=Mode.NOTE, explanation="So."
    )
    told = Verdict(
        change_id="1", point=Point.EVENT, at=at, revision="r", outcomes=(outcome,), facts={"ticket.tags": tags}
    )
    new = Difference(policy=policy, kind=Kind.NEW, decision=number, ticket=key, change_id="1", reason="So.")
    hits.add(StoredDecision(id=number, ticket=key, recorded_at=at, verdict=told), (new,) if is_new else ())


def proposal(hits: Hits, ttl_days: int = 30) -> Proposal:
    return propose(hits, load({"p.yaml": PACK.encode()}), today=TODAY, ttl_days=ttl_days)


def filled(one: Proposal, reason: str = "Known.") -> Rulebook:
    text = written(one, today=TODAY, approver="Amara", reason=reason)
    return load({"p.yaml": PACK.encode(), "x.yaml": text.encode()})


@pytest.mark.parametrize(
    "value",
    [
        '"',
        "#a: [b]",
        "no",
        "2026-03-02",
        "a\nb",
        "ü\u202eb",
        "\U0001f600",
        "\x07",
        " a ",
        "'",
        "\\n",
        "\u2028x",
        "{{}}",
    ],
)
def test_whatever_a_value_looks_like_it_is_read_back_as_it_was(value: str) -> None:
    told = filled(proposal(hit(1, "by-tag", (value,), ticket=f"{value}\n- x")), reason=value + "!")

    assert [(one.match, one.reason) for one in told.exceptions] == [({"ticket.tag": (value,)}, value + "!")]


def test_nothing_that_does_not_show_gets_into_the_file() -> None:
    """A letter that turns text around would make the approver read something else."""
    told = proposal(hit(1, "by-tag", ("a\u202eb",), ticket="1\u202e2\u200b"))

    text = written(told, today=TODAY, approver="A\u2066", reason="B\u0085")
    assert all(letter.isprintable() or letter == "\n" for letter in text)


def test_a_value_that_no_exception_may_hold_is_told() -> None:
    told = proposal(hit(1, "by-tag", ("sale*", " ")))

    assert told.exceptions == ()
    assert [one.refusal.why for one in told.refused] == ["ticket.tag cannot be written into an exception"]
    with pytest.raises(PolicyError, match="compared as it stands"):
        filled_by_hand("sale*")


def filled_by_hand(tag: str) -> Rulebook:
    text = written(proposal(hit(1, "by-tag", ("sale",))), today=TODAY, approver="Amara", reason="Known.")
    return load({"p.yaml": PACK.encode(), "x.yaml": text.replace('"sale"', f'"{tag}"').encode()})


def test_what_would_let_pass_more_than_the_new_hits_says_so() -> None:
    hits = hit(1, "by-tag", ("sale",))
    add(hits, 2, "by-tag", ("sale",), is_new=False)

    told = written(proposal(hits), today=TODAY)

    assert "ticket 1. It would let pass 1 more that are flagged today as well.\n" in told


def test_of_several_tags_it_names_the_one_under_which_nothing_is_flagged_today() -> None:
    hits = hit(1, "by-tag", ("common", "rare"))
    add(hits, 2, "by-tag", ("common", "seldom"))
    add(hits, 3, "by-tag", ("common",), is_new=False)

    assert [one.target.value for one in proposal(hits).exceptions] == ["rare", "seldom"]


def test_of_several_tags_it_names_the_one_that_most_new_hits_share() -> None:
    hits = hit(1, "by-tag", ("common", "a"))
    add(hits, 2, "by-tag", ("common", "b"))

    assert [(one.target.value, one.new) for one in proposal(hits).exceptions] == [("common", 2)]


def test_more_than_a_set_may_hold_are_told_and_left_out() -> None:
    hits = hit(0, "by-ticket", ())
    for number in range(1, MAX_EXCEPTIONS + 2):
        add(hits, number, "by-ticket", ())

    told = proposal(hits)

    assert len(filled(told).exceptions) == MAX_EXCEPTIONS
    assert [(one.new, one.refusal.policy) for one in told.refused] == [(2, "by-ticket")]


def test_an_id_that_is_taken_is_not_given_again() -> None:
    hits = hit(1, "by-tag", ("sale",))
    first = filled(proposal(hits))

    again = propose(hits, first, today=TODAY, ttl_days=30)

    assert [one.id for one in first.exceptions] == ["by-tag-20260302-1"]
    assert [one.id for one in again.exceptions] == ["by-tag-20260302-2"]
