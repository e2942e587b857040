"""A marked text tells words from signs in every script, in patterns that stay small."""

import pytest
import re2
from hypothesis import example, given, settings
from hypothesis import strategies as st

from policies.wording import admitted, compiled, edged, lowered, marked

ASSIGNED = st.characters(exclude_categories=("Cs", "Cn"))
NOT_A_WORD = r"[^\pL\pM\pN_]"
BY_CLASSES = re2.compile(rf"(?i)(?:^|{NOT_A_WORD})((?:a|ab)(?: {NOT_A_WORD})?)(?:$|{NOT_A_WORD})")
BY_MARKS = compiled(edged(r"(?:a|ab)(?: [^0-9A-Z_a-z\x{80}-\x{FFFFF}])?"))


@settings(max_examples=200)
@given(st.text(st.sampled_from("aB _\u00ab\u00e9\u0301\u05d0\u060c\U0001f600") | ASSIGNED, max_size=30))
@example("a\u0301 a\u3002a_ ab \u0903ab a\u00b2")
def test_words_end_where_unicode_says(text: str) -> None:
    by_marks = [match.span(1) for match in BY_MARKS.finditer(marked(text))]

    assert by_marks == [match.span(1) for match in BY_CLASSES.finditer(text)]


@settings(max_examples=200)
@given(st.text(ASSIGNED, max_size=60))
def test_marking_keeps_offsets_and_words_and_doing_it_twice_changes_nothing(text: str) -> None:
    once = marked(text)

    assert len(once) == len(text)
    assert all(before == after for before, after in zip(text, once, strict=True) if before.isalnum())
    assert marked(once) == once


@pytest.mark.parametrize("pattern", [r"a\pP", r"\p{S}", r"\p{^Sc}", r"[\PZ]", r"\x{2026}", r"\xbf"])
def test_a_pattern_may_not_write_a_sign_by_its_class_or_number(pattern: str) -> None:
    with pytest.raises(ValueError, match="writes a sign as it is"):
        admitted(pattern)


@pytest.mark.parametrize("pattern", [r"\pL+", r"\p{Cyrillic}", r"\PL", r"[^\p{L}\p{Nd}]", "\u00ab|\u2022", r"\x41"])
def test_a_pattern_may_name_letters_and_numbers_by_class_and_signs_themselves(pattern: str) -> None:
    assert compiled(admitted(pattern))


@settings(max_examples=200)
@given(st.text(st.sampled_from("aB\u0130\u03a3\u03c2\u1e9e\u01c5") | ASSIGNED, max_size=30))
@example("\u039f\u0394\u039f\u03a3 \u0130\u0130")
def test_lower_case_keeps_offsets_and_doing_it_twice_changes_nothing(text: str) -> None:
    once = lowered(text)

    assert len(once) == len(text)
    assert lowered(once) == once
    assert lowered(text.swapcase()) == once or len(text.swapcase()) != len(text) or not text.isascii()
