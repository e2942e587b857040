"""Mail of machines that the helpdesk takes for a person's: nobody's word, and no way round the policies."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from policies.loader import load
from policies.phrases import PhraseSet
from policies.signals.machines import NEWEST, heard_apart, with_machines_apart
from policies.ticket import (
    Change,
    Comment,
    CommentKind,
    Person,
    Role,
    Status,
    Ticket,
    Via,
    Visibility,
)

ROOT = Path(__file__).parents[2]
ACTIVE = ROOT / "policies" / "active"
CASES: Mapping[str, list[str]] = yaml.safe_load(
    (ROOT / "tests" / "cases" / "signals" / "auto_reply.yaml").read_text("utf-8")
)
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MARIA = Person(id="c1", role=Role.CUSTOMER, name="Maria Lopez")
ANNA = Person(id="a1", role=Role.AGENT, name="Anna Berg")
AWAY = CASES["machine"][0]


@pytest.fixture(scope="module")
def packs() -> Mapping[str, PhraseSet]:
    return load({path.relative_to(ACTIVE).as_posix(): path.read_bytes() for path in ACTIVE.rglob("*.yaml")}).phrases


def _says(text: str, actor: Person = MARIA, visibility: Visibility = Visibility.PUBLIC) -> Change:
    comment = Comment(id="m1", visibility=visibility, text=text)
    return Change(id="1", at=NOON, actor=actor, via=Via.EMAIL, comment=comment)


def _kind(change: Change) -> CommentKind | None:
    return change.comment.kind if change.comment else None


@pytest.mark.parametrize("text", CASES["machine"])
def test_mail_of_a_machine_is_an_automatic_reply(text: str, packs: Mapping[str, PhraseSet]) -> None:
    assert _kind(heard_apart(_says(text), packs)) is CommentKind.AUTO_REPLY
    assert _kind(heard_apart(_says(text, ANNA), packs)) is CommentKind.AUTO_REPLY


@pytest.mark.parametrize("text", CASES["person"])
def test_mail_of_a_person_is_a_message(text: str, packs: Mapping[str, PhraseSet]) -> None:
    assert _kind(heard_apart(_says(text), packs)) is CommentKind.MESSAGE


@pytest.mark.parametrize("text", CASES["agents_own_word"])
def test_an_adverse_letter_stays_the_agents_whatever_it_calls_itself(text: str, packs: Mapping[str, PhraseSet]) -> None:
    assert _kind(heard_apart(_says(text, ANNA), packs)) is CommentKind.MESSAGE


def test_a_long_letter_is_a_persons(packs: Mapping[str, PhraseSet]) -> None:
    """A person may answer above or below the mail that his machine would have sent."""
    assert _kind(heard_apart(_says(AWAY + " And now to the scanner." * 100), packs)) is CommentKind.MESSAGE


def test_an_internal_note_is_left_alone(packs: Mapping[str, PhraseSet]) -> None:
    note = _says(AWAY, ANNA, Visibility.INTERNAL)

    assert heard_apart(note, packs) is note


def test_nothing_is_told_apart_without_the_pack() -> None:
    assert _kind(heard_apart(_says(AWAY), {})) is CommentKind.MESSAGE


def test_only_the_newest_messages_of_a_ticket_are_looked_at(packs: Mapping[str, PhraseSet]) -> None:
    """A thread of thousands costs no more than a short one."""
    changes = tuple(replace(_says(AWAY), id=str(number)) for number in range(NEWEST + 10))
    ticket = Ticket(
        helpdesk="zendesk", account="acme", id="7", subject="", status=Status.OPEN, requester=MARIA,
        created_at=NOON, updated_at=NOON, changes=changes,
    )  # fmt: skip

    kinds = [_kind(change) for change in with_machines_apart(ticket, packs).changes]

    assert kinds == [CommentKind.MESSAGE] * 10 + [CommentKind.AUTO_REPLY] * NEWEST
