"""Policy files to a rulebook, all or nothing: one problem anywhere, and none of them comes into force."""

import hashlib
from collections.abc import Container, Iterable, Mapping, Sequence

from policies.advice import check_advice
from policies.bulletin_files import build_all, read_bulletins
from policies.conditions import Scope
from policies.exception_files import check_together, read_exceptions
from policies.facts import FACTS
from policies.forms import Problems
from policies.inline_tests import problems_of
from policies.meaning import Likeness
from policies.mode_files import with_modes
from policies.packs import read_lists, read_pack, written_ids
from policies.phrase_packs import build_phrases, read_phrase_pack
from policies.policy import Place, Policy, PolicyError, PolicyException, Rulebook
from policies.reading import Fact
from policies.source import Fields, Text, read_source
from policies.verdict import ALL_TICKETS, Tell

MAX_POLICIES = 500
FORMAT = "1"

_KINDS: Sequence[tuple[str, frozenset[str]]] = (
    ("phrases", frozenset({"signal", "entries"})),
    ("modes", frozenset({"modes"})),
    ("bulletins", frozenset({"bulletins"})),
    ("exceptions", frozenset({"exceptions"})),
    ("pack", frozenset({"pack", "policies", "lists"})),
)
"""What a file is, told by its keys; the first that fits."""


def load(
    files: Mapping[str, bytes],
    *,
    facts: Mapping[str, Fact] = FACTS,
    proven: Container[str] = frozenset(),
    likeness: Likeness | None = None,
) -> Rulebook:
    """The rulebook of all files together. Keys are relative names, such as `closure.yaml`.

    Phrase packs prove their own examples, but those whose `fingerprint` is in `proven`: they did so before.
    With a sentence model's `likeness`, bulletins are matched by meaning too.
    Raises PolicyError, and nothing else, with every problem of every file.
    """
    problems = Problems()
    sorted_out = _sort_out(_read_all(files, problems), problems)
    lists = _lists(sorted_out["pack"], problems)
    scope = Scope(facts=facts, lists=lists, problems=problems)
    policies = [policy for fields in sorted_out["pack"] for policy in read_pack(fields, scope)]
    _check_ids(policies, problems)
    policies = with_modes(policies, sorted_out["modes"], written_ids(sorted_out["pack"]), problems)
    for policy in policies:
        problems.extend(problems_of(policy, facts))
        check_advice(policy, facts, problems)
        _check_told(policy, problems)
    phrases = build_phrases(
        [
            entry
            for fields in sorted_out["phrases"]
            for entry in read_phrase_pack(fields, problems, is_proven=fingerprint(files[fields.place.source]) in proven)
        ],
        problems,
    )
    located = [one for fields in sorted_out["bulletins"] for one in read_bulletins(fields, problems)]
    bulletins = build_all(located, phrases, problems, likeness=likeness)
    exceptions = _exceptions(sorted_out, policies, problems)
    if problems:
        raise PolicyError(problems.in_order)
    return Rulebook(
        policies=tuple(policies),
        lists=lists,
        phrases=phrases,
        bulletins=bulletins,
        exceptions=exceptions,
        revision=revision_of(files),
        sources={
            name: files[name].decode("utf-8-sig")
            for kind in ("pack", "modes", "exceptions")
            for name in (fields.place.source for fields in sorted_out[kind])
        },
    )


def _exceptions(
    files: Mapping[str, Sequence[Fields]], policies: Iterable[Policy], problems: Problems
) -> tuple[PolicyException, ...]:
    known = {policy.id: policy for policy in policies}
    ids = written_ids(files["pack"])
    found = [one for fields in files["exceptions"] for one in read_exceptions(fields, known, ids, problems)]
    check_together(found, problems)
    return tuple(found)


def fingerprint(content: bytes) -> str:
    """What tells one file's content from any other's."""
    return hashlib.sha256(content).hexdigest()


def revision_of(files: Mapping[str, bytes]) -> str:
    """Twelve hex digits: the same names and contents, the same revision."""
    digest = hashlib.sha256()
    for name in sorted(files):
        for part in (name.encode("utf-8", "surrogatepass"), files[name]):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:12]


def _read_all(files: Mapping[str, bytes], problems: Problems) -> list[Fields]:
    """The top mapping of every file that can be read, by name."""
    read: list[Fields] = []
    for name in sorted(files):
        try:
            read.append(read_source(name, files[name]))
        except PolicyError as error:
            problems.extend(error.problems)
    return read


def _sort_out(files: Iterable[Fields], problems: Problems) -> Mapping[str, list[Fields]]:
    """The files by kind. What is of no kind, or of a kind or format this version does not read, is a problem."""
    found: dict[str, list[Fields]] = {kind: [] for kind, _ in _KINDS}
    for fields in files:
        keys = {key.value: value for key, value in fields.entries}
        written = keys.get("format")
        if not isinstance(written, Text) or written.value != FORMAT:
            place = written.place if written else fields.place
            problems.add(place, "this version reads format 1.", "Write `format: 1`.")
        kind = next((kind for kind, own in _KINDS if own & keys.keys()), None)
        if kind is None:
            hint = "It has `policies`, `lists`, `modes`, `bulletins`, `exceptions`, or `signal` and `entries`."
            problems.add(fields.place, "this file is of no known kind.", hint)
        else:
            found[kind].append(fields)
    return found


def _lists(packs: Iterable[Fields], problems: Problems) -> Mapping[str, tuple[str, ...]]:
    """The lists of all packs: every pack may use them."""
    lists: dict[str, tuple[Place, tuple[str, ...]]] = {}
    for fields in packs:
        for name, (place, entries) in read_lists(fields, problems).items():
            if name in lists:
                problems.add(place, f"the list `{name}` stands twice, first at {lists[name][0]}.")
            else:
                lists[name] = (place, entries)
    return {name: entries for name, (_, entries) in lists.items()}


def _check_ids(policies: Sequence[Policy], problems: Problems) -> None:
    first: dict[str, Policy] = {}
    for policy in policies:
        known = first.setdefault(policy.id, policy)
        if known is not policy:
            problems.add(policy.place, f"the policy `{policy.id}` stands twice, first at {known.place}.")
    if len(policies) > MAX_POLICIES:
        problems.add(policies[MAX_POLICIES].place, f"there are more than {MAX_POLICIES} policies.")


def _check_told(policy: Policy, problems: Problems) -> None:
    if policy.tell is Tell.OPS and policy.rollout < ALL_TICKETS:
        message = f"`{policy.id}` is told to ops, who hear of a topic once and not by tickets: it has no rollout."
        problems.add(policy.place, message, "Take it out of `rollout`.")
    if policy.tell is Tell.OPS and policy.may_block:
        message = f"`{policy.id}` is told to ops, so nobody on the ticket would know why it is blocked."
        problems.add(policy.place, message, "Let it note or observe, or `tell: agents`.")
