"""Every panel shows something, and every alert fires at its fault: real services, and a real Prometheus."""

import contextlib
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parent))
from busy_day import Day, begin, stories
from dashboards import Query, queries
from faults import FAULTS
from prometheus_server import until
from store_faults import SkipError

RULES = Path(__file__).parents[2] / "deploy" / "prometheus"
FIRING = 'ALERTS{alertstate="firing"}'
NOT_HERE = {
    "OmbudsPolicyErrors": "no policy that loads is known to break",
}
"""Alerts whose fault is not made here, each with its reason; `promtool test rules` shows when they fire."""


def alerts() -> list[str]:
    """The names of all alerts."""
    groups = yaml.safe_load((RULES / "ombuds.alerts.yml").read_text(encoding="utf-8"))["groups"]
    return [rule["alert"] for group in groups for rule in group["rules"]]


pytestmark = pytest.mark.timeout(900)
"""The day is waited for in the first test."""


@dataclass(slots=True, kw_only=True)
class Shown:
    """What was seen of the day."""

    before: set[str] = field(default_factory=set)
    """The alerts that fired before the first fault was made."""
    fired: set[str] = field(default_factory=set)
    """Those that fired at their own fault."""
    refused: dict[str, str] = field(default_factory=dict)
    """Those whose fault this machine cannot make, each with the reason."""
    panels: dict[Query, list[float]] = field(default_factory=dict)
    """What each query yielded, second by second, from the start of the day to its end."""


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """One day for all tests of this module."""
    return "asyncio"


@pytest.fixture(scope="module")
async def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    folder, seen = tmp_path_factory.mktemp("day"), Shown()
    async with AsyncExitStack() as stack:
        day = await begin(stack, folder, in_a_hurry(folder))
        began_s = time.time()
        await stories(day)
        seen.before = await alerts_that_stay(day)
        for fault in FAULTS:
            try:
                await fault.make(day)
            except SkipError as refusal:
                seen.refused |= dict.fromkeys(fault.alerts, str(refusal))
                continue
            for alert in fault.alerts:
                with contextlib.suppress(AssertionError):  # the alert's own test tells
                    await day.seen(f'ALERTS{{alertname="{alert}", alertstate="firing"}}')
                    seen.fired.add(alert)
            await fault.mend(day)
        seen.panels = {
            query: await day.prometheus.over(query.expression, began_s, time.time() + 1) for query in queries()
        }
    return seen


def in_a_hurry(folder: Path) -> list[Path]:
    """The rules as they are shipped, but that nothing has to last before it is told."""
    hurried = []
    for path in sorted(RULES.glob("ombuds.*.yml")):
        rules = yaml.safe_load(path.read_text(encoding="utf-8"))
        for group in rules["groups"]:
            group.pop("interval", None)
            for rule in group["rules"]:
                rule.pop("for", None)
        hurried.append(folder / path.name)
        hurried[-1].write_text(yaml.safe_dump(rules), encoding="utf-8")
    return hurried


async def alerts_that_stay(day: Day) -> set[str]:
    """Those that fire although all is well. It is waited for: the stories began yesterday, and rules must see today."""
    with contextlib.suppress(AssertionError):  # the test tells
        await until(lambda: is_quiet(day))
    return {labels["alertname"] for labels in await day.prometheus.now(FIRING)}


async def is_quiet(day: Day) -> bool:
    """Whether no alert fires at this moment."""
    return not await day.prometheus.now(FIRING)


@pytest.mark.parametrize("query", queries(), ids=lambda query: query.place)
async def test_a_panel_shows_something(shown: Shown, query: Query) -> None:
    """A panel that stays empty, or at 0 whatever happens, reads like good news."""
    numbers = shown.panels[query]

    assert numbers
    assert any(numbers)
    assert min(numbers) >= 0


async def test_no_alert_fires_while_all_is_well(shown: Shown) -> None:
    assert shown.before == set()


@pytest.mark.parametrize("alert", sorted({*alerts()} - {*NOT_HERE}))
async def test_an_alert_fires_when_its_fault_is_made(shown: Shown, alert: str) -> None:
    if alert in shown.refused:
        pytest.skip(shown.refused[alert])

    assert alert in shown.fired


def test_every_alert_that_is_not_tried_here_exists() -> None:
    assert {*NOT_HERE} <= {*alerts()}
