"""Every panel shows something of a day in which everything happens: real services, and a real Prometheus."""

import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from busy_day import FAULTS, begin, stories
from dashboards import Query, queries

Shown = dict[Query, list[float]]


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """One day for all tests of this module."""
    return "asyncio"


@pytest.fixture(scope="module")
async def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """What each query yielded, second by second, from the start of the day to its end."""
    folder = tmp_path_factory.mktemp("day")
    async with AsyncExitStack() as stack:
        day = await begin(stack, folder)
        began_s = time.time()
        await stories(day)
        for fault in FAULTS:
            await fault(day)
        return {query: await day.prometheus.over(query.expression, began_s, time.time() + 1) for query in queries()}


@pytest.mark.parametrize("query", queries(), ids=lambda query: query.place)
async def test_a_panel_shows_something(shown: Shown, query: Query) -> None:
    """A panel that stays empty, or at 0 whatever happens, reads like good news."""
    numbers = shown[query]

    assert numbers
    assert any(numbers)
    assert min(numbers) >= 0
