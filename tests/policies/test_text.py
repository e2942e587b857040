"""An author's own words: what is quoted, signed or hidden must not decide a case, and offsets stay true."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.folding import fold
from policies.html_text import from_html
from policies.searched import canonical
from policies.text import LONGEST, asks, plain, quotations, said
from policies.ticket import Comment, Visibility


def comment(text: str, html: str | None = None) -> Comment:
    return Comment(id="1", visibility=Visibility.PUBLIC, text=text, html=html)


QUOTED = [
    "On Mon, 2 Mar 2026 at 10:12, Anna <anna@shop.example> wrote:\nold words",
    "On Mon, 2 Mar 2026 at 10:12, Anna\n<anna@shop.example> wrote:\n\nold words",
    "Am 02.03.2026 um 10:12 schrieb Anna:\nold words",
    "Le lun. 2 mars 2026 à 10:12, Anna <anna@shop.example> a écrit :\nold words",
    "El lun, 2 mar 2026 a las 10:12, Anna (<anna@shop.example>) escribió:\nold words",
    "Em seg., 2 de mar. de 2026 às 10:12, Anna <anna@shop.example> escreveu:\nold words",
    "-----Original Message-----\nFrom: Anna\nold words",
    "-----Ursprüngliche Nachricht-----\nold words",
    "________________________________\nFrom: Anna\nSent: Monday\nTo: Maria\nSubject: Re\n\nold words",
    "Von: Anna\nGesendet: Montag\nAn: Maria\nBetreff: AW\n\nold words",
    "##- Please type your reply above this line -##\nold words",
    "> old words\n> more old words",
]


@pytest.mark.parametrize("quoted", QUOTED)
def test_quoted_history_is_not_the_authors_word(quoted: str) -> None:
    own = said(comment(f"My own words.\n\n{quoted}"))

    assert own.text.strip() == "My own words."
    assert "old" not in own.signature


@pytest.mark.parametrize(
    "text",
    [
        "On Monday you wrote:\nthat it would come on Tuesday.",
        "On the box it says 2026, and the manual wrote off: nothing.",
        "From: the island\nI would like to come over.",
        "Prices > 100 EUR are too high.",
    ],
)
def test_ordinary_words_are_not_taken_for_quotes(text: str) -> None:
    assert said(comment(text)).text.strip() == text


def test_an_answer_below_a_marked_quote_is_kept() -> None:
    own = said(comment("On 2 Mar 2026 at 10:12, Anna wrote:\n> old words\n\nMy answer."))

    assert own.text.strip() == "My answer."


@pytest.mark.parametrize(
    ("text", "signature"),
    [
        ("It works.\n\nKind regards,\nAnna Berg", "Kind regards,\nAnna Berg"),
        ("It works.\n-- \nAnna Berg\nShop", "-- \nAnna Berg\nShop"),
        ("Es geht.\n\nMit freundlichen Grüßen\nAnna", "Mit freundlichen Grüßen\nAnna"),
        ("It is closed.\n\nAccount Review Team", "Account Review Team"),
        ("It works.\n\nSent from my phone", "Sent from my phone"),
        ("Thanks!\nAnna", "Anna"),
        ("It works.\nThanks!\nOne more thing: where is the invoice?", ""),
        ("It works", ""),
        ("", ""),
    ],
)
def test_the_signature_is_told_apart(text: str, signature: str) -> None:
    own = said(comment(text))

    assert own.signature == signature
    assert own.text.strip() == text.removesuffix(signature).strip()


def test_offsets_into_the_own_words_are_offsets_into_the_comment() -> None:
    text = "> old\r\nIt does not work.\r\n\r\nOn 2 Mar 2026 at 10:12, Anna wrote:\r\nold"

    start = said(comment(text)).text.index("does not")

    assert text[start : start + 8] == "does not"


def test_own_words_are_worked_out_once_for_a_comment_and_anew_for_an_altered_one() -> None:
    first = comment("It works.")

    assert said(first) is said(first)
    assert said(replace(first, text="It fails.")).text == "It fails."
    assert first == comment("It works.")


def test_html_is_read_only_where_there_is_no_text() -> None:
    assert plain(comment("plain", "<p>rich</p>")) == "plain"
    assert plain(comment(" ", "<p>rich</p>")) == "rich"


def test_html_that_hides_something_is_read_instead_of_a_text_that_may_tell_it() -> None:
    assert plain(comment("clo x sed", 'clo<i style="display:none"> x </i>sed')) == "closed"
    assert plain(comment("plain", '<p style="font-size:10px">rich</p>')) == "plain"


def test_a_quotation_is_told_without_its_marks_and_without_who_wrote_when() -> None:
    header = "From: Tom\nSent: Monday\nSubject: It\n"
    text = f"Mine.\n> On 2 Mar 2026 at 10:12, Anna wrote:\n> > It is\n> broken.\n\n{header}Gone"

    quoted = quotations(comment(text))

    assert quoted.split() == ["It", "is", "broken.", "It", "Gone"]
    assert len(quoted) == len(text)
    assert quotations(comment("It is broken.")) == ""


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Hello&nbsp;you</p><p>bold <b>words</b></p>", "Hello you\n\nbold words"),
        ("one<br>two<ul><li>three<li>four</ul>", "one\ntwo\n\nthree\n\nfour"),
        ("<table><tr><td>Your account</td><td>is closed</td></tr><tr><td>Why</table>", "Your account is closed\nWhy"),
        ('mine<div class="gmail_quote">On Monday</div><blockquote>old</blockquote>', "mine\n> On Monday\n> old"),
        ('mine<blockquote class="freshdesk_quote">old<p>older</blockquote>mine', "mine\n> old\n> older\nmine"),
        ('mine<div id="divRplyFwdMsg">From: x</div><div>old</div>', "mine\n> From: x\n> old"),
        ('ter<i style="display : none">x</i>min<b style="FONT-SIZE:0px!important">x</b>ated<p hidden>x', "terminated"),
        ('<p style="opacity:0">x</p><p style="visibility:hidden">x<b style="visibility:visible">seen</b>', "seen"),
        ('<div style="font-size:0;color:red"> x<p style="font-size:14px">seen</p></div>', "seen"),
        ('<p style="font-size:inherit">seen<b style="font-size:small;opacity:inherit"> too</b></p>', "seen too"),
        ('<p style="display:none;display:block">seen</p><p style="font-size:0!important;font-size:9px">x', "seen"),
        ('<p style="font-size:0.9em">seen</p><p style="opacity:.5">and this</p>', "seen\nand this"),
        ("<b>" * 500 + "clo<i>sed</i> &amp; gone", "closed & gone"),
        ("<style>p{}</style><script>1</script>seen", "seen"),
        ("<p", ""),
        ("", ""),
    ],
)
def test_html_is_read_as_it_is_seen(html: str, text: str) -> None:
    """What nobody sees neither adds a word nor splits one."""
    assert [line for line in from_html(html).split("\n") if line] == [line for line in text.split("\n") if line]


UNSEEN = [
    '<i style="display:none">x</i>',
    '<b style="font-size:0px">x<b>x</b></b>',
    '<p style="color:red; visibility: hidden">x</p>',
    "<div hidden>x<div>x</div></div>",
]
MARKUP = ["<p>", "</p>", "<blockquote>", "</blockquote>", "<div>", "</div>", "<b>", "</b>", *UNSEEN]

HOSTILE = {
    "a size of endless nothing": f"<p style='font-size:{'0' * 500_000}q!'>x",
    "ten megabytes": "word " * 2_000_000,
    "an endless word": "a" * 10_000_000,
    "500 mails": "\n".join(f"{'>' * depth} mail {depth}" for depth in range(500)),
    "empty lines": "\n" * 100_000,
    "half headers": "From: x\n" * 20_000,
    "half attributions": "On 2026 at 10:12\n" * 10_000,
    "lone surrogates and NUL": "\ud800\0" * 50_000,
    "right to left": "\u202e\u05e9\u05dc\u05d5\u05dd\u200f " * 10_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_bounded_and_read(name: str) -> None:
    own = said(comment(HOSTILE[name]))

    assert len(own.text) <= LONGEST
    own.text.encode("utf-8")


@pytest.mark.parametrize(
    "html", ["<div>" * 200_000, "<p>" * 100_000, "<b>" * 100_000 + "x", "</b><div>" * 50_000, "<a " * 200_000]
)
def test_hostile_html_ends(html: str) -> None:
    """The parser alone needs minutes for these; the runner's own limit is the measure."""
    assert len(from_html(html)) < len(html)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.characters(), max_size=300))
def test_any_text_keeps_its_length_and_its_letters(text: str) -> None:
    own = said(comment(text)).text

    assert all(char in ("\n", " ", "\ufffd") or char == text[place] for place, char in enumerate(own))
    assert len(quotations(comment(text))) in (0, len(text))


DISGUISED = {
    "your \u0430\u0441\u0441ount is terminat\u0435d": "your account is terminated",
    "an \u03b1cc\u03bfunt": "an account",
    "a \U0001d6c2ccount": "a account",
    "clos\u0435\u0301d": "clos\u00e9d",
    "ac\u200bc\u00adou\u034fn\ufe0ft": "account",
    "c\u200b\u043e\u200bunt": "count",
    "\u043c\u043e\u0441 \u03b1\u03b2\u03b3": "\u043c\u043e\u0441 \u03b1\u03b2\u03b3",
    "\u0441\u043e\u0440 at 10\u043c": "\u0441\u043e\u0440 at 10\u043c",
    "\u2764\ufe0f thanks": "\u2764 thanks",
}


@pytest.mark.parametrize("text", DISGUISED, ids=ascii)
def test_letters_that_look_latin_are_latin_among_latin_ones_and_what_is_not_drawn_is_not_there(text: str) -> None:
    """Who reads it sees the word; a word that is wholly of another script stays as it is."""
    assert fold(text).text == DISGUISED[text]


def test_a_disguised_word_is_told_as_it_was_written() -> None:
    text = "It is c\u200bl\u043es\u0435d now."
    folded = fold(text)
    start = folded.text.index("closed")

    assert text[slice(*folded.original(start, start + 6))] == "c\u200bl\u043es\u0435d"


def test_of_marks_piled_on_a_letter_the_first_are_read() -> None:
    """Nobody needs more, and to bring 60,000 of them into their order takes seconds."""
    folded = fold(f"clo{PILED}sed")

    assert folded.text.startswith("cl\u1ecd")
    assert folded.text.endswith("sed")
    assert len(folded.text) < 40
    assert folded.original(len(folded.text) - 3, len(folded.text)) == (3 + len(PILED), 6 + len(PILED))


PILED = "\u0301\u0323" * 30_000
_TRICKY = st.sampled_from(
    "a\u0430o\u043e\u03bfe\u0435\u0301\u200b\u00ad\u034f\ufe0f\ufb01\u201c \n.\u0436\U0001d6c2\ud800"
)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.one_of(_TRICKY, st.characters()), max_size=100))
def test_folding_points_back_into_the_original_and_folds_nothing_twice(text: str) -> None:
    folded = fold(text)

    assert len(folded.offsets) == len(folded.text) + 1
    assert all(0 <= offset <= len(text) for offset in folded.offsets)
    assert list(folded.offsets) == sorted(folded.offsets)
    assert fold(folded.text).text == folded.text
    for place in range(len(folded.text)):
        start, end = folded.original(place, place + 1)
        assert 0 <= start < end <= len(text)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([*MARKUP, "a", "\ue000", "\ue001", "<", ">", "&amp;"]), max_size=30).map("".join))
def test_broken_html_is_read_all_the_same(html: str) -> None:
    text = from_html(html)

    assert "x" not in text
    assert not {"\ue000", "\ue001"} & set(text)


def test_two_sendings_of_a_text_look_the_same() -> None:
    assert canonical("Dear  Reader,\nyour ACCOUNT") == canonical("dear reader - your account.")


def test_a_question_mark_in_a_web_address_asks_nothing() -> None:
    text = "See https://shop.example/a?b=1 for it. Which one?"

    assert [text[start:end] for start, end in asks(text)] == ["Which one?"]


def test_what_a_comment_says_is_made_ready_for_searching_once() -> None:
    """However many changes of a ticket are judged, its past costs nothing twice."""
    written = comment("The lamp is broken.\n\n> and what you wrote")

    searched = said(written).text.searched

    assert said(written).text.searched is searched
    assert searched.text.startswith("The lamp is broken.")
    assert "wrote" not in searched.text
