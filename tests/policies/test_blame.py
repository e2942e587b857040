"""What is said about guilt, recourse, reasons and consequences: our own cases, then what the words alone do not say."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from policies.facts import FACTS
from policies.loader import load
from policies.phrases import PhraseSet
from policies.reading import Moment, Reading

sys.path.insert(0, str(Path(__file__).parent))
from conversations import told

ROOT = Path(__file__).parents[2]
ACTIVE = ROOT / "policies" / "active"
CASES = ROOT / "tests" / "cases" / "signals"
SIGNALS = {
    "accusation": ("reply.accuses", "agent"),
    "recourse_denied": ("reply.denies_recourse", "agent"),
    "recourse_offered": ("reply.offers_recourse", "agent"),
    "reason_withheld": ("reply.withholds_reason", "agent"),
    "reason_given": ("reply.gives_reason", "agent"),
    "threat": ("thread.customer_threatens", "customer"),
}
FOREIGN = "\u30ed\u30b0\u30a4\u30f3\u3067\u304d\u307e\u305b\u3093"


@pytest.fixture(scope="module")
def packs() -> Mapping[str, PhraseSet]:
    return load({path.relative_to(ACTIVE).as_posix(): path.read_bytes() for path in ACTIVE.rglob("*.yaml")}).phrases


def cases(signal: str) -> Mapping[str, list[str]]:
    """`flags` and `passes` of a file of cases."""
    read: Mapping[str, list[str]] = yaml.safe_load((CASES / f"{signal}.yaml").read_text("utf-8"))
    return read


def reading(fact: str, packs: Mapping[str, PhraseSet], *steps: dict[str, Any]) -> Reading:
    *_, last = told(list(steps))
    moment = Moment(ticket=last.ticket, change=last.change, now=last.change.at, phrases=packs)
    return FACTS[fact].read(moment)


@pytest.mark.parametrize(
    ("signal", "expected", "text"),
    [(name, kind, text) for name in SIGNALS for kind, texts in cases(name).items() for text in texts],
)
def test_what_is_said_is_heard_and_what_only_sounds_like_it_is_not(
    signal: str, expected: str, text: str, packs: Mapping[str, PhraseSet]
) -> None:
    fact, speaker = SIGNALS[signal]

    assert reading(fact, packs, {speaker: text}).value is (expected == "flags")


@pytest.mark.parametrize("signal", SIGNALS)
def test_there_are_cases_enough_of_both_kinds(signal: str) -> None:
    assert all(len(set(texts)) >= 40 for texts in cases(signal).values())


@pytest.mark.parametrize("signal", SIGNALS)
def test_what_no_pack_reads_cannot_be_told(signal: str, packs: Mapping[str, PhraseSet]) -> None:
    fact, speaker = SIGNALS[signal]
    without = {name: pack for name, pack in packs.items() if name != signal}

    assert reading(fact, packs, {speaker: FOREIGN}).value is None
    assert reading(fact, without, {speaker: cases(signal)["flags"][0]}).value is None


@pytest.mark.parametrize("signal", SIGNALS)
def test_only_a_public_message_of_the_right_side_counts(signal: str, packs: Mapping[str, PhraseSet]) -> None:
    fact, speaker = SIGNALS[signal]
    text = cases(signal)["flags"][0]
    other = "customer" if speaker == "agent" else "agent"

    assert reading(fact, packs, {speaker: text, "internal": True}).value is False
    assert reading(fact, packs, {other: text}).value is False
    assert reading(fact, packs, {speaker: f"> {text}\n\nThank you, the parcel is here."}).value is False


@pytest.mark.parametrize("signal", SIGNALS)
def test_the_words_it_rests_on_are_shown(signal: str, packs: Mapping[str, PhraseSet]) -> None:
    fact, speaker = SIGNALS[signal]
    text = f"Good morning.\n\n{cases(signal)['flags'][0]}"

    (first, *_) = reading(fact, packs, {speaker: text}).evidence

    assert first.text
    assert first.text == text[first.start : first.end]


def test_a_way_shown_undoes_a_final_word(packs: Mapping[str, PhraseSet]) -> None:
    final, way = "Our decision is final.", "If you believe this is a mistake, reply to this mail."

    assert reading("reply.denies_recourse", packs, {"agent": final}).value is True
    assert reading("reply.denies_recourse", packs, {"agent": f"{final}\n\n{way}"}).value is False
    assert reading("reply.denies_recourse", packs, {"agent": f"{final} Feel free to contact us."}).value is True


def test_a_reason_refused_outright_stays_refused_beside_another(packs: Mapping[str, PhraseSet]) -> None:
    reason = "The card was blocked because it was reported stolen."

    broad = reading("reply.withholds_reason", packs, {"agent": f"You violated our terms. {reason}"})
    narrow = reading("reply.withholds_reason", packs, {"agent": f"We cannot share the reason. {reason}"})

    assert (broad.value, narrow.value) == (False, True)


def test_a_threat_stands_until_the_customer_calls_it_settled(packs: Mapping[str, PhraseSet]) -> None:
    steps = [{"customer": "I will contact my lawyer."}, {"agent": "I sent the refund this morning."}]
    risk = "thread.customer_threatens"

    assert reading(risk, packs, *steps).value is True
    assert reading(risk, packs, *steps, {"customer": "Which account did it go to?"}).value is True
    assert reading(risk, packs, *steps, {"customer": "I have received the refund, thank you."}).value is False
    assert reading(risk, packs, {"colleague": "I will contact my lawyer."}).value is False


@pytest.mark.parametrize("signal", SIGNALS)
def test_a_long_message_of_one_kind_of_sign_is_read_to_its_end(signal: str, packs: Mapping[str, PhraseSet]) -> None:
    fact, speaker = SIGNALS[signal]

    assert reading(fact, packs, {speaker: "not " * 12_000}).value is False
    assert reading(fact, packs, {speaker: "?" * 60_000}).value is False
