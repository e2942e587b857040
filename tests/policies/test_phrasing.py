"""A phrase is found wherever a pattern that says the same would find it, in time that grows with the text only."""

import re
import sys
from collections.abc import Iterator
from itertools import pairwise
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.spelling import read_phrase
from policies.stretch import Stretch

WORDS = st.sampled_from(["a", "ab", "b", "a*", "*b", "a*b", "a|b", "ab|a*", "(a b|a)", "(b|a a b)", "(it's|a) b"])
PHRASES = st.lists(WORDS | st.just("*"), min_size=1, max_size=5).map(" ".join).filter(lambda phrase: phrase.strip("* "))
TEXTS = st.lists(st.sampled_from(["a", "b", "ab", "aab", "its", "it's", ", ", " ", " ", "! ", "-", "\n"]), max_size=12)


def pattern_of(phrase: str) -> re.Pattern[str]:
    """The same phrase for a backtracking engine, written as briefly as it can be."""
    words = re.findall(r"\([^()]*\)|\S+", phrase)
    source = _choices(words[0])
    for before, word in pairwise(words):
        if word != "*":
            source += r"[,;:]?\s+" + (r"(?:\S+\s+){0,3}" if before == "*" else "") + _choices(word)
    return re.compile(rf"(?<!\w){source}(?!\w)")


def _choices(word: str) -> str:
    spelled = (re.escape(choice) for choice in word.strip("()").split("|"))
    return "(?:" + "|".join(_spelled(choice) for choice in spelled) + ")"


def _spelled(choice: str) -> str:
    return choice.replace(r"\*", r"\w*").replace("'", "'?").replace(r"\ ", r"[,;:]?\s+")


@settings(max_examples=600)
@given(PHRASES, TEXTS.map("".join))
def test_a_phrase_is_found_where_a_pattern_finds_it(phrase: str, text: str) -> None:
    phrase = phrase.strip("* ")

    found = next(read_phrase(phrase).spans(Stretch(text)), None)

    expected = pattern_of(phrase).search(text)
    assert found == (expected.span() if expected else None)


@settings(max_examples=300)
@given(PHRASES, TEXTS.map("".join))
def test_no_text_is_passed_over_that_holds_the_phrase(phrase: str, text: str) -> None:
    """What is looked up first only spares a search, and never decides it."""
    read, stretch = read_phrase(phrase.strip("* ")), Stretch(text)

    assert read.may_stand_in(stretch) or not list(read.spans(stretch))


@pytest.mark.parametrize("phrase", ["a|", "(|a) b", "a b||c", "(|)", "a * (b|)", "* a", "a *", "", " "])
def test_a_phrase_that_says_nothing_is_refused(phrase: str) -> None:
    with pytest.raises(ValueError, match=r"cannot be left out|starts and ends with a word"):
        read_phrase(phrase)


@pytest.mark.parametrize(
    ("text", "is_there"),
    [("not refused", True), ("not been refused", True), ("not, be refused", True), ("not  refused", True),
     ("not ever refused", False), ("notrefused", False), ("not. Refused", False)],
)  # fmt: skip
def test_a_word_may_be_left_out_where_an_empty_choice_says_so(text: str, is_there: bool) -> None:
    assert read_phrase("not (been|be|) refused").stands_in(Stretch(text)) is is_there


@pytest.mark.parametrize("phrase", ["a * a * a * b", "*a*a a", "(a a|a|a a a) a b", "a|*|a* b"])
def test_twice_the_text_is_twice_the_work_however_the_phrase_is_built(phrase: str) -> None:
    read = read_phrase(phrase)

    once, twice = _lines_run(read, "a " * 200), _lines_run(read, "a " * 400)

    assert twice <= 2.2 * once


def _lines_run(phrase: object, text: str) -> int:
    """How many lines of the matcher are run for a text: a measure that no other process disturbs."""
    count = 0

    def trace(frame: FrameType, event: str, _: object) -> object:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        _exhaust(phrase.spans(Stretch(text)))  # type: ignore[attr-defined]
    finally:
        sys.settrace(before)
    return count


def _exhaust(spans: Iterator[tuple[int, int]]) -> None:
    for _ in spans:
        pass
