"""A pattern is run only where a text holds what it needs, and finds there what it would find anywhere."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.needs import Need
from policies.pattern_needs import PatternReader
from policies.phrase_search import Ready
from policies.phrases import PhraseEntry, PhraseError, Tier, build
from policies.searched import Searched

WORDS = ["a", "ab", "b?", "(?:a|b c)", "(?:ab|b)", "(?:a b|c)?", "(?:a|)", "(?:c|\u00e9)", "\u00e9", "\u017e", "\u0434"]
SIGNS = ["'?", " ", r"\s+", r"(?:\s+)", r"\s*", r"\W+", r"\W*", r"\b", r"\.", "-", "[ ,]", "^", "$"]
OTHERS = [r"\w*", r"\S+", r"(?:\s+\w+){0,2}?", "[ab]", "[^a]", "[a-c]", ".", "{1,2}", "+", "|", "(?i:C)", "(?P<x>a)"]
PATTERNS = st.lists(st.sampled_from(WORDS + SIGNS + OTHERS), min_size=1, max_size=7).map("".join)
WRITTEN = ["a", "b", "ab", "c", "A", "\u00e9", "\u017e", "\u0434", " ", " ", ", ", ". ", "'", "-", "\n", "!", "x"]
TEXTS = st.lists(st.sampled_from(WRITTEN), max_size=12).map("".join)


def entry(pattern: str) -> PhraseEntry:
    return PhraseEntry(id="one", tier=Tier.NOTE, language="en", pattern=pattern)


@settings(max_examples=3000, deadline=None)
@given(PATTERNS, TEXTS)
def test_no_text_is_passed_over_that_holds_the_pattern(pattern: str, text: str) -> None:
    with suppress(PhraseError):
        found = build("s", [entry(pattern)]).find(text)

        searched = Searched(text)
        everywhere = Ready(entry=entry(pattern)).found_in(searched, [(one, {}) for one in searched.sentences])
        assert {(match.start, match.end) for match in found} == {(match.start, match.end) for match in everywhere}


@pytest.mark.parametrize(
    ("pattern", "needs"),
    [
        ("(?:close|end)d? it", [{"close", "closed", "end", "endd"}, {"it"}]),
        (r"terminat\w*", [{"*terminat"}]),
        (r"your(?:\s+\w+){0,3}?\s+account", [{"account"}, {"your"}]),
        (r"you(?: have)? lied", [{"lied"}, {"you"}]),
        (r"no\W+idea", [{"idea"}, {"no"}]),
        ("of course", [{("of", "course")}]),
        (r"(?:\d+|a lot)", []),
        (r"\pL+ it", []),
    ],
)
def test_what_a_pattern_needs_is_read_from_it(pattern: str, needs: list[set[str]]) -> None:
    (read,) = PatternReader().conditions(pattern)

    assert list(read) == list(map(Need, needs))


def test_each_of_the_widest_choices_has_needs_of_its_own() -> None:
    assert list(PatternReader().conditions("not fixed|still broken")) == [[{("not", "fixed")}], [{("still", "broken")}]]


def test_what_re2_takes_for_no_letter_parts_words_here_too() -> None:
    r"""RE2's own classes know ASCII only: to `\W` an accented letter is a sign."""
    assert build("s", [entry(r"no\W+idea")]).find("no\u00e9idea")
