#!/usr/bin/env python3
"""From a fresh checkout to the demo or the tests, with Python 3.11 and nothing else.

    python3 deploy/try.py demo             install what uv.lock names into .venv, then play the demo
    python3 deploy/try.py test             the same with the tools of developers, then run all tests
    python3 deploy/try.py test -k webhook  what follows goes to `ombuds demo` or to pytest

Needs neither pip nor python3-venv nor root. The second run installs nothing unless the lock file changed.
"""

import hashlib
import importlib.util
import json
import os
import ssl
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "installed-by-try"
UV = "uv==0.13.9"
PYPI = "https://pypi.org/simple/pip/"
PIP = "pip-26.3-py3-none-any.whl"
PIP_SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
COMMANDS = {"demo": [str(VENV / "bin" / "ombuds"), "demo"], "test": [str(VENV / "bin" / "pytest")]}


def say(line: str) -> None:
    """One line of progress on stderr, so that the output of the command itself stays clean."""
    print("try: " + line, file=sys.stderr, flush=True)


def run(step: str, *command: str, **environment: str) -> None:
    """Nothing if the command succeeds; else ends the program and names the step that failed."""
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=False)  # noqa: S603
    if done.returncode:
        sys.exit("try: could not " + step + "; the reason stands above. Mend it and run the same command again.")


def fingerprint() -> str:
    """Changes whenever an installed .venv is out of date."""
    digest = hashlib.sha256()
    for path in (ROOT / "uv.lock", ROOT / "pyproject.toml", Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def stamp() -> list[str]:
    """What an earlier run installed: where, which state of the lock file, for which command; empty if nothing."""
    return STAMP.read_text().splitlines() if STAMP.exists() else ["", "", ""]


def is_installed(command: str) -> bool:
    """Whether an earlier run installed exactly this; the tools of developers include all that the demo needs."""
    where, state, installed_for = stamp()
    return where == str(ROOT) and state == fingerprint() and installed_for in (command, "test")


def fetch_pip(folder: Path) -> Path:
    """The path of pip's own wheel, checked against PIP_SHA256; a wheel of pip can be run without being installed."""
    request = urllib.request.Request(PYPI, headers={"Accept": "application/vnd.pypi.simple.v1+json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - https, see PYPI
            files = json.load(answer)["files"]
        url = next(urllib.parse.urljoin(PYPI, file["url"]) for file in files if file["filename"] == PIP)
        with urllib.request.urlopen(url, timeout=120) as answer:  # noqa: S310 - what comes is checked
            wheel = answer.read()
    except (OSError, ValueError, LookupError, StopIteration) as error:
        sys.exit(
            "try: could not fetch pip from pypi.org (" + str(error) + "). Check the network and the package"
            " ca-certificates, or install python3-venv, then run the same command again."
        )
    return save_checked(wheel, PIP_SHA256, folder / PIP)


def save_checked(content: bytes, sha256: str, path: Path) -> Path:
    """The path, written only if the content is exactly what was expected; else ends the program."""
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        sys.exit("try: " + path.name + " is not the file that was expected (sha256 " + found + "); nothing was run.")
    path.write_bytes(content)
    return path


def make_venv() -> None:
    """Makes .venv with uv in it, by pip: the one in .venv, or else pip's wheel where Debian left pip out."""
    python = str(VENV / "bin" / "python")
    has_moved = stamp()[0] not in ("", str(ROOT))
    if has_moved or not os.path.exists(python):  # noqa: PTH110 - a dangling link counts as missing
        say("making " + str(VENV))
        flags = [] if importlib.util.find_spec("ensurepip") else ["--without-pip"]  # Debian: in python3-venv
        run("make .venv", sys.executable, "-m", "venv", "--clear", *flags, str(VENV))
    if not (VENV / "bin" / "uv").exists():
        pip = [python, "-m", "pip"]
        if not list(VENV.glob("lib/python*/site-packages/pip")):
            say("fetching pip, which this Python lacks")
            pip = [python, str(fetch_pip(VENV) / "pip")]
        say("installing uv")
        run("install uv", *pip, "install", "--quiet", "--disable-pip-version-check", UV)


def install(command: str) -> None:
    """Brings .venv to what uv.lock says; packages it does not name are left alone, uv among them."""
    make_venv()
    say("installing what uv.lock names")
    STAMP.unlink(missing_ok=True)
    group = "--group=dev" if command == "test" else "--no-dev"
    settings = {
        "UV_PROJECT_ENVIRONMENT": str(VENV),
        "UV_PYTHON": str(VENV / "bin" / "python"),
        "UV_PYTHON_DOWNLOADS": "never",
    }
    if has_certificates():
        settings["UV_SYSTEM_CERTS"] = "true"
    uv = str(VENV / "bin" / "uv")
    run("install the packages", uv, "sync", "--frozen", "--inexact", "--quiet", group, **settings)
    STAMP.write_text(str(ROOT) + "\n" + fingerprint() + "\n" + command + "\n")


def has_certificates() -> bool:
    """Whether this machine has certificates of its own; a company's proxy may need them. Else uv brings some."""
    places = ssl.get_default_verify_paths()
    return bool(places.cafile or (places.capath and os.listdir(places.capath)))  # noqa: PTH208


def main(arguments: list[str]) -> None:
    """Installs what is missing, then becomes the command."""
    if sys.version_info < (3, 11):  # noqa: UP036 - it may well be started with an older one
        sys.exit("try: Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ".")
    if not arguments or arguments[0] not in COMMANDS:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    command, extra = arguments[0], arguments[1:]
    if not is_installed(command):
        install(command)
    os.chdir(ROOT)
    os.execv(COMMANDS[command][0], [*COMMANDS[command], *extra])  # noqa: S606 - our own entry points


if __name__ == "__main__":
    main(sys.argv[1:])
