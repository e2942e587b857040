import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.verdict import Evidence, Finding, Mode
from service.notes import Told, Undone, escape, note

TAGS = re.compile(r"</?(?:p|strong|em|blockquote|ul|li|code)>|<br>")


def quote(text: str) -> Evidence:
    return Evidence(text=text, change_id="1", start=0, end=len(text))


def test_a_note_tells_what_why_what_helps_and_how_to_answer(make_finding: Callable[..., Finding]) -> None:
    finding = make_finding(evidence=(quote("please look again"),))

    written = note([Told(finding=finding, mode=Mode.NOTE)], [], Undone())

    assert written == (
        "<p>Ombuds noticed: <strong>Ticket closed without the customer&#x27;s agreement</strong></p>"
        "<p>The ticket was solved while the customer had the last word.</p>"
        "<blockquote>please look again</blockquote>"
        "<p><em>Customers who still object must not find their ticket closed.</em></p>"
        "<p><strong>What helps:</strong> Ask whether the matter is settled.</p>"
        "<p>To answer, write an internal note:"
        "<br><code>#ombuds override F00001 reason</code> if there is a good reason for it"
        "<br><code>#ombuds wrong F00001 reason</code> if this is a mistake</p>"
    )


def test_a_block_tells_what_was_undone_and_who_may_approve(make_finding: Callable[..., Finding]) -> None:
    undone = Undone(is_reopened=True, removed_tags=("terminated",), group="review")

    written = note([Told(finding=make_finding(), mode=Mode.BLOCK)], [], undone, approvers=("leads", "trust")) or ""

    assert "Ombuds asks for a second look:" in written
    assert "The ticket is open again. Taken off: <code>terminated</code>. For review to look at." in written
    assert "<code>#ombuds approve F00001 reason</code> lets it pass; a colleague from leads or trust can" in written
    assert "override" not in written


def test_a_note_offers_no_way_that_would_be_refused(make_finding: Callable[..., Finding]) -> None:
    finding = make_finding(overridable=False)

    written = note([Told(finding=finding, mode=Mode.NOTE)], [], Undone(), approvers=("leads",)) or ""

    assert "override" not in written
    assert "<code>#ombuds approve F00001 reason</code> lets it pass; a colleague from leads can do so" in written
    assert "<code>#ombuds wrong F00001 reason</code> if this is a mistake" in written


def test_quotes_are_few_short_and_not_said_twice(make_finding: Callable[..., Finding]) -> None:
    texts = ["word " * 100, "one", "one", "two", "three", "had the last word"]
    finding = make_finding(evidence=tuple(quote(text) for text in texts))

    written = note([Told(finding=finding, mode=Mode.NOTE)], [], Undone()) or ""

    quotes = re.findall(r"<blockquote>(.*?)</blockquote>", written)
    assert [len(text) <= 200 for text in quotes] == [True] * 3
    assert quotes[0].endswith("word…")
    assert quotes[1:] == ["one", "two"]


def test_the_worst_comes_first_and_a_long_list_is_cut(make_finding: Callable[..., Finding]) -> None:
    told = [Told(finding=make_finding(f"F{n:05}", title=f"Title {n}"), mode=Mode.NOTE) for n in range(8)]
    told.append(Told(finding=make_finding("F99999", title="The block"), mode=Mode.BLOCK))

    written = note(told, [], Undone()) or ""

    assert written.startswith("<p>Ombuds asks for a second look: <strong>The block</strong></p>")
    assert "And 3 more, which are on record." in written


def test_beside_the_worst_the_others_are_told_in_a_line_each(make_finding: Callable[..., Finding]) -> None:
    worst = make_finding("F00001", title="An end", evidence=(quote("closed your account"),))
    other = make_finding("F00002", title="A cold letter", evidence=(quote("closed your account"), quote("final")))
    third = make_finding("F00003", title="No name", evidence=(), advice="Sign it.")

    written = note([Told(finding=one, mode=Mode.BLOCK) for one in (worst, other, third)], [], Undone()) or ""

    assert written.count("<blockquote>") == 1
    assert "<p>Also:</p><ul><li><strong>A cold letter</strong> (<code>F00002</code>). “final”. Ask whether" in written
    assert "<li><strong>No name</strong> (<code>F00003</code>). Sign it.</li></ul>" in written
    assert "<code>#ombuds approve F00001 reason</code> (or F00002, F00003) lets it pass" in written
    assert written.count("#ombuds") == 2


def test_nothing_to_say_is_no_note() -> None:
    assert note([], [], Undone()) is None


HOSTILE = [
    ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
    ('" onmouseover="x', "&quot; onmouseover=&quot;x"),
    ("{{ticket.comments}} {% if %}", "{\u200b{ticket.comments}} {\u200b% if %}"),
    ("a\u202eb\x00c\x1bd", "a b c d"),
    ("\ud800", " "),
]


@pytest.mark.parametrize(("text", "harmless"), HOSTILE)
def test_quoted_words_stay_words(text: str, harmless: str) -> None:
    assert escape(text) == harmless


@settings(max_examples=100)
@given(st.text(st.characters()), st.text(st.sampled_from("{}%<>&\"'")))
def test_whatever_is_quoted_a_note_holds_only_the_tags_we_write(words: str, marks: str) -> None:
    for text in (words, marks):
        escaped = escape(text)

        assert not TAGS.search(escaped)
        assert "<" not in escaped
        assert "{{" not in escaped
        assert "{%" not in escaped
        escaped.encode()
