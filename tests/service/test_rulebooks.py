"""Policies change while the service runs: whole, or not at all, and every decision is made by exactly one set."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from policies.policy import Rulebook
from service.metrics import Metrics
from service.policy_files import load_folder
from service.rulebooks import Rulebooks
from service.store.errors import StoreError

PACK = """\
format: 1
pack: hours
policies:
  - id: {name}
    title: an agent solved the ticket
    why: To have something to find.
    mode: note
    when: {{change.solves: true}}
    tests:
      - {{name: solves, given: {{change.solves: true}}, expect: violation}}
      - {{name: writes, given: {{change.solves: false}}, expect: pass}}
"""


def write(folder: Path, name: str) -> None:
    (folder / "hours.yaml").write_text(PACK.format(name=name), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "policies").mkdir()
    write(tmp_path / "policies", "first")
    return tmp_path / "policies"


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(["zendesk"])


@pytest.fixture
def rulebooks(folder: Path, metrics: Metrics) -> Rulebooks:
    return Rulebooks(load_folder(folder), folder=folder, metrics=metrics, clock=lambda: datetime.now(UTC))


async def nothing(_: Rulebook) -> None:
    """Nobody keeps it."""


def ids(rulebooks: Rulebooks) -> list[str]:
    return [policy.id for policy in rulebooks.current.policies]


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


async def test_a_changed_file_comes_into_force_and_is_told(
    folder: Path, rulebooks: Rulebooks, metrics: Metrics
) -> None:
    before = rulebooks.current.revision
    kept: list[str] = []

    async def keep(rulebook: Rulebook) -> None:
        kept.append(rulebook.revision)
        assert ids(rulebooks) == ["first"], "it is kept before anything is judged by it"

    write(folder, "second")
    with capture_logs() as logs:
        await rulebooks.refresh(keep)

    assert ids(rulebooks) == ["second"]
    assert kept == [rulebooks.current.revision]
    assert [(one["event"], one["added"], one["removed"]) for one in logs] == [
        ("policies changed", ["second"], ["first"])
    ]
    assert value(metrics, "ombuds_policy_info", revision=before) is None
    assert value(metrics, "ombuds_policy_info", revision=rulebooks.current.revision) == 1


BROKEN: dict[str, Callable[[Path], Any]] = {
    "a mistake": lambda folder: (folder / "hours.yaml").write_text(PACK.format(name="second").replace("note", "nte")),
    "half a file": lambda folder: (folder / "hours.yaml").write_text(PACK.format(name="second")[:150]),
    "no text at all": lambda folder: (folder / "hours.yaml").write_bytes(b"\xff\xfe\x00"),
    "an alias bomb": lambda folder: (folder / "bomb.yaml").write_text("a: &a [x, x]\nb: [*a, *a]\n"),
    "no folder": shutil.rmtree,
}


@pytest.mark.parametrize("case", BROKEN)
async def test_what_is_broken_changes_nothing_and_is_told_once(
    case: str, folder: Path, rulebooks: Rulebooks, metrics: Metrics
) -> None:
    BROKEN[case](folder)

    with capture_logs() as logs:
        await rulebooks.refresh(nothing)
        await rulebooks.refresh(nothing)

    assert ids(rulebooks) == ["first"]
    assert [one["event"].partition(":")[0] for one in logs] == ["policies not changed"]
    assert logs[0]["problems"]
    assert value(metrics, "ombuds_policy_reload_success") == 0
    assert value(metrics, "ombuds_policy_reload_failures_total") == 1


async def test_a_mistake_that_is_taken_back_is_well_again(folder: Path, rulebooks: Rulebooks, metrics: Metrics) -> None:
    BROKEN["a mistake"](folder)
    await rulebooks.refresh(nothing)

    write(folder, "first")
    await rulebooks.refresh(nothing)

    assert value(metrics, "ombuds_policy_reload_success") == 1


async def test_a_mistake_that_is_mended_comes_into_force(folder: Path, rulebooks: Rulebooks) -> None:
    BROKEN["a mistake"](folder)
    await rulebooks.refresh(nothing)

    write(folder, "second")
    await rulebooks.refresh(nothing)

    assert ids(rulebooks) == ["second"]


async def test_files_that_are_being_written_are_waited_for(folder: Path, rulebooks: Rulebooks) -> None:
    """Two files that belong together: the first alone would be a sound set too."""

    async def write_two() -> None:
        write(folder, "second")
        await asyncio.sleep(0.1)
        (folder / "more.yaml").write_text(PACK.format(name="third"), encoding="utf-8")

    await asyncio.gather(rulebooks.refresh(nothing), write_two())
    assert ids(rulebooks) == ["first"]

    await rulebooks.refresh(nothing)
    assert ids(rulebooks) == ["second", "third"]


@pytest.fixture
async def watched(rulebooks: Rulebooks) -> AsyncIterator[Rulebooks]:
    watching = asyncio.create_task(rulebooks.watch(nothing))
    await asyncio.sleep(0.5)
    yield rulebooks
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


async def until(rulebooks: Rulebooks, policy: str) -> None:
    async with asyncio.timeout(20):
        while ids(rulebooks) != [policy]:  # noqa: ASYNC110 - whoever watches tells nobody
            await asyncio.sleep(0.05)


async def test_a_change_is_noticed_by_itself(folder: Path, watched: Rulebooks) -> None:
    write(folder, "second")

    await until(watched, "second")


async def test_kubernetes_swaps_a_link_and_all_files_change_at_once(tmp_path: Path, metrics: Metrics) -> None:
    """A mounted ConfigMap: files are links through `..data`, which is replaced in one step."""
    mounted = tmp_path / "mounted"
    for version in ("first", "second"):
        (mounted / f"..{version}").mkdir(parents=True)
        write(mounted / f"..{version}", version)
    (mounted / "..data").symlink_to("..first")
    (mounted / "hours.yaml").symlink_to("..data/hours.yaml")
    rulebooks = Rulebooks(load_folder(mounted), folder=mounted, metrics=metrics, clock=lambda: datetime.now(UTC))
    watching = asyncio.create_task(rulebooks.watch(nothing))
    await asyncio.sleep(0.5)

    (mounted / "..new").symlink_to("..second")
    (mounted / "..new").replace(mounted / "..data")

    await until(rulebooks, "second")
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


async def test_a_set_that_cannot_be_kept_now_comes_into_force_once_it_can(
    folder: Path, rulebooks: Rulebooks, metrics: Metrics
) -> None:
    """The database is away for a minute while somebody edits a policy."""

    async def away(_: Rulebook) -> None:
        raise StoreError("the store could not be written: OperationalError: gone")

    write(folder, "second")
    await rulebooks.refresh(away)
    assert ids(rulebooks) == ["first"]
    assert value(metrics, "ombuds_policy_reload_success") == 0.0

    await rulebooks.refresh(nothing)

    assert ids(rulebooks) == ["second"]
    assert value(metrics, "ombuds_policy_reload_success") == 1.0
