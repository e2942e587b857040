#!/usr/bin/env python3
"""Packs the app that agents see beside a ticket into one zip.

    python3 deploy/pack_app.py zendesk --host ombuds.acme.example
    python3 deploy/pack_app.py zendesk --host ombuds.acme.example --account acme
    python3 deploy/pack_app.py freshdesk --out /tmp/ombuds-freshdesk.zip

Zendesk's app can ask one host only, the one it was packed for; Freshdesk's asks for the host when it is installed.
With --account, Zendesk makes the webhook that tells Ombuds of tickets when it installs the app, and takes it away with
it; `ombuds connect zendesk` finds it and fetches its secret. Without, `ombuds connect zendesk` makes it.
Needs Python 3.11 and nothing else. The same files and the same host give the same zip, byte by byte. Freshdesk gets one
plain script for each page, since nothing says that its packer reads modules.
"""

import argparse
import json
import re
import sys
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
SHARED = HERE / "app-shared"
EXAMPLE_HOST = "ombuds.example"
"""What stands for your host in the JSON of an app that is packed for one."""
LONG_AGO = (1980, 1, 1, 0, 0, 0)
_MODULE = re.compile(r'<script type="module" src=("[^"]+")>')
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?function |const )", re.MULTILINE)
_LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9_.-]{0,62}")
_HOST = re.compile(rf"(?:{_LABEL}\.)+(?=[a-z0-9-]*[a-z]){_LABEL}")


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Where an app's files are, where in it those go that both share, and what becomes of the zip.

    `for_one_host`: whether the host is written into it. `is_flat`: whether a page's modules become one plain script.
    """

    folder: str
    shared: str
    for_one_host: bool
    is_flat: bool
    next: str


APPS: Mapping[str, App] = {
    "zendesk": App(
        folder="zendesk-app",
        shared="assets",
        for_one_host=True,
        is_flat=False,
        next="upload it: Admin Center, Apps and integrations, Zendesk Support apps, Upload private app.",
    ),
    "freshdesk": App(
        folder="freshdesk-app",
        shared="app/shared",
        for_one_host=False,
        is_flat=True,
        next="unpack it, run Freshworks' `fdk pack` in it, and upload what that makes as a custom app.",
    ),
}


def host_problem(host: str | None) -> str | None:
    """Why a host cannot be packed; None if it can."""
    if host is None:
        return "the app asks one host only: name it with --host ombuds.acme.example."
    if _HOST.fullmatch(host) and len(host) <= 253:
        return None
    return f"{host!r} is no host. Write its name alone, as in ombuds.acme.example: no https://, port, path or IP."


def account_problem(account: str | None) -> str | None:
    """Why no webhook can go there; None if it can, or if none is wanted."""
    if account is None or _ACCOUNT.fullmatch(account):
        return None
    return f"{account!r} is no account. Write it as in ombuds.toml: small letters, digits, dots, dashes, underscores."


def requirements(host: str, account: str) -> bytes:
    """Zendesk's `requirements.json`: the webhook, as `ombuds connect` wants it. Zendesk itself makes up its secret.

    A trigger would have to name the webhook before there is one, and nothing says how: where a plan has no events,
    `ombuds connect zendesk --trigger` makes both. Source: developer.zendesk.com, "Specifying app requirements", 2026.
    """
    sys.path.insert(0, str(HERE.parent))
    from connectors.zendesk.wanted import wanted_webhook

    webhook = wanted_webhook(f"https://{host}/webhooks/zendesk/{account}", by_trigger=False)
    return json.dumps({"webhooks": {"ombuds": webhook.fields}}, indent=2).encode()


def files_of(app: App, host: str | None) -> dict[str, bytes]:
    """The zip's files by their name, in the order of their names, with the host filled in."""
    own = {str(path.relative_to(HERE / app.folder)): path for path in (HERE / app.folder).rglob("*")}
    shared = {f"{app.shared}/{path.name}": path for path in SHARED.iterdir()}
    files = sorted({**own, **shared}.items())
    contents = {name: _content(path, host) for name, path in files if path.is_file() and path.suffix != ".sh"}
    return _flat(contents) if app.is_flat else contents


def pack(files: Mapping[str, bytes], out: Path) -> int:
    """How many bytes the zip has that was written to `out`."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            packed.writestr(entry, content, compresslevel=9)
    return out.stat().st_size


def main(arguments: Sequence[str] | None = None) -> None:
    """Packs what the command line says, and tells what to do with it."""
    said = _parser().parse_args(arguments)
    app, out = APPS[said.app], said.out or Path(f"ombuds-{said.app}.zip")
    host, account = (said.host, said.account) if app.for_one_host else (None, None)
    if app.for_one_host and (problem := host_problem(host) or account_problem(account)):
        sys.exit(f"pack_app: {problem}")
    files = files_of(app, host)
    if host and account:
        files["requirements.json"] = requirements(host, account)
    try:
        size = pack(files, out)
    except OSError as error:
        sys.exit(f"pack_app: {out} could not be written ({error.strerror}). Name another file with --out.")
    print(f"{out}: {size:,} bytes.\nNext: {app.next}")


def _content(path: Path, host: str | None) -> bytes:
    content = path.read_bytes()
    return content.replace(EXAMPLE_HOST.encode(), host.encode()) if host and path.suffix == ".json" else content


def _flat(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """With each page's module, and all that it imports, as one plain script, which runs once the page is read."""
    texts = {name: content.decode() for name, content in files.items() if name.endswith((".js", ".html"))}
    pages = {
        name: _MODULE.sub(r"<script defer src=\1>", text) for name, text in texts.items() if name.endswith(".html")
    }
    firsts = [f"{name.rpartition('/')[0]}/{first[1:-1]}" for name in pages for first in _MODULE.findall(texts[name])]
    scripts = {name: f'(() => {{\n"use strict";\n{_with_imports(name, texts, set())}}})();\n' for name in firsts}
    others = {name: content for name, content in files.items() if name not in texts}
    plain = {name: text.encode() for name, text in {**pages, **scripts}.items()}
    return dict(sorted({**others, **plain}.items()))


def _with_imports(name: str, texts: Mapping[str, str], done: set[str]) -> str:
    """A module's text after those that it imports, each once. All their names live together from then on."""
    done.add(name)
    folder, text = name.rpartition("/")[0], texts[name]
    wanted = [f"{folder}/{path}" for path in _IMPORT.findall(text)]
    before = "".join(_with_imports(one, texts, done) for one in wanted if one not in done)
    return before + _EXPORT.sub("", _IMPORT.sub("", text))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("app", choices=APPS, help="whose app")
    parser.add_argument("--host", type=str.lower, help="the name under which Zendesk reaches Ombuds over HTTPS")
    parser.add_argument("--account", help="as in ombuds.toml: let Zendesk make the webhook when it installs the app")
    parser.add_argument("--out", type=Path, help="the zip to write; left out: ombuds-APP.zip, here")
    return parser


if __name__ == "__main__":
    main()
