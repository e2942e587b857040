"""The image: built from its Dockerfile, and run as a cluster would, by nobody and on a root that cannot be written.

The base is made of this machine's own packages, which takes a second; pulling or bootstrapping one takes minutes.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from ports import free_port

sys.path.insert(0, str(Path(__file__).parent))
from by_hand import answered, killed_at_the_end

pytestmark = pytest.mark.timeout(600)
ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "deploy" / "container" / "Dockerfile"
HADOLINT = shutil.which("hadolint", path=str(ROOT / ".venv" / "bin"))
BASE_NEEDS = ("base-files", "ca-certificates", "coreutils", "dash", "libstdc++6", "python3-venv")
SETTINGS = """
[server]
port = {port}
[store]
url = "sqlite:////var/lib/ombuds/ombuds.db"
[work]
reconcile_s = 0
[[helpdesks]]
kind = "freshdesk"
account = "acme"
base_url = "http://127.0.0.1:9"
api_key = "key"
basic = {{user = "ombuds", password = "the-password"}}
"""
RUN = """
set -e
mount --bind "$0" "$0"
mount -o remount,bind,ro "$0"
mount --rbind /dev "$0/dev"
mount --rbind /proc "$0/proc"
mount --bind "$1" "$0/etc/ombuds"
mount --bind "$2" "$0/var/lib/ombuds"
exec setpriv --no-new-privs /usr/sbin/chroot --userspec="$3" --groups= "$0" env --chdir="$4" "${@:5}"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """What was built: its files, what it says of itself, and folders for what a cluster mounts."""

    files: Path
    config: dict[str, Any]
    settings: Path
    state: Path

    def start(self, *command: str) -> subprocess.Popen[str]:
        """A process in it, as `docker run --read-only` would start it; the ports are those of this machine."""
        places = (self.files, self.settings, self.state, self.config["User"], self.config["WorkingDir"])
        return subprocess.Popen(
            ["unshare", "--mount", "bash", "-c", RUN, *map(str, places), *command],
            env=dict(variable.split("=", 1) for variable in self.config["Env"]),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    """The image, built once."""
    _skip_unless_it_can_be_built()
    with tempfile.TemporaryDirectory(prefix="ombuds-image-") as made:
        folder = Path(made)
        _import_base(folder)
        build = ("bud", "--format=docker", "--pull-never", "--build-arg=BASE=localhost/base", f"--file={DOCKERFILE}")
        _buildah(folder, *build, "--tag=localhost/ombuds", str(ROOT))
        config = json.loads(_buildah(folder, "inspect", "--type=image", "localhost/ombuds"))["Docker"]["config"]
        files = Path(_buildah(folder, "mount", _buildah(folder, "from", "--pull-never", "localhost/ombuds")))
        (files / "etc" / "ombuds").mkdir()  # whoever mounts something there makes the place
        settings, state = folder / "settings", folder / "state"
        settings.mkdir()
        state.mkdir()
        volume = (files / "var" / "lib" / "ombuds").stat()
        os.chown(state, volume.st_uid, volume.st_gid)  # a new volume begins as a copy of what the image has there
        try:
            yield Image(files=files, config=config, settings=settings, state=state)
        finally:
            _buildah(folder, "rm", "--all")  # it is mounted


def _skip_unless_it_can_be_built() -> None:
    if HADOLINT is None:
        pytest.skip("it takes half a minute, and so is a part of: uv sync --inexact --group deploy")
    missing = [program for program in ("buildah", "dpkg", "setpriv", "unshare") if shutil.which(program) is None]
    if missing:
        pytest.skip(f"missing: {', '.join(missing)} (on Debian: apt-get install buildah)")
    if subprocess.run(["dpkg", "--status", *BASE_NEEDS], check=False, capture_output=True).returncode:
        pytest.skip(f"the base is made of this machine's packages: apt-get install {' '.join(BASE_NEEDS)}")
    if subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode:
        pytest.skip("this kernel or user may not mount anything")


def _buildah(folder: Path, *arguments: str) -> str:
    """What it prints. Everything stays in the folder, in layers where the kernel can lay them; no daemon is needed."""
    done = subprocess.run(
        ["buildah", f"--root={folder}/images", f"--runroot={folder}/run", *arguments],
        env={**os.environ, "BUILDAH_ISOLATION": "chroot"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4_000:] + done.stderr[-4_000:]
    return done.stdout.strip()


def _import_base(folder: Path) -> None:
    """`localhost/base`: what a small Debian with Python holds, from the packages that are installed here."""
    flags = [f"--no-{kind}" for kind in ("recommends", "suggests", "conflicts", "breaks", "replaces", "enhances")]
    needed = _output("apt-cache", "depends", "--recurse", "--installed", *flags, *BASE_NEEDS)
    packages = sorted({line for line in needed.splitlines() if line[:1].isalnum()})
    listed = {Path(line) for line in _output("dpkg", "--listfiles", *packages).splitlines() if line.startswith("/")}
    files = {path.parent.resolve() / path.name for path in listed if path.parts[1:4] != ("usr", "share", "doc")}
    files |= {Path("/bin"), Path("/lib"), Path("/lib64"), Path("/sbin"), *Path("/etc/ssl/certs").iterdir()}
    names = folder / "names"
    names.write_text("".join(f"{path}\n" for path in sorted(files) if os.path.lexists(path)))
    _output("tar", "--create", f"--file={folder}/base.tar", "--no-recursion", f"--files-from={names}")
    base = _buildah(folder, "from", "scratch")
    _buildah(folder, "add", "--quiet", base, f"{folder}/base.tar", "/")
    _buildah(folder, "commit", "--quiet", "--rm", base, "localhost/base")


def _output(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(HADOLINT is None, reason="hadolint is a part of: uv sync --inexact --group deploy")
def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    done = subprocess.run([str(HADOLINT), str(DOCKERFILE)], capture_output=True, text=True, check=False)

    assert done.stdout + done.stderr == ""
    assert done.returncode == 0


def test_the_dockerfile_says_the_version_of_the_package_and_pins_what_it_builds_on() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    uv = re.search(r'"(uv==.+)"', (ROOT / "deploy" / "try.py").read_text(encoding="utf-8"))
    text = DOCKERFILE.read_text(encoding="utf-8")

    assert f"ARG VERSION={version}\n" in text
    assert uv is not None
    assert f" {uv[1]}\n" in text
    assert "@sha256:" in text.split("ARG BASE=")[1].splitlines()[0]
    assert [line.split()[1] for line in text.splitlines() if line.startswith("FROM")] == ["${BASE}", "${BASE}"]


def test_the_image_says_how_it_is_run_watched_and_stopped(image: Image) -> None:
    assert image.config["User"] == "65532:65532"
    assert [*image.config["Entrypoint"], *image.config["Cmd"]] == ["ombuds", "serve"]
    assert image.config["Healthcheck"]["Test"] == ["CMD", "ombuds", "healthcheck"]
    assert image.config["StopSignal"] == "SIGTERM"
    assert list(image.config["Volumes"]) == ["/var/lib/ombuds"]


def test_the_image_holds_what_is_locked_and_nothing_to_build_or_test_with(image: Image) -> None:
    opt = image.files / "opt"
    programs = {path.name for path in (opt / "ombuds" / "bin").iterdir()}

    assert [path.name for path in opt.iterdir()] == ["ombuds"]
    assert "ombuds" in programs
    assert not programs & {"pip", "uv", "pytest", "ruff", "hatchling"}
    assert not [path for path in opt.rglob("*") if path.lstat().st_uid]
    extras = "import psycopg, opentelemetry.exporter.otlp.proto.http"  # the store of many machines, and traces
    with killed_at_the_end(image.start("python", "-c", extras)) as process:
        assert process.communicate(timeout=25) == ("", None)


def test_nobody_serves_from_a_root_that_cannot_be_written_and_stops_within_the_grace(image: Image) -> None:
    """By its own words: entry point, health check and signal. What it kept is in the volume and nowhere else."""
    port = free_port()
    (image.settings / "ombuds.toml").write_text(SETTINGS.format(port=port))
    with killed_at_the_end(image.start(*image.config["Entrypoint"], *image.config["Cmd"])) as process:
        ready = answered(process, f"http://127.0.0.1:{port}/readyz")
        accepted = httpx.post(
            f"http://127.0.0.1:{port}/webhooks/freshdesk/acme", auth=("ombuds", "the-password"), json={"ticket_id": 42}
        )
        owner = Path(f"/proc/{process.pid}").stat().st_uid
        healthy = _code_of_healthcheck(image)
        process.send_signal(signal.Signals[image.config["StopSignal"]])
        output, _ = process.communicate(timeout=25)

    assert (ready, accepted.status_code, owner) == (200, 202, 65_532)
    assert process.returncode == 0, output
    assert (image.state / "ombuds.db").stat().st_uid == 65_532
    assert (healthy, _code_of_healthcheck(image)) == (0, 1)


def test_nothing_but_the_volume_can_be_written(image: Image) -> None:
    """Shows that the test above did not stand on a root that could be written."""
    script = "touch /var/lib/ombuds/kept; touch /tmp/lost /opt/ombuds/lost; test -e /tmp/lost"
    with killed_at_the_end(image.start("sh", "-c", script)) as process:
        output, _ = process.communicate(timeout=25)

    assert process.returncode == 1
    assert output.count("Read-only file system") == 2
    assert (image.state / "kept").exists()


def _code_of_healthcheck(image: Image) -> int:
    with killed_at_the_end(image.start(*image.config["Healthcheck"]["Test"][1:])) as process:
        process.communicate(timeout=25)
    return process.returncode
