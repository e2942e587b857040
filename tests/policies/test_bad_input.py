"""Texts nobody should send: judged all the same, without a fault, and twice the text is no more than twice the work."""

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import policies
from policies.engine import judge
from policies.facts import FACTS
from policies.loader import load
from policies.policy import Rulebook
from policies.reading import Moment
from policies.ticket import Change, Comment, Person, Role, Status, Ticket, Via, Visibility
from policies.verdict import Mode, Result

ACTIVE = Path(policies.__file__).parent / "active"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CUSTOMER = Person(id="c", role=Role.CUSTOMER, name="Maria Lopez")
AGENT = Person(id="a", role=Role.AGENT, name="Jonas Keller")
COMPLAINT = "My parcel has not come. I paid for it three weeks ago and nobody answers me. When will it be here, please?"

BAD = {
    "nothing": "",
    "blanks": " \t\r\n\u00a0\u2028 ",
    "many words": "word ",
    "one endless word": "a",
    "no letters": "?!.,; ",
    "full stops": ". ",
    "empty lines": "\n",
    "right to left": "\u202e\u05e9\u05dc\u05d5\u05dd\u200f \u05dc\u05db\u05dd. ",
    "emoji": "\U0001f600\U0001f926\U0001f3fd\u200d\u2640\ufe0f",
    "half characters": "\ud800a\udfff ",
    "hidden characters": "W\u200be h\u00adave clo\u2060sed y\u200bour acc\u200bount. ",
    "marks without end": "e\u0301\u0301\u0301\u0301",
    "wide letters": "\uff37\uff45 \uff43\uff4c\uff4f\uff53\uff45\uff44 \u00bd\ufdfa ",
    "words of many phrases": "we have not closed your account if you are not sure but no longer will ",
    "words of many phrases, a sentence each": "We have. Not closed. Your account. If you. Are not sure. ",
    "negations": "isn't don't n't not never ",
    "lists without end": "your account, your account, ",
    "hyphens": "re-",
    "quotes in quotes": "On 2 Mar 2026 at 10:12, Anna <anna@shop.example> wrote:\n>> > no\n",
    "half headers": "From: x\nSent: y\n",
    "signatures": "Kind regards,\nAnna Berg\n-- \n",
    "colons": "a:\n",
    "addresses": "https://shop.example/a?b=1&c=2 x@y.example ",
    "broken HTML": "<p <b></i><<table><blockquote>&amp;&#;</p",
}
"""What is repeated until the text is long."""


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    """The shipped policies, drafts too, all in force."""
    loaded = load({path.relative_to(ACTIVE).as_posix(): path.read_bytes() for path in ACTIVE.rglob("*.yaml")})
    in_force = (
        replace(policy, status="stable", modes=dict.fromkeys(policy.modes, Mode.OBSERVE)) for policy in loaded.policies
    )
    return replace(loaded, policies=tuple(in_force))


def ticket(text: str, author: Person, *, html: str | None = None) -> Ticket:
    """A complaint, then the bad text, or an answer and then the bad text."""
    said = [(CUSTOMER, COMPLAINT, None), (AGENT, "We have closed your account.", None)]
    said = [*(said if author is CUSTOMER else said[:1]), (author, text, html)]
    changes = tuple(
        Change(
            id=str(number),
            at=NOON + timedelta(hours=number),
            actor=actor,
            via=Via.EMAIL,
            comment=Comment(id=f"m{number}", visibility=Visibility.PUBLIC, text=words, html=rich),
        )
        for number, (actor, words, rich) in enumerate(said)
    )
    return Ticket(
        helpdesk="zendesk", account="acme", id="1", subject="", status=Status.OPEN, requester=CUSTOMER,
        created_at=NOON, updated_at=changes[-1].at, changes=changes,
    )  # fmt: skip


def check(rulebook: Rulebook, told: Ticket) -> None:
    """Judge the last change: no policy meets a fault."""
    verdict = judge(rulebook, told, told.changes[-1], told.updated_at)

    assert not [outcome.policy for outcome in verdict.outcomes if outcome.result is Result.ERROR]


@pytest.mark.parametrize("author", [AGENT, CUSTOMER], ids=["agent", "customer"])
@pytest.mark.parametrize("name", BAD)
def test_a_bad_text_is_judged_without_a_fault(name: str, author: Person, rulebook: Rulebook) -> None:
    part = BAD[name]

    check(rulebook, ticket(part * (64 * 1024 // max(1, len(part))), author))


@pytest.mark.parametrize("text", ["word " * 2_000_000, "a" * 10_000_000], ids=["words", "one word"])
def test_ten_megabytes_are_judged_by_their_beginning(text: str, rulebook: Rulebook) -> None:
    check(rulebook, ticket(text, AGENT))


@pytest.mark.parametrize("name", [name for name in BAD if BAD[name].strip()])
def test_twice_the_text_is_no_more_than_twice_the_work(name: str, rulebook: Rulebook) -> None:
    """Calls are counted: a measure that no other process disturbs."""
    part = BAD[name]
    calls = [_calls(rulebook, part * (size // len(part))) for size in (6_000, 12_000)]

    assert calls[1] <= 2.3 * calls[0]


def test_five_hundred_mails_quoted_in_one_another_are_nobodys_word(rulebook: Rulebook) -> None:
    quoted = "\n".join(f"{'>' * depth} We have closed your account, number {depth}." for depth in range(1, 501))
    told = ticket(f"Your parcel comes on Monday.\n\n{quoted}", AGENT)

    check(rulebook, told)
    assert FACTS["reply.terminates_account"].read(_moment(rulebook, told)).value is False


def test_broken_html_is_read_where_there_is_no_text(rulebook: Rulebook) -> None:
    told = ticket("", AGENT, html="<p>We have <b>closed</i> your account.<table><<blockquote>old")

    check(rulebook, told)
    assert FACTS["reply.terminates_account"].read(_moment(rulebook, told)).value is True


@pytest.mark.parametrize(
    ("name", "value"), [("right to left", None), ("emoji", False), ("nothing", False), ("hidden characters", False)]
)
def test_what_no_pack_reads_is_unknown_and_what_says_nothing_is_innocent(
    name: str, value: bool | None, rulebook: Rulebook
) -> None:
    assert FACTS["reply.accuses"].read(_moment(rulebook, ticket(BAD[name] * 20, AGENT))).value is value


def test_hidden_characters_hide_nothing(rulebook: Rulebook) -> None:
    told = ticket(BAD["hidden characters"], AGENT)

    reading = FACTS["reply.terminates_account"].read(_moment(rulebook, told))

    assert reading.value is True
    assert all(one.text in BAD["hidden characters"] for one in reading.evidence)


@settings(max_examples=60)
@given(st.lists(st.sampled_from([*BAD.values(), COMPLAINT, "\n"]) | st.text(st.characters(), max_size=9), max_size=12))
def test_evidence_is_quoted_from_the_text_it_points_into(rulebook: Rulebook, parts: list[str]) -> None:
    told = ticket(" ".join(parts), CUSTOMER)

    for fact in ("thread.customer_threatens", "thread.customer_objects", "thread.asks_reconsideration"):
        for one in FACTS[fact].read(_moment(rulebook, told)).evidence:
            comment = next(change.comment for change in told.changes if change.id == one.change_id)
            assert comment is not None
            assert one.start is not None
            assert one.text == comment.text[one.start : one.end]


def _moment(rulebook: Rulebook, told: Ticket) -> Moment:
    return Moment(ticket=told, change=told.changes[-1], now=told.updated_at, phrases=rulebook.phrases)


def _calls(rulebook: Rulebook, text: str) -> int:
    """How many functions are called to judge a text."""
    count = 0

    def profile(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    told, before = ticket(text, CUSTOMER), sys.getprofile()
    sys.setprofile(profile)
    try:
        judge(rulebook, told, told.changes[-1], told.updated_at)
    finally:
        sys.setprofile(before)
    return count
