"""The README's chapter "Run it in production", followed to the letter on a clean Debian.

What it tells to type for one machine is typed there, by somebody who may use sudo. No systemd runs in it: that the
unit is started is read by systemd's own tools, and done by hand with its command, its user and what it may see.
Images are built and charts rendered by other tests; here the chapter's commands must name what those take.
"""

import re
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from ports import free_port

sys.path.insert(0, str(Path(__file__).parent))
from by_hand import answered, killed_at_the_end
from clean_machine import Machine, machine, obstacle

pytestmark = pytest.mark.timeout(600)
ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CHAPTER = README.split("### Run it in production\n")[1].split("\n### ")[0]
IS_DEPLOYED_HERE = shutil.which("hadolint", path=str(ROOT / ".venv" / "bin"))
UNIT = Path("etc/systemd/system/ombuds.service")
SETTINGS = Path("etc/ombuds/ombuds.toml")
CREDENTIALS = Path("etc/ombuds/credentials")
NOBODY = 61_184
"""The first of the users that systemd makes up. Source: systemd.exec(5), DynamicUser=."""


def typed() -> list[str]:
    """The lines that are to be typed on one machine, in order: those of blocks, and those within sentences."""
    found = re.findall(r"```sh\n(.*?)```|`(sudo [^`]+)`", CHAPTER, re.DOTALL)
    lines = [line.strip() for block, within in found for line in (block or within).splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def lines_of_unit(clean: Machine, key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", (clean.root / UNIT).read_text(encoding="utf-8"), re.MULTILINE)


@pytest.fixture(scope="module")
def clean() -> Iterator[Machine]:
    """The machine on which all of it was typed; the account and its secrets were written before the unit is enabled."""
    if IS_DEPLOYED_HERE is None:
        pytest.skip("it takes a minute, and so is a part of: uv sync --inexact --group deploy")
    if why := obstacle():
        pytest.skip(why)
    with tempfile.TemporaryDirectory(prefix="ombuds-clean-") as folder:
        clean = machine(Path(folder) / "root", ROOT)
        for line in typed():
            if "systemctl enable" in line:
                write_account(clean)
            done = clean.type(line.replace(" --now", ""), pasted="a-secret\n")  # there is nobody to start it yet
            assert done.returncode == 0, f"{line}\n{done.stdout}"
        yield clean


def write_account(clean: Machine) -> None:
    """What the chapter asks for in a sentence: an account, here one on loopback, and each secret in a file."""
    settings = clean.root / SETTINGS
    text = settings.read_text(encoding="utf-8").replace("https://acme.zendesk.com", "http://127.0.0.1:9")
    settings.write_text(text.replace("port = 8400", f"port = {free_port()}"), encoding="utf-8")
    (clean.root / CREDENTIALS).mkdir(mode=0o700, exist_ok=True)
    places = [clean.root / CREDENTIALS / name for name in re.findall(r'credential = "(\w+)"', text)]
    for place in places:
        if not place.exists():  # the chapter may have had it typed
            place.write_text("a-secret\n", encoding="ascii")


def test_systemd_takes_the_unit_and_starts_it_with_the_machine(clean: Machine) -> None:
    verified = clean.type(f"sudo systemd-analyze verify --man=no /{UNIT}")

    assert (verified.returncode, verified.stdout) == (0, "")
    assert clean.type("systemctl is-enabled ombuds").stdout == "enabled\n"


def test_what_the_unit_starts_is_ready_and_stops_when_it_is_told(clean: Machine) -> None:
    """Its command by its user, who owns its state and its credentials and can write to nothing else."""
    (command,), (state,), (folder,) = (
        lines_of_unit(clean, key) for key in ("ExecStart", "StateDirectory", "WorkingDirectory")
    )
    handed = hand_over(clean, state)
    port = re.findall(r"^port = (\d+)", (clean.root / SETTINGS).read_text(encoding="utf-8"), re.MULTILINE)[0]
    with killed_at_the_end(clean.start(NOBODY, folder, handed, *command.split())) as process:
        ready = answered(process, f"http://127.0.0.1:{port}/readyz")
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=30)

    assert (ready, process.returncode) == (200, 0), output
    assert (clean.root / "var" / "lib" / state / "ombuds.db").stat().st_uid == NOBODY


def hand_over(clean: Machine, state: str) -> str:
    """Makes what systemd would: the state's folder, and a copy of each credential for the unit's user alone."""
    handed = clean.root / "run" / "credentials" / UNIT.name
    handed.mkdir(parents=True)
    for name, place in (line.split(":") for line in lines_of_unit(clean, "LoadCredential")):
        shutil.copy(clean.root / place.lstrip("/"), handed / name)
    (clean.root / "var" / "lib" / state).mkdir(mode=0o700)
    for path in (clean.root / "var" / "lib" / state, handed, *handed.iterdir()):
        shutil.chown(path, NOBODY, NOBODY)
        path.chmod(0o700)
    return f"/run/credentials/{UNIT.name}"


def test_the_image_and_the_chart_are_made_from_what_the_chapter_names() -> None:
    """By the same words as at the top of the files that other tests build from."""
    (build,) = re.findall(r"`(docker build [^`]+)`", CHAPTER)
    (install,) = re.findall(r"`(helm install [^`]+)`", CHAPTER)
    dockerfile = (ROOT / "deploy" / "container" / "Dockerfile").read_text(encoding="utf-8")

    assert f"#   {build}\n" in dockerfile
    assert re.findall(r"--publish (\S+)", dockerfile) == ["127.0.0.1:8400:8400"]  # a proxy with HTTPS stands before it
    assert (ROOT / install.split()[3] / "Chart.yaml").exists()


def test_every_place_that_the_chapter_names_is_there() -> None:
    named = re.findall(r"\bdeploy/[\w./-]*\w", CHAPTER)

    assert named
    assert [place for place in named if not (ROOT / place).exists() and "*" not in place] == []
