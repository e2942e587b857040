"""`ombuds store`: a database is brought up to date, backed up and copied by whoever runs Ombuds."""

import asyncio
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from service.cli import main
from service.secret import Secret
from service.settings import load_settings
from service.store.databases import locate, open_engine
from service.store.schema import REVISION
from service.store.store import Store

sys.path.insert(0, str(Path(__file__).parent))
from store_world import NOW, delivery


@pytest.fixture
def config(write_settings: Callable[..., Path], url: str) -> str:
    return str(write_settings(url))


def run(*arguments: str) -> int:
    """The exit code."""
    with pytest.raises(SystemExit) as ended:
        main(["store", *arguments])
    return int(ended.value.code or 0)


def unfinished(folder: Path) -> list[Path]:
    """What a backup has begun and not put in its place."""
    return list(folder.glob(".*"))


def test_migrate_tells_from_where_to_where(url: str, config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("migrate", "--config", config, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"from": None, "to": REVISION}

    engine = open_engine(locate(url), writes=True)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    assert run("migrate", "--config", config) == 0

    assert "The store is at 9999 already." in capsys.readouterr().out


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files for others")
@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_store_that_root_makes_belongs_to_whom_its_folder_belongs(config: str, tmp_path: Path) -> None:
    """The service's user could not open it otherwise."""
    os.chown(tmp_path, 61_184, 61_184)

    assert run("migrate", "--config", config) == 0

    made = [file.stat() for file in tmp_path.glob("*.db*")]
    assert {(file.st_uid, file.st_gid, file.st_mode & 0o777) for file in made} == {(61_184, 61_184, 0o600)}


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_a_backup_made_while_ombuds_serves_holds_all_that_was_accepted(
    url: str, config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "backup.db"
    serving = await Store.open(url)
    for number in range(3):
        await serving.accept(delivery(number), NOW)

    assert await asyncio.to_thread(run, "backup", str(file), "--config", config) == 0

    assert await serving.accept(delivery(3), NOW)
    backup = await Store.open(f"sqlite:///{file}")
    assert [await backup.accept(delivery(number), NOW) for number in range(4)] == [False, False, False, True]
    assert file.stat().st_mode & 0o777 == 0o600
    for store in (serving, backup):
        await store.close()
    assert await asyncio.to_thread(run, "backup", str(file), "--config", config) == 2
    assert f"{file} is there already" in capsys.readouterr().err
    assert unfinished(tmp_path) == []


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_server_is_backed_up_by_its_own_program(
    url: str, config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("backup", str(tmp_path / "b.dump"), "--config", config) == 2

    assert f"pg_dump --format=custom --file={tmp_path}/b.dump {url}" in capsys.readouterr().err


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_copy_counts_and_tells_what_to_write_in_the_settings(
    config: str, tmp_path: Path, postgresql_server: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    target = postgresql_server.new_database()
    (tmp_path / "password").write_text("letmein\n")
    assert run("migrate", "--config", config) == 0

    assert run("copy", "--config", config, "--to", target, "--password-file", str(tmp_path / "password")) == 0

    told = capsys.readouterr().out
    assert "1 row copied and counted." in told
    written = tmp_path / "new.toml"
    accounts = Path(config).read_text().partition("[[helpdesks]]")
    written.write_text(told[told.index("[store]") :] + "".join(accounts[1:]))
    store = load_settings(written, {}).store
    assert (store.url, store.password) == (target, Secret("letmein"))


@pytest.mark.parametrize(
    ("target", "told"),
    [
        (["mysql://somewhere/ombuds"], "--to must be sqlite:///FILE or postgresql://USER@HOST/DATABASE."),
        (["postgresql:///ombuds"], "--to must be sqlite:///FILE"),
        (["postgresql://ombuds:letmein@db.example/ombuds"], "--to must not hold the password"),
        (["sqlite:///other.db", "--password-file", "password"], "a file has no password"),
        (
            ["postgresql://ombuds@db.example/ombuds", "--password-file", "nowhere"],
            "cannot be read from nowhere: No such",
        ),
    ],
)
@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_target_that_is_none_is_refused(
    config: str, target: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("migrate", "--config", config) == 0

    assert run("copy", "--config", config, "--to", *target) == 2

    said = capsys.readouterr().err
    assert told in said
    assert "letmein" not in said
