"""Short texts are matched as a whole, prose by whole words; case never matters, time stays linear."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.matching import LONGEST_ENTRY, LONGEST_PROSE, MOST_SPANS, compare
from policies.policy import Place, Test
from policies.reading import FactType
from policies.verdict import Value


def asked(operator: str, wanted: Value) -> Test:
    return Test(fact="x", operator=operator, wanted=wanted, place=Place(source="t", line=1, column=1))


SHORT = [
    ("noreply@*", "NoReply@shop.example", True),
    ("noreply@*", "my-noreply@shop.example", False),
    ("*noreply*", "my-noreply@shop.example", True),
    ("a.b", "axb", False),
    ("(x", "(X", True),
    ("stra\N{LATIN SMALL LETTER SHARP S}e*", "STRA\N{LATIN CAPITAL LETTER SHARP S}E 5", True),
    ("\N{CYRILLIC SMALL LETTER EF}*", "\N{CYRILLIC CAPITAL LETTER EF}X", True),
    ("two\nlines", "two\nlines", True),
    ("a*c", "a\nc", True),
    ("", "", True),
    ("", "x", False),
    ("*", "", True),
]


@pytest.mark.parametrize(("pattern", "text", "fits"), SHORT)
def test_a_short_text_is_matched_as_a_whole_and_a_star_stands_for_anything(pattern: str, text: str, fits: bool) -> None:
    assert compare(asked("matches", pattern), FactType.TEXT, text).holds is fits


PROSE = [
    ("refund", "We refund you.", [(3, 9)]),
    ("refund", "Refunded, prefund, re-fund, refund_x", []),
    ("we're", "So we\N{RIGHT SINGLE QUOTATION MARK}re done", [(3, 8)]),
    ("close your account", "CLOSE  your\naccount!", [(0, 19)]),
    ("close", "\N{LATIN SMALL LETTER E WITH ACUTE}close", []),
    ("th\N{LATIN SMALL LETTER E WITH ACUTE}", "le TH\N{LATIN CAPITAL LETTER E WITH ACUTE}.", [(3, 6)]),
    ("refund", "\u00abRefund\u00bb, \u2022refund\u060c refund\u0301", [(1, 7), (11, 17)]),
    ("close your account", "close\u2028your\u2029 account", [(0, 19)]),
    ("\u00bfrefund", "\u00a1refund \u00bfrefund", [(8, 15)]),
    ("refund", "\ud800 refund \udfff", [(2, 8)]),
    ("refund", "re\u200bfund", [(0, 7)]),
    ("(a|b)*", "a (A|b)* c", [(2, 8)]),
    ("refund", "", []),
    ("", "refund", []),
    ("\u200b", "\u200b refund", []),
]  # fmt: skip


@pytest.mark.parametrize(("phrase", "text", "spans"), PROSE)
def test_prose_is_searched_for_whole_words_and_spans_are_true_to_the_original(
    phrase: str, text: str, spans: list[tuple[int, int]]
) -> None:
    assert list(compare(asked("contains", phrase), FactType.PROSE, text).spans) == spans


def test_of_several_texts_those_that_match_are_told() -> None:
    found = compare(asked("matches_list", ("vip", "account_*")), FactType.TEXTS, ("VIP", "other", "account_closed"))

    assert (found.holds, found.texts) == (True, ("VIP", "account_closed"))


def test_an_empty_list_matches_nothing() -> None:
    assert not compare(asked("matches_list", ()), FactType.TEXTS, ("a", "")).holds
    assert not compare(asked("matches_list", ()), FactType.PROSE, "a").holds


def test_the_largest_list_compiles_and_is_searched() -> None:
    entries = tuple(
        (f"{number:04}k*" + "s\N{LATIN SMALL LETTER U WITH DIAERESIS}" * 100)[:LONGEST_ENTRY] for number in range(2_000)
    )

    assert not compare(asked("matches_list", entries), FactType.PROSE, "kss " * 10_000).holds
    assert not compare(asked("matches_list", entries), FactType.TEXT, "kss " * 10_000).holds


def test_evidence_and_searched_text_are_bounded() -> None:
    text = "refund " * 20_000

    assert len(compare(asked("contains", "refund"), FactType.PROSE, text).spans) == MOST_SPANS
    assert not compare(asked("contains", "end"), FactType.PROSE, "x " * LONGEST_PROSE + "end").holds


@settings(max_examples=150)
@given(st.text(st.characters(), max_size=60), st.text(st.characters(), min_size=1, max_size=10))
def test_no_text_and_no_pattern_makes_matching_fail(text: str, wanted: str) -> None:
    prose = compare(asked("contains", wanted), FactType.PROSE, text)
    short = compare(asked("matches", wanted), FactType.TEXT, text)

    assert all(0 <= start <= end <= len(text) for start, end in prose.spans)
    assert short.texts in ((), (text,))
