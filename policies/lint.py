"""What is sound and yet surely not meant: a policy that never speaks up, a condition that decides nothing.

A policy is a formula over its facts. Every fact gets a few values that stand for all others (a number on either side of
every limit that is named), and the formula is searched for values that make it true, or that make one condition decide.
Texts are searched in nobody knows how, so each test on a text may hold or not, whatever the others do: what is told
here is never wrong, and not all there is to tell.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date

from policies.forms import did_you_mean
from policies.formula import Formula, Truths
from policies.languages import tellable
from policies.matching import compare
from policies.policy import Policy, PolicyException, Problem, Rulebook, Test, Unchecked
from policies.reading import Fact, FactType
from policies.source import Text, read_source
from policies.verdict import Mode, Point, Value

_SOON_DAYS = 7
_MOST_STEPS = 20_000
"""Of one search; a policy that takes more is let pass."""
_TEXTS = (FactType.TEXT, FactType.TEXTS, FactType.PROSE)

Variables = Sequence[Sequence[Truths]]
"""What can be chosen for each fact: what its tests say of one value or another."""
_Holds = Callable[[Truths], bool | None]


def lint(policy: Policy, facts: Mapping[str, Fact]) -> list[Problem]:
    """What its author should look at again, in the order of the file; none of it keeps the policy from loading."""
    formula = Formula.of(policy)
    variables = _variables(formula.tests, facts)
    try:
        return [*_unchecked(policy), *_findings(policy, formula, variables)]
    except _TooLongError:
        return [*_unchecked(policy)]


def _unchecked(policy: Policy) -> Iterator[Problem]:
    if policy.unchecked is Unchecked.BLOCK and policy.strictest(Point.DRAFT) is not Mode.BLOCK:
        message = f"`{policy.id}` never blocks a draft, so `unchecked: block` has no effect."
        hint = "Let it block with `at: {draft: block}`, or take `unchecked` out."
        yield Problem(place=policy.place, message=message, hint=hint, is_warning=True)


def lint_exceptions(exceptions: Iterable[PolicyException], today: date) -> list[Problem]:
    """Exceptions that have run out, or do so within a week."""
    found = []
    for one in exceptions:
        left = (one.expires - today).days
        if left < 0:
            found.append(_warning(one, f"has expired on {one.expires}.", "Take it out."))
        elif left <= _SOON_DAYS:
            found.append(_warning(one, f"expires on {one.expires}.", "Mend the policy, or have it approved anew."))
    return found


def lint_packs(files: Mapping[str, bytes], signals: Collection[str]) -> list[Problem]:
    """Phrase packs whose `signal` nothing asks for, or whose `language` no text is ever in. The files are sound."""
    found = []
    for name, content in files.items():
        keys = {key.value: node for key, node in read_source(name, content).entries}
        asked = (("signal", signals, "nothing asks for"), ("language", tellable(), "no text is told to be in"))
        for key, known, why in asked if "entries" in keys else ():
            node = keys[key]
            if isinstance(node, Text) and node.value not in known:
                message = f"{why} the {key} `{node.value[:100]}`, so nothing is found by this pack."
                hint = did_you_mean(node.value, sorted(known)) or "See those that came with Ombuds."
                found.append(Problem(place=node.place, message=message, hint=hint, is_warning=True))
    return found


def lint_all(rulebook: Rulebook, facts: Mapping[str, Fact], today: date) -> list[Problem]:
    """Both, of all that a rulebook holds."""
    found = [problem for policy in rulebook.policies for problem in lint(policy, facts)]
    return [*found, *lint_exceptions(rulebook.exceptions, today)]


def _warning(one: PolicyException, message: str, hint: str) -> Problem:
    return Problem(place=one.place, message=f"the exception `{one.id}` {message}", hint=hint, is_warning=True)


def _findings(policy: Policy, formula: Formula, variables: Variables) -> Iterator[Problem]:
    if not any(True for _ in _search(formula.is_violated, variables)):
        hint = "Look for two conditions that exclude each other, or an `unless` that always holds."
        yield Problem(place=policy.place, message=f"`{policy.id}` can never be violated.", hint=hint, is_warning=True)
        return
    for number, test in enumerate(formula.tests):
        seen = {truths[number] for values in variables for truths in values if number in truths}
        if len(seen) == 1:
            always = "always holds" if seen == {True} else "never holds"
            yield Problem(place=test.place, message=f"this condition {always}.", hint=_ASK, is_warning=True)
        elif not _decides(formula, number, variables):
            message = "this condition never decides: with it or without, the policy says the same."
            yield Problem(place=test.place, message=message, hint=_ASK, is_warning=True)


_ASK = "Take it out, or mend what stands around it."


class _TooLongError(Exception):
    """The search was given up."""


def _decides(formula: Formula, number: int, variables: Variables) -> bool:
    """Whether the result can hang on this one test: on its holding, and on its failing."""
    return all(_changes(formula, number, instead, variables) for instead in (True, False))


def _changes(formula: Formula, number: int, instead: bool, variables: Variables) -> bool:
    """Whether something else can come out if the test always held, or never did."""

    def differs(truths: Truths) -> bool | None:
        if truths.get(number) is instead:
            return False
        now, then = formula.is_violated(truths), formula.is_violated({**truths, number: instead})
        return None if now is None or then is None else now is not then

    return any(True for _ in _search(differs, variables))


def _search(
    holds: _Holds, variables: Variables, known: Truths | None = None, steps: list[int] | None = None
) -> Iterator[Truths]:
    """Choices of one value for each variable under which it holds. Raises _TooLongError."""
    known, steps = known or {}, steps if steps is not None else [0]
    steps[0] += 1
    if steps[0] > _MOST_STEPS:
        raise _TooLongError
    truth = holds(known)
    if truth is not None or not variables:
        if truth:
            yield known
        return
    for truths in variables[0]:
        yield from _search(holds, variables[1:], {**known, **truths}, steps)


def _variables(tests: Sequence[Test], facts: Mapping[str, Fact]) -> list[list[Truths]]:
    """For each fact, or each test on a text, what its tests say of each value that is told apart."""
    by_fact: dict[str, list[int]] = {}
    for number, test in enumerate(tests):
        by_fact.setdefault(test.fact, []).append(number)
    variables: list[list[Truths]] = []
    for name, numbers in by_fact.items():
        fact = facts[name]
        if fact.type in _TEXTS:
            variables += [[{number: True}, {number: False}] for number in numbers]
        else:
            told = [
                {number: _holds(tests[number], fact, value) for number in numbers} for value in _values(fact, tests)
            ]
            variables.append([dict(one) for one in {tuple(one.items()) for one in told}])
    return variables


def _holds(test: Test, fact: Fact, value: Value) -> bool:
    return compare(test, fact.type, value).holds


def _values(fact: Fact, tests: Sequence[Test]) -> Sequence[Value]:
    """Values of which at least one does to these tests whatever any value can do."""
    if fact.type is FactType.BOOL:
        return (True, False)
    if fact.type is FactType.CHOICE:
        return fact.choices
    limits = [test.wanted for test in tests if test.fact == fact.name and isinstance(test.wanted, int | float)]
    step = 1 if fact.type is FactType.COUNT else 0.25
    return sorted({max(limit + side, 0) for limit in limits for side in (-step, 0, step)} | {0})
