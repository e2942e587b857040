"""The demo is the first thing a stranger sees: it must tell the whole story, or say that it could not."""

import itertools
import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import IO, Any

import httpx
import pytest

from policies.loader import load
from policies.verdict import Finding, Mode
from service.demo.host import app_files
from service.demo.outcome import Seen
from service.demo.screen import as_text
from service.demo.stage import StoryClock
from service.demo.story import BEGINS, CLOSES, MODES, WHOLE, WIPES, Scene
from service.policy_files import SHIPPED, read_folder

DEMO = (sys.executable, "-m", "service.cli", "demo")
ROOT = Path(__file__).parents[2]
OPEN: dict[str, Any] = {"status": "open", "tags": [], "group": "review"}


@pytest.mark.parametrize("helpdesk", ["zendesk", "freshdesk"])
def test_the_whole_story_is_caught(helpdesk: str) -> None:
    done = subprocess.run((*DEMO, "--helpdesk", helpdesk), capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    for policy in {policy for scene in WHOLE for policy in scene.expected}:
        assert f"● {policy}" in done.stdout
    for part in (
        "ticket reopened",
        "tag account_terminated removed",
        "a colleague from review can",
        "Everything that had to be seen",
    ):
        assert part in done.stdout
    assert "\x1b" not in done.stdout


def test_with_keep_it_goes_on_running_until_it_is_stopped() -> None:
    with going_on("--keep", "--helpdesk", "zendesk") as running:
        urls = addresses(iter_until(running.stdout, "Press Ctrl-C"))
        answers = [httpx.get(url, trust_env=False).status_code for url in urls]

    assert running.returncode == 0
    assert len(urls) >= 3
    assert answers == [200] * len(urls)


def test_with_gate_a_page_waits_for_a_reply_until_it_is_stopped() -> None:
    """What happens on the page, tests/browser tells."""
    with going_on("--gate") as running:
        told = "".join(iter_until(running.stdout, "Nothing leaves"))
        url = next(word for word in told.split() if word.startswith("http://127.0.0.1:"))
        page, desk = httpx.get(url, trust_env=False), httpx.get(f"{url}/desk", trust_env=False).json()
        app = httpx.get(f"{desk['app']['origin']}/iframe.html", trust_env=False)

    assert running.returncode == 0
    assert "Your account has been closed." in told
    assert page.status_code == 200
    assert len(desk["tickets"]) == 2
    assert "zdassets" not in app.text
    assert "secret" not in str(desk)


@pytest.mark.parametrize("wrong", [("--open",), ("--gate", "--helpdesk", "freshdesk")])
def test_options_that_do_not_fit_together_are_refused(wrong: tuple[str, ...]) -> None:
    done = subprocess.run((*DEMO, *wrong), capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (2, "")
    assert "ombuds demo --gate" in done.stderr


def test_a_wheel_carries_the_app_where_the_demo_looks_for_it() -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]

    assert {str(folder.relative_to(ROOT)) for folder in app_files.folders()} <= set(wheel["only-include"])
    assert ROOT / wheel["sources"]["deploy"] == app_files.PACKED


@contextmanager
def going_on(*how: str) -> Iterator[subprocess.Popen[str]]:
    """The demo, which is stopped as by Ctrl-C when the block ends."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    # Who runs the tests in the background may have SIGINT ignored, which children inherit.
    heeding = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    command = (*DEMO, *how)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, preexec_fn=heeding) as running:  # noqa: PLW1509
        try:
            yield running
            running.send_signal(signal.SIGINT)
            running.wait(timeout=20)
        finally:
            running.kill()


def iter_until(lines: IO[str] | None, last: str) -> Iterator[str]:
    """The lines before the one that begins with `last`; whatever is still being written stays unread."""
    assert lines is not None
    return itertools.takewhile(lambda line: not line.startswith(last), lines)


def addresses(lines: Iterator[str]) -> list[str]:
    """What the demo offers to read with curl."""
    commands = [line.split() for line in lines]
    return [words[2].strip("'") for words in commands if words[:2] == ["curl", "-s"] and len(words) == 3]


@pytest.mark.parametrize(
    ("scene", "view", "told"),
    [
        (WIPES, OPEN, "termination-macro did not find anything"),
        (CLOSES, {**OPEN, "status": "solved"}, "the ticket is solved and not open again"),
        (WIPES, {**OPEN, "tags": ["account_terminated"]}, "the tag account_terminated is still there"),
    ],
)
def test_what_is_missing_is_told(scene: Scene, view: dict[str, Any], told: str) -> None:
    seen = Seen(scene=scene, findings=(), deeds=(), notes=(), view=view)

    assert told in seen.missing


def test_what_was_found_and_not_expected_is_told_too(make_finding: Callable[..., Finding]) -> None:
    seen = Seen(
        scene=replace(WIPES, expected=frozenset()),
        findings=((make_finding(), Mode.NOTE),),
        deeds=(),
        notes=(),
        view=OPEN,
    )

    assert seen.missing == ("closed found something it should not",)


def test_nothing_is_missing_where_nothing_was_expected() -> None:
    scene = replace(WIPES, expected=frozenset())

    assert Seen(scene=scene, findings=(), deeds=(), notes=(), view=OPEN).missing == ()


def test_the_modes_of_the_demo_fit_the_policies_that_come_with_ombuds() -> None:
    rulebook = load({**read_folder(SHIPPED), "modes.yaml": MODES.encode()})

    assert {policy for scene in WHOLE for policy in scene.expected} <= {policy.id for policy in rulebook.policies}


def test_the_clock_of_the_story_can_be_moved_on() -> None:
    clock = StoryClock()

    clock.advance(timedelta(hours=24))

    assert timedelta(hours=24) <= clock() - BEGINS < timedelta(hours=25)


def test_a_note_is_shown_with_its_quotations() -> None:
    assert as_text("<p>Seen:</p><blockquote>We closed &lt;it&gt;</blockquote>") == "Seen:\n\n“We closed <it>”"
