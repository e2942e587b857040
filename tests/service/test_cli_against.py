"""`ombuds policies check --against`: real helpdesks over sockets say whether what the policies name is there."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from commands import run

from connectors.sandbox.client import SandboxClient
from connectors.sandbox.freshdesk import FreshdeskSandbox
from connectors.sandbox.serving import serving
from connectors.sandbox.zendesk import ZendeskSandbox

PACK = """\
format: 1
pack: names
policies:
  - id: named
    title: something named was used
    why: To have something to ask for.
    mode: note
    applies_to: {actor.role: agent}
    when:
      change.solves: true
      any:
        - {change.macros: {matches_list: endings}}
        - {change.macros: {contains: Farewell}}
        - {not: {ticket.tags: {contains: vip}}}
        - {reply.sender: {in: [care@books.example, news@books.example]}}
        - {reply.sender: {matches: "list-*@books.example"}}
        - {change.is_public_reply: true}
    do:
      block: {tags: [made_by_us], group: Second Look}
    tests:
      - {name: solves, given: {actor.role: agent, change.solves: true, change.is_public_reply: true}, expect: violation}
      - {name: solves nothing, given: {actor.role: agent, change.solves: false}, expect: pass}
lists:
  endings: ["*terminate*", "*farewell*"]
  approver_groups: [Leads]
"""
SETTINGS = """\
[[helpdesks]]
kind = "zendesk"
account = "acme"
base_url = "{url}"
email = "bot@acme.example"
api_token = "sandbox-token"
webhook_secrets = ["s"]
"""
FRESHDESK = """\
[[helpdesks]]
kind = "freshdesk"
account = "acme"
base_url = "{url}"
api_key = "sandbox-key"
header = {{name = "X-Ombuds", value = "s"}}
"""


@dataclass(frozen=True, kw_only=True)
class House:
    """A helpdesk with an admin before it, and policies beside it."""

    kind: str
    folder: Path
    desk: SandboxClient

    async def furnish(self) -> None:
        """All that PACK names."""
        await self.desk.person("Ida", "ida@books.example", role="agent", groups=("Second Look", "leads"))
        await self.desk.macro("Account::Terminate")
        await self.desk.macro("Farewell")
        reader = await self.desk.person("Nora", "nora@reader.example")
        for recipient in ("care@books.example", "news@books.example", "list-all@books.example"):
            first = {"comment": {"text": "Hello"}, "add_tags": ["vip"], "recipient": recipient}
            await self.desk.ticket(reader, "A book", channel="email", **first)

    async def check(self, *options: str, pack: str = PACK, account: str = "acme") -> int:
        """The exit code of the command."""
        (self.folder / "policies").mkdir(exist_ok=True)
        (self.folder / "policies" / "names.yaml").write_text(pack, encoding="utf-8")
        config = ("--config", str(self.folder / "ombuds.toml"))
        return await asyncio.to_thread(
            run, "policies", "check", str(self.folder / "policies"), "--against", account, *config, *options
        )


@pytest.fixture(params=["zendesk", "freshdesk"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def house(kind: str, tmp_path: Path) -> AsyncIterator[House]:
    app, settings = (ZendeskSandbox().app, SETTINGS) if kind == "zendesk" else (FreshdeskSandbox().app, FRESHDESK)
    async with serving(app) as url, SandboxClient(url) as desk:
        (tmp_path / "ombuds.toml").write_text(settings.format(url=url), encoding="utf-8")
        yield House(kind=kind, folder=tmp_path, desk=desk)


async def test_nothing_is_told_where_all_is_there(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    await house.furnish()

    assert await house.check("--strict") == 0
    assert "warning" not in capsys.readouterr().out


MISTAKES = [
    ("group: Second Look", "group: Secnd Look", (19, 42), "group `Secnd Look`. Did you mean `Second Look`?"),
    ("[Leads]", "[leaders]", (25, 21), "group `leaders`. Did you mean `leads`?"),
    ("contains: Farewell", "contains: Farwell", (13, 38), "macro `Farwell`. Did you mean `Farewell`?"),
    ("care@books.example, ", "car@books.example, ", (15, 32), "support address `car@books.example`. Did you mean"),
    ("list-*@", "lost-*@", (16, 36), "support address `lost-*@books.example`. Did you mean `list-all@books.example`?"),
]


@pytest.mark.parametrize(("right", "wrong", "place", "message"), MISTAKES)
async def test_a_name_that_is_not_there_is_a_warning_at_its_place(
    right: str,
    wrong: str,
    place: tuple[int, int],
    message: str,
    house: House,
    capsys: pytest.CaptureFixture[str],
) -> None:
    await house.furnish()
    pack = PACK.replace(right, wrong, 1)

    assert await house.check(pack=pack) == 0
    line, column = place
    told = [one for one in capsys.readouterr().out.splitlines() if "warning:" in one]
    assert len(told) == 1
    assert told[0].startswith(f"names.yaml:{line}:{column}: warning: {house.kind}/acme lists no {message}")
    assert await house.check("--strict", pack=pack) == 1


async def test_of_a_list_with_patterns_one_entry_is_enough(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    """Shipped lists are nets of a dozen spellings, of which an account has one."""
    await house.furnish()

    await house.check(pack=PACK.replace('"*terminate*", "*farewell*"', '"*ban*", "*terminate*"'))
    assert "warning" not in capsys.readouterr().out
    await house.check(pack=PACK.replace('"*terminate*", "*farewell*"', '"*ban*", "*delete*"'))
    expected = f"names.yaml:24:3: warning: nothing in the list `endings` fits a macro that {house.kind}/acme lists."
    assert expected in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["zendesk"])
async def test_zendesk_lists_its_tags(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    await house.furnish()
    pack = PACK.replace("contains: vip", "contains: vipp")

    assert await house.check("--strict", pack=pack) == 1
    assert "14:42: warning: zendesk/acme lists no tag `vipp`. Did you mean `vip`?" in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["freshdesk"])
async def test_freshdesk_has_no_list_of_tags(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    await house.furnish()

    assert await house.check("--strict") == 0
    assert "freshdesk/acme could not be asked for tags: it keeps no list of them." in capsys.readouterr().out


async def test_what_may_not_be_asked_keeps_nothing_else_from_being_asked(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    await house.furnish()
    await house.desk.fault("GET", "/api/v2/groups", status=403)

    assert await house.check("--json", pack=PACK.replace("contains: Farewell", "contains: Farwell")) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(one["line"], one["level"]) for one in told["problems"]] == [(13, "warning")]
    assert told["unasked"][0].startswith(f"{house.kind}/acme could not be asked for groups: GET /api/v2/groups")
    assert "rights" in told["unasked"][0]


async def test_a_helpdesk_that_is_down_is_told_and_the_policies_are_checked(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = house.folder / "ombuds.toml"
    text = settings.read_text(encoding="utf-8")
    url = text.split('base_url = "')[1].split('"')[0]
    settings.write_text(text.replace(url, "http://127.0.0.1:1"), encoding="utf-8")

    assert await house.check() == 0
    told = capsys.readouterr().out
    assert f"{house.kind}/acme could not be asked for macros: no answer to GET" in told
    assert "1 policy is sound" in told


async def test_an_account_that_the_settings_do_not_have_ends_with_code_2(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await house.check(account="acne") == 2
    assert "The settings know no account acne. " in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["zendesk"])
async def test_an_account_of_two_helpdesks_needs_the_helpdesk(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    with (house.folder / "ombuds.toml").open("a", encoding="utf-8") as settings:
        settings.write(FRESHDESK.format(url="http://127.0.0.1:1"))

    assert await house.check() == 2
    assert "Write zendesk/acme or freshdesk/acme." in capsys.readouterr().err
    assert await house.check(account="zendesk/acme") == 0
