"""`ombuds connect zendesk --hold`: what is said, and that nothing is held before somebody releases it."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from commands import run

from connectors.sandbox.serving import serving
from connectors.sandbox.zendesk import ZendeskSandbox

TABLE = """\
[[helpdesks]]
kind = "zendesk"
account = "acme"
base_url = "{url}"
email = "bot@acme.example"
api_token = "sandbox-token"
webhook_secrets = ["{secret}"]
"""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A Zendesk, and somebody in front of a terminal."""

    config: Path
    sandbox: ZendeskSandbox
    capture: pytest.CaptureFixture[str]

    async def ask(self, *words: str) -> tuple[int, str, str]:
        """The exit code, and what was written to standard output and standard error."""
        code = await asyncio.to_thread(run, *words, "--config", str(self.config))
        said = self.capture.readouterr()
        return code, said.out, said.err

    async def hold(self, *options: str) -> tuple[int, str, str]:
        return await self.ask("connect", "zendesk", "--public-url", "https://ombuds.acme.example", "--hold", *options)

    async def doctor(self) -> dict[str, str] | None:
        """The line about the hold."""
        _, out, _ = await self.ask("doctor", "--json")
        return next((one for one in json.loads(out)["checks"] if one["name"] == "hold"), None)

    def rules(self) -> list[str]:
        return [str(one["title"]) for one in self.sandbox.rules.triggers.in_force]

    def wish(self) -> None:
        self.config.write_text(f"{self.config.read_text()}hold = true\n")


@pytest.fixture
async def place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> AsyncIterator[Place]:
    sandbox = ZendeskSandbox()
    async with serving(sandbox.app) as url:
        config = tmp_path / "ombuds.toml"
        config.write_text(TABLE.format(url=url, secret="s" * 32))
        yield Place(config=config, sandbox=sandbox, capture=capsys)


async def test_the_plan_is_shown_and_nothing_done(place: Place) -> None:
    before = place.rules()

    code, out, _ = await place.hold("--dry-run")

    assert code == 0
    told = [line.split("(ombuds_hold")[0].strip() for line in out.splitlines() if "would create" in line]
    assert told == [
        'would create automation "Ombuds: mail what was held too long',
        'would create trigger "Ombuds: mail all held replies',
        'would create trigger "Ombuds: mail the held reply',
        'would create condition "tags contain none of ombuds_hold, in: Notify requester of comment update"',
        'would create trigger "Ombuds: hold replies back',
    ]
    assert "hold = true" in out
    assert place.rules() == before


async def test_nothing_is_held_before_the_settings_say_so(place: Place) -> None:
    """Ombuds would release nothing."""
    code, _, err = await place.hold()

    assert code == 2
    assert "First write hold = true" in err
    assert len(place.rules()) == 1


async def test_what_was_set_up_is_taken_back_with_what_to_write(place: Place) -> None:
    place.wish()
    code, _, _ = await place.hold()
    made = place.rules()

    gone, out, _ = await place.hold("--remove")

    assert (code, gone, len(made), len(place.rules())) == (0, 0, 4, 1)
    assert "hold = false" in out
    assert "Replies are mailed at once again." in out


async def test_an_account_that_is_taken_away_holds_nothing_back(place: Place) -> None:
    """Nobody would release it any more."""
    place.wish()
    await place.hold()

    code, out, _ = await place.ask("connect", "zendesk", "--public-url", "https://ombuds.acme.example", "--remove")

    assert code == 0
    assert "hold replies back" in out
    assert len(place.rules()) == 1


async def test_the_doctor_sees_whether_the_hold_is_whole_and_in_front(place: Place) -> None:
    """Behind a notify trigger it would have every reply mailed twice."""
    assert await place.doctor() is None
    place.wish()
    wished = await place.doctor()
    await place.hold()
    whole = await place.doctor()
    place.sandbox.rules.triggers.titled("Ombuds: hold replies back (ombuds_hold)")["position"] = 99
    behind = await place.doctor()
    await place.hold()
    place.sandbox.rules.automations.in_force[0]["active"] = False
    without_switch = await place.doctor()

    found = [wished, whole, behind, without_switch]
    assert [one and one["state"] for one in found] == ["fail", "ok", "fail", "fail"]
    told = [one["told"] for one in found if one]
    assert "nothing holds" in told[0]
    assert "mailed twice" in told[2]
    assert "held too long" in told[3]


async def test_the_doctor_sees_replies_that_nobody_would_release(place: Place) -> None:
    text = place.config.read_text()
    place.wish()
    await place.hold()
    place.config.write_text(text)

    found = await place.doctor()

    assert found
    assert (found["state"], "--hold --remove" in found["fix"]) == ("fail", True)
