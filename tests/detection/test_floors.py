"""No signal gets worse on our own cases than its floor allows: the cases at large, and those of each other language."""

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from policies.loader import load
from policies.phrases import PhraseSet
from service.policy_files import SHIPPED, read_folder

sys.path.insert(0, str(Path(__file__).parent))
from cases import labelled_cases
from measure import run
from scoring import EVERY_LANGUAGE, Score

FLOORS = yaml.safe_load(Path(__file__).with_name("floors.yaml").read_text("utf-8"))
IN_EACH_LANGUAGE = yaml.safe_load(Path(__file__).with_name("floors.languages.yaml").read_text("utf-8"))
LANGUAGES = ("de", "es", "fr", "pt")

Scores = Mapping[tuple[str, str], Score]


@pytest.fixture(scope="module")
def phrases() -> Mapping[str, PhraseSet]:
    return load(read_folder(SHIPPED)).phrases


@pytest.fixture(scope="module")
def scores(phrases: Mapping[str, PhraseSet]) -> Scores:
    """What our own cases come to, by fact and tier; those that are told with their language are left out."""
    found = run((case for case in labelled_cases() if case[0].lang is None), phrases)
    return {(score.fact, score.tier): score for score in found.scores if score.language == EVERY_LANGUAGE}


@pytest.fixture(scope="module")
def scores_by_language(phrases: Mapping[str, PhraseSet]) -> Mapping[tuple[str, str, str], Score]:
    """What the cases of the other languages come to, by language, fact and tier."""
    found = run((case for case in labelled_cases() if case[0].lang is not None), phrases)
    return {(score.language, score.fact, score.tier): score for score in found.scores}


@pytest.mark.parametrize(("fact", "tier"), [(fact, tier) for fact, tiers in FLOORS.items() for tier in tiers])
def test_every_signal_keeps_above_its_floor(fact: str, tier: str, scores: Scores) -> None:
    floor, score = FLOORS[fact][tier], scores[fact, tier]

    assert (score.precision or 0) >= floor["precision"]
    assert (score.recall or 0) >= floor["recall"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("fact", "tier"), [(fact, tier) for fact, tiers in IN_EACH_LANGUAGE.items() for tier in tiers])
def test_no_language_falls_behind(
    language: str, fact: str, tier: str, scores_by_language: Mapping[tuple[str, str, str], Score]
) -> None:
    floor, score = IN_EACH_LANGUAGE[fact][tier], scores_by_language[language, fact, tier]

    assert (score.precision or 0) >= floor["precision"]
    assert (score.recall or 0) >= floor["recall"]


def test_whatever_has_cases_has_a_floor(scores: Scores) -> None:
    assert set(scores) == {(fact, tier) for fact, tiers in FLOORS.items() for tier in tiers}
