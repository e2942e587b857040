"""`ombuds store`: the database is brought up to date, backed up, and copied to another."""

import os
import shlex
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from sqlalchemy import Engine

from service.cli.options import Json
from service.cli.screen import complain, print_json
from service.cli.stored import Config, store_there
from service.settings import StoreSettings, load_settings
from service.store import sqlite
from service.store.databases import is_postgresql, locate, open_engine, prepare_schema


def add_to(family: typer.Typer) -> typer.Typer:
    """The family with its commands."""
    family.command()(migrate)
    family.command()(backup)
    return family


def migrate(config: Config = None, *, json: Json = False) -> None:
    """Bring the tables to what this version works with; make them if there are none.

    Every start does so as well. For a deployment that does it once, before its processes start.

    Example: [bold]ombuds store migrate[/bold]
    """
    with _opened(load_settings(config, os.environ).store) as engine:
        before, after = prepare_schema(engine)
    if json:
        print_json({"from": before, "to": after})
    elif before == after:
        print(f"The store is at {after} already.")
    else:
        print(f"The store went from {before} to {after}." if before else f"The store is at {after} now.")


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", show_default=False, help="A file that is not there yet.")],
    config: Config = None,
) -> None:
    """Back up a store in a file, while Ombuds serves: all of it as it is at one moment, in one file, checked.

    Example: [bold]ombuds store backup /backups/ombuds-2026-03-02.db[/bold]
    """
    settings = store_there(config)
    if is_postgresql(locate(settings.url)):
        _refuse(
            "This store is on PostgreSQL, whose own program backs it up while Ombuds serves:\n"
            f"  pg_dump --format=custom --file={shlex.quote(str(file))} {settings.url}"
        )
    if file.exists():
        _refuse(f"{file} is there already: name another file.")
    try:
        with _opened(settings) as engine:
            sqlite.back_up(engine, file)
    except (OSError, sqlite3.Error) as error:
        _refuse(f"Nothing was backed up to {file}: {getattr(error, 'strerror', None) or error}.")
    print(f"{file}: {file.stat().st_size / 1_048_576:,.1f} MiB, checked.")


@contextmanager
def _opened(settings: StoreSettings) -> Iterator[Engine]:
    engine = open_engine(locate(settings.url, settings.password), writes=True)
    try:
        yield engine
    finally:
        engine.dispose()


def _refuse(sentences: str) -> NoReturn:
    complain(sentences)
    raise typer.Exit(2)
