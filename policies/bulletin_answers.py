"""What a reply says of a declared change: that it is so, or that it is not. Pure.

Clause by clause. One that asks, doubts, or tells of the past or of what somebody else said claims nothing. The others
are held against the bulletin's own sentences and against its examples of wrong answers; two claims agree only if both
deny something or neither does. Wrong answers that need no example ("it still applies") stand in phrase packs, one for
each kind of change.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from policies.bulletin_matching import Profile, names
from policies.bulletins import BulletinKind
from policies.claims import Claim, claims
from policies.phrases import Match
from policies.terms import alike, terms, total

Find = Callable[[str, str], Sequence[Match]]
"""Where the phrase pack of a signal holds in a text."""

DENIALS = {
    BulletinKind.TOOK_AWAY: "unchanged",
    BulletinKind.CHANGED: "unchanged",
    BulletinKind.ADDED: "not_offered",
    BulletinKind.BROKEN: "all_well",
}
"""The pack that denies a change of this kind."""

_WRONG = 0.5
"""How alike a claim is to an example of a wrong answer, from which it is one."""
_TOLD = 0.5
"""How much of the news a claim must hold to tell it."""
_SAME = 0.7
"""How alike two claims are that say the same."""
_NEXT_TO_NOTHING = 1.0
_LONGEST_LOOK = 8_000


def contradiction(profile: Profile, text: str, find: Find) -> tuple[int, int] | None:
    """The first clause that says the opposite of the bulletin; None if there is none."""
    text = text[:_LONGEST_LOOK]
    denials = find(DENIALS[profile.bulletin.kind], text)
    for said in _claimed(text, find):
        denial = next((match for match in denials if said.holds(match.start)), None)
        if _is_wrong(profile, said) or (denial and _is_denial(profile, said, denial, find)):
            return said.start, said.end
    return None


def telling(profile: Profile, text: str, find: Find) -> tuple[int, int] | None:
    """The first clause that tells the bulletin in substance; None if there is none."""
    for said in _claimed(text[:_LONGEST_LOOK], find):
        if _is_told(profile, said) and not _is_wrong(profile, said):
            return said.start, said.end
    return None


def _claimed(text: str, find: Find) -> Iterator[Claim]:
    unclaimed = [match.start for signal in ("hedge", "not_claimed") for match in find(signal, text)]
    for said in claims(text):
        if "?" not in said.text and not any(said.holds(position) for position in unclaimed):
            yield said


def _is_told(profile: Profile, said: Claim) -> bool:
    """Whether it holds enough of the news beside the matter's name. "No longer" is news by itself."""
    name = frozenset(term for name in profile.names for term in name)
    for true in (true for true in profile.news if true.denies == said.denies):
        news = true.terms - name
        if news and total(said.terms & news, {}) >= _TOLD * total(news, {}):
            return True
        if true.denies and alike(said.terms, true.terms, {}) >= _SAME:
            return True
    return False


def _is_wrong(profile: Profile, said: Claim) -> bool:
    wrong = _closest(said, profile.wrongs)
    return wrong >= _WRONG and wrong > _closest(said, profile.truths)


def _is_denial(profile: Profile, said: Claim, denial: Match, find: Find) -> bool:
    """Whether such words deny this very change, and the answer itself does not say the same of something."""
    at = denial.start - said.start
    beside = f"{said.text[:at]} {said.text[at + denial.end - denial.start :]}"
    others = frozenset(terms(beside)) - profile.words.keys()
    if not names(said.terms, profile) and total(others, {}) > _NEXT_TO_NOTHING:
        return False  # "Yes, it still applies" is about it; "Your other contract still applies" is not.
    pack = DENIALS[profile.bulletin.kind]
    return _closest(said, [true for true in profile.truths if find(pack, true.text)]) < _WRONG


def _closest(said: Claim, others: Iterable[Claim]) -> float:
    return max((alike(said.terms, one.terms, {}) for one in others if one.denies == said.denies), default=0.0)
