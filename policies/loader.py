"""Policy files to a rulebook, all or nothing: one problem anywhere, and none of them comes into force."""

import hashlib
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from policies.advice import check_advice
from policies.bulletin_files import build_all, read_bulletins
from policies.conditions import Scope
from policies.facts import FACTS
from policies.forms import Form, Problems, as_word, did_you_mean
from policies.inline_tests import problems_of
from policies.meaning import Likeness
from policies.packs import read_lists, read_modes, read_pack, written_ids
from policies.phrase_packs import build_phrases, read_phrase_pack
from policies.policy import Place, Policy, PolicyError, Rulebook
from policies.reading import Fact
from policies.source import Fields, Node, Text, read_source
from policies.verdict import Mode, Point, Tell

MAX_POLICIES = 500
FORMAT = "1"

_KINDS: Sequence[tuple[str, frozenset[str]]] = (
    ("phrases", frozenset({"signal", "entries"})),
    ("modes", frozenset({"modes"})),
    ("bulletins", frozenset({"bulletins"})),
    ("later", frozenset({"exceptions"})),
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
    policies = _with_modes(policies, sorted_out["modes"], written_ids(sorted_out["pack"]), problems)
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
    if problems:
        raise PolicyError(problems.in_order)
    return Rulebook(
        policies=tuple(policies),
        lists=lists,
        phrases=phrases,
        bulletins=bulletins,
        revision=revision_of(files),
        sources={
            name: files[name].decode("utf-8-sig")
            for kind in ("pack", "modes")
            for name in (fields.place.source for fields in sorted_out[kind])
        },
    )


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
            hint = "It has `policies`, `lists`, `modes`, `bulletins`, or `signal` and `entries`."
            problems.add(fields.place, "this file is of no known kind.", hint)
        elif kind == "later":
            problems.add(fields.place, "this version does not read exceptions.", "Take the file out.")
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
    if policy.tell is Tell.OPS and Mode.BLOCK in policy.modes.values():
        message = f"`{policy.id}` is told to ops, so nobody on the ticket would know why it is blocked."
        problems.add(policy.place, message, "Let it note or observe, or `tell: agents`.")


def _with_modes(
    policies: Sequence[Policy], files: Iterable[Fields], ids: Container[str], problems: Problems
) -> list[Policy]:
    """The policies with the modes that files of modes give them. `ids` names unsound policies too."""
    modes = {policy.id: policy.modes for policy in policies}
    first: dict[str, Place] = {}
    for key, node in _named_modes(files, problems):
        if key.value in first:
            problems.add(key.place, f"`{key.value}` is given a mode twice, first at {first[key.value]}.")
        elif key.value in modes:
            first[key.value] = key.place
            modes[key.value] = _modes(node, modes[key.value], problems)
        elif key.value not in ids:
            hint = did_you_mean(key.value, modes)
            problems.add(key.place, f"there is no policy `{key.value[:100]}`.", hint)
    return [replace(policy, modes=modes[policy.id]) for policy in policies]


def _named_modes(files: Iterable[Fields], problems: Problems) -> Iterator[tuple[Text, Node]]:
    for fields in files:
        form = Form(fields, "a file of modes", ("format", "owner", "modes"), problems)
        form.text("owner", "")
        named = form.fields("modes")
        yield from named.entries if named else ()


def _modes(node: Node, modes: Mapping[Point, Mode], problems: Problems) -> Mapping[Point, Mode]:
    if isinstance(node, Fields):
        return read_modes(node, modes, problems)
    mode = as_word(node, "a mode", tuple(Mode), problems)
    return dict.fromkeys(Point, Mode(mode)) if mode else modes
