"""`ombuds connect`: what is said, where the secret goes, and what to do where it is refused."""

import asyncio
import json
import stat
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from commands import run

from connectors.sandbox.client import SandboxClient
from connectors.sandbox.freshdesk import FreshdeskSandbox
from connectors.sandbox.serving import serving
from connectors.sandbox.zendesk import ZendeskSandbox

PUBLIC = "https://ombuds.acme.example"
TABLE = """\
[[helpdesks]]
kind = "{kind}"
account = "acme"
base_url = "{url}"
"""
CREDENTIALS = {
    "zendesk": 'email = "bot@acme.example"\napi_token = "sandbox-token"\n',
    "freshdesk": 'api_key = "sandbox-key"\n',
}


@dataclass(frozen=True, kw_only=True)
class Place:
    """A helpdesk, and somebody in front of a terminal with a settings file that knows no secret yet."""

    kind: str
    folder: Path
    sandbox: Any
    desk: SandboxClient
    capture: pytest.CaptureFixture[str]

    @property
    def config(self) -> Path:
        return self.folder / "ombuds.toml"

    @property
    def secret_file(self) -> Path:
        return self.folder / f"{self.kind}-acme.secret"

    def things(self) -> list[Any]:
        """What is set up at the helpdesk."""
        rules = self.sandbox.rules
        return list((rules.webhooks if self.kind == "zendesk" else rules.rules).values())

    async def connect(self, *options: str, public: str = PUBLIC) -> tuple[int, str, str]:
        """The exit code, and what was written to standard output and standard error."""
        given = ("connect", self.kind, "--public-url", public, "--config", str(self.config), *options)
        code = await asyncio.to_thread(run, *given)
        said = self.capture.readouterr()
        return code, said.out, said.err

    def settle(self, told: str) -> None:
        """Writes into the account's table what was told."""
        with self.config.open("a", encoding="utf-8") as file:
            file.writelines(f"{key} = {value}\n" for key, value in json.loads(told)["settings"].items())


@pytest.fixture(params=["zendesk", "freshdesk"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def place(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> AsyncIterator[Place]:
    sandbox: Any = ZendeskSandbox() if kind == "zendesk" else FreshdeskSandbox()
    async with serving(sandbox.app) as url, SandboxClient(url) as desk:
        place = Place(kind=kind, folder=tmp_path, sandbox=sandbox, desk=desk, capture=capsys)
        place.config.write_text(TABLE.format(kind=kind, url=url) + CREDENTIALS[kind], encoding="utf-8")
        yield place


async def test_it_explains_itself_with_an_example(place: Place) -> None:
    _, out, _ = await place.connect("--help")

    assert f"Example: ombuds connect {place.kind} --public-url https://ombuds.acme.example" in " ".join(out.split())


async def test_a_dry_run_tells_and_does_nothing(place: Place) -> None:
    code, out, _ = await place.connect("--dry-run")

    assert code == 0
    assert "would create" in out
    assert f"{place.kind}-acme.secret" in out
    assert "Leave out --dry-run to do it." in out
    assert place.things() == []
    assert not place.secret_file.exists()


async def test_the_secret_goes_into_a_file_for_its_owner_and_is_never_shown(place: Place) -> None:
    code, out, err = await place.connect()

    secret = place.secret_file.read_text().strip()
    assert code == 0
    assert stat.S_IMODE(place.secret_file.stat().st_mode) == 0o600
    assert len(secret) >= 32
    assert secret not in out + err
    assert f'{{file = "{place.secret_file.name}"}}' in out
    assert "ombuds doctor" in out.splitlines()[-1]


async def test_a_second_run_with_what_was_told_has_nothing_left_to_tell(place: Place) -> None:
    _, told, _ = await place.connect("--json")
    place.settle(told)
    place.secret_file.chmod(0o400)

    code, out, _ = await place.connect("--json")

    again = json.loads(out)
    assert code == 0
    assert [step["do"] for step in json.loads(told)["steps"]] == ["create"]
    assert [step["do"] for step in again["steps"]] == ["keep"]
    assert again["settings"] == {}
    assert len(place.things()) == 1


async def test_a_second_run_before_the_settings_were_written_tells_the_same(place: Place) -> None:
    """A password that was made up is not made up anew, or the rules would disagree."""
    _, first, _ = await place.connect("--json")
    _, second, _ = await place.connect("--json")

    assert json.loads(first)["settings"] == json.loads(second)["settings"]
    assert len(place.things()) == 1


async def test_it_is_all_taken_away_again(place: Place) -> None:
    await place.connect()

    code, out, _ = await place.connect("--remove")
    _, again, _ = await place.connect("--remove")

    assert (code, place.things()) == (0, [])
    assert "removed " in out
    assert "There is nothing of ours" in again
    assert ("By hand: remove the rule" in out) is (place.kind == "freshdesk")


LIST = {"zendesk": "/api/v2/webhooks", "freshdesk": "/api/v2/automations/1/rules"}


async def test_a_lost_answer_says_that_running_again_is_safe(place: Place) -> None:
    await place.desk.fault("POST", LIST[place.kind], "apply_then_drop")

    code, _, err = await place.connect()
    again, out, _ = await place.connect()

    assert (code, again) == (2, 0)
    assert "Run this again" in err
    assert "kept " in out
    assert len(place.things()) == 1


@pytest.mark.parametrize("kind", ["zendesk"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_who_is_no_administrator_is_told_to_become_one(method: str, place: Place) -> None:
    await place.desk.fault(method, LIST["zendesk"], status=403)

    code, _, err = await place.connect()

    assert code == 2
    assert "make Ombuds (bot@acme.example) one" in err


async def test_credentials_that_nobody_knows_are_told_apart_from_rights(place: Place) -> None:
    place.config.write_text(place.config.read_text().replace("sandbox-", "wrong-"))

    code, _, err = await place.connect()

    assert code == 2
    assert "check the credentials" in err
    assert not place.secret_file.exists()


async def test_nothing_is_made_whose_secret_would_have_no_place(place: Place) -> None:
    """Zendesk shows it with the webhook, and Freshdesk not at all."""
    missing = place.folder / "missing"

    code, out, err = await place.connect("--secret-file", str(missing / "secret"))

    assert (code, out.count("created"), place.things()) == (2, 0, [])
    assert f"There is no folder {missing} to keep the secret in" in err


@pytest.mark.parametrize("kind", ["zendesk"])
async def test_what_the_helpdesk_says_and_how_long_to_wait_are_passed_on(place: Place) -> None:
    """A trial account has ten webhooks at most; the webhooks' own limit is a hundred requests a minute."""
    body = json.dumps({"errors": [{"code": "TooManyWebhooks", "description": "Only ten are allowed"}]})
    await place.desk.fault("POST", LIST["zendesk"], status=400, body=body)
    refused, _, why = await place.connect()
    await place.desk.fault("POST", LIST["zendesk"], status=429, headers={"Retry-After": "30"})
    hurried, out, how_long = await place.connect("--json")

    assert (refused, hurried) == (2, 2)
    assert json.loads(out)["failure"] == how_long.strip()
    assert "It says: TooManyWebhooks; Only ten are allowed." in why
    assert "Wait 30 seconds, and run this again." in how_long


@pytest.mark.parametrize("kind", ["zendesk"])
async def test_where_it_broke_off_what_was_done_is_told(place: Place) -> None:
    await place.desk.fault("POST", "/api/v2/triggers", status=500)

    code, out, err = await place.connect("--trigger")

    assert code == 2
    assert "created      webhook" in out
    assert "trigger" not in out.splitlines()[-1].split('"')[0]
    assert 'To create the trigger "Ombuds: ticket updated' in err


@pytest.mark.parametrize("kind", ["zendesk"])
async def test_a_webhook_made_anew_says_that_ombuds_must_be_restarted(place: Place) -> None:
    """Zendesk does not repeat what was refused."""
    _, first, _ = await place.connect("--json")
    place.settle(first)
    place.sandbox.rules.webhooks.clear()

    _, again, _ = await place.connect()

    assert "until Ombuds is restarted" not in first
    assert "until Ombuds is restarted" in again
    assert 'webhook_secrets = [{file = "zendesk-acme-2.secret"}]' in again


async def test_of_two_that_are_called_the_same_it_tells_which_one_goes(place: Place) -> None:
    await place.connect()
    made = place.sandbox.rules.webhooks if place.kind == "zendesk" else place.sandbox.rules.rules
    [known] = made
    made["77"] = made[known] | {"id": "77"}

    _, out, _ = await place.connect("--dry-run")

    assert [line for line in out.splitlines() if line.startswith("would remove") and line.endswith("(id 77)")]


@pytest.mark.parametrize("kind", ["zendesk"])
async def test_a_file_that_holds_another_secret_is_never_overwritten(place: Place) -> None:
    """Another secret may still be in use; a name that was asked for is not changed either."""
    place.secret_file.write_text("older")
    named = place.folder / "mine"
    named.write_text("older")

    code, out, _ = await place.connect()
    refused, _, err = await place.connect("--secret-file", str(named))

    assert (code, refused) == (0, 2)
    assert 'webhook_secrets = [{file = "zendesk-acme-2.secret"}]' in out
    assert "is not overwritten" in err
    assert (place.secret_file.read_text(), named.read_text()) == ("older", "older")


@pytest.mark.parametrize("kind", ["freshdesk"])
async def test_a_password_that_the_settings_name_is_taken(place: Place) -> None:
    place.config.write_text(place.config.read_text() + 'header = {name = "X-Ombuds", value = "s3cret"}\n')

    code, out, _ = await place.connect()

    [rule] = place.things()
    assert code == 0
    assert rule["actions"][0]["custom_headers"] == {"X-Ombuds": "s3cret"}
    assert "custom header X-Ombuds, with the value from the settings" in out
    assert "s3cret" not in out
    assert not place.secret_file.exists()


@pytest.mark.parametrize("kind", ["freshdesk"])
async def test_an_account_that_does_not_let_us_is_told_both_rules(place: Place) -> None:
    await place.desk.fault("GET", LIST["freshdesk"], status=403)

    code, out, _ = await place.connect()

    assert code == 0
    assert "By hand, once: Admin, Workflows, Automations, Ticket updates, New rule" in out
    assert "By hand, once: Admin, Workflows, Automations, Ticket creation, New rule" in out


@pytest.mark.parametrize("kind", ["freshdesk"])
async def test_a_rule_that_does_not_show_its_password_is_told(place: Place) -> None:
    """Whether the API takes it is not documented, so it is read back."""
    name = "Ombuds: ticket created, to ombuds.acme.example/webhooks/freshdesk/acme"
    made = [{"id": 5, "name": name, "actions": [{"field_name": "trigger_webhook"}]}]
    for answer in ([], made):
        await place.desk.fault("GET", LIST["freshdesk"], status=200, body=json.dumps(answer))

    code, out, _ = await place.connect()

    assert code == 0
    assert "set Requires authentication to ombuds" in out


MISTAKES = [
    ("ftp://ombuds.acme.example", "must be an address such as"),
    ("http://ombuds.acme.example", "must begin with https://"),
    ("ombuds.acme.example", "must be an address such as"),
    ("https://ombuds.acme.example/webhooks/zendesk/acme", "must end before /webhooks"),
    ("https://u@ombuds.acme.example/?a", "must be an address such as"),
]


@pytest.mark.parametrize("kind", ["zendesk"])
@pytest.mark.parametrize(("public", "message"), MISTAKES)
async def test_an_address_no_helpdesk_can_use_is_refused(public: str, message: str, place: Place) -> None:
    code, _, err = await place.connect(public=public)

    assert code == 2
    assert message in err


@pytest.mark.parametrize("kind", ["zendesk"])
async def test_an_account_that_the_settings_do_not_have_is_told_with_those_they_have(place: Place) -> None:
    code, _, err = await place.connect("--account", "acne")

    assert code == 2
    assert "there is no zendesk account acne: --account is one of acme." in err


@pytest.mark.parametrize("kind", ["zendesk"])
async def test_a_signing_secret_in_a_variable_may_still_be_missing(place: Place) -> None:
    """The README's settings name it before there is one. All else in the table must be right."""
    place.config.write_text(place.config.read_text() + 'webhook_secrets = [{env = "NOT_SET_YET"}]\n')
    code, _, _ = await place.connect("--dry-run")
    place.config.write_text(place.config.read_text() + "webhook_ids = 1\n")
    wrong, _, err = await place.connect("--dry-run")

    assert (code, wrong) == (0, 2)
    assert "helpdesks[1].webhook_ids is not a setting" in err
    assert "NOT_SET_YET" not in err
