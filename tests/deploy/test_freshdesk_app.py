"""The Freshdesk app as Freshworks' own `fdk validate` would read it, which cannot be had here: whole, without leaks.

Source of the rules: Freshworks' developer documents for platform 3.0, read 2026-11.
"""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from packed import LARGEST, code_size

DEPLOY = Path(__file__).parents[2] / "deploy"
SECRETIVE = re.compile(r"key|token|secret|password", re.IGNORECASE)
PARAMETER = re.compile(r"<%=\s*iparam\.(\w+)\s*%>")
DANGERS = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|\bfetch\(|XMLHttpRequest|https?://"
)
REFUSED = re.compile(r"[^=!][=!]= null|=> \{\}|\) \{\}|\balert\(|\bdebugger\b")
"""no-eq-null, no-empty-function, no-alert, no-debugger: the errors of `fdk validate` that are easy to make."""


def config(path: str) -> Any:
    return json.loads((DEPLOY / "freshdesk-app" / path).read_text(encoding="utf-8"))


MANIFEST: dict[str, Any] = config("manifest.json")
REQUESTS: dict[str, Any] = config("config/requests.json")
PARAMETERS: dict[str, Any] = config("config/iparams.json")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What an administrator finds in the zip."""
    out = tmp_path_factory.mktemp("packed") / "app.zip"
    command = [sys.executable, str(DEPLOY / "pack_app.py"), "freshdesk", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "fdk pack" in done.stdout
    assert code_size(out) < LARGEST
    with zipfile.ZipFile(out) as opened:
        return {name: opened.read(name).decode() for name in opened.namelist()}


def test_the_manifest_is_of_platform_3_and_lists_exactly_the_templates_there_are() -> None:
    """A template that is not listed fails only when an agent clicks; one listed and missing fails the packing."""
    assert MANIFEST["platform-version"] == "3.0"
    assert set(MANIFEST["engines"]) == {"node", "fdk"}
    assert MANIFEST["modules"]["common"]["requests"] == {name: {} for name in REQUESTS}


def test_the_app_runs_in_one_place_only() -> None:
    """With two, each would answer the same event."""
    assert MANIFEST["modules"]["support_ticket"]["location"] == {"ticket_background": {"url": "background.html"}}


def test_what_the_packer_insists_on_is_there(files: dict[str, str]) -> None:
    """It refuses an app with pages but without an icon, and one that says nothing of itself."""
    wanted = {"manifest.json", "README.md", "app/styles/images/icon.svg", "app/background.html", "app/modal.html"}
    assert wanted <= files.keys()


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_goes_to_the_host_alone_by_https_and_only_once(name: str) -> None:
    """A second attempt would take another of the 50 requests a minute that a helpdesk has."""
    schema = REQUESTS[name]["schema"]
    assert schema["protocol"] == "https"
    assert schema["host"] == "<%= iparam.service_host %>"
    assert schema["path"].startswith("/gate/freshdesk/<%= iparam.account %>")
    assert REQUESTS[name]["options"] == {"maxAttempts": 1}


@pytest.mark.parametrize("name", REQUESTS)
def test_the_secret_is_only_ever_put_into_a_header(name: str) -> None:
    """Anything else of a template can be read in the agent's browser."""
    schema = REQUESTS[name]["schema"]
    elsewhere = json.dumps({part: value for part, value in schema.items() if part != "headers"})
    assert schema["headers"]["Authorization"] == "Bearer <%= iparam.service_token %>"
    assert not any(PARAMETERS[used].get("secure") for used in PARAMETER.findall(elsewhere))


def test_what_is_named_like_a_secret_is_one() -> None:
    """Freshworks refuses the app otherwise, and agents could read it."""
    secure = {name for name, field in PARAMETERS.items() if field.get("secure")}
    assert secure == {name for name in PARAMETERS if SECRETIVE.search(name)} == {"service_token"}
    assert all(field["required"] and field["display_name"] and field["type"] == "text" for field in PARAMETERS.values())


def test_every_parameter_is_used_and_every_used_one_is_asked_for() -> None:
    """An admin fills in nothing for nothing."""
    assert set(PARAMETER.findall(json.dumps(REQUESTS))) == set(PARAMETERS)


@pytest.mark.parametrize("page", ["background", "modal"])
def test_a_page_loads_the_platform_first_and_nothing_from_elsewhere(page: str, files: dict[str, str]) -> None:
    """What stands on another server could change under the agents' hands."""
    text = files[f"app/{page}.html"]
    *others, platform, script = re.findall(r"(?:src|href)=\"([^\"]+)\"", text)
    assert platform == "{{{appclient}}}"
    assert {f"app/{own}" for own in (*others, script)} <= files.keys()
    assert not re.search(r"<script>|\son\w+=|\sstyle=", text)


def test_no_script_builds_code_or_markup_from_texts_or_calls_anybody_itself(files: dict[str, str]) -> None:
    """Customers' words pass through here; only the platform's proxy knows the way out."""
    scripts = {name: text for name, text in files.items() if name.endswith(".js")}
    assert {name: found for name, text in scripts.items() if (found := DANGERS.findall(text))} == {}


@pytest.mark.parametrize("page", ["background", "modal"])
def test_a_page_is_one_plain_script_in_which_no_name_stands_twice(page: str, files: dict[str, str]) -> None:
    """Nothing says that Freshworks' packer reads modules. Of two functions of one name the second wins."""
    script = files[f"app/{page}.js"]
    assert not re.search(r"^(?:import|export)\b", script, re.MULTILINE)
    names = re.findall(r"^(?:async )?(?:function|const|let) (\w+)", script, re.MULTILINE)
    assert sorted(names) == sorted(set(names))
    assert {name for name in files if name.endswith(".js")} == {"app/background.js", "app/modal.js"}


def test_no_script_has_what_freshworks_linter_refuses(files: dict[str, str]) -> None:
    """An app with one such line is not packed."""
    scripts = {name: text for name, text in files.items() if name.endswith(".js")}
    assert {name: found for name, text in scripts.items() if (found := REFUSED.findall(text))} == {}


def test_exactly_the_templates_that_exist_are_called(files: dict[str, str]) -> None:
    """A name with a slip in it would be an answer that never comes."""
    code = files["app/background.js"] + files["app/modal.js"]
    assert set(re.findall(r"(?:call\([\w.]+, |by\()\"(\w+)\"", code)) == set(REQUESTS)
