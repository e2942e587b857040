"""The facts about replies and conversations, one by one: what they say, and when they cannot tell."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from policies.facts import FACTS
from policies.loader import load
from policies.phrases import PhraseSet
from policies.reading import Fact, FactType, Moment, Reading
from policies.ticket import Role
from policies.verdict import Point

sys.path.insert(0, str(Path(__file__).parent))
from conversations import CUSTOMER, Step, told

ROOT = Path(__file__).parents[2]
ACTIVE = ROOT / "policies" / "active"


@pytest.fixture(scope="module")
def packs() -> Mapping[str, PhraseSet]:
    return load({path.relative_to(ACTIVE).as_posix(): path.read_bytes() for path in ACTIVE.rglob("*.yaml")}).phrases


def reading(fact: str, packs: Mapping[str, PhraseSet], *steps: dict[str, Any], **ticket: Any) -> Reading:
    *_, last = told(list(steps), **ticket)
    return read(fact, packs, last)


def read(fact: str, packs: Mapping[str, PhraseSet], step: Step, **moment: Any) -> Reading:
    known = {"ticket": step.ticket, "change": step.change, "now": step.change.at, "phrases": packs, **moment}
    return FACTS[fact].read(Moment(**known))


def cases(name: str) -> list[tuple[str, str]]:
    """The texts of a file of cases, each with what is expected of it."""
    told = yaml.safe_load((ROOT / "tests" / "cases" / "signals" / f"{name}.yaml").read_text("utf-8"))
    return [(expected, text) for expected, texts in told.items() for text in texts]


@pytest.mark.parametrize("fact", FACTS.values(), ids=lambda fact: fact.name)
def test_every_fact_has_a_sentence_for_the_notes(fact: Fact) -> None:
    """A true-or-false one has two, any other one in which `{}` holds the value."""
    if fact.type is FactType.BOOL:
        assert all(fact.said)
    else:
        assert "{}" in fact.said[0]


@pytest.mark.parametrize(
    ("signature", "signer"),
    [
        ("\n\nKind regards,\nAnna Berg", "person"),
        ("\n\nKind regards,\nJo\nCustomer Care", "person"),
        ("\n\nCheers,\nJo from the Support Team", "person"),
        ("\n\nSincerely,\nAccount Review Team", "department"),
        ("\n\nBest,\nThe Acme Support Team", "department"),
        ("\n\nTrust & Safety, Shop Ltd", "department"),
        (" Account Review Team", "department"),
        ("\n\nKind regards", "nobody"),
        ("", "nobody"),
    ],
)
def test_the_signature_tells_who_signs(signature: str, signer: str, packs: Mapping[str, PhraseSet]) -> None:
    text = f"The parcel is on its way to you.{signature}"

    assert reading("reply.signed_by", packs, {"agent": text}).value == signer


def test_an_agent_called_like_a_department_is_no_person(packs: Mapping[str, PhraseSet]) -> None:
    step = {"agent": "It is closed.\n\nRegards,\nAccount Review Team", "by": "Account Review Team"}

    assert reading("reply.signed_by", packs, step).value == "department"


def test_the_senders_address_is_the_replys_own_else_the_tickets(packs: Mapping[str, PhraseSet]) -> None:
    assert reading("reply.sender", packs, {"agent": "Hi", "sender": "ECR-Replies@shop.example"}).value == (
        "ecr-replies@shop.example"
    )
    assert reading("reply.sender", packs, {"agent": "Hi"}).value == "support@shop.example"
    assert reading("reply.sender", packs, {"agent": "Hi"}, sender=None).value is None
    assert reading("reply.sender", packs, {"customer": "Hi"}).value is None


def test_only_a_public_reply_ends_an_account(packs: Mapping[str, PhraseSet]) -> None:
    text = "We have closed your account."

    assert reading("reply.terminates_account", packs, {"agent": text}).value is True
    assert reading("reply.terminates_account", packs, {"rule": text, "kind": "auto_reply"}).value is True
    assert reading("reply.terminates_account", packs, {"agent": text, "internal": True}).value is False
    assert reading("reply.terminates_account", packs, {"customer": text}).value is False
    assert reading("reply.terminates_account", {}, {"agent": text}).value is None


def test_the_same_text_sent_again_is_no_answer(packs: Mapping[str, PhraseSet]) -> None:
    text = "The garden gate is delivered in three parts, each with its own tracking number."
    steps = [{"agent": text}, {"customer": "Where is part two?"}, {"agent": f"Hello!\n\n{text}"}]

    assert reading("reply.repeats_earlier", packs, *steps).value is True
    assert reading("reply.is_substantive", packs, *steps).value is False
    assert reading("reply.is_substantive", packs, steps[0]).value is True


AGREED, OBJECTS = "thread.customer_agreed", "thread.customer_objects"


@pytest.mark.parametrize(
    ("words", "agreed", "objects"),
    [
        ("That worked, thanks!", True, False),
        ("Thank you!", True, False),
        ("Thanks, but it still does not work.", False, True),
        ("Thanks. And where do I find the invoice for May?", False, False),
        ("It does not work.", False, True),
        ("I will try it tonight.", False, False),
        ("\u30ed\u30b0\u30a4\u30f3\u3067\u304d\u307e\u305b\u3093", None, None),
    ],
)
def test_the_customers_stance_is_read_from_what_followed_the_reply(
    words: str, agreed: bool | None, objects: bool | None, packs: Mapping[str, PhraseSet]
) -> None:
    steps = [{"customer": "Help"}, {"agent": "Please restart it."}, {"customer": words}, {"agent": "", "solve": True}]

    assert reading(AGREED, packs, *steps).value is agreed
    assert reading(OBJECTS, packs, *steps).value is objects


STANCES = {"agrees": (True, False), "objects": (False, True), "neither": (False, False), "untold": (None, False)}


@pytest.mark.parametrize(("stance", "words"), cases("stances"))
def test_only_plain_words_of_the_customers_own_settle_a_matter(
    stance: str, words: str, packs: Mapping[str, PhraseSet]
) -> None:
    steps = [{"customer": "Help"}, {"agent": "It is done."}, {"customer": words}, {"agent": "", "solve": True}]

    assert (reading(AGREED, packs, *steps).value, reading(OBJECTS, packs, *steps).value) == STANCES[stance]


def test_of_an_objection_that_news_and_thanks_follow_nothing_can_be_told(packs: Mapping[str, PhraseSet]) -> None:
    objected = [{"customer": "Help"}, {"agent": "Please restart."}, {"customer": "It still does not work."}]
    solved = {"agent": "", "solve": True}

    said = reading(OBJECTS, packs, *objected, {"customer": "Got it, a digit was missing. Thank you"}, solved)

    assert said.value is None
    assert reading(OBJECTS, packs, *objected, {"customer": "Thank you. The lamp flickers."}, solved).value is True


def test_a_request_is_shown_in_the_sentence_that_asks_most_plainly(packs: Mapping[str, PhraseSet]) -> None:
    asked = "What happened? I did nothing wrong. I would like to appeal this decision, please."

    said = reading(ASKS, packs, {"agent": "We have closed your account."}, {"customer": asked})

    assert [found.text for found in said.evidence] == ["I would like to appeal this decision, please."]


def test_thanks_do_not_hide_an_open_request_for_another_look(packs: Mapping[str, PhraseSet]) -> None:
    steps = [
        {"agent": "We have closed your account."},
        {"customer": "Please reconsider this decision."},
        {"agent": "Our decision is final."},
        {"customer": "Then I wait for your colleague. Thanks"},
    ]

    assert reading(AGREED, packs, *steps, {"agent": "", "solve": True}).value is False


def test_thanks_that_were_followed_by_news_settle_nothing(packs: Mapping[str, PhraseSet]) -> None:
    thanked, solved = [{"agent": "Please restart."}, {"customer": "It works, thanks."}], {"agent": "", "solve": True}

    assert reading(AGREED, packs, *thanked, {"customer": "Have a nice day!"}, solved).value is True
    assert reading(AGREED, packs, *thanked, {"customer": "The May bill is higher."}, solved).value is False


def test_the_newest_word_counts(packs: Mapping[str, PhraseSet]) -> None:
    steps = [
        {"agent": "Please restart."},
        {"customer": "Working now, thanks."},
        {"customer": "It still does not work."},
    ]

    assert reading(AGREED, packs, *steps, {"agent": "", "solve": True}).value is False


def test_a_requester_who_works_here_is_the_customer_of_his_own_ticket(packs: Mapping[str, PhraseSet]) -> None:
    *_, last = told([{"agent": "Please restart."}, {"customer": "That worked, thanks!"}, {"agent": "", "solve": True}])
    colleague = replace(CUSTOMER, role=Role.AGENT)
    changes = tuple(
        replace(change, actor=colleague) if change.actor.id == CUSTOMER.id else change for change in last.ticket.changes
    )

    step = replace(last, ticket=replace(last.ticket, requester=colleague, changes=changes))

    assert read(AGREED, packs, step).value is True


def test_a_question_is_open_until_somebody_on_the_customers_side_writes(packs: Mapping[str, PhraseSet]) -> None:
    asked = {"agent": "Which browser do you use?"}
    solved = {"agent": "", "solve": True, "after": "5h"}

    assert reading("thread.hours_since_agent_question", packs, asked, solved).value == 5
    assert reading("thread.question_is_open", packs, asked, {"colleague": "Firefox"}, solved).value is False
    assert reading("thread.hours_since_agent_question", packs, {"customer": "Hi"}, solved).value is None
    assert reading("thread.question_is_open", packs, {"agent": "Anything else I can do?"}, solved).value is False


@pytest.mark.parametrize(("kind", "words"), cases("questions"))
def test_a_question_asked_with_the_solving_change_itself_is_open(
    kind: str, words: str, packs: Mapping[str, PhraseSet]
) -> None:
    steps = [{"customer": "The lamp is broken."}, {"agent": words, "solve": True}]

    assert reading("thread.question_is_open", packs, *steps).value is (kind == "open")
    assert reading("thread.hours_since_agent_question", packs, *steps).value == (0 if kind == "open" else None)


def test_the_customers_own_message_answers_every_question(packs: Mapping[str, PhraseSet]) -> None:
    steps = [{"agent": "Which browser do you use?"}, {"customer": "Firefox. Which one is best?"}]

    assert reading("thread.question_is_open", packs, *steps).value is False


def test_follow_ups_sent_in_one_sitting_count_once(packs: Mapping[str, PhraseSet]) -> None:
    steps = [{"customer": "Hi"}, {"agent": "Try this."}, {"agent": "And this."}, {"agent": "Well?", "after": "3d"}]

    assert reading("thread.unanswered_followups", packs, *steps, {"agent": "", "solve": True}).value == 2


def test_an_act_is_held_against_its_own_time_and_a_draft_against_now(packs: Mapping[str, PhraseSet]) -> None:
    *_, step = told([{"customer": "Hi"}, {"agent": "", "solve": True, "after": "5h"}])
    later = step.change.at + timedelta(hours=40)

    assert read("thread.hours_since_customer", packs, step, now=later).value == 5
    assert read("thread.hours_since_customer", packs, step, now=later, point=Point.DRAFT).value == 45


ENDED = {"agent": "We have closed your account."}
ASKS, WAITS = "thread.asks_reconsideration", "thread.hours_reconsideration_waits"


def test_broad_words_ask_for_another_look_only_after_a_refusal(packs: Mapping[str, PhraseSet]) -> None:
    broad = {"customer": "Could you take another look?"}

    assert reading(ASKS, packs, {"agent": "The colour is blue."}, broad).value is False
    assert reading(ASKS, packs, ENDED, broad).value is True
    assert reading(ASKS, packs, {"customer": "Please reopen my account."}).value is True


@pytest.mark.parametrize(("kind", "words"), cases("decisions"))
def test_broad_words_ask_for_another_look_after_any_answer_that_turns_the_customer_down(
    kind: str, words: str, packs: Mapping[str, PhraseSet]
) -> None:
    """There are too many wordings of a no, so an answer in substance that grants nothing is one."""
    steps = [{"customer": "Can you sort out my order?"}, {"agent": words}, {"customer": "Can you please look again?"}]

    assert reading(ASKS, packs, *steps).value is (kind == "against")


def test_the_oldest_open_request_is_what_waits(packs: Mapping[str, PhraseSet]) -> None:
    steps = [
        ENDED,
        {"customer": "I want to appeal this decision."},
        {"agent": "Thank you for your message. Our decision is final.", "after": "2h"},
        {"customer": "Please reconsider your decision.", "after": "3h"},
        {"clock": "", "after": "4h"},
    ]

    assert reading(WAITS, packs, *steps).value == 9
    assert reading(WAITS, packs, ENDED).value is None


@pytest.mark.parametrize(
    ("answer", "is_open"),
    [
        ("We looked at the two payments again; both were yours, and the shop opens again tonight.", False),
        ("Your account has been terminated. There will be no more answers from us about these books.", True),
        ("Dear Reader,\n\nThank you for contacting us. Our decision remains unchanged.", True),
        ("We will get back to you as soon as possible.", True),
    ],
)
def test_only_an_answer_in_substance_ends_the_wait(answer: str, is_open: bool, packs: Mapping[str, PhraseSet]) -> None:
    asked = {"customer": "Please reconsider your decision."}

    assert reading(ASKS, packs, ENDED, asked, {"agent": answer}).value is is_open


@pytest.mark.parametrize(("kind", "words"), cases("answers"))
def test_an_answer_says_what_was_looked_at_or_gives_what_was_asked(
    kind: str, words: str, packs: Mapping[str, PhraseSet]
) -> None:
    steps = [ENDED, {"customer": "Please reconsider your decision."}, {"agent": words}]

    assert reading("reply.is_substantive", packs, *steps).value is (kind == "answer")
    assert reading(ASKS, packs, *steps).value is (kind == "none")


def test_what_was_asked_before_the_ticket_was_watched_is_past(packs: Mapping[str, PhraseSet]) -> None:
    *_, last = told([ENDED, {"customer": "Please reopen my account."}, {"clock": "", "after": "30h"}])
    step = replace(last, ticket=replace(last.ticket, watched_since=last.change.at - timedelta(hours=1)))

    assert read(ASKS, packs, step).value is False


def test_our_own_notes_and_what_comes_later_are_not_read(packs: Mapping[str, PhraseSet]) -> None:
    steps = list(
        told([ENDED, {"customer": "Please reopen my account."}, {"agent": "It has been open again since noon."}])
    )
    own = replace(steps[-1].ticket.changes[-1], is_own=True)
    ticket = steps[-1].ticket

    assert read(ASKS, packs, replace(steps[1], ticket=ticket)).value is True
    assert read(
        ASKS, packs, replace(steps[-1], change=own, ticket=replace(ticket, changes=(*ticket.changes[:-1], own)))
    ).value
