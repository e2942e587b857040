"""What goes wrong with the store: somebody else holds its file, or its disk fills up."""

import asyncio
import sqlite3
import sys
from contextlib import closing
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from busy_day import PATIENT, Day, webhook
from prometheus_server import until
from small_disk import fill

COMMITS = "sum by (job, le) (rate(ombuds_db_commit_duration_seconds_bucket[5m]))"
SLOW = f"histogram_quantile(0.985, {COMMITS}) > 0.5"
"""More than the alert asks for, or it would end with the next few commits."""


class SkipError(Exception):
    """This machine cannot do it; the message says why."""


async def store_written_by_another(day: Day) -> None:
    """Again and again, and for so long that whoever waits for a commit notices."""
    await until(partial(_held_for_a_while, day))


async def _held_for_a_while(day: Day) -> bool:
    with closing(_connected(day)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        await asyncio.sleep(0.8)
    return bool(await day.prometheus.now(SLOW))


async def store_locked(day: Day) -> None:
    """Somebody holds the store's file and does not let go, so that webhooks are turned away."""
    holder = day.until_mended.enter_context(closing(_connected(day)))
    holder.execute("BEGIN IMMEDIATE")
    answers = await asyncio.gather(*(webhook(day.deaf, str(number)) for number in range(8)))
    assert {*answers} == {503}


async def store_let_go(day: Day) -> None:
    """It can be written again, and nobody need wait for its scrapes any more."""
    await day.until_mended.aclose()
    day.prometheus.forget(PATIENT)


async def store_disk_filling(day: Day) -> None:
    """Something else needs the room. Raises SkipError."""
    if day.no_disk:
        raise SkipError(day.no_disk)
    fill(day.deaf.config.parent)


def _connected(day: Day) -> sqlite3.Connection:
    return sqlite3.connect(day.deaf.config.parent / "ombuds.db", isolation_level=None)
