"""Topics that nobody declared: under which words a doubtful answer counts, and when many of them are a surge."""

import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import policies
from policies.engine import doubted, judge
from policies.facts import FACTS
from policies.loader import load
from policies.policy import Rulebook
from policies.reading import Moment
from policies.topic_words import MOST, Usage, topic_words
from policies.verdict import Result, Tell, Value, Verdict

sys.path.insert(0, str(Path(__file__).parent))
from conversations import Step, told

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases" / "topics" / "words.yaml").read_text("utf-8"))
PACKAGE = Path(policies.__file__).parent
NEEDED = ("bulletins", "phrases/hedge", "phrases/certainty", "phrases/unchanged", "phrases/not_", "phrases/agreement")
LEAN = {
    name: path.read_bytes()
    for path in (PACKAGE / "active").rglob("*.yaml")
    if (name := path.relative_to(PACKAGE / "active").as_posix()).startswith(NEEDED)
}
PEOPLE = ("Maria Lopez", "maria", "Anna Berg")
ASK = {"customer": "The till refused my code. Is the spring promotion over?"}
MAYBE = {"agent": "Maybe the promotion has ended, I am not sure."}
DECLARED = """\
format: 1
owner: news
bulletins:
  - id: spring
    title: The spring promotion has ended
    kind: took_away
    since: 2026-03-01T00:00:00+01:00
    changed: Codes of the spring promotion no longer work.
    aliases: [spring promotion]
    asked_like: [Is the spring promotion over?]
    answer: The spring promotion ended on 28 February.
    tests: {asks: [Is the spring promotion gone?], not: [The spring is broken.]}
"""


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return load(LEAN)


def names(rulebook: Rulebook, *steps: dict[str, Any], **ticket: Any) -> list[str]:
    step = list(told(list(steps), **ticket))[-1]
    return [word.name for word in doubted(rulebook, step.ticket, step.change, step.change.at)]


def verdict(rulebook: Rulebook, *steps: dict[str, Any], **usage: Usage) -> Verdict:
    step = list(told(list(steps)))[-1]
    return judge(rulebook, step.ticket, step.change, step.change.at, usage=usage)


def surge(found: Verdict) -> Result:
    return next(outcome.result for outcome in found.outcomes if outcome.policy == "topic-surge")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["question"])
def test_a_question_is_counted_under_its_telling_words_and_never_under_what_names_a_person(
    case: dict[str, Any],
) -> None:
    assert [word.name for word in topic_words([case["question"]], PEOPLE)] == case["words"]


def test_one_word_counts_once_however_it_is_inflected_and_ordered() -> None:
    one, other = topic_words(["promotion codes"], ()), topic_words(["Code, promotions, code promotion"], ())

    assert {word.key for word in one} == {word.key for word in other}


def test_an_endless_question_is_counted_under_few_words() -> None:
    words = topic_words([" ".join("".join(f"{chr(97 + n // 20)}{chr(97 + n % 20)}zo") for n in range(400))], ())

    assert len(words) == MOST


def test_the_questions_count_first_and_then_what_stands_before_them(rulebook: Rulebook) -> None:
    assert names(rulebook, ASK, MAYBE) == ["spring", "promotion", "spring promotion", "till", "code"]


def test_the_subject_counts_for_the_message_that_opens_the_ticket_if_that_names_nothing(rulebook: Rulebook) -> None:
    bare = {"customer": "Is it still on?"}

    assert names(rulebook, bare, MAYBE, subject="The summer sale") == ["summer", "sale", "summer sale"]
    assert names(rulebook, {"customer": "Is the kettle on?"}, MAYBE, subject="The summer sale") == ["kettle"]
    assert names(rulebook, ASK, MAYBE, bare, MAYBE, subject="The summer sale") == []


@pytest.mark.parametrize(
    "steps",
    [
        (ASK, {"agent": "It ended on Friday."}),
        ({"customer": "The spring promotion is lovely."}, MAYBE),
        (ASK, {**MAYBE, "internal": True}),
        (ASK, {"rule": MAYBE["agent"]}),
        (ASK,),
    ],
    ids=["a definite answer", "nothing asked", "a note among colleagues", "an automation", "no answer yet"],
)
def test_only_a_persons_doubt_about_a_definite_question_counts(
    rulebook: Rulebook, steps: tuple[dict[str, Any], ...]
) -> None:
    assert names(rulebook, *steps) == []


def test_a_doubt_about_a_declared_change_counts_under_its_bulletin_alone() -> None:
    declared = load({**LEAN, "spring.yaml": DECLARED.encode()})

    assert names(declared, ASK, MAYBE) == []
    other = ({"customer": "Is the gift wrapping free?"}, {"agent": "I think so, but I am not sure."})
    assert names(declared, *other) == ["gift", "wrapping", "gift wrapping"]
    step = list(told([ASK, MAYBE]))[-1]
    found = judge(declared, step.ticket, step.change, step.change.at, astray={"spring": 2})
    assert surge(found) is Result.VIOLATION
    assert found.findings[-1].advice.startswith(
        'Tell all agents today how things are with "The spring promotion has ended": 3 tickets'
    )


NEW = Usage(customers=4, known_by=4, usual=0.0)


def test_five_customers_left_in_doubt_about_one_thing_are_a_surge_that_ops_hear_of(rulebook: Rulebook) -> None:
    found = verdict(rulebook, ASK, MAYBE, promotion=NEW)

    (finding,) = found.findings
    assert (finding.policy, finding.tell) == ("topic-surge", Tell.OPS)
    assert finding.advice.startswith('Tell all agents today how things are with "promotion": 5 tickets')
    assert "declare one" in finding.advice
    assert found.facts["reply.topic"] == "promotion"
    assert found.facts["bulletin.id"] is None


USAGES = [
    (Usage(customers=3, known_by=3, usual=0.0), Result.PASS, 4, None),
    (NEW, Result.VIOLATION, 5, 5),
    (Usage(customers=8, known_by=90, usual=3.0), Result.PASS, 9, 1),
    (Usage(customers=19, known_by=90, usual=3.0), Result.VIOLATION, 20, 3),
    (Usage(customers=8, known_by=8), Result.UNKNOWN, 9, None),
]


@pytest.mark.parametrize(
    ("used", "result", "tickets", "times"),
    USAGES,
    ids=["too few", "new", "as ever", "far more than ever", "first week"],
)
def test_a_surge_is_many_tickets_and_far_more_than_this_desk_is_used_to(
    rulebook: Rulebook, used: Usage, result: Result, tickets: int, times: int | None
) -> None:
    found = verdict(rulebook, ASK, MAYBE, promotion=used)

    assert surge(found) is result
    assert found.facts["reply.topic_tickets_astray"] == tickets
    assert times is None or found.facts["reply.topic_times_usual"] == times


def test_judged_alone_a_ticket_counts_itself_and_no_word_of_it_is_told(rulebook: Rulebook) -> None:
    """`ombuds judge` has no store, and one customer's words are nobody else's business."""
    found = verdict(rulebook, ASK, MAYBE)

    assert surge(found) is Result.PASS
    assert found.facts["reply.topic_tickets_astray"] == 1
    assert not found.facts.get("reply.topic")


def read_topic(rulebook: Rulebook, step: Step, usage: dict[str, Usage]) -> Value:
    moment = Moment(ticket=step.ticket, change=step.change, now=step.change.at, phrases=rulebook.phrases, usage=usage)
    return FACTS["reply.topic"].read(moment).value


@pytest.mark.parametrize(("others", "name"), [(1, None), (2, "promotion")])
def test_a_word_has_a_name_from_the_third_customer_on(rulebook: Rulebook, others: int, name: str | None) -> None:
    step = list(told([ASK, MAYBE]))[-1]
    usage = {"promotion": Usage(customers=others, known_by=others, usual=0.0)}

    assert read_topic(rulebook, step, usage) == name


def test_of_words_that_stand_out_alike_the_pair_is_told_and_before_it_what_was_told_today(rulebook: Rulebook) -> None:
    step = list(told([ASK, MAYBE]))[-1]
    told_today = Usage(customers=4, known_by=4, usual=0.0, told_as="till")

    assert read_topic(rulebook, step, {"promotion": NEW, "promotion spr": NEW}) == "spring promotion"
    assert read_topic(rulebook, step, {"promotion": NEW, "promotion spr": NEW, "cod": told_today}) == "till"
