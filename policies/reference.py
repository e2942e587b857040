"""The reference of a rulebook as Markdown: a page for each policy, and one of the facts that policies may name."""

from collections.abc import Iterable, Iterator, Mapping

from policies.facts import FACTS
from policies.policy import All, Any, Condition, Not, Policy, Rulebook, Test
from policies.reading import Fact
from policies.verdict import ALL_TICKETS, Mode, Point, Undo

_OPERATORS = {
    "is": "is",
    "in": "is one of",
    "gt": "is more than",
    "gte": "is at least",
    "lt": "is less than",
    "lte": "is at most",
    "contains": "contains",
    "matches": "is like",
    "matches_list": "is in the list",
}
_POINTS = {Point.DRAFT: "before it is sent", Point.EVENT: "after the event"}


def reference(rulebook: Rulebook, facts: Mapping[str, Fact] = FACTS) -> str:
    """Every policy in the order of its file, then every fact."""
    policies = "\n".join(page(policy) for policy in rulebook.policies)
    return f"# Policies\n\n{policies}\n# Facts\n\n{facts_page(facts)}"


def page(policy: Policy) -> str:
    """What one policy is for, when it speaks up, when it is wrong, what it does."""
    sections = (
        (None, [policy.why, "", *_standing(policy)]),
        ("Judged where", _lines(policy.applies_to) if policy.applies_to != All(parts=(), place=policy.place) else []),
        ("Flagged when", _lines(policy.when)),
        ("Excused when", _lines(policy.unless) if policy.unless else []),
        ("This is wrong when", [policy.wrong_when] if policy.wrong_when else []),
        ("What would help", [policy.advice] if policy.advice else []),
        ("What a block does", list(_undone(policy.undo)) if policy.undo else []),
        ("Examples", [f"- {test.name}: {test.expect}" for test in policy.tests]),
    )
    written = ("\n".join([*([f"### {title}", ""] if title else []), *body, ""]) for title, body in sections if body)
    return f"## {policy.title}\n\n`{policy.id}`\n\n" + "\n".join(written)


def facts_page(facts: Mapping[str, Fact] = FACTS) -> str:
    """What may be asked, one section a fact."""
    return "\n".join(_fact(fact) for fact in facts.values())


def _fact(fact: Fact) -> str:
    kind = f"{fact.type.value}: {', '.join(fact.choices)}" if fact.choices else fact.type.value
    return f"## `{fact.name}`\n\n{fact.means}\n\n- {kind}\n- unknown: {fact.unknown}\n- for example `{fact.example}`\n"


def _standing(policy: Policy) -> Iterator[str]:
    yield f"- mode: {_modes(policy.modes)}"
    for one in policy.elsewhere:
        yield f"- mode where `{one.fact}` is {one.name}: {_modes(one.modes)}"
    if policy.rollout < ALL_TICKETS:
        yield f"- rollout: on {policy.rollout} % of tickets; on the others it observes"
    if policy.may_block:
        yield f"- phrases that may block: {'all' if policy.broad_may_block else 'narrow ones only'}"
    if policy.strictest(Point.DRAFT) is Mode.BLOCK:
        yield f"- a draft that could not be judged in time: {policy.unchecked}"
    yield f"- severity: {policy.severity}; status: {policy.status}"
    yield f"- pack: {policy.pack}" + (f"; owner: {policy.owner}" if policy.owner else "")


def _modes(modes: Mapping[Point, Mode]) -> str:
    distinct = set(modes.values())
    return distinct.pop() if len(distinct) == 1 else ", ".join(f"{modes[at]} {_POINTS[at]}" for at in Point)


def _lines(condition: Condition, depth: int = 0) -> list[str]:
    """The condition as a list in lists."""
    match condition:
        case Test():
            return [f"{'  ' * depth}- {asked_of(condition)}"]
        case Not(part=part):
            return [f"{'  ' * depth}- not:", *_lines(part, depth + 1)]
        case All(parts=parts):
            return _group("all of:", parts, depth) if depth else _each(parts, 0)
        case Any(parts=parts):
            return _group("any of:", parts, depth)


def _group(heading: str, parts: Iterable[Condition], depth: int) -> list[str]:
    return [f"{'  ' * depth}- {heading}", *_each(parts, depth + 1)]


def _each(parts: Iterable[Condition], depth: int) -> list[str]:
    return [line for part in parts for line in _lines(part, depth)]


def asked_of(test: Test) -> str:
    """The test in words: `actor.role` is agent."""
    asked = f"`{test.fact}` {_OPERATORS[test.operator]} "
    if test.list_name is not None and isinstance(test.wanted, tuple):
        return f"{asked}`{test.list_name}` ({len(test.wanted)} entries)"
    match test.wanted:
        case bool():
            return asked + str(test.wanted).lower()
        case tuple():
            return asked + ", ".join(test.wanted)
        case float():
            return f"{asked}{test.wanted:g} {test.unit}"
        case _:
            return f"{asked}{test.wanted}"


def _undone(undo: Undo) -> Iterator[str]:
    if undo.reopen:
        yield "- the ticket is opened again"
    if undo.remove_tags:
        yield f"- tags that the change put on are taken off: {', '.join(f'`{tag}`' for tag in undo.remove_tags)}"
    if undo.tags:
        yield f"- tags are put on: {', '.join(f'`{tag}`' for tag in undo.tags)}"
    if undo.group:
        yield f"- the ticket goes to the group `{undo.group}`"
