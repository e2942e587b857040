"""The zip that Zendesk gets, held against what Zendesk is known to refuse, for its own validator wants an account.

Source of the rules: github.com/zendesk/zendesk_apps_support, and developer.zendesk.com on manifests; read 2026-11.
"""

import asyncio
import json
import re
import shutil
import struct
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pytest
from commands import run

from connectors.sandbox.serving import serving
from connectors.sandbox.zendesk import ZendeskSandbox

sys.path.insert(0, str(Path(__file__).parent))
from packed import LARGEST, code_size

DEPLOY = Path(__file__).parents[2] / "deploy"
HOST = "ombuds.acme.test"
SDK = "https://static.zdassets.com/zendesk_app_framework_sdk/2.0/zaf_sdk.min.js"
LANGUAGES = ("en", "de", "fr", "es", "pt")
PARAMETER_KEYS = {"name", "type", "required", "secure", "default", "scopes"}
PARAMETER_TYPES = {"text", "checkbox", "url", "number", "multiline", "hidden", "oauth", "mtls"}
MARKUP = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc|createContextualFragment|\beval\(|new Function"
)
CREDENTIALS = ("bot@acme.example/token", "sandbox-token")
SETTINGS = """\
[[helpdesks]]
kind = "zendesk"
account = "acme"
base_url = "{url}"
email = "bot@acme.example"
api_token = "sandbox-token"
"""
NODE = shutil.which("node")


def packing(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(DEPLOY / "pack_app.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def zipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The app as an administrator packs it."""
    out = tmp_path_factory.mktemp("packed") / "app.zip"
    done = packing("zendesk", "--host", HOST, "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert "Upload private app" in done.stdout
    return out


@pytest.fixture(scope="module")
def files(zipped: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(zipped) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


@pytest.fixture(scope="module")
def manifest(files: dict[str, bytes]) -> dict[str, Any]:
    return dict(json.loads(files["manifest.json"]))


def test_the_instructions_promise_what_the_app_says_of_a_ticket_that_is_opened(files: dict[str, bytes]) -> None:
    """An administrator knows by that line that everything is in place."""
    lines = dict(re.findall(r'language: "(\w+)".*?live_allow: "(.*?)"', files["assets/texts.js"].decode(), re.DOTALL))

    for language in LANGUAGES:
        told = json.loads(files[f"translations/{language}.json"])["app"]["installation_instructions"]
        assert lines[language] in told


def test_the_same_app_is_the_same_zip_and_small(zipped: Path, tmp_path: Path) -> None:
    """Who packs it again can prove what was uploaded; and every ticket that is opened loads its code."""
    again = tmp_path / "again.zip"
    packing("zendesk", "--host", HOST, "--out", str(again))

    assert again.read_bytes() == zipped.read_bytes()
    assert code_size(zipped) < LARGEST


@pytest.mark.parametrize(
    "host",
    [
        *("https://ombuds.acme.test", "ombuds.acme.test:8400", "ombuds.acme.test/gate", "*.acme.test", "localhost"),
        *("10.0.0.1", "ombuds..test", "a-.test", "müller.test", "a.test b.test", ""),
    ],
)
def test_what_is_no_host_is_refused_with_an_example(host: str, tmp_path: Path) -> None:
    """Zendesk would take some of them, and the app would then reach nobody."""
    done = packing("zendesk", "--host", host, "--out", str(tmp_path / "app.zip"))

    assert done.returncode == 1
    assert "ombuds.acme.example" in done.stderr
    assert not list(tmp_path.iterdir())


def test_without_a_host_the_command_says_how_to_name_it() -> None:
    done = packing("zendesk")

    assert done.returncode == 1
    assert "--host ombuds.acme.example" in done.stderr


def test_the_manifest_has_what_zendesk_asks_for(manifest: dict[str, Any], files: dict[str, bytes]) -> None:
    assert manifest["author"].keys() >= {"name", "email"}
    assert manifest["frameworkVersion"] == "2.0"
    assert manifest["private"] is True
    assert manifest["defaultLocale"] in LANGUAGES
    assert manifest["location"]["support"].keys() == {"ticket_sidebar", "new_ticket_sidebar"}
    assert all(place["url"] in files for place in manifest["location"]["support"].values())


def test_the_app_reaches_the_host_it_was_packed_for_and_no_other(manifest: dict[str, Any]) -> None:
    defaults = {one["name"]: one.get("default") for one in manifest["parameters"]}

    assert manifest["domainWhitelist"] == [HOST]
    assert defaults["service_url"] == f"https://{HOST}"
    assert defaults["shared_secret"] is None


def test_the_secret_stays_with_zendesk(manifest: dict[str, Any]) -> None:
    """Secure, and good for nothing but signing: a draft that names it gets nothing filled in."""
    parameters = {one["name"]: one for one in manifest["parameters"]}

    assert parameters["shared_secret"]["secure"] is True
    assert parameters["shared_secret"]["scopes"] == ["jwt_secret_key"]
    assert all(one.keys() <= PARAMETER_KEYS and one["type"] in PARAMETER_TYPES for one in parameters.values())


def test_the_app_brings_no_webhook_unless_it_is_wanted(files: dict[str, bytes]) -> None:
    assert "requirements.json" not in files


async def test_the_webhook_that_the_app_brings_is_the_one_that_connect_wants(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two would tell everything twice; its secret is made by Zendesk, so the zip holds none."""
    out, sandbox = tmp_path / "app.zip", ZendeskSandbox()
    assert packing("zendesk", "--host", HOST, "--account", "acme", "--out", str(out)).returncode == 0
    with zipfile.ZipFile(out) as opened:
        required = json.loads(opened.read("requirements.json"))

    async with serving(sandbox.app) as url, httpx.AsyncClient(trust_env=False, auth=CREDENTIALS) as zendesk:
        (tmp_path / "ombuds.toml").write_text(SETTINGS.format(url=url), encoding="utf-8")
        for webhook in required["webhooks"].values():
            (await zendesk.post(f"{url}/api/v2/webhooks", json={"webhook": webhook})).raise_for_status()
        given = ("--public-url", f"https://{HOST}", "--config", str(tmp_path / "ombuds.toml"), "--json")
        code = await asyncio.to_thread(run, "connect", "zendesk", *given)

    told = json.loads(capsys.readouterr().out)
    assert code == 0
    assert [(step["do"], step["kind"]) for step in told["steps"]] == [("keep", "webhook")]
    assert "webhook_secrets" in told["settings"]
    assert "signing_secret" not in next(iter(required["webhooks"].values()))


def test_what_is_no_account_is_refused(tmp_path: Path) -> None:
    done = packing("zendesk", "--host", HOST, "--account", "Acme Shop", "--out", str(tmp_path / "app.zip"))

    assert done.returncode == 1
    assert "as in ombuds.toml" in done.stderr


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything(language: str, manifest: dict[str, Any], files: dict[str, bytes]) -> None:
    told = json.loads(files[f"translations/{language}.json"])["app"]

    assert told.keys() == {"name", "short_description", "long_description", "installation_instructions", "parameters"}
    assert [*told["parameters"]] == [one["name"] for one in manifest["parameters"]]
    assert all(one["label"] and one["helpText"] for one in told["parameters"].values())
    assert all(told.values())


@pytest.mark.parametrize(("name", "side"), [("logo.png", 320), ("logo-small.png", 128)])
def test_the_logos_have_the_sizes_that_zendesk_shows(name: str, side: int, files: dict[str, bytes]) -> None:
    picture = files[f"assets/{name}"]

    assert picture.startswith(b"\x89PNG")
    assert struct.unpack(">II", picture[16:24]) == (side, side)


def test_no_script_makes_markup_or_code_from_words(files: dict[str, bytes]) -> None:
    """Customers' words pass through here, and what the service answers."""
    scripts = {name: text.decode() for name, text in files.items() if name.endswith((".js", ".html"))}

    assert {name: found for name, text in scripts.items() if (found := MARKUP.findall(text))} == {}


def test_everything_that_is_loaded_is_in_the_zip(files: dict[str, bytes]) -> None:
    """Nothing bundles the app, so a wrong name is found by the first agent. Only the SDK is Zendesk's to deliver."""
    page = files["assets/iframe.html"].decode()
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page)
    for name in [name for name in files if name.endswith(".js")]:
        loaded += re.findall(r'from "\./([^"]+)"', files[name].decode())

    assert SDK in loaded
    assert {one for one in loaded if f"assets/{one}" not in files} == {SDK}
    assert not re.search(r"<script>|\son\w+=|\sstyle=", page)


@pytest.mark.skipif(NODE is None, reason="node reads the texts")
class TestSharedCode:
    """What both apps share, without a browser."""

    def told(self, module: str, code: str, tmp_path: Path) -> Any:
        """What the code prints, with the module's exports as `m`."""
        # Only its name tells node 20 that a file is a module.
        copy = tmp_path / f"{module}.mjs"
        copy.write_text((DEPLOY / "app-shared" / f"{module}.js").read_text(encoding="utf-8"), encoding="utf-8")
        script = f"import * as m from {json.dumps(copy.as_uri())};\n{code}"
        command = [str(NODE), "--input-type=module", "--eval", script]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
        return json.loads(done.stdout)

    def test_every_language_has_every_text(self, tmp_path: Path) -> None:
        code = f"console.log(JSON.stringify({json.dumps(LANGUAGES)}.map((one) => m.textsFor(`${{one}}-XX`))))"

        english, *others = self.told("texts", code, tmp_path)

        for other in others:
            assert shape(other) == shape(english)

    def test_only_a_readable_yes_is_a_yes(self, tmp_path: Path) -> None:
        """Whatever else comes, late or never, is told as what it is and settled as the plan says."""
        answers = [
            ([200, '{"verdict": "allow"}'], "allow", None),
            ([200, '{"verdict": "warn", "findings": 7}'], "warn", None),
            ([200, "<html>"], "block", "unreadable"),
            ([200, '{"verdict": "maybe"}'], "block", "unreadable"),
            ([200, "null"], "block", "unreadable"),
            ([204, ""], "block", "down"),
            ([401, ""], "block", "unauthorized"),
            ([413, ""], "block", "refused"),
            ([429, ""], "block", "rate_limited"),
            ([503, ""], "block", "down"),
            ([504, ""], "block", "timeout"),
            ("nothing", "block", "down"),
            ("throws", "block", "down"),
            ("never", "block", "timeout"),
        ]
        code = f"""
            const ways = {{
              nothing: () => undefined,
              throws: () => {{ throw new Error(); }},
              never: () => new Promise(() => {{}}),
            }};
            const ask = (given) => m.askOnce({{
              send: ways[given] ?? (() => ({{ status: given[0], body: given[1] }})),
              timeoutMs: given === "never" ? 1 : 30000,
              unchecked: "block",
            }});
            const told = await Promise.all({json.dumps([given for given, _, _ in answers])}.map(ask));
            console.log(JSON.stringify(told.map((one) => [one.verdict, one.reason ?? null, one.findings])));
        """

        assert self.told("gate", code, tmp_path) == [[verdict, reason, []] for _, verdict, reason in answers]


def shape(texts: Any) -> Any:
    """The keys and the names to fill in, without the words."""
    if isinstance(texts, dict):
        return {key: shape(text) for key, text in texts.items()}
    return sorted(re.findall(r"\{\w+\}", texts)) if texts else "missing"
