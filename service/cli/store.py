"""`ombuds store`: the database is brought up to date, backed up, and copied to another."""

import os
import shlex
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from json import dumps
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from sqlalchemy import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError

from service.cli.options import Config, Json
from service.cli.screen import complain, counted, print_json, progress
from service.cli.stored import store_there
from service.settings import StoreSettings, load_settings
from service.store import copying, sqlite
from service.store.databases import is_postgresql, locate, open_alone, open_engine, prepare_schema

_NO_TARGET = "--to must be sqlite:///FILE or postgresql://USER@HOST/DATABASE."


def add_to(family: typer.Typer) -> typer.Typer:
    """The family with its commands."""
    family.command()(migrate)
    family.command()(backup)
    family.command()(copy)
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


def copy(
    to: Annotated[
        str, typer.Option("--to", metavar="URL", help="Empty: sqlite:///FILE or postgresql://USER@HOST/DATABASE.")
    ],
    *,
    password_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Holds its password; PGPASSWORD or ~/.pgpass if left out.")
    ] = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Copy everything to another database, all or nothing, and count what arrived. Stop Ombuds first.

    Then name the other one in the settings and start again: what waited goes on, and nothing is done twice.

    Example: [bold]ombuds store copy --to postgresql://ombuds@db.example/ombuds[/bold]
    """
    settings = store_there(config)
    url = _target(to, password_file)
    with _alone(locate(settings.url, settings.password)) as source, _alone(url) as target:
        counts = copying.copy(source, target, progress=partial(progress, "copying"))
    named = [f"[store]\nurl = {dumps(to if is_postgresql(url) else f'sqlite:///{url.database}')}"]
    named += [f"password = {{file = {dumps(str(password_file.resolve()))}}}"] if password_file else []
    if json:
        print_json({"rows": counts, "settings": "\n".join(named)})
        return
    for table, number in counts.items():
        print(f"{table:<12} {number:>12,}")
    print(f"{counted(sum(counts.values()), 'row')} copied and counted. Name it in the settings, then start Ombuds:\n")
    print("\n".join(named))


def _target(to: str, password_file: Path | None) -> URL:
    """The database it names; ends the program with code 2 if it names none."""
    try:
        url = make_url(to)
    except ArgumentError:
        _refuse(_NO_TARGET)
    is_server = is_postgresql(url)
    if not url.database or not (url.host if is_server else url.get_backend_name() == "sqlite"):
        _refuse(_NO_TARGET)
    if url.password:
        _refuse("--to must not hold the password, for lists of processes show it: use --password-file.")
    if password_file and not is_server:
        _refuse("--password-file is for a database on PostgreSQL; a file has no password.")
    if not is_server:
        return url.set(database=str(Path(url.database).resolve()))
    return url.set(password=_first_line(password_file)) if password_file else url


def _first_line(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        _refuse(f"The password cannot be read from {file}: {getattr(error, 'strerror', None) or 'it is no text'}.")


@contextmanager
def _alone(url: URL) -> Iterator[Engine]:
    engine = open_alone(url)
    try:
        yield engine
    finally:
        engine.dispose()


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
