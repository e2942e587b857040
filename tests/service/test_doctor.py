"""`ombuds doctor`: every check asks a real helpdesk, a real store and a real service, and none hides another."""

import asyncio
import json
import os
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import commands
import pytest
from ports import free_port

from connectors.helpdesk import Webhook
from connectors.sandbox.client import SandboxClient
from connectors.sandbox.freshdesk import FreshdeskSandbox
from connectors.sandbox.records import LoggedCall
from connectors.sandbox.serving import serving
from connectors.sandbox.zendesk import ZendeskSandbox
from policies.policy import Place, Problem
from service import checkup_judging as judging
from service.answering import Answer
from service.app import create_app
from service.checkup import checkup
from service.checkup_house import House
from service.checkup_judging import Judged, State
from service.checkup_rights import rights
from service.settings import load_settings
from service.store.heard import Heard
from service.store.store import Store

ZENDESK = """\
policies = "policies"
[server]
port = {port}
[[helpdesks]]
kind = "zendesk"
account = "acme"
base_url = "{url}"
email = "bot@acme.example"
api_token = "sandbox-token"
webhook_secrets = ["the-secret"]
webhook_id = "{webhook_id}"
"""
FRESHDESK = """\
[[helpdesks]]
kind = "freshdesk"
account = "acme"
base_url = "{url}"
api_key = "sandbox-key"
header = {{name = "X-Ombuds", value = "s"}}
"""
ROUTE = "/webhooks/zendesk/acme"


@dataclass(kw_only=True)
class Installation:
    """Settings, policies and a store, and a pretend Zendesk with our webhook and the groups that policies name."""

    folder: Path
    url: str
    sandbox: ZendeskSandbox
    desk: SandboxClient
    capsys: pytest.CaptureFixture[str]
    webhook_id: str = ""

    def write(self, old: str = "", new: str = "", *, port: int = 1) -> Path:
        text = ZENDESK.format(url=self.url, webhook_id=self.webhook_id, port=port)
        (self.folder / "ombuds.toml").write_text(text.replace(old, new), encoding="utf-8")
        return self.folder / "ombuds.toml"

    async def connect(self, url: str = f"http://127.0.0.1:1{ROUTE}") -> None:
        self.webhook_id = await self.desk.webhook(url, "trigger", secret="the-secret")
        self.sandbox.desk.webhook_log[self.webhook_id] = [LoggedCall(id="1", status="success")]

    async def examine(self, *options: str) -> tuple[int, dict[str, Mapping[str, str]]]:
        """The exit code, and what was told of each check."""
        code = await asyncio.to_thread(run, "--config", str(self.folder / "ombuds.toml"), "--json", *options)
        _, begin, told = self.capsys.readouterr().out.partition('{\n  "checks"')  # before it, a service's log
        checks = json.loads(begin + told)["checks"]
        return code, {f"{one['account']} {one['name']}".strip(): one for one in checks}


def run(*arguments: str) -> int:
    return commands.run("doctor", *arguments)


@pytest.fixture
async def home(tmp_path: Path, house: str, capsys: pytest.CaptureFixture[str]) -> AsyncIterator[Installation]:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "house.yaml").write_text(house, encoding="utf-8")
    sandbox = ZendeskSandbox()
    async with serving(sandbox.app) as url, SandboxClient(url) as desk:
        home = Installation(folder=tmp_path, url=url, sandbox=sandbox, desk=desk, capsys=capsys)
        await desk.person("Ida", "ida@books.example", role="agent", groups=("review", "Leads"))
        reader = await desk.person("Nora", "nora@reader.example")
        await desk.ticket(reader, "A book", comment={"text": "Hello"}, add_tags=["terminated"])
        await home.connect()
        home.write()
        yield home


def states(told: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    return {name: one["state"] for name, one in told.items()}


async def test_of_an_installation_that_runs_and_is_sound_nothing_is_told_but_that(home: Installation) -> None:
    """The service itself runs, and a real webhook came; nothing was written at the helpdesk."""
    app = create_app(load_settings(home.write(), {}))
    async with serving(app) as url:
        await home.connect(f"{url}{ROUTE}")
        home.write(port=int(url.rpartition(":")[2]))
        reader = next(iter(home.sandbox.desk.tickets.values())).requester_id
        await home.desk.ticket(str(reader), "Another book", comment={"text": "Hello"})
        await home.desk.settled()
        code, told = await home.examine()

    assert set(states(told).values()) == {"ok"}, told
    assert code == 0
    assert list(told) == [
        *("settings", "policies", "store", "disk", "service"),
        *("zendesk/acme credentials", "zendesk/acme clock", "zendesk/acme comparing", "zendesk/acme webhook"),
        *("zendesk/acme webhook log", "zendesk/acme webhooks heard", "zendesk/acme last comparing"),
        *("zendesk/acme names", "zendesk/acme rate budget"),
    ]
    assert await home.desk.effects() == []


async def test_before_the_first_start_the_rest_is_looked_at_all_the_same(
    home: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    code = await asyncio.to_thread(run, "--config", str(home.folder / "ombuds.toml"))

    lines = capsys.readouterr().out.splitlines()
    assert code == 0
    assert lines[2:4] == [
        f"warn  store                        there is no {home.folder}/ombuds.db yet",
        "      The first `ombuds serve` makes it.",
    ]
    assert lines[-1] == "No check failed, 2 warnings."
    assert not (home.folder / "ombuds.db").exists()


FAULTS = [
    ("/api/v2/incremental/tickets/cursor", {"status": 403}, "comparing", "warn", "never came", "administrator"),
    ("/api/v2/webhooks/{id}", {"status": 403}, "webhook", "warn", "nobody sees", "administrator"),
    (
        "/api/v2/webhooks/{id}",
        {"status": 404},
        "webhook",
        "fail",
        "it is gone",
        "ombuds connect zendesk --account acme --public-url",
    ),
    (
        "/api/v2/webhooks/{id}",
        {"status": 200, "body": '{"webhook": {"status": "inactive", "endpoint": "x"}}'},
        *("webhook", "fail", "switched off", "ombuds connect zendesk --account acme --public-url"),
    ),
    ("/api/v2/webhooks/{id}/invocations", {"status": 404}, "webhook log", "warn", "not called", "test ticket"),
    ("/api/v2/users/me", {"status": 404}, "credentials", "fail", "404", "the account's own address"),
    ("/api/v2/users/me", {"status": 429, "times": 9}, "credentials", "fail", "with 429", "Wait a minute, and run"),
    ("/api/v2/webhooks/{id}", {"status": 500, "times": 3}, "webhook", "fail", "with 500", "status page"),
    ("/api/v2/groups", {"status": 403}, "names", "warn", "could not be asked for groups", "administrator"),
    (
        "/api/v2/groups",
        {"status": 200, "body": '{"groups": []}'},
        "names",
        "warn",
        "`review`",
        "--against",
    ),
]


@pytest.mark.parametrize(("route", "how", "name", "state", "told", "fix"), FAULTS)
async def test_what_is_wrong_at_the_helpdesk_is_one_line_and_what_mends_it_another(
    route: str, how: dict[str, Any], name: str, state: str, told: str, fix: str, home: Installation
) -> None:
    await home.desk.fault("GET", route, **how)

    code, found = await home.examine()

    line = found.pop(f"zendesk/acme {name}")
    assert (line["state"], code) == (state, int(state == "fail"))
    assert told in line["told"]
    assert fix in line["fix"]
    assert set(states(found).values()) <= {"ok", "warn", "skip"}
    assert [one for one in found if one.startswith("zendesk") and found[one]["state"] == "warn"] == []


GATE = 'gate = {secrets = ["the-newest-secret-of-the-account-s-app", "the-one-before-it-that-some-still-have"]}'
BLOCKS = f'ceiling = "block"\n{GATE}'
QUIET = {"mode: block": "mode: block\n    at: {draft: observe}"}
STUBBORN = {"mode: block": "mode: block\n    overridable: false"}
ALONE = {**STUBBORN, "lists:\n  approver_groups: [Leads]": ""}
GATES: list[tuple[str, Mapping[str, str], str, str]] = [
    (BLOCKS, {}, "asks about: solve; two secrets are valid", ""),
    (GATE, {}, "nothing is refused, its ceiling is note", ""),
    (f"{GATE}\n[store]\nkeep_text_days = 0", {}, "only what the app sees", ""),
    (BLOCKS, QUIET, "its app never asks", "{draft: note}"),
    (BLOCKS, STUBBORN, "asks about: solve", ""),
    (GATE, ALONE, "asks about: solve", ""),
    (BLOCKS, ALONE, "what closed refuses in a draft can be let pass by nobody", "approver_groups"),
]


@pytest.mark.parametrize(("gate", "edits", "told", "fix"), GATES)
async def test_of_a_gate_it_is_told_what_apps_ask_about_and_what_nobody_could_let_pass(
    gate: str, edits: Mapping[str, str], told: str, fix: str, home: Installation
) -> None:
    policies = home.folder / "policies" / "house.yaml"
    for old, new in edits.items():
        policies.write_text(policies.read_text().replace(old, new, 1), encoding="utf-8")
    home.write(f'webhook_id = "{home.webhook_id}"', f'webhook_id = "{home.webhook_id}"\n{gate}')

    line = (await home.examine())[1]["zendesk/acme gate"]

    assert told in line["told"]
    assert fix in line["fix"]
    assert line["state"] == ("warn" if fix else "ok")


async def test_credentials_that_are_refused_leave_the_rest_unasked_but_the_clock(home: Installation) -> None:
    """Every answer tells the time, and policies and store have nothing to do with it."""
    home.write("sandbox-token", "another-token")

    code, told = await home.examine()

    assert code == 1
    assert {name.removeprefix("zendesk/acme "): state for name, state in states(told).items() if state != "warn"} == {
        "settings": "ok",
        "policies": "ok",
        "disk": "ok",
        "credentials": "fail",
        "clock": "ok",
        "rate budget": "ok",
        **dict.fromkeys(["comparing", "webhook", "webhook log", "names"], "skip"),
    }
    assert "user and token" in told["zendesk/acme credentials"]["fix"]
    assert told["zendesk/acme names"]["told"] == "not looked at: credentials comes first"


@pytest.mark.parametrize(
    ("base_url", "told", "fix"),
    [
        ("https://helpdesk.invalid", "its name is not known here", "getent hosts"),
        ("http://127.0.0.1:{free_port}", "no connection could be made", "firewalls"),
        ("https://127.0.0.1:{port}", "TLS could not be agreed on", "proxy"),
    ],
)
async def test_a_helpdesk_that_is_not_reached_is_no_matter_of_credentials(
    base_url: str, told: str, fix: str, home: Installation
) -> None:
    """Whoever mends a token while the network is down has two troubles."""
    port = home.url.rpartition(":")[2]
    home.write(f'base_url = "{home.url}"', f'base_url = "{base_url.format(port=port, free_port=free_port())}"')

    code, found = await home.examine()

    line = found["zendesk/acme credentials"]
    assert (code, line["state"]) == (1, "fail")
    assert told in line["told"]
    assert fix in line["fix"]
    assert "token" not in line["told"] + line["fix"]


async def test_a_broken_policy_file_hides_nothing_of_the_helpdesk(home: Installation) -> None:
    (home.folder / "policies" / "house.yaml").write_text("format: 1\npack: x\npolicies: 7\n", encoding="utf-8")

    code, told = await home.examine()

    assert code == 1
    assert told["policies"]["told"].startswith("house.yaml:3:")
    assert told["policies"]["fix"] == f"`ombuds policies check {home.folder}/policies` shows it with its lines."
    assert states(told)["zendesk/acme webhook log"] == "ok"
    assert states(told)["zendesk/acme names"] == "skip"


@pytest.mark.parametrize(
    ("revision", "works_from", "state", "fix"),
    [
        ("0001", "0001", "warn", "brings them up to date"),
        ("9999", "9998", "fail", "Use the version that wrote it"),
        ("9999", "0001", "warn", "after a rollback"),
    ],
)
async def test_a_store_of_another_version_is_told_and_left_as_it_is(
    revision: str, works_from: str, state: str, fix: str, home: Installation
) -> None:
    """A doctor that migrates would take it away from the service that runs."""
    await (await Store.open(f"sqlite:///{home.folder}/ombuds.db")).close()
    with closing(sqlite3.connect(home.folder / "ombuds.db", isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        connection.execute("UPDATE meta SET value = ? WHERE key = 'works_from'", (works_from,))

        code, told = await home.examine()

        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (revision,)
    assert (told["store"]["state"], code) == (state, int(state == "fail"))
    assert fix in told["store"]["fix"]


async def test_a_store_on_a_server_is_asked_too_and_its_password_is_shown_to_nobody(
    home: Installation, postgresql_server: Any
) -> None:
    url = str(postgresql_server.new_database())
    settings = home.write("[server]", f'[store]\nurl = "{url}"\npassword = "the-password"\n[server]')

    before = (await home.examine())[1]
    await (await Store.open(url)).close()
    after = (await home.examine())[1]
    settings.write_text(settings.read_text().replace(url, "postgresql://ombuds@127.0.0.1:1/ombuds"), encoding="utf-8")
    code, without = await home.examine()

    assert [told["store"]["state"] for told in (before, after, without)] == ["warn", "ok", "fail"]
    assert "that the server runs" in without["store"]["told"]
    assert code == 1
    assert states(without)["zendesk/acme names"] == "ok"
    assert "disk" not in after
    assert "the-password" not in f"{before}{after}{without}"


async def test_a_store_that_cannot_be_read_is_told(home: Installation) -> None:
    (home.folder / "ombuds.db").write_bytes(b"no database" * 100)

    code, told = await home.examine()

    assert (code, told["store"]["state"]) == (1, "fail")
    assert "cannot be used as the store" in told["store"]["told"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is told what another user may do")
async def test_root_is_told_what_the_user_may_not_do_to_whom_the_store_belongs(home: Installation) -> None:
    """Root may do everything, so all the other checks would be well while the service cannot start."""
    with TemporaryDirectory() as made:
        store = Path(made) / "ombuds.db"
        home.write("[server]", f'[store]\nurl = "sqlite:///{store}"\n[server]')
        os.chown(made, 61_184, 61_184)
        _, unread = await home.examine()  # pytest's folders are for their owner alone
        store.touch()
        _, foreign = await home.examine()

    assert unread["rights"]["state"] == foreign["rights"]["state"] == "fail"
    assert f"user 61184, to whom {made} belongs, may not read {home.folder}/ombuds.toml" in unread["rights"]["told"]
    assert f"{store} does not belong to user 61184" in foreign["rights"]["told"]
    assert foreign["rights"]["fix"].startswith(f"`chown --reference={made} {store}")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is told what another user may do")
async def test_nothing_is_said_against_files_that_everybody_may_read() -> None:
    with TemporaryDirectory() as made:
        file = Path(made) / "ombuds.toml"
        file.write_text(ZENDESK.format(url="http://127.0.0.1:9", webhook_id="1", port=1), encoding="utf-8")
        os.chown(made, 61_184, 61_184)
        judged = await rights(House(settings=load_settings(file, {}), source=file, clock=lambda: NOW))

    assert judged is not None
    assert judged.state is State.OK


@pytest.mark.parametrize(("ahead_s", "state"), [(-90, State.WARN), (400, State.FAIL)])
async def test_a_clock_that_is_wrong_is_told_by_the_helpdesks(ahead_s: float, state: State, home: Installation) -> None:
    settings = load_settings(home.folder / "ombuds.toml", {})

    source = home.folder / "ombuds.toml"
    found = [one async for one in checkup(settings, source, lambda: datetime.now(UTC) + timedelta(seconds=ahead_s))]

    (clock,) = (one for one in found if one.name == "clock")
    assert clock.state is state
    assert "signed webhooks are refused" in clock.told
    assert "timedatectl" in clock.fix


async def test_settings_that_are_refused_are_lines_too_and_end_with_code_2(home: Installation) -> None:
    home.write('email = "bot@acme.example"\n', "emial = 1\n")

    code, told = await home.examine()

    assert code == 2
    assert told["settings"]["state"] == "fail"
    assert "The README shows" in told["settings"]["fix"]


async def test_one_account_of_several_can_be_asked_alone(home: Installation) -> None:
    async with serving(FreshdeskSandbox().app) as url:
        with (home.folder / "ombuds.toml").open("a", encoding="utf-8") as settings:
            settings.write(FRESHDESK.format(url=url))

        code, told = await home.examine("--account", "freshdesk/acme")

    assert code == 0
    assert told["settings"]["told"].endswith(", 1 of its 2 accounts")
    assert [name for name in told if "/" in name] == [
        f"freshdesk/acme {name}" for name in ("credentials", "clock", "comparing", "names", "rate budget")
    ]
    assert told["freshdesk/acme rate budget"]["state"] == "ok"


NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ACME = "zendesk/acme"
PROBLEM = Problem(place=Place(source="a.yaml", line=1, column=1), message="a pack lacks `pack`.")
JUDGED: list[tuple[Judged, State, str]] = [
    (judging.clocks(NOW, NOW + timedelta(seconds=1)), State.OK, "as the helpdesk's"),
    (judging.clocks(NOW + timedelta(seconds=60), NOW), State.OK, "60 s ahead of the helpdesk's"),
    (judging.clocks(NOW, NOW + timedelta(seconds=300)), State.WARN, "300 s behind"),
    (judging.clocks(NOW, NOW + timedelta(seconds=301)), State.FAIL, "refused"),
    (judging.requests_left(36, 700), State.OK, "36 of 700 requests left"),
    (judging.requests_left(35, 700), State.WARN, "kept for writing"),
    (judging.requests_left(40, None), State.OK, "40 requests left"),
    (
        judging.webhook_goes_to(Webhook(url=f"https://x.example{ROUTE}", is_active=True), "zendesk/acme"),
        State.OK,
        "active",
    ),
    (
        judging.webhook_goes_to(Webhook(url=f"https://x.example/o{ROUTE}/", is_active=True), "zendesk/acme"),
        State.OK,
        "active",
    ),
    (
        judging.webhook_goes_to(Webhook(url="https://x.example/", is_active=True), "zendesk/acme"),
        State.FAIL,
        "it goes to",
    ),
    (judging.calls_ended({"success": 95, "timeout": 5}), State.OK, "5 of its last 100 calls failed"),
    (judging.calls_ended({"success": 94, "timeout": 2, "terminated": 4}), State.WARN, "(timeout 2, terminated 4)"),
    (judging.calls_ended({"success": 0, "client_error": 3}), State.FAIL, "3 of its last 3"),
    (judging.webhooks_heard(Heard(webhook_at=NOW - HOUR, unheard=2), NOW, ACME), State.OK, "the last came 60 min ago"),
    (judging.webhooks_heard(Heard(webhook_at=NOW - 3 * HOUR, unheard=3), NOW, ACME), State.FAIL, "3 h ago; since then"),
    (judging.webhooks_heard(Heard(webhook_at=NOW - 169 * HOUR), NOW, ACME), State.WARN, "the last came 7 days ago"),
    (judging.webhooks_heard(Heard(), NOW, ACME), State.WARN, "none came yet"),
    (judging.rounds_go_on(NOW + HOUR / 2, HOUR, NOW), State.OK, "begun 30 min ago, every 3600 s"),
    (judging.rounds_go_on(NOW - 2 * HOUR, HOUR, NOW), State.WARN, "begun 3 h ago"),
    (judging.rounds_go_on(None, HOUR, NOW), State.WARN, "never"),
    (judging.revision(None, "x", is_usable=False), State.WARN, "is empty"),
    (judging.no_file_yet(Path("/x/o.db"), can_be_made=False), State.FAIL, "cannot be made"),
    (judging.refused([PROBLEM, PROBLEM], "x"), State.FAIL, "a pack lacks `pack`, and 1 more"),
    (judging.room(99 * 2**20, keep_mib=100, warn_mib=500), State.FAIL, "99 MiB free"),
    (judging.room(499 * 2**20, keep_mib=100, warn_mib=500), State.WARN, "below 100"),
    (judging.readiness(Answer(status=0, said="refused"), "h:1"), State.WARN, "not running"),
    (judging.readiness(Answer(status=200, said="ok\nall is paused"), "h:1"), State.WARN, "all is paused"),
    (judging.readiness(Answer(status=503, said="missing: store"), "h:1"), State.FAIL, "not ready: missing: store"),
    (judging.readiness(Answer(status=200, said="<html>"), "h:1"), State.FAIL, "something else"),
]


@pytest.mark.parametrize(("judged", "state", "told"), JUDGED, ids=[told for *_, told in JUDGED])
def test_what_is_found_is_judged(judged: Judged, state: State, told: str) -> None:
    assert judged.state is state
    assert told in judged.told
    assert bool(judged.fix) is (state is not State.OK)
