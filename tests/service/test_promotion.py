"""When a policy's mode should rise or fall, and which counts are named for it."""

import pytest

from policies.verdict import Mode
from service.promotion import advice
from service.store.policy_records import Found, Judged

OBSERVE, NOTE, BLOCK = Mode.OBSERVE, Mode.NOTE, Mode.BLOCK

ADVICE: list[tuple[Mode | None, Found, str]] = [
    (OBSERVE, Found(hits=12), "too few to tell (12 of 30)"),
    (OBSERVE, Found(hits=29), "too few to tell (29 of 30)"),
    (
        OBSERVE,
        Found(hits=30),
        "could become note: 0 of 30 (0 %) hits were called wrong; agents were not told of 30, so read some first",
    ),
    (
        OBSERVE,
        Found(hits=50, wrong=1, told=50),
        "could become note: 1 of 50 (2 %) hits were called wrong",
    ),
    (OBSERVE, Found(hits=49, wrong=1), "should stay at observe: 1 of 49 (2 %) hits were called wrong"),
    (NOTE, Found(hits=80, told=29, told_wrong=4), "too few to tell (29 of 30 told, 51 held back)"),
    (NOTE, Found(told=9, told_wrong=5), "should be lowered to observe: 5 of 9 (56 %) told were called wrong"),
    (NOTE, Found(told=50, told_wrong=5), "should be lowered to observe: 5 of 50 (10 %) told were called wrong"),
    (BLOCK, Found(told=50, told_wrong=5), "should be lowered to note: 5 of 50 (10 %) told were called wrong"),
    (NOTE, Found(told=51, told_wrong=5), "may stay at note: 5 of 51 (10 %) told were called wrong, 0 overridden"),
    (NOTE, Found(told=40, told_wrong=4), "may stay at note: 4 of 40 (10 %) told were called wrong, 0 overridden"),
    (NOTE, Found(hits=30, told=30), "may stay at note: 0 of 30 (0 %) told were called wrong, 0 overridden"),
    (NOTE, Found(told=99), "may stay at note: 0 of 99 (0 %) told were called wrong, 0 overridden"),
    (
        NOTE,
        Found(told=100, told_wrong=1, overrides=1),
        "could become block: 1 of 100 (1 %) told were called wrong, 1 overridden",
    ),
    (
        NOTE,
        Found(told=100, told_wrong=1, overrides=2),
        "may stay at note: 1 of 100 (1 %) told were called wrong, 2 overridden",
    ),
    (BLOCK, Found(told=100), "may stay at block: 0 of 100 (0 %) told were called wrong, 0 overridden"),
    (NOTE, Found(hits=60, ops=60), "ops alone were told, 60 times: no agent could object, so weigh it yourself"),
    (None, Found(hits=60), "its mode is not known: no decision of that time is kept"),
]


@pytest.mark.parametrize(("mode", "found", "line"), ADVICE, ids=[line for _, _, line in ADVICE])
def test_the_advice_names_the_counts_it_rests_on(mode: Mode | None, found: Found, line: str) -> None:
    held = max(found.hits - found.told, 0)

    assert advice(found, Judged(mode=mode, held_back=held if mode is NOTE else 0)) == line
