"""What a reply sets as a quotation and nobody said before is its author's word: no letter passes by being indented."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from textwrap import wrap
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.signals.quotations import own_quotes_told, with_own_quotes
from policies.text import plain, said
from policies.ticket import Change, Comment, Person, Role, Status, Ticket, Via, Visibility

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MARIA = Person(id="c1", role=Role.CUSTOMER, name="Maria Lopez")
ANNA = Person(id="a1", role=Role.AGENT, name="Anna Berg")
ASKS = (
    "Hello,\n\nmy lamp is broken. I bought it in May, and it isn\u2019t the first one!\n"
    "Can you send me another? It looks so: https://pictures.example/1?a=b\n\nThanks,\nMaria"
)
LETTER = "Dear Maria,\nyour account has been closed for good.\nNobody can reopen it."
BANNER = "On Mon, 2 Mar 2026 at 10:12, Maria <maria@mail.example> wrote:"


def quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.split("\n"))


def change(number: int, who: Person, text: str, *, is_public: bool = True) -> Change:
    visibility = Visibility.PUBLIC if is_public else Visibility.INTERNAL
    comment = Comment(id=f"m{number}", visibility=visibility, text=text)
    return Change(id=str(number), at=NOON + timedelta(hours=number), actor=who, via=Via.EMAIL, comment=comment)


def ticket(*changes: Change, **parts: Any) -> Ticket:
    return Ticket(
        **{
            "helpdesk": "zendesk",
            "account": "acme",
            "id": "1",
            "subject": "The lamp",
            "status": Status.OPEN,
            "requester": MARIA,
            "created_at": NOON,
            "updated_at": NOON,
            "changes": changes,
            **parts,
        }
    )


def own(text: str, who: Person = ANNA, earlier: Change | None = None, **parts: Any) -> str:
    """What the author himself says, in one line, on a ticket that Maria began."""
    told = with_own_quotes(ticket(earlier or change(0, MARIA, ASKS), change(1, who, text), **parts)).changes[-1]
    assert told.comment is not None
    return " ".join(said(told.comment).text.split())


@pytest.mark.parametrize(
    "quotation",
    [
        quoted(ASKS),
        quoted(quoted(ASKS)),
        quoted("\n".join(wrap(ASKS, 30))),
        quoted(ASKS.replace("\n\n", "\n").replace("\u2019", "'")),
        quoted(ASKS.replace("https://pictures.example/1?a=b", "<https://pictures.example/1?a=b>")),
        quoted(f"{BANNER}\n{ASKS}"),
        quoted(ASKS[: ASKS.index("another") + 4]),
        quoted("Can you send me another?\n\nHello, my lamp is broken."),
        quoted("1. my lamp is broken.\n2. I bought it in May, and\n3. it isn't the first one!"),
        f"{BANNER}\n\n{ASKS}",
        f"From: Maria\nSent: Monday\nTo: Anna\nSubject: The lamp\n\n{ASKS}",
    ],
)
def test_what_was_said_before_is_quoted_however_it_is_wrapped_marked_or_cut(quotation: str) -> None:
    assert own(f"We will send one.\n\n{quotation}") == "We will send one."
    assert own(quotation) == ""


@pytest.mark.parametrize(
    "header",
    [
        "Le lun. 2 mars 2026 à 10:12, Maria <maria@mail.example> a écrit\u00a0:",
        "De\u00a0: Maria\nEnvoyé\u00a0: lundi\nÀ\u00a0: Anna\nObjet\u00a0: RE\u00a0: The lamp",
        "De: Maria\nEnviada em: segunda-feira\nPara: Anna\nAssunto: RES: [Ticket 7] The lamp",
        "Von: Maria\nGesendet: Montag\nAn: Anna;\n Tom <t@shop.example>\nBetreff: AW: The lamp\nWichtigkeit: Hoch",
        "From: Maria\n\nDate: Monday\n\nTo: Anna\n\nSubject: [Acme] Re: The lamp",
    ],
)
def test_who_wrote_when_is_nobodys_word_in_any_language(header: str) -> None:
    """French writes a space before a colon; long lines are wrapped, and each may be a paragraph of its own."""
    for quotation in (f"{header}\n\n{ASKS}", quoted(f"{header}\n\n{ASKS}")):
        assert own(f"We will send one.\n\n{quotation}").replace(" Tom <t@shop.example>", "") == "We will send one."


@pytest.mark.parametrize(
    "text",
    [
        quoted(LETTER),
        quoted(quoted(LETTER)),
        f"{BANNER}\n{LETTER}",
        f"-----Original Message-----\nFrom: Maria\nSent: Monday\nTo: Anna\n\n{LETTER}",
    ],
)
def test_a_letter_that_is_wholly_set_as_a_quotation_is_its_authors(text: str) -> None:
    assert own(text) == " ".join(LETTER.split())


def test_what_is_put_between_quoted_sentences_is_the_authors() -> None:
    text = quoted("my lamp is broken. Your account is closed. I bought it in May,\nand it isn't the first one!")

    assert own(f"See below.\n\n{text}") == "See below. Your account is closed."
    assert own(quoted("Hello,\n\nmy lamp is not broken.")) == "my lamp is not broken."


def test_a_mail_from_outside_that_is_handed_on_is_said_to_the_customer() -> None:
    header = "From: Bank\nSent: Monday\nTo: Anna\nSubject: Her account is closed"

    assert own(f"Fyi:\n\n{header}\n\nNobody can reopen it.") == "Fyi: Her account is closed Nobody can reopen it."


def test_what_the_customer_never_saw_cannot_be_quoted_to_her() -> None:
    note = change(0, ANNA, LETTER, is_public=False)
    kept_back = change(0, ANNA, LETTER)

    assert own(quoted(LETTER), earlier=note) == " ".join(LETTER.split())
    assert own(quoted(LETTER), earlier=kept_back, held=("0",)) == " ".join(LETTER.split())
    assert own(quoted(LETTER), earlier=kept_back) == ""


@pytest.mark.parametrize("parts", [{"is_whole": False}, {"follows": "77"}])
def test_where_the_past_is_not_known_whole_a_quotation_below_an_answer_is_believed(parts: dict[str, Any]) -> None:
    """It may well quote a mail that we do not have. A reply that says nothing else says it."""
    assert own(f"We are sorry about this:\n\n{quoted(LETTER)}", **parts) == "We are sorry about this:"
    assert own(quoted(LETTER), **parts) == " ".join(LETTER.split())


def test_what_was_said_on_a_ticket_that_was_merged_into_this_one_may_be_quoted() -> None:
    merge = replace(change(0, ANNA, "Merged from ticket 7."), via=Via.MERGE)

    assert own(f"Sorry.\n\n{quoted(LETTER)}", earlier=merge) == "Sorry."


def test_a_customer_who_quotes_our_letter_does_not_say_it_and_one_who_says_nothing_else_does() -> None:
    assert own(f"Why?\n\n{quoted(LETTER)}", MARIA) == "Why?"
    assert own(quoted("But it is mine."), MARIA) == "But it is mine."


def test_what_the_helpdesk_mailed_around_our_letter_is_not_the_customers_word_and_what_he_put_into_it_is() -> None:
    """Who answers with a picture alone asks for nothing, whatever our footer offers."""
    letter, above = change(0, ANNA, LETTER), "Your request has been updated."
    below = "If you disagree, reply to this mail, and we will look at it again."
    answered = LETTER.replace("for good.\n", "for good.\n\nBut it is mine.\n\n")

    assert own(quoted(f"{above}\n\n{LETTER}\n\n{below}"), MARIA, letter) == ""
    assert own(quoted(f"{above}\n\n{answered}\n\n{below}"), MARIA, letter) == "But it is mine."


def test_what_is_the_authors_stands_where_he_wrote_it_and_his_signature_is_told_apart() -> None:
    text = quoted(f"{LETTER}\n\nKind regards\nThe Account Team")
    told = own_quotes_told(ticket(change(0, MARIA, ASKS)), change(1, ANNA, text)).comment
    assert told is not None

    start = said(told).text.index("closed for good")

    assert plain(told)[start : start + 15] == "closed for good"
    assert said(told).signature.split() == ["Kind", "regards", "The", "Account", "Team"]


def test_what_was_found_out_is_kept_for_the_same_past_only() -> None:
    """A ticket is judged at each of its changes, and the gate remembers messages by their text."""
    reply, asks = change(1, ANNA, quoted(LETTER)), change(0, MARIA, ASKS)

    first, again = (own_quotes_told(ticket(asks), reply).comment for _ in range(2))
    kept = str(reply.comment and reply.comment.memo)
    other = own_quotes_told(ticket(change(0, MARIA, LETTER)), reply).comment

    assert first is not None
    assert again is not None
    assert other is not None
    assert said(first).text.searched is said(again).text.searched
    assert said(other).text.strip() == ""
    assert "my lamp is broken" not in kept


HOSTILE = {
    "as many sentences as fit in": quoted("a b. " * 13_000),
    "a sentence a line, backwards": "\n".join(f"> word {number}." for number in range(5_000, 0, -1)),
    "mails in mails": "\n".join(f"{'>' * depth} mail {depth}" for depth in range(1, 300)),
    "headers": "> From: x\n> Sent: y\n> To: z\n" * 2_000,
    "half a banner": "> On 2026 at 10:12\n" * 3_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_quotations_are_read_to_an_end(name: str) -> None:
    """The runner's own limit is the measure."""
    asks = change(0, MARIA, "\n".join(f"word {number}." for number in range(5_000)))

    assert isinstance(own(HOSTILE[name], earlier=asks), str)


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from("ab.: \n>|\u200b\u0430\U0001d6c2\ud800"), max_size=80), st.text("ab. \n", max_size=40))
def test_whatever_is_quoted_keeps_its_length_and_its_letters(text: str, earlier: str) -> None:
    told = own_quotes_told(ticket(change(0, MARIA, earlier)), change(1, ANNA, text)).comment
    assert told is not None

    written = plain(told)

    for place, char in enumerate(said(told).text):
        assert char in ("\n", " ", written[place])
    assert own_quotes_told(ticket(change(0, MARIA, earlier), change(1, ANNA, text)), change(2, ANNA, text)) is not None
