"""What a rulebook says of one change: order, modes, doubt, evidence, faults."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.engine import judge
from policies.facts import registry
from policies.phrases import Tier
from policies.policy import All, Any, Condition, Not, Place, Policy, Rulebook, Test
from policies.reading import UNKNOWN, Fact, FactType, Moment, Reading
from policies.ticket import Change, Person, Role, Status, Ticket, Via, clock_change
from policies.verdict import Evidence, Mode, Point, Result, Severity, Undo, Verdict

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HERE = Place(source="test.yaml", line=1, column=1)
CUSTOMER = Person(id="c", role=Role.CUSTOMER)
CHANGE = Change(id="7", at=NOW, actor=Person(id="a", role=Role.AGENT), via=Via.WEB)
TICKET = Ticket(
    helpdesk="zendesk",
    account="acme",
    id="42",
    subject="Where is my book?",
    status=Status.OPEN,
    requester=CUSTOMER,
    created_at=NOW,
    updated_at=NOW,
    changes=(replace(CHANGE, id="6"), CHANGE),
)
YES, NO, DUNNO = (Test(fact=name, operator="is", wanted=True, place=HERE) for name in ("yes", "no", "dunno"))
BROKEN = Test(fact="broken", operator="is", wanted=True, place=HERE)


def fact(name: str, read: Callable[[Moment], Reading], kind: FactType = FactType.BOOL) -> Fact:
    return Fact(name=name, type=kind, means=f"What {name} is.", unknown="never", example="", read=read)


def fail(moment: Moment) -> Reading:
    raise ZeroDivisionError(moment.ticket.id)


def told(moment: Moment) -> Reading:
    return Reading(value=True, evidence=(Evidence(text="said so", change_id=moment.change.id, start=3, end=10),))


def found(*tiers: Tier) -> Reading:
    return Reading(value=True, evidence=tuple(Evidence(text=tier, change_id="7", tier=tier) for tier in tiers))


FACTS: Mapping[str, Fact] = registry(
    [
        fact("yes", lambda _: Reading(value=True)),
        fact("no", lambda _: Reading(value=False)),
        fact("dunno", lambda _: UNKNOWN),
        fact("broken", fail),
        fact("told", told),
        fact("again", told),
        fact("broad", lambda _: found(Tier.NOTE)),
        fact("narrow", lambda _: found(Tier.NOTE, Tier.BLOCK)),
        fact("earlier", lambda _: Reading(value=True, evidence=(Evidence(text="first", change_id="6"),))),
        fact(
            "words",
            lambda moment: Reading(
                value="please refund me",
                evidence=(Evidence(text="", change_id=moment.change.id, start=100, end=116),),
            ),
            FactType.PROSE,
        ),
        fact(
            "padded",
            lambda moment: Reading(
                value="\nplease refund me\n\n",
                evidence=(Evidence(text="", change_id=moment.change.id, start=100, end=116),),
            ),
            FactType.PROSE,
        ),
        fact(
            "tags",
            lambda _: Reading(
                value=("a", "b"), evidence=tuple(Evidence(text=text, change_id="7") for text in ("a", "b"))
            ),
            FactType.TEXTS,
        ),
        fact("odd", lambda _: Reading(value=("a",)), FactType.PROSE),
    ]
)


def policy(when: Condition = YES, **fields: object) -> Policy:
    told: dict[str, object] = {
        "id": "p",
        "title": "Reply in anger",
        "why": "It hurts.",
        "severity": Severity.HIGH,
        "modes": dict.fromkeys(Point, Mode.BLOCK),
        "applies_to": YES,
        "when": when,
        "place": HERE,
    }
    return Policy(**(told | fields))  # type: ignore[arg-type]


def judged(*policies: Policy, change: Change = CHANGE, point: Point = Point.EVENT) -> Verdict:
    return judge(Rulebook(policies=policies, revision="r"), TICKET, change, NOW, point=point, facts=FACTS)


RESULTS = [
    (NO, DUNNO, DUNNO, Result.SKIPPED),
    (DUNNO, YES, YES, Result.UNKNOWN),
    (YES, NO, DUNNO, Result.PASS),
    (YES, DUNNO, YES, Result.UNKNOWN),
    (YES, YES, YES, Result.EXEMPT),
    (YES, YES, NO, Result.VIOLATION),
    (YES, YES, None, Result.VIOLATION),
    (YES, YES, DUNNO, Result.VIOLATION),
    (BROKEN, YES, NO, Result.ERROR),
    (YES, BROKEN, NO, Result.ERROR),
    (YES, YES, BROKEN, Result.ERROR),
]


@pytest.mark.parametrize(("applies_to", "when", "unless", "result"), RESULTS)
def test_a_policy_is_asked_whether_it_applies_then_what_it_forbids_then_what_excuses(
    applies_to: Test, when: Test, unless: Test | None, result: Result
) -> None:
    verdict = judged(policy(when, applies_to=applies_to, unless=unless))

    assert [outcome.result for outcome in verdict.outcomes] == [result]
    assert len(verdict.findings) == (result is Result.VIOLATION)


def test_a_finding_carries_all_a_note_needs() -> None:
    undo = Undo(reopen=True)
    (finding,) = judged(policy(advice="Breathe.", undo=undo)).findings

    assert (finding.policy, finding.title, finding.why) == ("p", "Reply in anger", "It hurts.")
    assert (finding.severity, finding.mode, finding.advice, finding.undo) == (
        Severity.HIGH,
        Mode.BLOCK,
        "Breathe.",
        undo,
    )
    assert finding.explanation == "What yes is: yes."
    assert [judged(policy(overridable=may)).findings[0].overridable for may in (True, False)] == [True, False]


def test_an_excuse_that_cannot_be_told_leaves_the_violation_and_takes_the_block() -> None:
    verdict = judged(policy(unless=DUNNO))

    assert verdict.findings[0].mode is verdict.outcomes[0].mode is verdict.mode is Mode.NOTE
    assert "so nothing is blocked" in verdict.findings[0].explanation


BROADLY, NARROWLY = (Test(fact=name, operator="is", wanted=True, place=HERE) for name in ("broad", "narrow"))


@pytest.mark.parametrize(
    ("when", "mode"),
    [
        (BROADLY, Mode.NOTE),
        (NARROWLY, Mode.BLOCK),
        (All(parts=(NARROWLY, BROADLY), place=HERE), Mode.NOTE),
        (Any(parts=(NARROWLY, BROADLY), place=HERE), Mode.BLOCK),
        (Any(parts=(YES, BROADLY), place=HERE), Mode.BLOCK),
        (Any(parts=(NO, BROADLY), place=HERE), Mode.NOTE),
        (Not(part=Not(part=BROADLY, place=HERE), place=HERE), Mode.NOTE),
    ],
)
def test_what_rests_on_broad_phrases_alone_blocks_nothing_and_says_so(when: Condition, mode: Mode) -> None:
    (finding,) = judged(policy(when)).findings

    assert finding.mode is mode
    assert ("so nothing is blocked" in finding.explanation) is (mode is Mode.NOTE)


def test_a_policy_may_let_broad_phrases_block_and_one_that_only_notes_says_nothing_of_it() -> None:
    (trusting,) = judged(policy(BROADLY, broad_may_block=True)).findings
    (mild,) = judged(policy(BROADLY, modes=dict.fromkeys(Point, Mode.NOTE))).findings

    assert trusting.mode is Mode.BLOCK
    assert "nothing is blocked" not in mild.explanation


def test_what_cannot_be_told_is_noted_if_the_policy_asks_and_else_only_recorded() -> None:
    silent = judged(policy(DUNNO))
    noted = judged(policy(DUNNO, if_unknown=Mode.NOTE))
    observed = judged(policy(DUNNO, if_unknown=Mode.NOTE, modes=dict.fromkeys(Point, Mode.OBSERVE)))

    assert (silent.findings, silent.outcomes[0].mode) == ((), Mode.OBSERVE)
    assert [finding.mode for finding in noted.findings] == [Mode.NOTE]
    assert [finding.mode for finding in observed.findings] == [Mode.OBSERVE]


def test_each_point_has_its_own_mode() -> None:
    modes = {Point.DRAFT: Mode.BLOCK, Point.EVENT: Mode.DISABLED}

    assert judged(policy(modes=modes)).outcomes == ()
    assert judged(policy(modes=modes), point=Point.DRAFT).mode is Mode.BLOCK


def test_drafts_of_policies_are_not_judged() -> None:
    assert judged(policy(status="draft")).outcomes == ()


def test_our_own_changes_are_never_judged() -> None:
    assert judged(policy(), change=replace(CHANGE, is_own=True)).outcomes == ()


def test_a_fact_that_fails_costs_only_the_policies_that_ask_for_it() -> None:
    verdict = judged(policy(BROKEN, id="one"), policy(YES, id="two"))

    assert [outcome.result for outcome in verdict.outcomes] == [Result.ERROR, Result.VIOLATION]
    assert "the fact broken failed (ZeroDivisionError)" in verdict.outcomes[0].explanation


@pytest.mark.parametrize("name", ["nowhere", "odd"])
def test_a_fact_that_is_missing_or_of_the_wrong_kind_is_an_error_and_no_crash(name: str) -> None:
    asked = Test(fact=name, operator="contains", wanted="a", place=HERE)

    assert judged(policy(asked)).outcomes[0].result is Result.ERROR


def test_facts_are_read_once_and_only_if_asked() -> None:
    reads: list[str] = []

    def count(_: Moment) -> Reading:
        reads.append("read")
        return Reading(value=True)

    facts = registry([fact("counted", count), fact("never", fail)])
    asked = Test(fact="counted", operator="is", wanted=True, place=HERE)
    rulebook = Rulebook(policies=(policy(asked, applies_to=asked), policy(asked, id="q", applies_to=asked)))

    verdict = judge(rulebook, TICKET, CHANGE, NOW, facts=facts)

    assert (reads, dict(verdict.facts)) == (["read"], {"counted": True})


def test_customers_words_are_not_kept_among_the_facts() -> None:
    asked = Test(fact="words", operator="contains", wanted="refund", place=HERE)

    verdict = judged(policy(asked))

    assert verdict.facts == {"yes": True}


@pytest.mark.parametrize("fact", ["words", "padded"])
def test_a_phrase_is_quoted_with_its_place_in_the_comment(fact: str) -> None:
    asked = Test(fact=fact, operator="contains", wanted="refund", place=HERE)

    (finding,) = judged(policy(asked)).findings

    assert finding.evidence == (Evidence(text="refund", change_id="7", start=107, end=113),)


def test_of_several_texts_only_those_that_match_are_evidence() -> None:
    (finding,) = judged(policy(Test(fact="tags", operator="contains", wanted="B", place=HERE))).findings

    assert finding.evidence == (Evidence(text="b", change_id="7"),)


def test_evidence_is_what_made_it_true_nothing_twice_oldest_first() -> None:
    parts = tuple(
        Test(fact=name, operator="is", wanted=True, place=HERE) for name in ("told", "again", "earlier", "no")
    )

    (finding,) = judged(policy(Any(parts=parts, place=HERE))).findings

    assert [evidence.text for evidence in finding.evidence] == ["first", "said so"]


def test_a_finding_has_one_id_however_often_and_whenever_it_is_judged() -> None:
    first, later = judged(policy()).findings[0], judged(policy(DUNNO, if_unknown=Mode.NOTE)).findings[0]

    assert first.id == later.id
    assert len(first.id) == 6
    assert set(first.id) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    assert first.id != judged(policy(id="q")).findings[0].id
    assert first.id != judged(policy(), change=TICKET.changes[0]).findings[0].id


def test_a_deadline_has_one_id_until_somebody_touches_the_ticket() -> None:
    rulebook = Rulebook(policies=(policy(),))
    noon, night = clock_change(NOW), clock_change(NOW.replace(hour=23))
    ours = replace(TICKET, changes=(*TICKET.changes, replace(CHANGE, id="8", is_own=True)))
    theirs = replace(TICKET, changes=(*TICKET.changes, replace(CHANGE, id="8")))

    def id_of(ticket: Ticket, change: Change) -> str:
        return judge(rulebook, ticket, change, NOW, facts=FACTS).findings[0].id

    assert id_of(TICKET, noon) == id_of(TICKET, night) == id_of(ours, night)
    assert id_of(theirs, noon) != id_of(TICKET, noon)


CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    st.sampled_from([YES, NO, DUNNO]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: All(parts=tuple(parts), place=HERE))
        | st.lists(inner, max_size=3).map(lambda parts: Any(parts=tuple(parts), place=HERE))
        | inner.map(lambda part: Not(part=part, place=HERE))
    ),
    max_leaves=8,
)
MODES = st.sampled_from(list(Mode)[1:])


def truth(when: Condition) -> Result:
    return judged(policy(when)).outcomes[0].result


@settings(max_examples=150)
@given(CONDITIONS, CONDITIONS)
def test_the_logic_is_kleenes(one: Condition, other: Condition) -> None:
    both, flipped = (All(parts=parts, place=HERE) for parts in ((one, other), (other, one)))
    either = Any(parts=(one, other), place=HERE)
    neither = All(parts=(Not(part=one, place=HERE), Not(part=other, place=HERE)), place=HERE)

    assert truth(both) is truth(flipped)
    assert truth(Not(part=Not(part=one, place=HERE), place=HERE)) is truth(one)
    assert truth(Not(part=either, place=HERE)) is truth(neither)
    assert truth(All(parts=(one, one), place=HERE)) is truth(one)
    assert truth(Any(parts=(one, both), place=HERE)) is truth(one)


@settings(max_examples=150)
@given(CONDITIONS, CONDITIONS, CONDITIONS, MODES, st.sampled_from([Mode.OBSERVE, Mode.NOTE]))
def test_a_mode_never_rises_and_doubt_never_blocks(
    applies_to: Condition, when: Condition, unless: Condition, mode: Mode, if_unknown: Mode
) -> None:
    asked = policy(when, applies_to=applies_to, unless=unless, modes=dict.fromkeys(Point, mode), if_unknown=if_unknown)

    verdict, again = judged(asked), judged(asked)

    assert verdict == again
    assert verdict.outcomes[0].mode.rank <= mode.rank
    if "could not be told" in verdict.outcomes[0].explanation:
        assert verdict.mode.rank <= Mode.NOTE.rank
