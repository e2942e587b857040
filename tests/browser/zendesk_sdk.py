"""Zendesk's own SDK for apps, put together from the source it published; never kept in the repository.

Zendesk delivers the SDK from its own servers only. The npm registry has its source as Apache-2.0, uploaded by somebody
else in 2017; what an app and its host say to each other has not changed since.
"""

import base64
import hashlib
import json
import shutil
import subprocess
import tarfile
from pathlib import Path

PACKAGE = "zendesk_app_framework_sdk@2.0.11"
SHA512 = "3TKzeq0faAPCYRLYGKcoJnbDdsYB26/T2aoBC9JQKfbQRyBh2Av7EpeBRE9gYGVPqOPvqYxNmZITe29BKu+08Q=="
PARTS = {"./client": "client.js", "./utils": "utils.js", "": "index.js"}
FETCH_S = 30


class MissingError(Exception):
    """The source could not be had; the message says why."""


def bundle(folder: Path) -> str:
    """One script that defines ZAFClient, fetched into `folder` unless it is there. Raises MissingError."""
    source = folder / "package" / "lib"
    if not source.exists():
        _fetch(folder)
    modules = ",\n".join(
        f"{json.dumps(name)}: function (module, require) {{\n{(source / file).read_text(encoding='utf-8')}\n}}"
        for name, file in PARTS.items()
    )
    return (
        f"window.ZAFClient = (function (parts, made) {{\n"
        f"function require(name) {{ if (!made[name]) {{ made[name] = {{exports: {{}}}}; "
        f"parts[name](made[name], require); }} return made[name].exports; }}\n"
        f'return require("");\n}})({{\n{modules}\n}}, {{}});\n'
    )


def _fetch(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise MissingError("npm is not installed")
    try:
        command = [npm, "pack", "--silent", "--pack-destination", str(folder), PACKAGE]
        packed = subprocess.run(command, capture_output=True, check=True, text=True, timeout=FETCH_S, cwd=folder)
    except (subprocess.SubprocessError, OSError) as error:
        raise MissingError("the npm registry cannot be reached") from error
    archive = folder / packed.stdout.split()[-1]
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if digest != SHA512:
        raise MissingError(f"{PACKAGE} is not the file it was: sha512 {digest}")
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
