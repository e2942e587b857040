"""No signal gets worse on our own cases than its floor allows."""

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from policies.loader import load
from service.policy_files import SHIPPED, read_folder

sys.path.insert(0, str(Path(__file__).parent))
from cases import labelled_cases
from measure import run
from scoring import EVERY_LANGUAGE, Score

FLOORS = yaml.safe_load(Path(__file__).with_name("floors.yaml").read_text("utf-8"))

Scores = Mapping[tuple[str, str], Score]


@pytest.fixture(scope="module")
def scores() -> Scores:
    """What our own cases come to, by fact and tier."""
    found = run(labelled_cases(), load(read_folder(SHIPPED)).phrases)
    return {(score.fact, score.tier): score for score in found.scores if score.language == EVERY_LANGUAGE}


@pytest.mark.parametrize(("fact", "tier"), [(fact, tier) for fact, tiers in FLOORS.items() for tier in tiers])
def test_every_signal_keeps_above_its_floor(fact: str, tier: str, scores: Scores) -> None:
    floor, score = FLOORS[fact][tier], scores[fact, tier]

    assert (score.precision or 0) >= floor["precision"]
    assert (score.recall or 0) >= floor["recall"]


def test_whatever_has_cases_has_a_floor(scores: Scores) -> None:
    assert set(scores) == {(fact, tier) for fact, tiers in FLOORS.items() for tier in tiers}
