"""The language of a text is told from its own words; it decides which packs are asked, and when nothing can be told."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.facts import FACTS
from policies.languages import language_of, read_by, shares, to_search
from policies.phrases import PhraseEntry, PhraseSet, Tier, build
from policies.reading import Moment, Reading
from policies.signals.thread import can_read, find
from policies.ticket import Change, Comment, Person, Role, Status, Ticket, Via, Visibility

FIVE = ("en", "de", "fr", "es", "pt")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MARIA = Person(id="c", role=Role.CUSTOMER)

LETTERS = {
    "en": "The heater has been cold since Monday, and nobody at the desk could tell me why that is.",
    "de": "Die Heizung ist seit Montag kalt, und am Schalter konnte mir niemand sagen, woran das liegt.",
    "fr": "Le chauffage est froid depuis lundi, et personne au guichet n'a su me dire pourquoi.",
    "es": "La calefacción está fría desde el lunes y nadie en el mostrador supo decirme por qué.",
    "pt": "O aquecedor está frio desde segunda-feira e ninguém no balcão soube me dizer o motivo.",
}
ELSEWHERE = {
    "it": "Il riscaldamento è freddo da lunedì e allo sportello nessuno ha saputo dirmi perché.",
    "nl": "De verwarming is al sinds maandag koud en niemand aan de balie kon me zeggen hoe dat komt.",
    "pl": "Ogrzewanie nie działa od poniedziałku i nikt przy okienku nie umiał powiedzieć dlaczego.",
    "sv": "Elementet har varit kallt sedan i måndags och ingen i kassan kunde säga mig varför.",
    "ru": "Отопление не работает с понедельника, и никто не смог сказать мне почему.",
    "ja": "月曜日から暖房がつかず、窓口の人も理由がわからないと言っていました。",
    "he": "החימום לא עובד מאז יום שני ואף אחד לא ידע להגיד לי למה",
}
NOISE = "https://shop.example/de/konto?id=8841-77 ERR_CONN_RESET [AB-20917/3] getUserName() C:\\temp\\x.log m@x.example"


@pytest.mark.parametrize("language", LETTERS)
def test_a_sentence_or_two_tell_their_language(language: str) -> None:
    told = shares(LETTERS[language])

    assert language_of(told) == language
    assert language in to_search(told, FIVE)
    assert read_by(told, FIVE)


@pytest.mark.parametrize("language", ELSEWHERE)
def test_what_is_surely_in_another_language_is_read_by_no_pack(language: str) -> None:
    told = shares(ELSEWHERE[language])

    assert language_of(told) == language
    assert not read_by(told, FIVE)
    assert read_by(told, (*FIVE, language))


@pytest.mark.parametrize("language", LETTERS)
def test_addresses_codes_and_numbers_are_in_no_language(language: str) -> None:
    assert language_of(shares(f"{NOISE}\n{LETTERS[language]}\n{NOISE} {NOISE}")) == language


@pytest.mark.parametrize("text", ["", "Anna Berg", "OK!", "4711-22", "\U0001f600" * 50, NOISE, "...", "\u200b\u00ad"])
def test_a_text_that_tells_nothing_is_searched_in_every_pack(text: str) -> None:
    told = shares(text)

    assert language_of(told) is None
    assert tuple(to_search(told, FIVE)) == FIVE
    assert read_by(told, FIVE)


@pytest.mark.parametrize(
    "text", ["\u0441\u043f\u0430\u0441\u0438\u0431\u043e", "\u8c22\u8c22", "\u05ea\u05d5\u05d3\u05d4"]
)
def test_a_few_letters_in_a_script_no_pack_writes_in_are_enough(text: str) -> None:
    assert not read_by(shares(text), FIVE)


@pytest.mark.parametrize(("one", "other"), [("en", "de"), ("de", "fr"), ("es", "en"), ("pt", "de")])
def test_a_message_in_two_languages_is_searched_in_both(one: str, other: str) -> None:
    told = shares(f"{LETTERS[one]}\n\n{LETTERS[other]}")

    assert {one, other} <= set(to_search(told, FIVE))


def test_hidden_characters_do_not_hide_a_language() -> None:
    assert language_of(shares(LETTERS["de"])) == "de"
    assert reply_language("\u200b".join(LETTERS["de"])) == "de"


def test_a_long_message_is_told_from_samples_of_all_of_it() -> None:
    told = shares(f"{LETTERS['en']}\n" * 400 + f"{LETTERS['de']}\n" * 400)

    assert {"en", "de"} <= set(to_search(told, FIVE))


@settings(max_examples=200)
@given(st.text(st.characters(), max_size=200))
def test_the_shares_of_any_text_are_parts_of_one(text: str) -> None:
    told = shares(text)

    assert list(told.values()) == sorted(told.values(), reverse=True)
    assert sum(told.values()) <= 1.01
    assert set(to_search(told, FIVE)) <= set(FIVE)


def entry(language: str, phrase: str) -> PhraseEntry:
    return PhraseEntry(id=language, tier=Tier.NOTE, language=language, phrase=phrase)


def moment(text: str, **phrases: PhraseSet) -> Moment:
    comment = Comment(id="m", visibility=Visibility.PUBLIC, text=text)
    change = Change(id="1", at=NOON, actor=Person(id="a", role=Role.AGENT), via=Via.WEB, comment=comment)
    ticket = Ticket(
        helpdesk="zendesk", account="acme", id="1", subject="", status=Status.OPEN, requester=MARIA,
        created_at=NOON, updated_at=NOON, changes=(change,),
    )  # fmt: skip
    return Moment(ticket=ticket, change=change, now=NOON, phrases=phrases)


def reply_language(text: str) -> object:
    return FACTS["reply.language"].read(moment(text)).value


def test_only_the_packs_of_a_texts_language_are_asked() -> None:
    """A German article is an English threat."""
    phrases = build("s", [entry("en", "die"), entry("de", "die")])

    found = find(moment(LETTERS["de"], s=phrases), "s", LETTERS["de"])

    assert {match.language for match in found} == {"de"}


def test_a_text_is_read_only_by_a_pack_in_its_language() -> None:
    only_english = moment(LETTERS["de"], s=build("s", [entry("en", "cold")]))

    assert not can_read(only_english, "s", LETTERS["de"])
    assert can_read(only_english, "s", LETTERS["en"])
    assert can_read(only_english, "s", "Anna")
    assert not can_read(only_english, "no such pack", LETTERS["en"])


def test_a_few_words_are_read_beside_what_they_answer() -> None:
    only_english = moment("", s=build("s", [entry("en", "cold")]))

    assert can_read(only_english, "s", "Na gut.")
    assert not can_read(only_english, "s", "Na gut.", LETTERS["de"])


@pytest.mark.parametrize(
    ("text", "value"), [*((text, code) for code, text in LETTERS.items()), ("Done.", None), ("", None)]
)
def test_a_policy_may_ask_for_the_language_of_a_reply(text: str, value: str | None) -> None:
    assert reply_language(text) == value


@pytest.mark.parametrize("language", ELSEWHERE)
def test_a_reply_in_a_language_without_a_pack_is_unknown_never_innocent(language: str) -> None:
    phrases = build("accusation", [entry("en", "you lied")])

    reading = FACTS["reply.accuses"].read(moment(ELSEWHERE[language], accusation=phrases))

    assert reading == Reading(value=None)
