"""Whether a policy has earned a stricter mode or lost the one it has, by what it found and what agents said. Pure."""

from policies.verdict import Mode
from service.store.policy_records import Found, Judged

LEAST_HITS = 30
"""Findings (of an observing policy) or findings told to agents (of any other) below which there is no advice."""
MOST_WRONG_TO_RAISE = 0.02
"""The share of findings called wrong up to which a policy may go further."""
LEAST_TOLD_TO_BLOCK = 100
"""Findings told to agents before a note may become a block: a mistaken block undoes what an agent did."""
LEAST_WRONG_TO_LOWER = 5
"""Findings called wrong before a policy should be lowered: two annoyed agents are no pattern."""
LEAST_WRONG_SHARE_TO_LOWER = 0.10
"""Their share of what agents were told, from which it should be."""


def advice(found: Found, judged: Judged) -> str:
    """What to do about a policy's mode, in a line that names the counts it rests on."""
    mode = judged.mode
    if mode is None:
        return "its mode is not known: no decision of that time is kept"
    if mode.rank <= Mode.OBSERVE.rank:
        return _of_observing(found)
    if found.told_wrong >= LEAST_WRONG_TO_LOWER and found.told_wrong >= LEAST_WRONG_SHARE_TO_LOWER * found.told:
        milder = Mode.NOTE if mode is Mode.BLOCK else Mode.OBSERVE
        return f"should be lowered to {milder}: {_wrong(found.told_wrong, found.told)} told were called wrong"
    if found.ops and not found.told:
        return f"ops alone were told, {found.ops} times: no agent could object, so weigh it yourself"
    if found.told < LEAST_HITS:
        held = f", {judged.held_back} held back" if judged.held_back else ""
        return f"too few to tell ({found.told} of {LEAST_HITS} told{held})"
    return _of_telling(found, mode)


def _of_observing(found: Found) -> str:
    """Nobody is told of these, so a low share proves little until somebody has looked: the advice says so."""
    if found.hits < LEAST_HITS:
        return f"too few to tell ({found.hits} of {LEAST_HITS})"
    share = f"{_wrong(found.wrong, found.hits)} hits were called wrong"
    if found.wrong > MOST_WRONG_TO_RAISE * found.hits:
        return f"should stay at observe: {share}"
    unseen = found.hits - found.told
    return f"could become note: {share}" + (f"; agents were not told of {unseen}, so read some first" if unseen else "")


def _of_telling(found: Found, mode: Mode) -> str:
    share = f"{_wrong(found.told_wrong, found.told)} told were called wrong"
    objections = found.told_wrong + found.overrides
    may_rise = found.told >= LEAST_TOLD_TO_BLOCK and objections <= MOST_WRONG_TO_RAISE * found.told
    if mode is Mode.NOTE and may_rise:
        return f"could become block: {share}, {found.overrides} overridden"
    return f"may stay at {mode}: {share}, {found.overrides} overridden"


def _wrong(number: int, of: int) -> str:
    return f"{number} of {of} ({100 * number / of:.0f} %)"
