"""What was done before, by whom and when: warnings, calls, second looks, requests met, decisions taken back."""

import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from policies.facts import FACTS
from policies.loader import load
from policies.phrases import PhraseSet
from policies.reading import Moment, Reading
from policies.ticket import Channel

sys.path.insert(0, str(Path(__file__).parent))
from conversations import told

ROOT = Path(__file__).parents[2]
ACTIVE = ROOT / "policies" / "active"
CASES = yaml.safe_load((ROOT / "tests" / "cases" / "signals" / "structure.yaml").read_text("utf-8"))
WARNS = "If we do not hear from you by Friday, we will have to close your account."
ENDS = "We have closed your account, and the decision is final."
PLEADS = "Please look at my account again, I sold only my own pottery."
ANSWERS = "I went through the three listings. Two of them show photographs of a factory, and both are still online."


@pytest.fixture(scope="module")
def packs() -> Mapping[str, PhraseSet]:
    return load({path.relative_to(ACTIVE).as_posix(): path.read_bytes() for path in ACTIVE.rglob("*.yaml")}).phrases


def reading(fact: str, packs: Mapping[str, PhraseSet], *steps: dict[str, Any], **ticket: Any) -> Reading:
    *_, last = told(list(steps), **ticket)
    moment = Moment(ticket=last.ticket, change=last.change, now=last.change.at, phrases=packs)
    return FACTS[fact].read(moment)


def texts(signal: str) -> list[tuple[str, bool]]:
    return [(text, expected == "says") for expected, several in CASES[signal].items() for text in several]


@pytest.mark.parametrize(("text", "warns"), texts("warning"))
def test_a_warning_is_told_from_an_end_and_from_other_news(text: str, warns: bool, packs: Any) -> None:
    steps = {"agent": text}, {"agent": "", "macro": "Account::Terminate", "after": "8d"}

    assert reading("thread.warned_of_termination", packs, *steps).value is warns


@pytest.mark.parametrize(("text", "calls"), texts("call"))
def test_a_call_is_told_from_one_that_was_not_made(text: str, calls: bool, packs: Any) -> None:
    steps = {"agent": text, "internal": True}, {"agent": "", "macro": "Account::Terminate"}

    assert reading("thread.call_tried", packs, *steps).value is calls


@pytest.mark.parametrize(("text", "approves"), texts("approval"))
def test_an_approval_is_told_from_a_question_a_doubt_and_a_no(text: str, approves: bool, packs: Any) -> None:
    steps = {"agent": text, "internal": True, "id": "a2"}, {"agent": "", "macro": "Account::Terminate"}

    assert reading("thread.second_look", packs, *steps).value is approves


@pytest.mark.parametrize(("text", "names"), texts("another_look"))
def test_somebody_who_looks_again_is_told_from_a_form_letter(text: str, names: bool, packs: Any) -> None:
    assert reading("reply.names_another_look", packs, {"agent": text}).value is names


@pytest.mark.parametrize(("text", "takes_back"), texts("reversal"))
def test_a_decision_taken_back_is_told_from_one_that_stands(text: str, takes_back: bool, packs: Any) -> None:
    assert reading("reply.takes_it_back", packs, {"agent": text}).value is takes_back


@pytest.mark.parametrize(
    "first",
    [
        {"customer": WARNS},
        {"agent": WARNS, "internal": True},
        {"agent": WARNS, "kind": "survey"},
    ],
    ids=["the customer's own words", "a note", "a survey"],
)
def test_only_what_the_customer_was_sent_can_warn(first: dict[str, Any], packs: Any) -> None:
    assert reading("thread.warned_of_termination", packs, first, {"agent": ENDS}).value is False


def test_a_rule_may_warn_too(packs: Any) -> None:
    steps = {"rule": WARNS, "kind": "auto_reply"}, {"agent": ENDS, "after": "9d"}

    assert reading("thread.warned_of_termination", packs, *steps).value is True


def test_a_reply_does_not_warn_of_itself(packs: Any) -> None:
    assert reading("thread.warned_of_termination", packs, {"customer": "Hello?"}, {"agent": WARNS}).value is False


def test_the_time_to_answer_runs_from_the_first_warning(packs: Any) -> None:
    steps = {"agent": WARNS}, {"agent": WARNS, "after": "6d"}, {"agent": ENDS, "after": "2d"}

    assert reading("thread.hours_since_warning", packs, *steps).value == 8 * 24


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("Your account will be closed on 5 March.", True),
        ("We have closed your account. To avoid this in future, read our terms.", True),
        ("Your account will be closed on 5 March. To prevent this, please send us the papers.", False),
        ("Your parcel is on its way.", False),
    ],
)
def test_what_can_still_be_prevented_is_no_end(text: str, ends: bool, packs: Any) -> None:
    assert reading("reply.ends_account", packs, {"agent": text}).value is ends


@pytest.mark.parametrize(
    ("between", "ends"),
    [("Hello Maria, I will look into it.", False), ("Hello Maria, your account is open again.", True)],
)
def test_to_speak_of_an_end_again_is_to_end_nothing_unless_it_was_taken_back(
    between: str, ends: bool, packs: Any
) -> None:
    steps = {"agent": ENDS}, {"customer": "Why?"}, {"agent": between}, {"agent": "Your account has been closed."}

    assert reading("reply.ends_account", packs, *steps).value is ends


@pytest.mark.parametrize("fact", ["thread.warned_of_termination", "thread.call_tried", "thread.second_look"])
def test_what_is_written_in_a_script_nobody_reads_cannot_be_told(fact: str, packs: Any) -> None:
    steps = (
        {"agent": "お客様のアカウントについてご連絡いたします。"},
        {"agent": "承認しました。お客様に電話しました。", "internal": True, "id": "a2"},
        {"agent": "", "macro": "Account::Terminate"},
    )

    assert reading(fact, packs, *steps).value is None


@pytest.mark.parametrize("fact", ["thread.warned_of_termination", "thread.call_tried", "thread.second_look"])
def test_without_its_phrases_it_cannot_be_told(fact: str) -> None:
    assert reading(fact, {}, {"agent": ENDS}).value is None


@pytest.mark.parametrize(
    "step",
    [
        {"agent": "", "kind": "call", "via": "phone"},
        {"agent": "a voicemail", "kind": "call", "internal": True},
        {"customer": "I rang you", "via": "phone"},
    ],
    ids=["we called", "a recorded call", "the customer called"],
)
def test_a_call_on_the_ticket_tells_itself(step: dict[str, Any], packs: Any) -> None:
    steps = step, {"agent": ENDS, "after": "5h"}

    assert reading("thread.call_tried", packs, *steps).value is True
    assert reading("thread.hours_since_call", packs, *steps).value == 5


def test_a_ticket_that_came_in_by_phone_is_a_call(packs: Any) -> None:
    steps = {"customer": "My books are gone."}, {"agent": ENDS, "after": "3h"}

    assert reading("thread.hours_since_call", packs, *steps, channel=Channel.PHONE).value == 3


def test_what_the_customer_writes_of_calls_is_no_call_of_ours(packs: Any) -> None:
    steps = {"customer": "I called you twice and nobody answered the phone."}, {"agent": ENDS}

    assert reading("thread.call_tried", packs, *steps).value is False


def test_the_newest_call_counts(packs: Any) -> None:
    called = {"agent": "Called the customer, no answer.", "internal": True}
    steps = called, {**called, "after": "9d"}, {"agent": ENDS, "after": "1d"}

    assert reading("thread.hours_since_call", packs, *steps).value == 24


def test_a_call_on_the_ticket_may_be_newer_than_the_one_that_was_noted(packs: Any) -> None:
    noted = {"agent": "Called the customer, no answer.", "internal": True}
    steps = noted, {"agent": "", "kind": "call", "after": "2d"}, {"agent": ENDS, "after": "3h"}

    assert reading("thread.hours_since_call", packs, *steps).value == 3


@pytest.mark.parametrize(
    ("note", "looked"),
    [
        ({"agent": "Approved: close the account.", "internal": True}, False),
        ({"agent": "Approved: close the account.", "id": "a2"}, False),
        ({"customer": "Approved: close the account.", "internal": True}, False),
        ({"agent": "#ombuds approve F7K2QX it is forged", "internal": True, "id": "a2"}, True),
    ],
    ids=["by the same agent", "in public", "by the customer", "by the command"],
)
def test_a_second_look_is_another_agents_internal_note(note: dict[str, Any], looked: bool, packs: Any) -> None:
    assert reading("thread.second_look", packs, note, {"agent": ENDS}).value is looked


def test_a_second_look_comes_before_the_step(packs: Any) -> None:
    steps = {"agent": ENDS}, {"agent": "Approved: close the account.", "internal": True, "id": "a2"}

    assert reading("thread.second_look", packs, *steps).value is False


def test_the_age_of_a_second_look_is_told(packs: Any) -> None:
    steps = {"agent": "Approved.", "internal": True, "id": "a2"}, {"agent": ENDS, "after": "40d"}

    assert reading("thread.hours_since_second_look", packs, *steps).value == 40 * 24


def test_only_tags_of_others_that_are_still_there_are_colleagues_tags(packs: Any) -> None:
    steps = (
        {"agent": "", "tag": "four_eyes", "id": "a2"},
        {"agent": "", "tag": "second_look_ok", "id": "a2"},
        {"agent": "", "tag": "mine"},
        {"rule": "", "tag": "by_rule"},
        {"agent": "", "untag": "four_eyes"},
        {"agent": ENDS},
    )

    assert reading("thread.tags_of_colleagues", packs, *steps).value == ("second_look_ok",)


ASKED = ({"agent": ENDS}, {"customer": PLEADS})


@pytest.mark.parametrize(
    ("steps", "meets"),
    [
        ((*ASKED, {"agent": "Our decision stands."}), True),
        ((*ASKED, {"agent": "Our decision stands.", "internal": True}), False),
        ((*ASKED, {"agent": ANSWERS}, {"agent": "Have a nice day."}), False),
        (({"customer": "Where is my parcel?"}, {"agent": "In Graz."}), False),
    ],
    ids=["a reply", "a note", "after it was answered", "never asked"],
)
def test_a_reply_meets_a_request_that_is_open(steps: tuple[dict[str, Any], ...], meets: bool, packs: Any) -> None:
    assert reading("reply.meets_request", packs, *steps).value is meets


@pytest.mark.parametrize(
    ("steps", "hours"),
    [
        ((*ASKED, {"agent": ANSWERS, "after": "30h"}), 30),
        ((*ASKED, {"customer": "Hello?", "after": "20h"}, {"agent": ANSWERS, "after": "10h"}), 30),
        ((*ASKED, {"agent": "Our decision stands.", "after": "20h"}, {"agent": ANSWERS, "after": "10h"}), 30),
        ((*ASKED, {"agent": "Our decision stands.", "after": "30h"}), None),
        ((*ASKED, {"agent": ANSWERS, "after": "30h", "internal": True}), None),
        ((*ASKED, {"agent": ANSWERS}, {"agent": ANSWERS, "after": "30h"}), None),
        (({"customer": "Where is my parcel?"}, {"agent": "In Graz.", "after": "30h"}), None),
    ],
    ids=["answered", "asked after", "brushed off before", "brushed off", "a note", "answered before", "never asked"],
)
def test_how_long_a_request_waited_is_told_by_the_reply_that_answers_it(
    steps: tuple[dict[str, Any], ...], hours: float | None, packs: Any
) -> None:
    assert reading("reply.hours_request_waited", packs, *steps).value == hours


@pytest.mark.parametrize(
    ("steps", "decided"),
    [
        ((*ASKED, {"agent": ANSWERS}), True),
        ((*ASKED, {"agent": ANSWERS, "id": "a2"}), False),
        ((*ASKED, {"agent": "I read all of it.", "internal": True, "id": "a2"}, {"agent": ANSWERS}), False),
        (({"customer": "Please reopen my account."}, {"agent": ANSWERS}), None),
        (({"agent": ENDS}, {"customer": "Thanks."}, {"agent": ANSWERS}), False),
    ],
    ids=["the same agent", "a colleague", "a colleague had a part", "decided elsewhere", "no request"],
)
def test_who_decided_is_told_from_who_answers(
    steps: tuple[dict[str, Any], ...], decided: bool | None, packs: Any
) -> None:
    assert reading("reply.by_the_decider", packs, *steps).value is decided


NOTED = {"agent": "Reinstated the account, false alarm.", "internal": True}


@pytest.mark.parametrize(
    ("steps", "untold"),
    [
        ((NOTED,), True),
        ((NOTED, {"agent": "Dear customer,"}), True),
        ((NOTED, {"customer": "Hello?"}), True),
        ((NOTED, {"agent": "Your books should open again since this morning, all 214 of them."}), False),
        ((NOTED, {"rule": "Your account is open again.", "kind": "auto_reply"}), False),
        (({"customer": NOTED["agent"]},), False),
        (({"agent": "Refund approved by the lead.", "internal": True},), False),
        (({"agent": "We cannot offer a refund."}, {"agent": "Refund approved.", "internal": True}), True),
    ],
    ids=[
        "a note",
        "a form letter tells nothing",
        "the customer's word tells him nothing",
        "an answer tells",
        "a rule's mail tells",
        "the customer's word",
        "a refund that nobody had refused",
        "a refund that had been refused",
    ],
)
def test_what_is_taken_back_stays_untold_until_the_customer_hears(
    steps: tuple[dict[str, Any], ...], untold: bool, packs: Any
) -> None:
    assert reading("thread.untold_reversal", packs, *steps, {"clock": "", "after": "1d"}).value is untold


def test_tags_that_were_put_on_again_are_not_taken_off(packs: Any) -> None:
    off, clock = {"agent": "", "untag": "account_terminated"}, {"clock": ""}

    assert reading("thread.untold_tags_removed", packs, off, clock).value == ("account_terminated",)
    assert reading("thread.untold_tags_removed", packs, off, clock, tags=("account_terminated",)).value == ()


def test_a_rule_that_tidies_tags_takes_nothing_back(packs: Any) -> None:
    steps = {"rule": "", "untag": "account_terminated"}, {"clock": ""}

    assert reading("thread.untold_tags_removed", packs, *steps).value == ()


def test_steps_used_since_the_last_word_are_told_by_title(packs: Any) -> None:
    steps = {"agent": "", "macro": "Account::Reinstate"}, {"clock": ""}

    assert reading("thread.untold_macros", packs, *steps).value == ("Account::Reinstate",)


def test_the_time_runs_from_the_newest_of_them_in_business_hours(packs: Any) -> None:
    """Monday 9:00 and Friday 16:00; it is Monday 10:00."""
    steps = {"agent": "", "untag": "vip"}, {**NOTED, "after": "103h"}, {"clock": "", "after": "66h"}

    assert reading("thread.business_hours_untold", packs, *steps).value == 2


def test_what_was_taken_back_before_anybody_watched_is_past(packs: Any) -> None:
    *_, last = told([NOTED, {"clock": "", "after": "1d"}])
    since = last.ticket.created_at + timedelta(hours=1)
    *_, watched = told([NOTED, {"clock": "", "after": "1d"}], watched_since=since)
    moment = Moment(ticket=watched.ticket, change=watched.change, now=watched.change.at, phrases=packs)

    assert FACTS["thread.untold_reversal"].read(moment).value is False


@pytest.mark.parametrize(
    ("steps", "waits"),
    [
        (({"customer": "Where is my parcel?"},), True),
        (({"customer": "Where is my parcel?"}, {"agent": "We have received your message."}), True),
        (({"customer": "Where is my parcel?"}, {"agent": "In Graz, it comes on Friday."}), False),
        (({"customer": "Where is it?"}, {"agent": "In Graz, it comes on Friday."}, {"customer": "Thanks!"}), False),
        (({"customer": "Where is it?"}, {"agent": "In Graz, it comes Friday."}, {"customer": "Which one?"}), True),
        (({"customer": "Where?"}, {"agent": "In Graz, it comes Friday."}, {"customer": "Good evening, Maria"}), False),
        (({"agent": "Hello Maria, your new card is on its way."},), False),
    ],
    ids=["new", "a receipt", "answered", "thanked for", "asked on", "greeted", "nobody asked"],
)
def test_a_message_waits_until_it_is_answered_in_substance(
    steps: tuple[dict[str, Any], ...], waits: bool, packs: Any
) -> None:
    assert reading("thread.waits_for_answer", packs, *steps, {"clock": ""}).value is waits
