"""Declared changes: read strictly, found in customers' words, and held against what agents answer."""

import re
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

import policies
from policies.bulletin_matching import ENOUGH
from policies.engine import judge
from policies.facts import FACTS
from policies.loader import load
from policies.policy import PolicyError, Rulebook
from policies.reading import Moment
from policies.verdict import Mode, Result, Tell, Value, Verdict

sys.path.insert(0, str(Path(__file__).parent))
from conversations import START, told

CASES = Path(__file__).parents[1] / "cases" / "bulletins"
PACKAGE = Path(policies.__file__).parent
SHIPPED = {
    path.relative_to(PACKAGE / "active").as_posix(): path.read_bytes() for path in (PACKAGE / "active").rglob("*.yaml")
}
NEEDED = (
    "bulletins",
    "phrases/hedge",
    "phrases/certainty",
    "phrases/unchanged",
    "phrases/not_",
    "phrases/all_well",
    "phrases/agreement",
    "phrases/objection",
    "phrases/pleasantry",
    "phrases/doubt.",
    "phrases/reservation",
)
LEAN = {name: content for name, content in SHIPPED.items() if name.startswith(NEEDED)}
"""What judging bulletins takes; the whole set takes its time to load."""
DECLARED = (CASES / "declared.yaml").read_bytes()

TEA = """\
format: 1
owner: news
bulletins:
  - id: tea
    title: The tea voucher has ended
    kind: took_away
    since: 2026-03-01T00:00:00+01:00
    aliases: [tea voucher]
    asked_like: [Where is my tea voucher?]
    answer: The tea voucher ended on 28 February.
    tests:
      asks: [Is the tea voucher gone?]
      not: [The tea is cold.]
    changed: Guests no longer get a voucher for tea.
"""


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return load({**SHIPPED, "declared.yaml": DECLARED})


def with_tea(text: str = TEA) -> Rulebook:
    return load({**LEAN, "tea.yaml": text.encode()})


def changed(before: str, after: str) -> str:
    assert before in TEA
    return TEA.replace(before, after, 1)


REFUSED: dict[str, Any] = yaml.safe_load((CASES / "refused.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", REFUSED)
def test_a_bulletin_with_a_mistake_is_refused_at_its_place_with_a_hint(case: str) -> None:
    with pytest.raises(PolicyError) as refused:
        with_tea(changed(REFUSED[case]["before"], REFUSED[case]["after"]))

    told_problems = [str(problem) for problem in refused.value.problems]
    assert len(told_problems) == 1
    assert told_problems[0].startswith(f"tea.yaml:{REFUSED[case]['told']}")


def test_two_bulletins_of_one_id_are_refused() -> None:
    with pytest.raises(PolicyError, match=r"the bulletin `tea` stands twice, first at 0\.yaml:4:5"):
        load({**LEAN, "0.yaml": TEA.encode(), "1.yaml": TEA.encode()})


def test_the_example_that_teaches_is_sound_and_not_in_force() -> None:
    example = (PACKAGE / "examples" / "declared-changes.yaml").read_bytes()

    assert len(load({**LEAN, "example.yaml": example}).bulletins.profiles) == 1
    assert load(SHIPPED).bulletins.profiles == ()


ASKED: dict[str, dict[str, list[str]]] = yaml.safe_load((CASES / "asked.yaml").read_text("utf-8"))


def _found(rulebook: Rulebook, kind: str, *, half: int) -> list[tuple[str, str | None]]:
    """The bulletin each sentence is really about, and the one that was found."""
    among = rulebook.bulletins.profiles
    sentences = [(name, text) for name, lists in ASKED.items() for text in lists[kind][half::2]]
    found = [(name, rulebook.bulletins.asked_in(text, among)) for name, text in sentences]
    return [(name, asked.bulletin.id if asked else None) for name, asked in found]


@pytest.mark.parametrize(("half", "precision", "recall"), [(0, 0.90, 0.74), (1, 0.95, 0.70)])
def test_customers_are_heard_at_least_as_well_as_measured(
    rulebook: Rulebook, half: int, precision: float, recall: float
) -> None:
    """The second half was put aside while the threshold was set."""
    asked, left = _found(rulebook, "asks", half=half), _found(rulebook, "leaves", half=half)

    right = sum(found == name for name, found in asked)
    fired = sum(found is not None for _, found in (*asked, *left))
    assert right / fired >= precision
    assert right / len(asked) >= recall


def test_what_is_closest_is_what_was_asked_and_its_grounds_are_its_score(rulebook: Rulebook) -> None:
    """Whoever asks why must be told of the very scores by which the engine decides."""
    bulletins = rulebook.bulletins
    for text in (text for lists in ASKED.values() for text in (*lists["asks"], *lists["leaves"])):
        asked, closest = bulletins.asked_in(text, bulletins.profiles), bulletins.closest_in(text, bulletins.profiles)

        assert asked == next((one for one in closest if one.score >= ENOUGH), None), text
        assert all(one.score == one.grounds.score for one in closest)


def test_conversations_about_other_things_are_left_alone(rulebook: Rulebook) -> None:
    """With all eight in force, at most one message in fifty is taken for a question about one of them."""
    files = sorted((CASES.parent / "conversations").glob("*.yaml"))
    steps = [step for file in files for case in yaml.safe_load(file.read_text("utf-8")) for step in case["steps"]]
    texts = [step["customer"] for step in steps if step.get("customer")]

    mistaken = [text for text in texts if rulebook.bulletins.asked_in(text, rulebook.bulletins.profiles)]

    assert len(texts) > 150
    assert len(mistaken) <= len(texts) / 50, mistaken


ANSWERED: dict[str, dict[str, Any]] = yaml.safe_load((CASES / "answered.yaml").read_text("utf-8"))
NAMES = {
    "contradicts": "reply.contradicts_bulletin",
    "hedges": "reply.hedges_about_bulletin",
    "tells": "reply.tells_bulletin",
}


def _answers() -> Iterator[Any]:
    for name, cases in ANSWERED.items():
        for case in cases["answers"]:
            expected = {what: what in case["is"] for what in NAMES}
            yield pytest.param(name, case["reply"], expected, id=case["reply"])


def facts(rulebook: Rulebook, *steps: dict[str, Any], **ticket: Any) -> dict[str, Value]:
    """Every fact on bulletins, after the last step."""
    step = list(told(list(steps), **ticket))[-1]
    moment = Moment(
        ticket=step.ticket,
        change=step.change,
        now=step.change.at,
        phrases=rulebook.phrases,
        bulletins=rulebook.bulletins,
    )
    return {name: fact.read(moment).value for name, fact in FACTS.items() if "bulletin" in name}


@pytest.mark.parametrize(("name", "reply", "expected"), list(_answers()))
def test_an_answer_is_against_it_in_doubt_or_tells_it(
    rulebook: Rulebook, name: str, reply: str, expected: dict[str, bool]
) -> None:
    read = facts(rulebook, {"customer": ANSWERED[name]["question"]}, {"agent": reply})

    assert read["bulletin.id"] == name
    assert {what: read[fact] for what, fact in NAMES.items()} == expected


ASK = {"customer": "Is the tea voucher gone?"}


def test_a_question_is_open_until_an_agent_tells_how_things_are() -> None:
    tea = with_tea()
    maybe, tell = {"agent": "Maybe it has ended."}, {"agent": "The tea voucher ended on 28 February."}
    more = {"customer": "Please be definite."}

    assert facts(tea, ASK, maybe)["thread.asks_about_bulletin"] is True
    assert facts(tea, ASK, maybe, more, maybe)["reply.hedges_about_bulletin"] is True
    assert facts(tea, ASK, tell, more, {"clock": ""})["thread.asks_about_bulletin"] is False
    assert facts(tea, ASK, tell, more, {"agent": "Maybe the post is late."})["reply.hedges_about_bulletin"] is False


def test_only_the_message_that_asks_asks() -> None:
    tea = with_tea()

    assert facts(tea, ASK)["thread.asks_about_bulletin"] is True
    assert facts(tea, ASK, {"customer": "Hello?"})["thread.asks_about_bulletin"] is False


def test_a_subject_counts_with_the_first_message_and_only_there() -> None:
    tea, vague = with_tea(), {"customer": "What can be done?"}

    assert facts(tea, vague, subject="Tea voucher gone")["thread.asks_about_bulletin"] is True
    assert facts(tea, {"agent": "Hi."}, vague, subject="Tea voucher gone")["thread.asks_about_bulletin"] is False


def test_who_says_that_all_is_well_asks_nothing() -> None:
    read = facts(with_tea(), {"customer": "The tea voucher is there now, it works again. Thank you, all solved!"})

    assert read["thread.asks_about_bulletin"] is False


def test_a_wrong_answer_counts_also_where_nobody_asked() -> None:
    reply = {"agent": "By the way, why not have a cup? The tea voucher is still valid."}

    read = facts(with_tea(), {"customer": "My room is cold."}, reply)

    assert read["reply.contradicts_bulletin"] is True
    assert read["bulletin.id"] == "tea"


@pytest.mark.parametrize(
    ("since", "until", "counts"),
    [(-1, None, True), (0, None, True), (1, None, False), (-2, 1, True), (-2, 0, False)],
)
def test_a_bulletin_counts_from_its_beginning_up_to_its_end(since: int, until: int | None, counts: bool) -> None:
    begins, ends = START + timedelta(hours=since), START + timedelta(hours=until or 0)
    text = changed("2026-03-01T00:00:00+01:00", begins.isoformat())
    text = text if until is None else text.replace("    aliases:", f"    until: {ends.isoformat()}\n    aliases:")

    assert facts(with_tea(text), ASK)["thread.asks_about_bulletin"] is counts


def test_an_announcement_counts_from_its_day_on() -> None:
    for day, is_announced in (("2026-03-02", True), ("2026-03-03", False)):
        text = changed("    tests:", f"    announced: [{{where: letter, date: {day}}}]\n    tests:")

        assert facts(with_tea(text), ASK)["bulletin.is_announced"] is is_announced


def test_where_nothing_is_declared_nothing_is_asked_about() -> None:
    read = facts(load(SHIPPED), ASK)

    assert read["thread.asks_about_bulletin"] is False
    assert read["bulletin.id"] is None


def test_a_question_in_a_script_nobody_declared_anything_in_cannot_be_told() -> None:
    assert facts(with_tea(), {"customer": "お茶の券はどこですか"})["thread.asks_about_bulletin"] is None


def last_verdict(rulebook: Rulebook, *steps: dict[str, Any], astray: dict[str, int] | None = None) -> Verdict:
    step = list(told(list(steps)))[-1]
    return judge(rulebook, step.ticket, step.change, step.change.at, astray=astray)


def test_the_note_holds_the_answer_before_anybody_replied_and_ops_hear_what_was_left_untold() -> None:
    answer, quiet = last_verdict(with_tea(), ASK).findings

    assert (answer.policy, answer.mode, answer.tell) == ("bulletin-answer", Mode.NOTE, Tell.AGENTS)
    assert "The tea voucher ended on 28 February." in answer.advice
    assert [evidence.text for evidence in answer.evidence] == ["Is the tea voucher gone?"]
    assert (quiet.policy, quiet.tell) == ("quiet-change", Tell.OPS)


@pytest.mark.parametrize(("others", "policies"), [(1, ["against-bulletin"]), (2, ["against-bulletin", "topic-surge"])])
def test_the_third_ticket_of_a_day_with_a_doubtful_answer_is_a_surge(others: int, policies: list[str]) -> None:
    verdict = last_verdict(with_tea(), ASK, {"agent": "Maybe it has ended."}, astray={"tea": others, "coffee": 9})

    assert [finding.policy for finding in verdict.findings] == policies
    assert verdict.facts["bulletin.id"] == "tea"


def test_what_goes_wrong_is_kept_with_the_bulletin_it_is_about() -> None:
    """The advice of a policy may not name it, so the fact itself asks for it."""
    plain = re.sub(r"\{bulletin\.\w+\}", "it", SHIPPED["bulletins.yaml"].decode())
    rulebook = load({**LEAN, "bulletins.yaml": plain.encode(), "tea.yaml": TEA.encode()})

    assert last_verdict(rulebook, ASK).facts["bulletin.id"] == "tea"
    assert "bulletin.id" not in last_verdict(rulebook, {"customer": "My room is cold."}).facts


PACK = """\
format: 1
pack: p
policies:
  - id: a
    title: t
    why: w
    mode: {mode}
    tell: {tell}
    when: {{change.solves: true}}
    do: {{note: {{advice: "{advice}"}}}}
    tests:
      - {{name: yes, given: {{change.solves: true}}, expect: violation}}
      - {{name: no, given: {{change.solves: false}}, expect: pass}}
"""


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ({"advice": "Say {bulletin.anwser}."}, "is no fact that fits a sentence. Did you mean `bulletin.answer`?"),
        ({"advice": "Say {reply.text}."}, "names `{reply.text}`, which is no fact that fits a sentence."),
        ({"tell": "boss"}, "`tell` cannot be `boss`. Use one of: agents, ops."),
        ({"tell": "ops", "mode": "block"}, "is told to ops, so nobody on the ticket would know why it is blocked."),
    ],
)
def test_what_cannot_be_told_is_refused(written: dict[str, str], complaint: str) -> None:
    with pytest.raises(PolicyError) as refused:
        load({"p.yaml": PACK.format(**{"mode": "note", "tell": "agents", "advice": "x", **written}).encode()})

    assert complaint in str(refused.value)


def test_a_fact_nobody_knows_is_said_to_be_unknown_in_the_advice() -> None:
    text = PACK.format(mode="note", tell="agents", advice="Tell {actor.name}: {bulletin.answer}")
    rulebook = load({"p.yaml": text.encode()})

    (finding,) = last_verdict(rulebook, {"agent": "Done.", "solve": True}).findings

    assert finding.advice == "Tell Anna Berg: (not known)"


def test_no_bulletin_makes_a_policy_fail_however_odd_the_words(rulebook: Rulebook) -> None:
    for text in ("", "?", "\u202e?", "a" * 70_000, "book discount? " * 5_000, "🎂" * 50, "<p>bookshop discount</p>"):
        verdict = last_verdict(rulebook, {"customer": text}, {"agent": text})

        assert not [outcome for outcome in verdict.outcomes if outcome.result is Result.ERROR]
