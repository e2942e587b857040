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
from service.settings import load_settings
from service.store.store import Store

T = TypeVar("T")


def with_store(config: Path | None, ask: Callable[[Store], Awaitable[T]]) -> T:
    """The store's answer. Where nothing was served yet, the program ends with code 2."""
    settings = load_settings(config, os.environ).store
    url = make_url(settings.url)
    file = Path(url.database or "")
    if url.get_backend_name() == "sqlite" and not file.exists():
        complain(f"There is no store at {file} yet: nothing was served with these settings.")
        raise typer.Exit(2)

    async def run() -> T:
        store = await Store.open(settings.url, password=settings.password)
        try:
            return await ask(store)
        finally:
            await store.close()

    return asyncio.run(run())


def time(moment: datetime) -> str:
    """The time as it is shown."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
