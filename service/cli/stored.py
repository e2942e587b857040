"""Asking the store that the settings name, from the command line."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import typer
from sqlalchemy import make_url

from service.cli.screen import complain
from service.settings import StoreSettings, load_settings
from service.store.store import Store

T = TypeVar("T")


def was_served(config: Path | None) -> bool:
    """Whether there is a store to be asked; a server's is always taken to be there."""
    return _is_there(load_settings(config, os.environ).store.url)


def _is_there(store_url: str) -> bool:
    url = make_url(store_url)
    return url.get_backend_name() != "sqlite" or Path(url.database or "").exists()


def with_store(config: Path | None, ask: Callable[[Store], Awaitable[T]]) -> T:
    """The store's answer. Where nothing was served yet, the program ends with code 2."""
    settings = store_there(config)

    async def run() -> T:
        store = await Store.open(settings.url, password=settings.password)
        try:
            return await ask(store)
        finally:
            await store.close()

    return asyncio.run(run())


def store_there(config: Path | None) -> StoreSettings:
    """Which store the settings name. Where nothing was served yet, the program ends with code 2."""
    settings = load_settings(config, os.environ).store
    if not _is_there(settings.url):
        file = make_url(settings.url).database
        complain(f"There is no store at {file} yet: nothing was served with these settings.")
        raise typer.Exit(2)
    return settings


def time(moment: datetime) -> str:
    """The time as it is shown."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
