"""The tests of a policy as its author writes them: facts that are given, or a transcript, and what should come out."""

from collections.abc import Mapping
from datetime import datetime

from policies.conditions import Scope
from policies.forms import Form, Problems, as_fields, did_you_mean
from policies.policy import InlineTest, Told
from policies.source import Fields, Node
from policies.values import read_value
from policies.verdict import Result, Value

KEYS = ("name", "given", "expect", "expect_later", "transcript", "change", "now")
EXPECTABLE = (Result.SKIPPED, Result.PASS, Result.EXEMPT, Result.UNKNOWN, Result.VIOLATION)


def read_inline_tests(form: Form, scope: Scope) -> tuple[InlineTest, ...]:
    """The sound tests of one policy; the problems of the others are in the scope."""
    read = (_test(node, scope) for node in form.items("tests"))
    return tuple(test for test in read if test is not None)


def _test(node: Node, scope: Scope) -> InlineTest | None:
    fields = as_fields(node, "a test", scope.problems)
    if fields is None:
        return None
    form = Form(fields, "a test", KEYS, scope.problems)
    is_known_gap = form.node("expect_later") is not None
    if is_known_gap and form.node("expect") is not None:
        scope.problems.add(form.place, "a test expects something now or later, and not both.")
    return InlineTest(
        name=form.text("name"),
        given=_given(form.fields("given"), scope),
        expect=form.word("expect_later" if is_known_gap else "expect", Result, only=EXPECTABLE),
        is_known_gap=is_known_gap,
        told=_told(form, scope.problems),
        place=form.place,
    )


def _told(form: Form, problems: Problems) -> Told | None:
    """The transcript it is about; None if its facts are given."""
    if (form.node("transcript") is None) == (form.node("given") is None):
        problems.add(form.place, "a test has either `given` facts or a `transcript`.")
    if form.node("transcript") is not None:
        return Told(transcript=form.text("transcript"), change=form.text("change", ""), now=_time(form, problems))
    for key in ("change", "now"):
        if node := form.node(key):
            problems.add(node.place, f"`{key}` goes with a `transcript`.")
    return None


def _time(form: Form, problems: Problems) -> datetime | None:
    text, node = form.text("now", ""), form.node("now")
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        moment = None
    if node and (moment is None or moment.tzinfo is None):
        problems.add(node.place, "`now` is no time with its zone.", "Write it like 2026-05-01T12:00:00Z.")
    return moment


def _given(fields: Fields | None, scope: Scope) -> Mapping[str, Value]:
    given: dict[str, Value] = {}
    for key, node in fields.entries if fields else ():
        fact = scope.facts.get(key.value)
        if fact is None:
            hint = did_you_mean(key.value, scope.facts)
            scope.problems.add(key.place, f"there is no fact `{key.value[:100]}`.", hint)
        else:
            given[key.value] = read_value(fact, node, scope.problems)
    return given
