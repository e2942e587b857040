"""deploy/try.py runs before anything is installed, so here it is run as a stranger would: as a file."""

import hashlib
import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
TRY = ROOT / "deploy" / "try.py"


@pytest.fixture
def bootstrap(tmp_path: Path) -> ModuleType:
    """A copy in a small checkout of its own, so that what it writes stays there."""
    (tmp_path / "deploy").mkdir()
    for name in ("uv.lock", "pyproject.toml", "deploy/try.py"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    spec = importlib.util.spec_from_file_location("bootstrap", tmp_path / "deploy" / "try.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def installed(bootstrap: ModuleType, *, where: Path, command: str) -> None:
    bootstrap.STAMP.parent.mkdir()
    bootstrap.STAMP.write_text(f"{where}\n{bootstrap.fingerprint()}\n{command}\n")


@pytest.mark.parametrize("arguments", [[], ["deploy"]])
def test_an_unknown_command_tells_the_two_there_are(arguments: list[str]) -> None:
    done = subprocess.run([sys.executable, str(TRY), *arguments], capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "try.py demo" in done.stderr
    assert "try.py test" in done.stderr


def test_a_fresh_checkout_has_nothing_installed(bootstrap: ModuleType) -> None:
    assert not bootstrap.is_installed("demo")


def test_what_the_tests_need_includes_what_the_demo_needs(bootstrap: ModuleType) -> None:
    installed(bootstrap, where=bootstrap.ROOT, command="test")

    assert bootstrap.is_installed("demo")
    assert bootstrap.is_installed("test")


def test_what_the_demo_needs_is_not_enough_for_the_tests(bootstrap: ModuleType) -> None:
    installed(bootstrap, where=bootstrap.ROOT, command="demo")

    assert bootstrap.is_installed("demo")
    assert not bootstrap.is_installed("test")


def test_a_new_lock_file_is_installed(bootstrap: ModuleType) -> None:
    installed(bootstrap, where=bootstrap.ROOT, command="test")

    (bootstrap.ROOT / "uv.lock").write_text("# changed\n")

    assert not bootstrap.is_installed("test")


def test_a_checkout_that_was_moved_is_installed_again(bootstrap: ModuleType) -> None:
    """The scripts in .venv/bin name the place where they were made."""
    installed(bootstrap, where=Path("/elsewhere"), command="test")

    assert not bootstrap.is_installed("test")


def test_a_file_that_is_not_the_expected_one_is_never_run(bootstrap: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="not the file that was expected"):
        bootstrap.save_checked(b"something else", hashlib.sha256(b"pip").hexdigest(), tmp_path / "pip.whl")

    assert not (tmp_path / "pip.whl").exists()


def test_it_uses_nothing_but_the_standard_library() -> None:
    imports = set(re.findall(r"^(?:import|from) (\w+)", TRY.read_text(encoding="utf-8"), re.MULTILINE))

    assert imports <= sys.stdlib_module_names


def test_the_entry_point_it_starts_is_the_one_the_project_installs(bootstrap: ModuleType) -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]

    assert Path(bootstrap.COMMANDS["demo"][0]).name in scripts
