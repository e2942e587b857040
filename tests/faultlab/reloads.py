"""Policy files that change all the time, some of them broken, while webhooks come in."""

import asyncio
import itertools
import re
from collections.abc import Iterable
from pathlib import Path

from experiment import Size
from lab import Lab

HALVES = ("left", "right")
BROKEN_EVERY = 7
EDIT_EVERY_S = 0.02
UNCHANGED_EVERY = 25
"""After so many edits nobody writes for a moment, and what stands there comes into force."""
UNCHANGED_S = 1.5
_POLICY = """\
format: 1
pack: {half}
policies:
  - id: {half}-{number}
    title: A reply
    why: It tells which files a decision was made by.
    mode: observe
    when: {{change.is_public_reply: true}}
    tests:
      - {{name: a reply, given: {{change.is_public_reply: true}}, expect: {expect}}}
      - {{name: a note, given: {{change.is_public_reply: false}}, expect: pass}}
"""
_NUMBERED = re.compile(r"(left|right)-(\d+)")


async def storm(lab: Lab, size: Size) -> None:
    """The folder's files change together, as a mounted ConfigMap's do, `repeats` times; every seventh is broken."""
    folder = lab.plan.folder / "policies"
    _mount(folder)
    async with lab.sending(size.rate):
        await lab.sent(10)
        for number in range(1, size.repeats + 1):
            await asyncio.to_thread(_swap, folder, number)
            is_left_alone = number % UNCHANGED_EVERY == 0
            await asyncio.sleep(UNCHANGED_S if is_left_alone else EDIT_EVERY_S)
        await lab.sent(10)
    await lab.quiet()
    sets = [_numbers(policies) for policies in lab.stored.policies_of_decisions()]
    lab.figures["edits"] = size.repeats
    lab.figures["sets_in_force"] = len(set(itertools.chain.from_iterable(sets)))
    lab.extra["mixed_sets"] = sum(len(numbers) > 1 for numbers in sets)
    lab.extra["never_changed"] = int(lab.figures["sets_in_force"] < 2)


def _numbers(policies: Iterable[str]) -> frozenset[str]:
    """The numbers of the edits that a decision's policies come from; empty before the first edit."""
    return frozenset(match[2] for policy in policies if (match := _NUMBERED.fullmatch(policy)))


def _mount(folder: Path) -> None:
    """The folder as it is, as a mounted ConfigMap: every file a link through `..data`."""
    first = folder / "..0"
    first.mkdir()
    for file in list(folder.glob("*.yaml")):
        file.rename(first / file.name)
    (folder / "..data").symlink_to(first.name)
    for name in [*(file.name for file in first.iterdir()), *(f"{half}.yaml" for half in HALVES)]:
        (folder / name).symlink_to(f"..data/{name}")


def _swap(folder: Path, number: int) -> None:
    """The next set of files, in one step. A broken one has an example that does not hold, in one of its files."""
    current = folder / f"..{number}"
    current.mkdir()
    for file in (folder / "..0").iterdir():
        (current / file.name).symlink_to(file)
    for half in HALVES:
        is_broken = number % BROKEN_EVERY == 0 and half == HALVES[-1]
        text = _POLICY.format(half=half, number=number, expect="pass" if is_broken else "violation")
        (current / f"{half}.yaml").write_text(text)
    (folder / "..next").symlink_to(current.name)
    (folder / "..next").replace(folder / "..data")
