"""What of a visit is counted under a topic, and what of it is written down."""

from datetime import UTC, datetime

import pytest

from policies.topic_words import Usage, Word
from policies.verdict import Point, Value, Verdict
from service.topics import InDoubt, fingerprint, topic_of

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(("others", "name"), [(1, None), (2, "promotion")])
def test_a_word_is_written_down_once_three_customers_have_used_it(others: int, name: str | None) -> None:
    """Until then it is a fingerprint: names and secrets are what few people write."""
    words = {"7": (Word(key="promotion", name="promotion"),)}
    found = InDoubt(customer="c", words=words, usage={"promotion": Usage(known_by=others)})

    (doubt,) = found.doubts

    assert (doubt.change_id, doubt.word, doubt.name, doubt.customer) == ("7", fingerprint("promotion"), name, "c")
    assert "promotion" not in doubt.word


def test_two_customers_of_one_number_at_two_helpdesks_are_two() -> None:
    assert fingerprint("zendesk", "acme", "1") != fingerprint("freshdesk", "acme", "1")
    assert fingerprint("a", "bc") != fingerprint("ab", "c")


TOPICS: list[tuple[dict[str, Value], str]] = [
    ({}, "-"),
    ({"reply.topic": None, "bulletin.id": None}, "-"),
    ({"reply.topic": "promotion", "bulletin.id": None}, "undeclared: promotion"),
    ({"reply.topic": "The tea voucher has ended", "bulletin.id": "tea"}, "tea"),
]


@pytest.mark.parametrize(("facts", "topic"), TOPICS)
def test_a_topic_is_a_bulletin_or_an_undeclared_word_or_none(facts: dict[str, Value], topic: str) -> None:
    assert topic_of(Verdict(change_id="7", point=Point.EVENT, at=NOW, revision="r", facts=facts)) == topic
