"""The units for systemd, by systemd's own tools: without errors, hardened, and in step with our settings."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from service.settings import load_settings
from service.settings_server import ServerSettings

FOLDER = Path(__file__).parents[2] / "deploy" / "systemd"
UNITS = ["ombuds.service", "ombuds-work@.service"]
COMMAND = "/opt/ombuds/bin/ombuds"
MOST_EXPOSED = 20
"""Of 100; above it, something that may be taken away was given back."""


@pytest.fixture(scope="module")
def analyze() -> str:
    """The command `systemd-analyze`. Where it is not installed its tests are skipped, but never in CI."""
    command = shutil.which("systemd-analyze")
    if command is None and os.environ.get("CI"):
        raise FileNotFoundError("systemd-analyze is missing: install the package systemd")
    return command or pytest.skip("systemd-analyze is missing: install the package systemd")


@pytest.fixture(params=UNITS)
def unit(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The unit, with the command of this environment; what has an instance has one."""
    text = (FOLDER / request.param).read_text(encoding="utf-8")
    own = tmp_path / request.param.replace("@", "@8401")
    own.write_text(text.replace(COMMAND, str(Path(sys.executable).parent / "ombuds")), encoding="utf-8")
    return own


def said(*command: str) -> tuple[int, str]:
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def test_systemd_has_nothing_to_say_against_a_unit(unit: Path, analyze: str) -> None:
    assert said(analyze, "verify", "--man=no", str(unit)) == (0, "")


def test_a_unit_may_do_little(unit: Path, analyze: str) -> None:
    code, told = said(analyze, "security", "--no-pager", "--offline=true", f"--threshold={MOST_EXPOSED}", str(unit))

    assert code == 0, told
    assert f"Overall exposure level for {unit.name}" in told


def lines(name: str) -> dict[str, list[str]]:
    """What a unit says, by its key."""
    found: dict[str, list[str]] = {}
    for key, value in re.findall(r"^(\w+)=(.*)$", (FOLDER / name).read_text(encoding="utf-8"), re.MULTILINE):
        found.setdefault(key, []).append(value)
    return found


def test_a_worker_may_do_no_more_than_the_whole_service() -> None:
    whole, worker = map(lines, UNITS)

    assert {key for key in whole if whole[key] != worker.get(key)} == {"Description", "ExecStart"}


def test_it_is_given_longer_to_stop_than_it_takes() -> None:
    (stop_s,) = lines(UNITS[0])["TimeoutStopSec"]

    assert float(stop_s) > ServerSettings().grace_s + 5


def test_the_settings_beside_the_unit_ask_for_what_it_hands_over(tmp_path: Path) -> None:
    names = [line.partition(":")[0] for line in lines(UNITS[0])["LoadCredential"]]
    for name in names:
        (tmp_path / name).write_text(f"the {name}")

    settings = load_settings(FOLDER / "ombuds.toml", {"CREDENTIALS_DIRECTORY": str(tmp_path)})

    written = (FOLDER / "ombuds.toml").read_text(encoding="utf-8")
    asked = re.findall(r'^[^#\n]*credential = "(\w+)"', written, re.MULTILINE)
    assert sorted(asked) == sorted(names)
    assert settings.store.url == f"sqlite:////var/lib/{lines(UNITS[0])['StateDirectory'][0]}/ombuds.db"


def test_what_the_settings_only_propose_the_units_propose_to_hand_over() -> None:
    proposed = re.findall(
        r"^# .*secrets = \[\{(.*)\}\]", (FOLDER / "ombuds.toml").read_text(encoding="utf-8"), re.MULTILINE
    )

    for unit in UNITS:
        offered = re.findall(r"^#LoadCredential=(\w+):", (FOLDER / unit).read_text(encoding="utf-8"), re.MULTILINE)
        assert proposed
        assert set(proposed) <= {f'credential = "{name}"' for name in offered}
