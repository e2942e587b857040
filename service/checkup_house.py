"""What a checkup asks of the house itself: its policies, its store, its disk, and the service if it runs."""

import asyncio
import os
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from sqlalchemy import URL

from policies.facts import FACTS
from policies.lint import lint_all
from policies.loader import load
from policies.policy import PolicyError, Rulebook
from service import checkup_judging as judging
from service.answering import ask
from service.checkup_judging import Judged
from service.disk import disk_of
from service.pipeline import Account, Clock
from service.policy_files import SHIPPED, proven, read_folder
from service.sentence_model import sentence_model
from service.settings import Settings
from service.store.databases import found_revision, is_postgresql, locate
from service.store.heard import Heard, heard_of
from service.store.store import Store


@dataclass(slots=True, kw_only=True)
class House:
    """An installation, and what has been found in it so far."""

    settings: Settings
    source: Path
    clock: Clock
    rulebook: Rulebook | None = None
    heard: dict[Account, Heard] = field(default_factory=dict)
    """Empty where there is no store yet."""


async def policies(house: House) -> Judged | None:
    """Whether those in force load, and what is to be looked at."""
    folder = house.settings.policies or SHIPPED
    judged, house.rulebook = await asyncio.to_thread(_read_policies, house, folder)
    return judged


async def candidate(house: House) -> Judged | None:
    """The same of those that run along, if any do."""
    folder = house.settings.candidate
    return None if folder is None else (await asyncio.to_thread(_read_policies, house, folder))[0]


def _read_policies(house: House, folder: Path) -> tuple[Judged, Rulebook | None]:
    command = f"ombuds policies check {folder}"
    likeness = sentence_model() if house.settings.bulletins.semantic else None
    try:
        rulebook = load(read_folder(folder), proven=proven(), likeness=likeness)
    except PolicyError as error:
        return judging.refused(error.problems, command), None
    warnings = lint_all(rulebook, FACTS, house.clock().date())
    told = f"{len(rulebook.policies)} policies, revision {rulebook.revision}"
    return judging.found_warnings(told, warnings, command), rulebook


async def store(house: House) -> Judged | None:
    """Whether it can be read and written. A store that is not as this version needs it is left as it is."""
    url = locate(house.settings.store.url, house.settings.store.password)
    if (file := _missing(url)) is not None:
        return judging.no_file_yet(file, can_be_made=os.access(file.parent, os.W_OK))
    found, is_usable = await asyncio.to_thread(found_revision, url)
    if is_usable:
        await _read_store(house)
    return judging.revision(found, url.render_as_string(hide_password=True), is_usable=is_usable)


def _missing(url: URL) -> Path | None:
    """The store's file, if there should be one and is none."""
    file = Path(url.database or "")
    return None if is_postgresql(url) or file.exists() else file


async def _read_store(house: House) -> None:
    store = await Store.open(house.settings.store.url, password=house.settings.store.password)
    try:
        await store.check_writable()
        for one in house.settings.helpdesks:
            found = await store.ask(partial(heard_of, helpdesk=one.kind, account=one.account))
            house.heard[one.kind, one.account] = found
    finally:
        await store.close()


async def disk(house: House) -> Judged | None:
    """How much room there is; a server has its room elsewhere."""
    given = house.settings.store
    disk = disk_of(given.url, keep_free_mib=given.keep_free_mib, warn_free_mib=given.warn_free_mib)
    free = disk.free_bytes() if disk else None
    return None if free is None else judging.room(free, keep_mib=given.keep_free_mib, warn_mib=given.warn_free_mib)


async def running(house: House) -> Judged | None:
    """Whether the service answers, where the settings tell its port."""
    server = house.settings.server
    if not server.port:
        return None
    answer = await asyncio.to_thread(ask, server.host, server.port, "/readyz")
    return judging.readiness(answer, f"{server.host}:{server.port}")
