"""A pack names words and guards once, and its entries are composed of them."""

import pytest

from policies.loader import load
from policies.policy import PolicyError

PACK = """\
format: 1
signal: ending
language: en
words:
  account: "accounts?|memberships?"
  yours: "your <account>"
guards:
  asked: ["as you asked", "as requested"]
entries:
  - id: ended
    tier: block
    pattern: "(?:we've|i) closed <yours>"
    unless: ["<asked>", "not"]
    yes: ["We've closed your membership."]
    no: ["As requested, we've closed your account."]
"""
PATTERN = """pattern: "(?:we've|i) closed <yours>\""""
OF_CHOICES = PACK.replace("accounts?|memberships?", "accounts|account|membership").replace("  yours: ", "  my: ")


def found(text: str, pack: str = PACK) -> list[str]:
    """What the pack finds in a text."""
    phrases = load({"0.yaml": pack.encode()}).phrases["ending"]
    return [text[match.start : match.end] for match in phrases.find(text)]


def problems(pack: str) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        load({"0.yaml": pack.encode()})
    return [str(problem) for problem in caught.value.problems]


def test_a_pattern_is_composed_of_words_and_of_words_made_of_words() -> None:
    assert found("Hello. We've closed your accounts.") == ["We've closed your accounts"]


def test_a_phrase_takes_words_as_choices_alone_or_among_others() -> None:
    alone = OF_CHOICES.replace(PATTERN, """phrase: "(we've|i) closed your <account>\"""")
    among = OF_CHOICES.replace(PATTERN, """phrase: "(we've|i) closed your (shop|<account>)\"""")

    assert found("We've closed your accounts.", alone) == ["We've closed your accounts"]
    assert found("We've closed your shop. We've closed your membership.", among) == [
        "We've closed your shop",
        "We've closed your membership",
    ]


def test_a_guard_may_use_words() -> None:
    pack = OF_CHOICES.replace(PATTERN, 'phrase: "closed your <account>"').replace('"not"]', '"of the <account>"]')

    assert found("We've closed your account, the password of the account was known.", pack) == []


def test_an_entry_heeds_the_guards_of_a_named_group_beside_its_own() -> None:
    assert found("As you asked, we've closed your account.") == []
    assert found("We've closed your account, not hers.") == []


def test_a_space_in_a_pattern_is_any_white_space_and_an_apostrophe_may_be_missing() -> None:
    assert found("Weve  closed\nyour account.") == ["Weve  closed\nyour account"]


def test_a_space_in_a_class_or_before_a_sign_that_repeats_it_is_taken_as_written() -> None:
    pack = PACK.replace("(?:we've|i) closed <yours>", "(?:we've|i)[ -]closed ?<yours>")

    assert found("I-closedyour account.", pack) == ["I-closedyour account"]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("closed <yours>", "closed <your>", "10:5: error: the pack has no word `your`. Did you mean `yours`?"),
        ('["<asked>"', '["<aksed>"', "10:5: error: the pack has no guards `aksed`. Did you mean `asked`?"),
        ("your <account>", "your <acount>", "6:10: error: the pack has no word `acount`."),
        (
            "pattern: \"(?:we've|i)",
            "phrase: \"we've",
            "10:5: error: the word `yours` is for patterns, a phrase takes choices",
        ),
        ('"not"]', '"not <ours>"]', "10:5: error: the pack has no word `ours`. Did you mean `yours`?"),
        ("memberships?", "memberships?" + "x" * 30_000, "a pattern has more than 30000 characters"),
        ('"accounts?|memberships?"', "[one]", "5:12: error: `account` is a text."),
        ('["as you asked", "as requested"]', "one", "8:10: error: `asked` is a list."),
    ],
)
def test_a_name_that_is_unknown_or_no_word_at_all_is_refused_at_its_place(before: str, after: str, told: str) -> None:
    assert any(told in problem for problem in problems(PACK.replace(before, after)))
