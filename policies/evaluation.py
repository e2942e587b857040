"""Whether a condition holds: true, false, or unknown, and the tests that decided it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from policies.matching import Comparison, compare
from policies.phrases import Tier
from policies.policy import All, Any, Condition, Not, Test, Unit
from policies.reading import Fact, Moment, Reading
from policies.verdict import Evidence

FAULTS = (ArithmeticError, LookupError, TypeError, ValueError, AttributeError)
"""What a fact may raise on a ticket nobody thought of. Anything else is a fault of the service, and is not hidden."""


class FactError(Exception):
    """A fact could not be read: a fault of ours, never of the change."""

    def __init__(self, fact: str, cause: str) -> None:
        super().__init__(f"{fact}: {cause}")
        self.fact = fact
        self.cause = cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """One test with the reading it was made on. `holds` None: the reading is unknown."""

    test: Test
    fact: Fact
    reading: Reading
    holds: bool | None
    comparison: Comparison | None = None

    @property
    def is_broad(self) -> bool:
        """Whether it rests on phrases, and on none that is narrow."""
        tiers = {evidence.tier for evidence in self.reading.evidence}
        return Tier.NOTE in tiers and Tier.BLOCK not in tiers


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A condition's truth (None: unknown) and the tests that decided it, in the order they were written."""

    truth: bool | None = None
    because: tuple[Weighed, ...] = ()
    is_broad: bool = False
    """It would not hold without phrases of the broad tier."""


class Readings:
    """The facts of one moment, each read once, when it is first asked for."""

    def __init__(self, moment: Moment, facts: Mapping[str, Fact]) -> None:
        self.moment = moment
        self.known: dict[str, Reading] = {}
        self._facts = facts
        self._faults: dict[str, FactError] = {}

    def __call__(self, fact: Fact) -> Reading:
        """The fact's reading. Raises FactError."""
        if fact.name in self._faults:
            raise self._faults[fact.name]
        if fact.name not in self.known:
            try:
                self.known[fact.name] = fact.read(self.moment)
            except FAULTS as error:
                self._faults[fact.name] = FactError(fact.name, type(error).__name__)
                raise self._faults[fact.name] from error
        return self.known[fact.name]


Read = Callable[[Fact], Reading]


def weigh(condition: Condition, facts: Mapping[str, Fact], read: Read) -> Answer:
    """The condition by Kleene's three-valued logic. Raises FactError.

    `all` stops at its first false part; `any` looks at every part, so that a finding shows all it rests on.
    """
    match condition:
        case Test():
            return _weigh_test(condition, facts, read)
        case Not(part=part):
            answer = weigh(part, facts, read)
            return replace(answer, truth=None if answer.truth is None else not answer.truth)
        case All(parts=parts):
            answers: list[Answer] = []
            for part in parts:
                answers.append(weigh(part, facts, read))
                if answers[-1].truth is False:
                    return answers[-1]
            return _joined(answers, decisive=False)
        case Any(parts=parts):
            return _joined([weigh(part, facts, read) for part in parts], decisive=True)


def _joined(answers: list[Answer], *, decisive: bool) -> Answer:
    """The truth of several: one `decisive` part decides, else one unknown leaves it open, else all agree."""
    for truth in (decisive, None, not decisive):
        deciding = [answer for answer in answers if answer.truth is truth]
        if deciding:
            # Where one part is enough, a single sure one makes it sure; where all are needed, one broad one does not.
            among = all if truth is decisive else any
            return Answer(
                truth=truth,
                because=tuple(weighed for answer in deciding for weighed in answer.because),
                is_broad=among(answer.is_broad for answer in deciding),
            )
    return Answer(truth=not decisive)


def _weigh_test(test: Test, facts: Mapping[str, Fact], read: Read) -> Answer:
    fact = facts.get(test.fact)
    if fact is None:
        raise FactError(test.fact, "there is no such fact")
    reading = read(fact)
    if reading.value is None:
        return Answer(truth=None, because=(Weighed(test=test, fact=fact, reading=reading, holds=None),))
    try:
        test = in_hours(test, reading)
        found = compare(test, fact.type, reading.value)
    except FAULTS as error:
        raise FactError(fact.name, type(error).__name__) from error
    weighed = Weighed(test=test, fact=fact, reading=reading, holds=found.holds, comparison=found)
    return Answer(truth=found.holds, because=(weighed,), is_broad=weighed.is_broad)


def in_hours(test: Test, reading: Reading) -> Test:
    """The test as it is held against this reading: business days are as long as they are where it was read."""
    if test.unit is not Unit.BUSINESS_DAYS or not isinstance(test.wanted, float):
        return test
    return replace(test, wanted=test.wanted * reading.day_hours, unit=Unit.BUSINESS_HOURS)


def evidence_of(because: Iterable[Weighed], moment: Moment) -> tuple[Evidence, ...]:
    """What the tests rest on, nothing twice, in order of place: older changes first, then by position."""
    order = {change.id: position for position, change in enumerate(moment.ticket.changes)}
    found = dict.fromkeys(one for weighed in because for one in _shown(weighed, moment))
    return tuple(
        sorted(found, key=lambda one: (order.get(one.change_id, len(order)), one.start is None, one.start or 0))
    )


def _shown(weighed: Weighed, moment: Moment) -> Iterable[Evidence]:
    """The evidence of a reading, narrowed to what matched where that can be told."""
    whole, found = weighed.reading.evidence, weighed.comparison
    if found is None or not (found.spans or found.texts):
        return whole
    if found.spans:
        return [_quoted(span, weighed.reading, moment) for span in found.spans]
    return [one for one in whole if one.text in found.texts] or whole


def _quoted(span: tuple[int, int], reading: Reading, moment: Moment) -> Evidence:
    """A part of a prose. Where it stands is told if the reading's one piece of evidence is the place of it all."""
    text = str(reading.value)
    part = text[span[0] : span[1]]
    match reading.evidence:
        # Evidence has no white space at its ends, which the prose may have.
        case (Evidence(change_id=change_id, start=int(start), end=int(end)),) if end - start == len(text.strip()):
            start -= len(text) - len(text.lstrip())
            return Evidence(text=part, change_id=change_id, start=start + span[0], end=start + span[1])
        case _:
            return Evidence(text=part, change_id=moment.change.id)
