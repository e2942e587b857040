"""Phrase packs: what is found, what is left alone, and where the finding is."""

from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.folding import fold
from policies.loader import load
from policies.phrase_entries import Reach
from policies.phrases import PhraseEntry, PhraseError, PhraseSet, Tier, build, sentences

ROOT = Path(__file__).parents[2]
LETTERS_AND_SIGNS = "abK *|()'?.\u00e9\u00df\u1e9e\u03c3\u03c2\u00ab\u2022\\["


def entry(phrase: str | None = None, **more: Any) -> PhraseEntry:
    return PhraseEntry(id="one", tier=Tier.NOTE, language="en", phrase=phrase, **more)


def found(phrase: str | None, text: str, **more: Any) -> list[str]:
    return [text[match.start : match.end] for match in build("s", [entry(phrase, **more)]).find(text)]


@pytest.mark.parametrize(
    ("phrase", "text", "match"),
    [
        ("closed your account", "We CLOSED your\n account.", "CLOSED your\n account"),
        ("don't reply", "Please don\u2019t reply.", "don\u2019t reply"),
        ("don't reply", "Please dont reply.", "dont reply"),
        ("we * closed", "we have now finally closed it", "we have now finally closed"),
        ("closed * today", "closed a@b.example for 9.50 today", "closed a@b.example for 9.50 today"),
        ("haben * geschlossen", "Wir haben zum 31. M\u00e4rz geschlossen.", "haben zum 31. M\u00e4rz geschlossen"),
        ("terminat* it", "terminating it", "terminating it"),
        ("closed|ended it", "we ended it", "ended it"),
        ("(not able|unable) to", "we are not able to", "not able to"),
        ("schlie\u00dfen", "wir SCHLIE\u00dfEN", "SCHLIE\u00dfEN"),
        ("caf\u00e9", "the cafe\u0301 there", "cafe\u0301"),
        ("account", "your ac\u200bcount \U0001f600", "ac\u200bcount"),
        (
            "account",
            "\U0001f600 your \uff41\uff43\uff43\uff4f\uff55\uff4e\uff54",
            "\uff41\uff43\uff43\uff4f\uff55\uff4e\uff54",
        ),
        ("account|accounts", "your accounts", "accounts"),
        ("(close it|close)", "close it\u00e9", "close"),
        ("closed it", "\u00abClosed it\u00bb", "Closed it"),
        (
            "\u0434\u043e\u0433\u043e\u0432\u043e\u0440",
            "\u0414\u043e\u0433\u043e\u0432\u043e\u0440\u060c",
            "\u0414\u043e\u0433\u043e\u0432\u043e\u0440",
        ),
        ("\u00bfpor qu\u00e9", "\u00bfPor\u00a0qu\u00e9?", "\u00bfPor\u00a0qu\u00e9"),
    ],
)
def test_a_phrase_is_found_where_it_stands(phrase: str, text: str, match: str) -> None:
    assert found(phrase, text) == [match]


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("close it", "disclose it"),
        ("\u00fcber", "dar\u00fcber"),
        ("we * closed", "we have in the end and at last closed"),
        ("closed your account", "The shop is closed. Your account is fine."),
        ("*n't", "I want it"),
        ("\u00bfpor qu\u00e9", "\u00a1por qu\u00e9!"),
        ("closed", "\u05d0closed"),
    ],
)
def test_words_are_whole_and_sentences_are_not_crossed(phrase: str, text: str) -> None:
    assert found(phrase, text) == []


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Sie zahlten am 3. Mai nicht. Wir schließen.", "Sie zahlten am 3. Mai nicht. "),
        ("Bis zum 31. des Monats. Danke.", "Bis zum 31. des Monats. "),
        ("I paid 20. Then nothing came.", "I paid 20. "),
        ("Zum 31.12. endet es. Danke.", "Zum 31.12. endet es. "),
        ("Es endet zum 31.12. Danach nicht.", "Es endet zum 31.12. "),
        ("Order no. 5 is gone. Sorry.", "Order no. 5 is gone. "),
        ("The answer is no. We looked.", "The answer is no. "),
        ("Mr. Fox, e.g. a bank, wrote. Well.", "Mr. Fox, e.g. a bank, wrote. "),
        (
            "Wir haben, z. B. wegen Betrug, d. h. immer, Nein gesagt. Ja.",
            "Wir haben, z. B. wegen Betrug, d. h. immer, Nein gesagt. ",
        ),
        ("Une raison, p. ex. Noël, suffit. Oui.", "Une raison, p. ex. Noël, suffit. "),
        ("El Sr. Gil, por ej. Ana, vino. Sí.", "El Sr. Gil, por ej. Ana, vino. "),
        ("Até às 5 p.m. de hoje. Sim.", "Até às 5 p.m. de hoje. "),
        ("By 5 p.m. We close then.", "By 5 p.m. "),
        ("La cuenta de Ud. ha sido cerrada. Sí.", "La cuenta de Ud. ha sido cerrada. "),
        ("Es wird gem. Ziffer 5 geschlossen. Ja.", "Es wird gem. Ziffer 5 geschlossen. "),
        ("I wrote two days ago. please answer", "I wrote two days ago. "),
        ("Up to 5 m. long. Yes.", "Up to 5 m. "),
        ("Of books, pens etc.\n\nwe have none.", "Of books, pens etc.\n\n"),
        ("thank u. bye", "thank u. "),
        ("So do I. Please.", "So do I. "),
        ("We ended plan B. Please wait.", "We ended plan B. "),
    ],
)
def test_no_sentence_ends_in_a_date_or_in_an_abbreviation(text: str, first: str) -> None:
    """What ends too soon is not heard: a phrase stays in one sentence."""
    start, end = next(iter(sentences(text)))

    assert text[start:end] == first


def test_a_guard_on_the_sentence_leaves_other_sentences_alone() -> None:
    text = "As asked, we closed it. Then we closed it again."

    assert len(found("closed it", text, unless=("as asked",))) == 1
    assert found("closed it", text, unless_message=("as asked",)) == []


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("We closed it, and the ticket stays open.", True),
        ("The ticket stays open; we closed it.", True),
        ("Das Ticket bleibt offen, und we closed it.", True),
        ("We closed it and the ticket.", False),
        ("We closed it, as the ticket says, and wish you well.", False),
        ("If it rains, we closed it, and we go home.", False),
        ("We closed it, and would you mind?", False),
    ],
)
def test_a_guard_may_reach_no_farther_than_its_clause_unless_it_tells_a_condition(text: str, *, is_found: bool) -> None:
    """Another subject, or a day, in the clause beside it says nothing of the wording; an "if" does."""
    assert bool(found("closed it", text, unless=("ticket", "if", "?"), reach=Reach.CLAUSE)) is is_found


def test_a_guard_that_a_pack_names_for_it_reaches_all_over_the_sentence() -> None:
    """What the customer asked for is harmless in whichever clause that is said."""
    text, guards = "We got your request, and we closed it.", {"unless": ("your request",), "reach": Reach.CLAUSE}

    assert found("closed it", text, **guards) == ["closed it"]
    assert found("closed it", text, **guards, throughout=frozenset(["your request"])) == []


def test_as_many_clauses_as_fit_in_a_sentence_are_held_against_their_own_guards() -> None:
    """The runner's own limit is the measure: each against each would take minutes."""
    text = "closed it; ticket; " * 40_000

    assert len(found("closed it", text, unless=("ticket",), reach=Reach.CLAUSE)) == 40_000


def test_the_question_mark_is_a_guard() -> None:
    assert found("closed it", "Have you closed it?", unless=("?",)) == []


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (entry(), "either a phrase or a pattern"),
        (entry("* it"), "starts and ends with a word"),
        (entry(pattern="(?=x)"), "RE2 does not take it: .*perl operator"),
        (entry(pattern=r"\pP"), "as it is"),
        (entry(pattern="^it$", yes=("It is. It",)), "does not find its own example"),
        (entry(""), "starts and ends with a word"),
        (entry("x", unless=("* y",)), "starts and ends with a word"),
        (entry(pattern="x*", yes=("y",)), "does not find its own example"),
        (entry("it", yes=("nothing",)), "does not find its own example"),
        (entry("it", no=("take it",)), "leaves alone"),
    ],
)
def test_a_bad_entry_is_refused_with_its_reason(broken: PhraseEntry, reason: str) -> None:
    with pytest.raises(PhraseError, match=reason) as refused:
        build("s", [broken])

    assert refused.value.entry_id == "one"


def test_an_empty_set_finds_nothing() -> None:
    assert not build("s", []).find("anything")
    assert not PhraseSet(signal="s").find("anything")


def test_thousands_of_entries_are_searched_together() -> None:
    # Words that share nothing, each too long to be a part of another: what a sieve needs most memory for.
    words = [sha256(bytes([high, low])).hexdigest() for high in range(9) for low in range(250)]
    many = build("s", [replace(entry(f"{word} * {word[::-1]}"), id=word) for word in words])

    found = many.find(". ".join(f"{word} and {word[::-1]}" for word in (words[0], words[1100], words[-1])))

    assert [match.pattern for match in found] == [words[0], words[1100], words[-1]]


@settings(max_examples=150, deadline=None)
@given(st.text(LETTERS_AND_SIGNS, min_size=1, max_size=8), st.text(LETTERS_AND_SIGNS, max_size=20))
def test_an_entry_finds_whatever_it_was_proved_with(phrase: str, text: str) -> None:
    with suppress(PhraseError):
        assert build("s", [entry("no such word"), replace(entry(phrase, yes=(text,)), id="two")]).find(text)
    with suppress(PhraseError):
        assert not build("s", [entry("no such word"), replace(entry(phrase, no=(text,)), id="two")]).find(text)


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=30),
    st.lists(st.sampled_from(["", "\u200b", "\u00ad"]), min_size=7, max_size=7),
    st.text(max_size=30),
)
def test_a_place_holds_the_phrase_in_the_original(before: str, hidden: list[str], after: str) -> None:
    text = f"{before} {''.join(map(''.join, zip('account', hidden, strict=True)))} {after}"

    matches = build("s", [entry("account")]).find(text)

    assert matches
    assert {fold(text[match.start : match.end]).text.lower() for match in matches} == {"account"}


@pytest.mark.parametrize("text", ["a" * 65536, "a " * 32768, "a. " * 21845, "\u00ab\U0001f600" * 32768, ".\n" * 32768])
def test_long_hostile_texts_are_searched(text: str) -> None:
    phrases = build("s", [entry("a * b", unless=("a * c",)), replace(entry("*a a* * a"), id="two")])

    assert all(0 <= match.start < match.end <= len(text) for match in phrases.find(text))


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.characters(), max_size=120))
def test_any_text_can_be_searched_and_places_lie_within_it(text: str) -> None:
    patterns = [replace(entry(pattern=pattern), id=pattern) for pattern in (r"\p{L}+", "x*", r"\s*\S?")]
    phrases = build("s", [entry("a * b"), *patterns])

    for match in phrases.find(text + " a b"):
        assert 0 <= match.start < match.end <= len(text) + 4


@settings(max_examples=200, deadline=None)
@given(st.text(LETTERS_AND_SIGNS, max_size=20))
def test_any_phrase_compiles_or_is_refused(phrase: str) -> None:
    with suppress(PhraseError):
        build("s", [entry(phrase)])


CASES = yaml.safe_load((ROOT / "tests" / "cases" / "signals" / "wordings.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def packs() -> dict[str, PhraseSet]:
    folder = ROOT / "policies" / "active"
    return dict(
        load({path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.yaml")}).phrases
    )


@pytest.mark.parametrize(
    ("signal", "text"), [(signal, text) for signal, case in CASES.items() for text in case["flags"]]
)
def test_the_shipped_packs_find(signal: str, text: str, packs: dict[str, PhraseSet]) -> None:
    assert packs[signal].find(text)


@pytest.mark.parametrize(
    ("signal", "text"), [(signal, text) for signal, case in CASES.items() for text in case["passes"]]
)
def test_the_shipped_packs_leave_alone(signal: str, text: str, packs: dict[str, PhraseSet]) -> None:
    assert not packs[signal].find(text)
