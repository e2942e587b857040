"""A set of policy files comes into force whole, or not at all, with every problem told at its place."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.loader import load
from policies.policy import All, Any, LocalModes, Not, PolicyError, Rulebook, Test, Unit
from policies.verdict import Mode, Point, Severity, Undo

TESTS = """\
    tests:
      - {name: quick, given: {ticket.hours_open: 1}, expect: violation}
      - {name: slow, given: {ticket.hours_open: 99}, expect: pass}
"""

QUICK = f"""\
format: 1
pack: closure
owner: support
policies:
  - id: quick
    title: Ticket handled in a hurry
    why: Hurry is not care.
    mode: note
    when: {{ticket.hours_open: {{lt: 24}}}}
{TESTS}"""

RICH = """\
format: 1
pack: closure
owner: support
policies:
  - id: closed-in-anger
    title: Ticket closed in anger
    why: It hurts.
    status: experimental
    severity: high
    mode: note
    at: {draft: block}
    applies_to: {actor.role: agent, change.solves: true}
    when:
      all:
        - not: {ticket.channel: {in: [chat, phone]}}
        - any:
            - {ticket.hours_open: {gte: 30m, lt: 2 weeks}}
            - {change.macros: {matches_list: macros}}
    unless: {change.via: merge}
    if_unknown: note
    do:
      note: {advice: Breathe first.}
      block: {reopen: true, tags: [ombuds_review], remove_tags: ["closed_*"], group: review}
    exceptable_by: [ticket.id, actor.group]
    exception_max_days: 30
    overridable: false
    unchecked: block
    replaces: closed-in-a-rage
    tests:
      - name: no
        given:
          {actor.role: agent, change.solves: true, ticket.channel: web, ticket.hours_open: 1, change.via: web}
        expect: violation
      - {name: "12:30", given: {actor.role: agent, change.solves: true, ticket.channel: chat}, expect: pass}
      - {name: rule, given: {actor.role: automation}, expect: skipped}
lists:
  macros: ["Close*", "012"]
"""


def loaded(*texts: str, **files: str) -> Rulebook:
    named = {f"{number}.yaml": text.encode() for number, text in enumerate(texts)}
    return load(named | {f"{name}.yaml": text.encode() for name, text in files.items()})


def problems(*texts: str) -> list[str]:
    with pytest.raises(PolicyError) as refused:
        loaded(*texts)
    return [str(problem) for problem in refused.value.problems]


def changed(before: str, after: str, text: str = QUICK) -> str:
    assert before in text
    return text.replace(before, after, 1)


def test_all_an_admin_can_write_arrives_in_the_policy() -> None:
    (policy,) = loaded(RICH).policies

    assert (policy.id, policy.title, policy.why) == ("closed-in-anger", "Ticket closed in anger", "It hurts.")
    assert (policy.pack, policy.owner, policy.replaces) == ("closure", "support", "closed-in-a-rage")
    assert (policy.status, policy.severity, policy.overridable) == ("experimental", Severity.HIGH, False)
    assert policy.modes == {Point.DRAFT: Mode.BLOCK, Point.EVENT: Mode.NOTE}
    assert (policy.if_unknown, policy.unchecked) == (Mode.NOTE, "block")
    assert policy.advice == "Breathe first."
    assert policy.undo == Undo(reopen=True, tags=("ombuds_review",), remove_tags=("closed_*",), group="review")
    assert [test.name for test in policy.tests] == ["no", "12:30", "rule"]
    assert str(policy.place) == "0.yaml:5:5"


def test_conditions_are_typed_and_know_their_place() -> None:
    (policy,) = loaded(RICH).policies

    assert isinstance(policy.when, All)
    channel, either = policy.when.parts
    assert isinstance(channel, Not)
    assert isinstance(channel.part, Test)
    assert (channel.part.operator, channel.part.wanted) == ("in", ("chat", "phone"))
    assert isinstance(either, Any)
    hours, macros = either.parts
    assert isinstance(hours, All)
    assert [(test.operator, test.wanted) for test in hours.parts if isinstance(test, Test)] == [
        ("gte", 0.5),
        ("lt", 336.0),
    ]
    assert isinstance(macros, Test)
    assert (macros.list_name, macros.wanted, macros.place.line) == ("macros", ("Close*", "012"), 18)


HOURS = {"24": 24, "0.5": 0.5, "30m": 0.5, "72h": 72, "3d": 72, "2 weeks": 336, "1 day": 24}


BUSINESS = {
    "8": (8, Unit.BUSINESS_HOURS),
    "1.5 business hours": (1.5, Unit.BUSINESS_HOURS),
    "2 business days": (2, Unit.BUSINESS_DAYS),
}


@pytest.mark.parametrize("written", BUSINESS)
def test_business_time_is_written_in_hours_or_in_days_of_work(written: str) -> None:
    """How long a day is, is known only where the ticket is judged."""
    pack = QUICK.replace("ticket.hours_open", "thread.business_hours_reconsideration_waits")

    (policy,) = loaded(pack.replace("{lt: 24}", f"{{lt: {written}}}")).policies

    assert isinstance(policy.when, Test)
    assert (policy.when.wanted, policy.when.unit) == BUSINESS[written]


def test_a_business_day_in_an_inline_test_has_eight_hours() -> None:
    pack = QUICK.replace("ticket.hours_open", "thread.business_hours_reconsideration_waits")

    loaded(pack.replace("{lt: 24}", "{lte: 2 business days}").replace("waits: 1}", "waits: 2 business days}"))


@pytest.mark.parametrize("written", HOURS)
def test_time_spans_are_hours_or_say_their_unit(written: str) -> None:
    pack = changed("lt: 24", f"lt: {written}").replace("hours_open: 1}", "hours_open: 1m}").replace("99", "9 weeks")

    (policy,) = loaded(pack).policies

    assert isinstance(policy.when, Test)
    assert policy.when.wanted == HOURS[written]


def test_an_empty_text_in_quotes_means_none() -> None:
    pack = changed("{ticket.hours_open: {lt: 24}}", '{change.rule: ""}')
    pack = pack.replace("ticket.hours_open: 1}", 'change.rule: ""}')
    pack = pack.replace("ticket.hours_open: 99}", "change.rule: Auto-close}")

    (policy,) = loaded(pack).policies

    assert isinstance(policy.when, Test)
    assert policy.when.wanted == ""


def test_lists_are_shared_by_all_packs() -> None:
    pack = changed("{ticket.hours_open: {lt: 24}}", "{change.macros: {matches_list: titles}}")
    pack = pack.replace("ticket.hours_open: 1}", "change.macros: [A]}")
    pack = pack.replace("ticket.hours_open: 99}", "change.macros: [b]}")

    rulebook = loaded(pack, "format: 1\npack: lists\nlists: {titles: [a]}\n")

    assert rulebook.lists == {"titles": ("a",)}


def test_the_revision_follows_names_and_contents() -> None:
    first, again, other = loaded(a=QUICK), loaded(a=QUICK), loaded(b=QUICK)

    assert len(first.revision) == 12
    assert first.revision == again.revision != other.revision
    assert loaded(a=QUICK + "# a word\n").revision != first.revision


def test_no_files_are_an_empty_rulebook() -> None:
    assert load({}).policies == ()


REFUSED = yaml.safe_load(Path(__file__).parents[1].joinpath("cases/policies/refused.yaml").read_bytes())


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_meant_is_refused_where_it_stands_with_a_hint(case: str) -> None:
    told = problems(changed(REFUSED[case]["before"], REFUSED[case]["after"]))

    assert any(problem.startswith(f"0.yaml:{REFUSED[case]['told']}") for problem in told), told


def test_every_problem_of_every_file_is_told_in_order() -> None:
    told = problems(
        changed("mode: note", "mode: loud").replace("hours_open: {lt", "hours_opened: {lt"),
        "a: *x",
        "format: 1\npack: two\npolicies: [{id: a}]\n",
    )

    assert [problem.partition(" error")[0] for problem in told] == [
        "0.yaml:8:11:", "0.yaml:9:12:", "1.yaml:1:4:", "2.yaml:3:12:", "2.yaml:3:12:", "2.yaml:3:12:", "2.yaml:3:12:",
    ]  # fmt: skip


def test_policies_and_lists_stand_once() -> None:
    lists = "format: 1\npack: p\nlists: {macros: [a]}\n"

    assert problems(QUICK, QUICK) == ["1.yaml:5:5: error: the policy `quick` stands twice, first at 0.yaml:5:5."]
    assert problems(lists, lists) == ["1.yaml:3:9: error: the list `macros` stands twice, first at 0.yaml:3:9."]


def test_sizes_are_bounded() -> None:
    entries = ", ".join(f"e{number}" for number in range(2_001))
    policies = "".join(
        QUICK.partition("policies:\n")[2].replace("id: quick", f"id: quick-{number}") for number in range(501)
    )

    assert "more than 2,000 entries" in problems(f"format: 1\npack: p\nlists: {{big: [{entries}]}}\n")[0]
    assert "more than 500 policies" in problems(f"format: 1\npack: p\npolicies:\n{policies}")[0]


def test_a_file_of_no_known_kind_is_refused() -> None:
    assert "this file is of no known kind" in problems("format: 1\nhello: world\n")[0]


def test_a_file_of_modes_sets_modes_without_touching_the_pack() -> None:
    everywhere = loaded(QUICK, "format: 1\nmodes: {quick: observe}\n").policies[0]
    at_draft = loaded(QUICK, "format: 1\nmodes: {quick: {draft: block}}\n").policies[0]

    assert everywhere.modes == {Point.DRAFT: Mode.OBSERVE, Point.EVENT: Mode.OBSERVE}
    assert at_draft.modes == {Point.DRAFT: Mode.BLOCK, Point.EVENT: Mode.NOTE}


def test_a_mode_for_no_policy_no_mode_and_two_modes_are_refused() -> None:
    told = problems(QUICK, "format: 1\nmodes: {quik: note, quick: loud}\n", "format: 1\nmodes: {quick: note}\n")

    assert told[0] == "1.yaml:2:9: error: there is no policy `quik`. Did you mean `quick`?"
    assert told[1].startswith("1.yaml:2:28: error: a mode cannot be `loud`.")
    assert told[2] == "2.yaml:2:9: error: `quick` is given a mode twice, first at 1.yaml:2:21."


def test_a_group_or_a_brand_may_have_modes_of_its_own() -> None:
    places = "event: observe, groups: {Billing: {event: block}}, brands: {Outlet: disabled}"
    policy = loaded(QUICK, f"format: 1\nmodes: {{quick: {{{places}}}}}\n").policies[0]

    assert policy.modes == {Point.DRAFT: Mode.NOTE, Point.EVENT: Mode.OBSERVE}
    assert policy.elsewhere == (
        LocalModes(fact="ticket.group", name="Billing", modes={Point.DRAFT: Mode.NOTE, Point.EVENT: Mode.BLOCK}),
        LocalModes(fact="ticket.brand", name="Outlet", modes=dict.fromkeys(Point, Mode.DISABLED)),
    )
    assert policy.may_block


@pytest.mark.parametrize(
    ("places", "told"),
    [
        ("group: {Billing: note}", "17: error: the modes of a policy has no key `group`. Did you mean `groups`?"),
        ("groups: {Billing: notes}", "35: error: a mode cannot be `notes`. Did you mean `note`?"),
        ("groups: {Billing: {events: note}}", "36: error: `at` has no key `events`. Did you mean `event`?"),
        ("brands: [Outlet]", "25: error: `brands` is a mapping. Write it as `key: value` lines."),
        ("groups: {A: note, a: block}", "35: error: `a` is given a mode twice, first at 1.yaml:2:26."),
    ],
)
def test_a_mistake_in_the_modes_of_a_group_is_told_at_its_place(places: str, told: str) -> None:
    assert problems(QUICK, f"format: 1\nmodes: {{quick: {{{places}}}}}\n") == [f"1.yaml:2:{told}"]


def test_a_file_of_modes_says_on_how_many_tickets_a_policy_acts() -> None:
    assert loaded(QUICK).policies[0].rollout == 100
    assert loaded(QUICK, "format: 1\nmodes: {}\nrollout: {quick: 10}\n").policies[0].rollout == 10


def test_what_ops_are_told_has_no_rollout() -> None:
    told = problems(changed("mode: note", "mode: note\n    tell: ops"), "format: 1\nmodes: {}\nrollout: {quick: 10}\n")

    assert [one.partition(",")[0] for one in told] == ["0.yaml:5:5: error: `quick` is told to ops"]


def test_a_rollout_for_no_policy_of_too_much_or_of_no_number_is_refused() -> None:
    told = problems(QUICK, "format: 1\nmodes: {}\nrollout: {quik: 1, quick: 101}\n")
    word = problems(QUICK, "format: 1\nmodes: {}\nrollout: {quick: half}\n")

    assert told[0] == "1.yaml:3:11: error: there is no policy `quik`. Did you mean `quick`?"
    assert told[1].startswith("1.yaml:3:27: error: a rollout is between 0 and 100.")
    assert word == ["1.yaml:3:18: error: a rollout is a whole number. Write it in plain digits, e.g. `3`."]


def test_a_mode_for_a_policy_that_is_unsound_itself_is_no_second_problem() -> None:
    told = problems(changed("why: Hurry is not care.", "why:"), "format: 1\nmodes: {quick: note}\n")

    assert told == ["0.yaml:7:9: error: `why` is empty."]


def test_a_file_that_is_wrong_throughout_is_given_up_on() -> None:
    rubbish = "\n".join(f"  - {{nonsense{number}: 1}}" for number in range(10_000))

    assert 500 < len(problems(f"format: 1\npack: p\npolicies:\n{rubbish}\n")) < 600


def test_a_disabled_policy_and_a_draft_must_pass_their_tests_too() -> None:
    broken = changed("hours_open: 99", "hours_open: 9")

    assert "fails its test `slow`" in problems(changed("mode: note", "mode: disabled", broken))[0]
    assert "fails its test `slow`" in problems(changed("    mode:", "    status: draft\n    mode:", broken))[0]


PHRASES = """\
format: 1
signal: farewell
language: en
entries:
  - id: goodbye
    tier: note
    phrase: good bye
    yes: ["Well, good bye then."]
    no: ["A good buy."]
"""


def test_phrase_packs_of_a_signal_are_one_set() -> None:
    german = PHRASES.replace("language: en", "language: de").replace("id: goodbye", "id: tschuess")

    rulebook = loaded(PHRASES, german)

    assert list(rulebook.phrases) == ["farewell"]
    assert {match.language for match in rulebook.phrases["farewell"].find("Good bye!")} == {"en", "de"}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("phrase: good bye", "pattern: '(good'", "5:5: error: the entry `goodbye` is refused: "),
        ("A good buy", "A good bye", "5:5: error: the entry `goodbye` is refused: "),
        ("phrase: good bye", "pattern: a\n    phrase: b", "5:5: error: an entry has either a `phrase` or a `pattern`."),
        ("tier: note", "tier: shout", "6:11: error: `tier` cannot be `shout`."),
        ("signal: farewell\n", "", "1:1: error: a phrase pack lacks `signal`."),
        ("    tier: note", "    teir: note", "6:5: error: an entry has no key `teir`. Did you mean `tier`?"),
    ],
)
def test_an_entry_that_is_wrong_or_fails_its_own_example_is_refused_at_its_place(
    before: str, after: str, expected: str
) -> None:
    assert any(problem.startswith(f"0.yaml:{expected}") for problem in problems(changed(before, after, PHRASES)))


def test_an_entry_stands_once_a_signal() -> None:
    assert problems(PHRASES, PHRASES) == ["1.yaml:5:5: error: the entry `goodbye` stands twice, first at 0.yaml:5:5."]


WORDS = st.sampled_from(
    [
        *("format", "1", "pack", "policies", "lists", "modes", "signal", "entries", "id", "title", "why", "mode"),
        *("note", "at", "draft", "when", "all", "any", "not", "unless", "actor.role", "agent", "ticket.tags"),
        *("contains", "is", "in", "matches_list", "do", "block", "tests", "given", "expect", "violation", "72h"),
    ]
)
NODES = st.recursive(
    WORDS,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.dictionaries(WORDS, inner, max_size=4).map(
            lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs.items()) + "}"
        )
    ),
    max_leaves=12,
)


@settings(max_examples=200)
@given(st.dictionaries(WORDS, NODES, max_size=6), st.booleans())
def test_files_of_the_right_words_in_any_order_raise_nothing_but_policy_errors(
    fields: dict[str, str], is_policy: bool
) -> None:
    lines = [f"{key}: {value}" for key, value in fields.items()]
    text = "\n".join(lines) if not is_policy else "format: 1\npack: x\npolicies: [{" + ", ".join(lines) + "}]"
    try:
        loaded(text)
    except PolicyError as error:
        told = [problem.message for problem in error.problems]
    else:
        told = ["none"]
    assert told
