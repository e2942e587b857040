"""The examples in the policies, as `ombuds policies test` shows them."""

from dataclasses import replace

from policies.inline_tests import run_tests
from policies.loader import load
from policies.policy import InlineTest, Place, Rulebook
from policies.verdict import Result

PACK = b"""\
format: 1
pack: p
policies:
  - id: shouting
    title: Subject in capitals
    why: Nobody likes it.
    mode: disabled
    applies_to: {actor.role: agent}
    when: {ticket.subject: {contains: refund now}}
    unless: {ticket.tags: {contains: "vip*"}}
    tests:
      - {name: loud, given: {actor.role: agent, ticket.subject: "REFUND NOW!", ticket.tags: [a]}, expect: violation}
      - {name: calm, given: {actor.role: agent, ticket.subject: Refund, ticket.tags: []}, expect: pass}
      - {name: vip, given: {actor.role: agent, ticket.subject: refund now, ticket.tags: [a, VIP-1]}, expect: exempt}
      - {name: subject not given, given: {actor.role: agent}, expect: unknown}
      - {name: rule, given: {actor.role: automation}, expect: skipped}
"""


def test_every_example_is_run_with_all_other_facts_unknown() -> None:
    runs = run_tests(load({"p.yaml": PACK}))

    assert [(run.name, run.actual) for run in runs] == [
        ("loud", Result.VIOLATION),
        ("calm", Result.PASS),
        ("vip", Result.EXEMPT),
        ("subject not given", Result.UNKNOWN),
        ("rule", Result.SKIPPED),
    ]
    assert all(run.passed and run.policy == "shouting" and run.explanation for run in runs)
    assert str(runs[0].place) == "p.yaml:12:9"


def test_an_example_that_fails_tells_what_came_out_instead() -> None:
    (policy,) = load({"p.yaml": PACK}).policies
    wrong = InlineTest(name="x", given={}, expect=Result.PASS, place=Place(source="p.yaml", line=1, column=1))

    (run,) = run_tests(Rulebook(policies=(replace(policy, tests=(wrong,)),)))

    assert (run.passed, run.expected, run.actual) == (False, Result.PASS, Result.UNKNOWN)
