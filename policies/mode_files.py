"""Files that say how far policies go here, and on how many tickets, without a change in the policies' own files."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from policies.forms import Form, Problems, as_whole, as_word, did_you_mean
from policies.packs import read_modes
from policies.places import PLACES
from policies.policy import LocalModes, Place, Policy
from policies.source import Fields, Node, Text
from policies.verdict import ALL_TICKETS, Mode, Point

_KEYS = ("format", "owner", "modes", "rollout")


def with_modes(
    policies: Sequence[Policy], files: Iterable[Fields], ids: Container[str], problems: Problems
) -> list[Policy]:
    """The policies as files of modes have them. `ids` names unsound policies too."""
    written = [_read(fields, problems) for fields in files]
    changed = {policy.id: policy for policy in policies}
    for key, node in _known(written, "modes", "a mode", changed, ids, problems):
        changed[key] = _with_modes(node, changed[key], problems)
    rollouts = {policy.id: policy.rollout for policy in policies}
    for key, node in _known(written, "rollout", "a rollout", rollouts, ids, problems):
        rollouts[key] = _rollout(node, problems)
    return [replace(changed[policy.id], rollout=rollouts[policy.id]) for policy in policies]


def _read(fields: Fields, problems: Problems) -> Form:
    form = Form(fields, "a file of modes", _KEYS, problems)
    form.text("owner", "")
    return form


def _known(
    files: Iterable[Form], part: str, what: str, policies: Mapping[str, object], ids: Container[str], problems: Problems
) -> Iterator[tuple[str, Node]]:
    """What the files' `part` gives to policies that there are, each once."""
    first: dict[str, Place] = {}
    for key, node in _named(files, part):
        if key.value in first:
            problems.add(key.place, f"`{key.value}` is given {what} twice, first at {first[key.value]}.")
        elif key.value in policies:
            first[key.value] = key.place
            yield key.value, node
        elif key.value not in ids:
            problems.add(key.place, f"there is no policy `{key.value[:100]}`.", did_you_mean(key.value, policies))


def _named(files: Iterable[Form], part: str) -> Iterator[tuple[Text, Node]]:
    for form in files:
        named = form.fields(part)
        yield from named.entries if named else ()


def _with_modes(node: Node, policy: Policy, problems: Problems) -> Policy:
    if not isinstance(node, Fields):
        return replace(policy, modes=_modes(node, policy.modes, problems))
    form = Form(node, "the modes of a policy", (*Point, *PLACES), problems)
    modes = {point: form.word(point, Mode, mode) for point, mode in policy.modes.items()}
    elsewhere = [one for word, fact in PLACES.items() for one in _local(form.fields(word), fact, modes, problems)]
    return replace(policy, modes=modes, elsewhere=tuple(elsewhere))


def _local(fields: Fields | None, fact: str, modes: Mapping[Point, Mode], problems: Problems) -> Iterator[LocalModes]:
    """The modes of each group, or of each brand; a point that is not named keeps the mode it has elsewhere."""
    first: dict[str, Place] = {}
    for key, node in fields.entries if fields else ():
        name = key.value.strip().casefold()
        if name in first:
            problems.add(key.place, f"`{key.value[:100]}` is given a mode twice, first at {first[name]}.")
        first.setdefault(name, key.place)
        yield LocalModes(fact=fact, name=key.value.strip(), modes=_modes(node, modes, problems))


def _modes(node: Node, modes: Mapping[Point, Mode], problems: Problems) -> Mapping[Point, Mode]:
    if isinstance(node, Fields):
        return read_modes(node, modes, problems)
    mode = as_word(node, "a mode", tuple(Mode), problems)
    return dict.fromkeys(Point, Mode(mode)) if mode else modes


def _rollout(node: Node, problems: Problems) -> int:
    share = as_whole(node, "a rollout", problems)
    if share is not None and share > ALL_TICKETS:
        problems.add(node.place, f"a rollout is between 0 and {ALL_TICKETS}.", "It is per cent of tickets, e.g. `10`.")
    return ALL_TICKETS if share is None else share
