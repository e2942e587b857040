"""What is shown of many places where words were found: few, and never without the narrow ones a block rests on."""

from policies.phrases import PhraseEntry, Tier, build
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
