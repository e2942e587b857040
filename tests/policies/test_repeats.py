"""The same text sent again, told from another answer that shares its greeting and footer with the first."""

import sys
import time
from collections.abc import Mapping
from pathlib import Path

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
CASES = yaml.safe_load((ROOT / "tests" / "cases" / "signals" / "repeats.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def packs() -> Mapping[str, PhraseSet]:
    return load({path.relative_to(ACTIVE).as_posix(): path.read_bytes() for path in ACTIVE.rglob("*.yaml")}).phrases


def repeats(packs: Mapping[str, PhraseSet], *sent: str) -> Reading:
    """What is read of the last of these texts, sent one after the other."""
    *_, last = told([{"agent": text} for text in sent])
    moment = Moment(ticket=last.ticket, change=last.change, now=last.change.at, phrases=packs)
    return FACTS["reply.repeats_earlier"].read(moment)


@pytest.mark.parametrize(
    ("earlier", "reply", "flagged"),
    [(case["earlier"], text, kind == "flags") for case in CASES for kind in ("flags", "passes") for text in case[kind]],
)
def test_a_text_sent_again_is_told_from_a_new_answer_of_the_same_desk(
    earlier: str, reply: str, flagged: bool, packs: Mapping[str, PhraseSet]
) -> None:
    assert repeats(packs, earlier, reply).value is flagged


@pytest.mark.parametrize("kind", ["flags", "passes"])
def test_there_are_cases_enough_of_either_kind(kind: str) -> None:
    assert sum(len(case[kind]) for case in CASES) >= 40


def test_a_repeat_is_shown_beside_the_text_it_repeats(packs: Mapping[str, PhraseSet]) -> None:
    text = "The garden gate is delivered in three parts, each with a number of its own."

    evidence = repeats(packs, text, "Something else was said between the two.", f"Hi Ann,\n\n{text}").evidence

    assert [one.change_id for one in evidence] == ["3", "1"]


@pytest.mark.timeout(10)
def test_a_long_thread_of_long_replies_is_compared_in_bounded_time(packs: Mapping[str, PhraseSet]) -> None:
    """Each reply has the words of the others in another order, which is the slowest there is."""
    words = [f"word{number % 40}{'.' if number % 9 == 8 else ''}" for number in range(1_200)]
    begun = time.perf_counter()

    repeats(packs, *(" ".join(words[turn:] + words[:turn]) for turn in range(100)))

    assert time.perf_counter() - begun < 8
