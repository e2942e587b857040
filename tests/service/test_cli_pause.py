"""`ombuds pause` and `resume`: what is said, what is kept, and which mistakes are told apart."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import run

from service.paused import Paused
from service.store.pauses import paused_in
from service.store.store import Store


@pytest.fixture
def policies(tmp_path: Path, house: str) -> Path:
    """A folder with the policies `closed` and `waits`."""
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "house.yaml").write_text(house, encoding="utf-8")
    return folder


@pytest.fixture
def config(url: str, policies: Path, write_settings: Callable[..., Path]) -> str:
    """Settings with a store, of either kind, that was served already."""
    file = write_settings(url, f'policies = "{policies.name}"\n')
    paused(url)
    return str(file)


def paused(url: str) -> Paused:
    """What is paused, as workers see it."""

    async def look() -> Paused:
        store = await Store.open(url)
        try:
            return await paused_in(store)
        finally:
            await store.close()

    return asyncio.run(look())


@pytest.mark.parametrize("command", ["pause", "resume"])
def test_both_explain_themselves_with_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command, "--help") == 0

    assert f"Example: ombuds {command}" in " ".join(capsys.readouterr().out.split())


def test_everything_is_paused_with_a_reason_and_resumed(
    config: str, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("pause", "--config", config, "--reason", " A storm of notes. ") == 0
    said, held = capsys.readouterr().out, paused(url)
    assert run("resume", "--config", config) == 0

    assert held.everything is not None
    assert held.everything.reason == "A storm of notes."
    assert said == f"Everything is paused since {held.everything.since:%Y-%m-%d %H:%M:%S} UTC: A storm of notes.\n"
    assert capsys.readouterr().out == "Nothing is paused.\n"
    assert paused(url) == Paused()


def test_policies_are_paused_one_by_one_and_listed(config: str, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("pause", "--config", config, "--policy", "waits", "--policy", "closed") == 0
    assert run("resume", "--config", config, "--policy", "waits") == 0
    capsys.readouterr()

    assert run("pause", "--config", config, "--list", "--json") == 0

    told = json.loads(capsys.readouterr().out)
    assert (told["everything"], list(told["policies"])) == (None, ["closed"])
    assert list(paused(url).policies) == ["closed"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["pause", "--policy", "closd"], "closd is not a policy. Did you mean closed?"),
        (["pause", "--policy", "closed", "--policy", "xyzzy"], "xyzzy is not a policy. Known here: closed, waits."),
        (["resume", "--policy", "wait"], "wait is not paused on its own. Did you mean waits?"),
        (["resume", "--policy", "closed"], "closed is not paused on its own. `ombuds pause --list`"),
        (["pause", "--list", "--policy", "closed"], "--list changes nothing"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_cannot_be_meant_is_refused_and_changes_nothing(
    config: str, url: str, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    run("pause", "--config", config, "--policy", "waits")

    assert run(*arguments, "--config", config) == 2

    assert sentence in capsys.readouterr().err
    assert list(paused(url).policies) == ["waits"]


def test_files_with_mistakes_keep_nobody_from_pausing(
    config: str, url: str, policies: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The service goes on with the last good set, and that may be what has to be stopped."""
    (policies / "house.yaml").write_text("policies: [", encoding="utf-8")

    assert run("pause", "--config", config, "--policy", "closed") == 0

    assert "taken as they are" in capsys.readouterr().err
    assert list(paused(url).policies) == ["closed"]


def test_a_reason_cannot_steer_the_terminal(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("pause", "--config", config, "--reason", "\x1b[2J [red]gone") == 0

    assert capsys.readouterr().out.endswith("\ufffd[2J [red]gone\n")


def test_what_the_settings_of_this_machine_hold_back_is_listed_too(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Or somebody resumes, reads that nothing is paused, and waits in vain."""
    file = Path(config)
    table = '[enforcement]\nkill_switch = true\npause_file = "stop"\n'
    file.write_text(file.read_text(encoding="utf-8") + table, encoding="utf-8")
    (tmp_path / "stop").touch()

    assert run("resume", "--config", config) == 0
    assert run("pause", "--config", config, "--list", "--json") == 0

    lines, told = capsys.readouterr().out.split("{", 1)
    assert f"{tmp_path}/stop exists" in lines
    assert "kill_switch" in lines
    assert "Nothing is paused" not in lines
    assert json.loads("{" + told) == {"everything": None, "policies": {}, "pause_file": True, "kill_switch": True}
