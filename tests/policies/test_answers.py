"""How an agent answers: in doubt, impersonally, with a few words; held against the cases that tell it apart."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from policies.facts import FACTS
from policies.loader import load
from policies.phrases import PhraseSet, Tier
from policies.reading import Moment, Reading

sys.path.insert(0, str(Path(__file__).parent))
from conversations import told

ROOT = Path(__file__).parents[2]
ACTIVE = ROOT / "policies" / "active"
QUESTION = "Is the battery covered by my guarantee, and why does it run down in an hour?"
MATTER = (
    "I ordered the brass lamp on Monday and your shop charged my card twice. I wrote to you on Tuesday and got no "
    "answer. Besides, the lamp does not pair with my phone, although I followed the leaflet step by step and reset "
    "it twice. Why was I charged twice, when do I get the money back, and how do I pair the lamp?"
)

OUTCRY = (
    "You deleted the album of my wedding. Ten years of pictures are gone, nobody answers, and I am furious. "
    "I want my pictures back."
)


@pytest.fixture(scope="module")
def packs() -> Mapping[str, PhraseSet]:
    return load({path.relative_to(ACTIVE).as_posix(): path.read_bytes() for path in ACTIVE.rglob("*.yaml")}).phrases


def reading(fact: str, packs: Mapping[str, PhraseSet], *steps: dict[str, Any]) -> Reading:
    *_, last = told(list(steps))
    return FACTS[fact].read(Moment(ticket=last.ticket, change=last.change, now=last.change.at, phrases=packs))


def cases(name: str) -> list[tuple[bool, list[dict[str, Any]]]]:
    """The conversations of a file of cases, the last step being the reply; whether each is flagged."""
    told = yaml.safe_load((ROOT / "tests" / "cases" / "signals" / f"{name}.yaml").read_text("utf-8"))
    asked = told.get("answers", QUESTION)
    return [(kind == "flags", _steps(case, asked)) for kind in ("flags", "passes") for case in told[kind]]


def _steps(case: str | dict[str, str], asked: str) -> list[dict[str, Any]]:
    parts = {"customer": asked, "agent": case} if isinstance(case, str) else case
    return [{speaker: words} for speaker, words in parts.items()]


@pytest.mark.parametrize(("flagged", "steps"), cases("hedging"))
def test_an_answer_in_doubt_is_told_from_soft_words(
    flagged: bool, steps: list[dict[str, Any]], packs: Mapping[str, PhraseSet]
) -> None:
    assert reading("reply.hedges", packs, *steps).value is flagged


@pytest.mark.parametrize(("flagged", "steps"), cases("brush_off"))
def test_a_brush_off_is_told_from_a_short_answer(
    flagged: bool, steps: list[dict[str, Any]], packs: Mapping[str, PhraseSet]
) -> None:
    assert reading("reply.brushes_off", packs, *steps).value is flagged


@pytest.mark.parametrize(("flagged", "steps"), cases("impersonal"))
def test_a_reply_of_nobody_is_told_from_a_persons(
    flagged: bool, steps: list[dict[str, Any]], packs: Mapping[str, PhraseSet]
) -> None:
    assert reading("reply.impersonal", packs, *steps).value is flagged


@pytest.mark.parametrize("name", ["hedging", "brush_off", "impersonal"])
def test_there_are_enough_cases_of_either_kind(name: str) -> None:
    flags = [flagged for flagged, _ in cases(name)]

    assert flags.count(True) >= 40
    assert flags.count(False) >= 40


def test_a_doubt_is_shown_with_the_question_it_leaves_open(packs: Mapping[str, PhraseSet]) -> None:
    doubt, question = reading("reply.hedges", packs, {"customer": QUESTION}, {"agent": "Maybe it is."}).evidence

    assert (doubt.text, doubt.start, doubt.end, doubt.change_id) == ("Maybe", 0, 5, "2")
    assert (doubt.tier, doubt.pattern) == (Tier.BLOCK, "maybe")
    assert (question.text, question.change_id) == (QUESTION, "1")


def test_only_a_reply_to_an_open_question_can_hedge(packs: Mapping[str, PhraseSet]) -> None:
    asked, doubt = {"customer": QUESTION}, {"agent": "Maybe it is."}

    assert reading("reply.hedges", packs, doubt).value is False
    assert reading("reply.hedges", packs, asked, doubt | {"internal": True}).value is False
    assert reading("reply.hedges", packs, asked, {"customer": "Maybe the charger?"}).value is False
    assert reading("reply.hedges", packs, asked, {"rule": "Maybe it is."}).value is False
    assert reading("reply.hedges", packs, asked, {"agent": "Yes, it is covered."}, doubt).value is False


def test_a_reply_no_pack_can_read_is_not_known_to_be_sure(packs: Mapping[str, PhraseSet]) -> None:
    asked = {"customer": QUESTION}

    assert reading("reply.hedges", packs, asked, {"agent": "Vielleicht liegt es am Ladegerät."}).value is None
    assert reading("reply.hedges", {}, asked, {"agent": "Maybe it is."}).value is None


def test_a_few_words_after_an_answer_brush_nobody_off(packs: Mapping[str, PhraseSet]) -> None:
    asked, few = {"customer": MATTER}, {"agent": "Noted."}

    assert reading("reply.brushes_off", packs, asked, {"agent": "I have booked it back."}, few).value is False
    assert reading("reply.brushes_off", packs, few).value is False
    assert reading("reply.brushes_off", packs, asked, few | {"internal": True}).value is False
    assert reading("reply.brushes_off", packs, asked, {"rule": "Noted."}).value is False


def test_a_brush_off_is_shown_beside_what_it_answers(packs: Mapping[str, PhraseSet]) -> None:
    evidence = reading("reply.brushes_off", packs, {"customer": MATTER}, {"agent": "Noted."}).evidence

    assert [(one.text, one.change_id) for one in evidence] == [("Noted", "2"), ("Noted.", "2"), (MATTER, "1")]
    assert [(one.tier, one.pattern) for one in evidence[:2]] == [(Tier.NOTE, "noted"), (None, None)]


def test_a_few_words_no_pack_can_read_are_not_judged(packs: Mapping[str, PhraseSet]) -> None:
    asked = {"customer": "Die Lampe wurde doppelt abgebucht, und niemand antwortet mir seit Tagen. " * 4}

    assert reading("reply.brushes_off", packs, asked, {"agent": "Erledigt."}).value is None
    assert reading("reply.brushes_off", {}, {"customer": MATTER}, {"agent": "Noted."}).value is None


def test_a_reply_of_nobody_is_shown_beside_what_upset_the_customer(packs: Mapping[str, PhraseSet]) -> None:
    nobody = {"agent": "Please be advised that the files are gone."}

    evidence = reading("reply.impersonal", packs, {"customer": "I am furious."}, nobody).evidence

    assert [(one.text, one.change_id) for one in evidence] == [("Please be advised", "2"), ("furious", "1")]


def test_nobody_speaks_only_where_a_person_should(packs: Mapping[str, PhraseSet]) -> None:
    upset, nobody = {"customer": OUTCRY}, {"agent": "Your complaint has been received."}

    assert reading("reply.impersonal", packs, nobody).value is False
    assert reading("reply.impersonal", packs, upset, {"rule": "Your complaint has been received."}).value is False
    assert reading("reply.impersonal", packs, upset, nobody | {"internal": True}).value is False
    assert reading("reply.impersonal", packs, upset, {"agent": "Das Album wurde von uns gelöscht."}).value is None
    assert reading("reply.impersonal", {}, upset, nobody).value is None


@pytest.mark.timeout(10)
@pytest.mark.parametrize("fact", ["reply.hedges", "reply.impersonal", "reply.brushes_off"])
@pytest.mark.parametrize("words", ["x" * 60_000, "A" * 60_000, "maybe it is " * 5_000, "\u05d0 " * 9_000, "?" * 9_000])
def test_a_hostile_reply_is_read_in_bounded_time(fact: str, words: str, packs: Mapping[str, PhraseSet]) -> None:
    read = reading(fact, packs, {"customer": f"{MATTER} {OUTCRY} {words}"}, {"agent": words})

    assert read.value is None or read.value is (fact == "reply.hedges" and "maybe" in words)
