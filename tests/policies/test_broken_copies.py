"""One mistake in a copy of each shipped file: told at its line and column, with a hint."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from policies.loader import load
from policies.policy import PolicyError
from service.policy_files import SHIPPED, read_folder

KINDS: dict[str, Any] = yaml.safe_load(
    Path(__file__).parents[1].joinpath("cases/policies/broken_copies.yaml").read_text("utf-8")
)
FILES = {name: content.decode() for name, content in read_folder(SHIPPED).items()}
PACKS = {name: text for name, text in FILES.items() if "/" not in name}
FILES_A_KIND = 3
PLACE = "§"


def broken(kind: str, text: str) -> str | None:
    """The text with its mistake, the place marked; None if it has no place for one of this kind."""
    case = KINDS[kind]
    changed, count = re.subn(case["find"], case["write"], text, count=1)
    return changed if count else None


def chosen() -> Iterator[tuple[str, str]]:
    """Each kind in a few files, and each file broken at least once: those that were broken least come first."""
    times: Counter[str] = Counter()
    for kind in KINDS:
        fits = sorted((name for name in FILES if broken(kind, FILES[name])), key=lambda name: (times[name], name))
        for name in fits[:FILES_A_KIND]:
            times[name] += 1
            yield kind, name
        assert fits, f"no shipped file has a place for {kind}"
    for name, text in FILES.items():
        if not times[name]:
            yield next(kind for kind in KINDS if broken(kind, text)), name


def place(marked: str) -> str:
    before, _, _ = marked.partition(PLACE)
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


@pytest.mark.parametrize(("kind", "name"), list(chosen()), ids=lambda part: part.replace(" ", "-"))
def test_a_mistake_in_a_copy_of_a_shipped_file_is_told_at_its_place_with_a_hint(kind: str, name: str) -> None:
    marked = broken(kind, FILES[name])
    assert marked
    files = {**(PACKS if name in PACKS else {}), name: marked.replace(PLACE, "")}

    with pytest.raises(PolicyError) as refused:
        load({each: text.encode() for each, text in files.items()})

    told = [str(problem) for problem in refused.value.problems]
    expected = f"{name}:{place(marked)}: error: "
    assert any(one.startswith(expected) and KINDS[kind]["told"] in one for one in told), (expected, told[:5])


def test_there_are_forty_kinds_of_mistakes_and_every_file_is_broken() -> None:
    assert len(KINDS) >= 40
    assert {name for _, name in chosen()} == set(FILES)
