"""What is shown of many places where words were found: few, and never without the narrow ones a block rests on."""

from policies.phrases import Match, PhraseEntry, Tier, build
from policies.signals.heard import MOST_QUOTED, distinct, surest

WORDS = build(
    "s",
    [
        PhraseEntry(id="broad", tier=Tier.NOTE, language="en", phrase="perhaps"),
        PhraseEntry(id="narrow", tier=Tier.BLOCK, language="en", phrase="never again"),
    ],
)


def test_a_narrow_place_is_shown_however_many_broad_ones_stand_before_it() -> None:
    found = distinct(WORDS.find("Perhaps. Perhaps. Perhaps. Perhaps. Never again."))

    shown = surest(found)

    assert [match.pattern for match in shown] == ["broad", "broad", "narrow"]
    assert len(shown) == MOST_QUOTED
    assert [match.start for match in shown] == sorted(match.start for match in shown)


def test_a_place_within_another_is_told_once_unless_it_is_the_narrow_one() -> None:
    broad, within, narrow = _match(0, 9), _match(2, 5), _match(3, 6, Tier.BLOCK)

    assert distinct([narrow, within, broad]) == [broad, narrow]
    assert distinct([_match(0, 9, Tier.BLOCK), within, narrow]) == [_match(0, 9, Tier.BLOCK)]


def test_as_many_places_as_a_message_holds_are_told_apart() -> None:
    """The runner's own limit is the measure: to hold each against each would take minutes."""
    assert len(distinct([_match(place, place + 5) for place in range(65_536)] * 2)) == 65_536


def _match(start: int, end: int, tier: Tier = Tier.NOTE) -> Match:
    return Match(start=start, end=end, tier=tier, pattern="p", language="en")
